-- Notes the number of every publication that rows of the ledger name. Rows name publications that
-- are written after them, so only at the end can it be asked whether they are there
-- (ledger_part_is_published): of each number once, not of each row.
CREATE OR REPLACE FUNCTION part_of_a_publication() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO tabulation_ledgerpart (election_id, number)
  SELECT DISTINCT election_id,
    CASE WHEN TG_OP = 'INSERT' THEN published_in ELSE superseded_in END
  FROM changed ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER part_of_a_publication_insert AFTER INSERT ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
CREATE OR REPLACE TRIGGER part_of_a_publication_update AFTER UPDATE ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
CREATE OR REPLACE TRIGGER part_of_a_publication_insert AFTER INSERT ON tabulation_publishedturnout
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
CREATE OR REPLACE TRIGGER part_of_a_publication_update AFTER UPDATE ON tabulation_publishedturnout
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
