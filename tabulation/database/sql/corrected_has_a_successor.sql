-- Refuses a protocol that is corrected by nothing: a later version must be accepted. Asked at the
-- end of the transaction: the old version leaves before the new one may count.
CREATE OR REPLACE FUNCTION corrected_has_a_successor() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tabulation_protocol p
    WHERE p.contest_id = NEW.contest_id AND p.station_id = NEW.station_id
      AND p.version > NEW.version AND p.accepted_at IS NOT NULL
  ) THEN
    RAISE EXCEPTION 'a protocol is corrected by a later version that is accepted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'corrected_has_a_successor';
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS corrected_has_a_successor ON tabulation_protocol;
CREATE CONSTRAINT TRIGGER corrected_has_a_successor
  AFTER INSERT OR UPDATE ON tabulation_protocol DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.status = 'corrected') EXECUTE FUNCTION corrected_has_a_successor();
