-- Refuses to publish the hash of the reasons of a station without the reasons. Asked of new rows
-- alone; figures_reasons_are_hashed asks whether the hash is theirs.
CREATE OR REPLACE FUNCTION reasons_come_with_their_hash() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the reasons are published with their hash'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'reasons_come_with_their_hash';
END $$;

CREATE OR REPLACE TRIGGER reasons_come_with_their_hash BEFORE INSERT ON tabulation_publishedfigures
  FOR EACH ROW WHEN (NEW.explanations IS NOT NULL AND NEW.reasons IS NULL)
  EXECUTE FUNCTION reasons_come_with_their_hash();
