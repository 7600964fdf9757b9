-- Refuses to write into a publication that is out: it is written last, and closes what is written
-- into it. Notes the number of every publication that rows of the ledger name: only at the end of
-- the transaction can it be asked whether they are there (ledger_part_is_published), of each number
-- once, not of each row.
CREATE OR REPLACE FUNCTION part_of_a_publication() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE part record;
BEGIN
  FOR part IN
    SELECT DISTINCT election_id,
      CASE WHEN TG_OP = 'INSERT' THEN published_in ELSE superseded_in END AS number
    FROM changed
  LOOP
    IF EXISTS (
      SELECT FROM tabulation_publication
      WHERE election_id = part.election_id AND number = part.number
    ) THEN
      RAISE EXCEPTION 'a publication that is out is closed: nothing is written into it'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'past_is_closed';
    END IF;
    INSERT INTO tabulation_ledgerpart (election_id, number)
    VALUES (part.election_id, part.number) ON CONFLICT DO NOTHING;
  END LOOP;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER part_of_a_publication_insert AFTER INSERT ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
CREATE OR REPLACE TRIGGER part_of_a_publication_update AFTER UPDATE ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
CREATE OR REPLACE TRIGGER part_of_a_publication_insert AFTER INSERT ON tabulation_publishedform
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
CREATE OR REPLACE TRIGGER part_of_a_publication_update AFTER UPDATE ON tabulation_publishedform
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
CREATE OR REPLACE TRIGGER part_of_a_publication_insert AFTER INSERT ON tabulation_publishedturnout
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
CREATE OR REPLACE TRIGGER part_of_a_publication_update AFTER UPDATE ON tabulation_publishedturnout
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
