-- Refuses to change what is published, but for the number of the publication that supersedes it,
-- once.
CREATE OR REPLACE FUNCTION interval_closes_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE closed record := OLD;
BEGIN
  closed.superseded_in := NEW.superseded_in;
  IF OLD.superseded_in IS NOT NULL OR NEW.superseded_in IS NULL OR closed IS DISTINCT FROM NEW THEN
    RAISE EXCEPTION 'a published figure stays as it is: it can only be superseded, once'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'interval_closes_once';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER interval_closes_once BEFORE UPDATE ON tabulation_publishedfigures
  FOR EACH ROW EXECUTE FUNCTION interval_closes_once();
CREATE OR REPLACE TRIGGER interval_closes_once BEFORE UPDATE ON tabulation_publishedform
  FOR EACH ROW EXECUTE FUNCTION interval_closes_once();
CREATE OR REPLACE TRIGGER interval_closes_once BEFORE UPDATE ON tabulation_publishedturnout
  FOR EACH ROW EXECUTE FUNCTION interval_closes_once();
