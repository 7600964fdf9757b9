-- Refuses a control relation or a term of the inaccuracies that names a line which is not on the
-- form.
CREATE OR REPLACE FUNCTION sums_name_lines() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM unnest(NEW."left" || NEW."right") AS named(position)
    WHERE NOT EXISTS (
      SELECT FROM tabulation_protocolline l
      WHERE l.contest_id = NEW.contest_id AND l.position = named.position
    )
  ) THEN
    RAISE EXCEPTION 'a side names a line that is not on the form'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sums_name_lines';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER sums_name_lines BEFORE INSERT OR UPDATE ON tabulation_controlrelation
  FOR EACH ROW EXECUTE FUNCTION sums_name_lines();
CREATE OR REPLACE TRIGGER sums_name_lines BEFORE INSERT OR UPDATE ON tabulation_inaccuracyterm
  FOR EACH ROW EXECUTE FUNCTION sums_name_lines();
