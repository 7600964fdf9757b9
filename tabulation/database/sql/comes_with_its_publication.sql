-- Refuses to add an act or a file to a publication that is out: each is written before its
-- publication, and in the same transaction.
CREATE OR REPLACE FUNCTION comes_with_its_publication() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tabulation_publication
    WHERE election_id = NEW.election_id AND number = NEW.published_in
  ) THEN
    RAISE EXCEPTION 'a publication that is out is closed: nothing is written into it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'comes_with_its_publication';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER comes_with_its_publication BEFORE INSERT ON tabulation_publishedfile
  FOR EACH ROW EXECUTE FUNCTION comes_with_its_publication();
CREATE OR REPLACE TRIGGER comes_with_its_publication BEFORE INSERT ON tabulation_lot
  FOR EACH ROW EXECUTE FUNCTION comes_with_its_publication();
CREATE OR REPLACE TRIGGER comes_with_its_publication BEFORE INSERT ON tabulation_sitting
  FOR EACH ROW EXECUTE FUNCTION comes_with_its_publication();
CREATE OR REPLACE TRIGGER comes_with_its_publication BEFORE INSERT ON tabulation_secondround
  FOR EACH ROW EXECUTE FUNCTION comes_with_its_publication();
