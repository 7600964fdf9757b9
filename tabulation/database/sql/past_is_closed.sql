-- Refuses to write into a publication that is out. A publication is written last: once it is there,
-- nothing can be written into it any more.
CREATE OR REPLACE FUNCTION past_is_closed() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (
      SELECT DISTINCT election_id,
        CASE WHEN TG_OP = 'INSERT' THEN published_in ELSE superseded_in END AS number
      FROM changed
    ) n JOIN tabulation_publication p ON p.election_id = n.election_id AND p.number = n.number
  ) THEN
    RAISE EXCEPTION 'a publication that is out is closed: nothing is written into it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'past_is_closed';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER past_is_closed_insert AFTER INSERT ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION past_is_closed();
CREATE OR REPLACE TRIGGER past_is_closed_update AFTER UPDATE ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION past_is_closed();
CREATE OR REPLACE TRIGGER past_is_closed_insert AFTER INSERT ON tabulation_publishedform
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION past_is_closed();
CREATE OR REPLACE TRIGGER past_is_closed_update AFTER UPDATE ON tabulation_publishedform
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION past_is_closed();
CREATE OR REPLACE TRIGGER past_is_closed_insert AFTER INSERT ON tabulation_publishedturnout
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION past_is_closed();
CREATE OR REPLACE TRIGGER past_is_closed_update AFTER UPDATE ON tabulation_publishedturnout
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION past_is_closed();
