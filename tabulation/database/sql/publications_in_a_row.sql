-- Refuses a publication whose number does not follow the last one of the election, whose time lies
-- before it, or that comes while the last one is not released.
CREATE OR REPLACE FUNCTION publications_in_a_row() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.number <> 1 + coalesce(
    (SELECT max(number) FROM tabulation_publication WHERE election_id = NEW.election_id), 0
  ) THEN
    RAISE EXCEPTION 'publication % does not follow the last one', NEW.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'publications_in_a_row';
  END IF;
  IF EXISTS (
    SELECT FROM tabulation_publication WHERE election_id = NEW.election_id AND checkpoint = ''
  ) THEN
    RAISE EXCEPTION 'publication % comes before the last one is released', NEW.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'publications_in_a_row';
  END IF;
  IF EXISTS (
    SELECT FROM tabulation_publication
    WHERE election_id = NEW.election_id AND published_at > NEW.published_at
  ) THEN
    RAISE EXCEPTION 'publication % is dated before the last one', NEW.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'publications_in_order';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER publications_in_a_row BEFORE INSERT ON tabulation_publication
  FOR EACH ROW EXECUTE FUNCTION publications_in_a_row();
