-- Refuses a seal that does not follow the last one by number and hash.
CREATE OR REPLACE FUNCTION seals_in_a_row() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE last record;
BEGIN
  SELECT number, hash INTO last FROM tabulation_seal ORDER BY number DESC LIMIT 1;
  IF NEW.number <> coalesce(last.number, 0) + 1 OR NEW.previous <> coalesce(last.hash, '') THEN
    RAISE EXCEPTION 'seal % does not follow the last one', NEW.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'seals_in_a_row';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER seals_in_a_row BEFORE INSERT ON tabulation_seal
  FOR EACH ROW EXECUTE FUNCTION seals_in_a_row();
