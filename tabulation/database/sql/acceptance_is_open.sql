-- acceptance_is_open
-- Refuses to let a protocol begin to count in a contest whose certification waits for confirmation:
-- the commission decides on the figures it has seen.
CREATE OR REPLACE FUNCTION acceptance_is_open() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tabulation_motion
    WHERE state = 'waiting' AND NEW.contest_id = ANY (closes) AND expires_at > NEW.accepted_at
  ) THEN
    RAISE EXCEPTION 'the results of this contest wait to be certified'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptance_is_open';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER acceptance_is_open BEFORE UPDATE OF status ON tabulation_protocol
  FOR EACH ROW WHEN (OLD.status = 'verified' AND NEW.status = 'accepted')
  EXECUTE FUNCTION acceptance_is_open();
