-- Refuses to type a protocol again unless the entry was given back, and then to change other lines
-- than those that were given back.
CREATE OR REPLACE FUNCTION typing_follows() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE last tabulation_entry; again tabulation_entryreturn;
BEGIN
  SELECT * INTO last FROM tabulation_entry
  WHERE seat_id = NEW.seat_id ORDER BY attempt DESC LIMIT 1;
  IF NEW.attempt <> coalesce(last.attempt, 0) + 1 THEN
    RAISE EXCEPTION 'attempt % does not follow the last one', NEW.attempt
      USING ERRCODE = 'check_violation', CONSTRAINT = 'typing_follows';
  END IF;
  IF last.id IS NULL THEN
    RETURN NEW;
  END IF;
  SELECT * INTO again FROM tabulation_entryreturn WHERE entry_id = last.id;
  IF again.entry_id IS NULL THEN
    RAISE EXCEPTION 'a protocol is typed again only when the entry was given back'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'typing_follows';
  END IF;
  IF EXISTS (
    SELECT FROM generate_subscripts(NEW.figures, 1) AS line(position)
    WHERE NEW.figures[position] IS DISTINCT FROM last.figures[position]
      AND NOT position = ANY (again.lines)
  ) THEN
    RAISE EXCEPTION 'only the lines that were given back are typed again'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'typing_follows';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER typing_follows BEFORE INSERT ON tabulation_entry
  FOR EACH ROW EXECUTE FUNCTION typing_follows();
