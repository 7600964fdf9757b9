-- Refuses a step of a protocol that its life does not know, and an annulment while a correction is
-- under way, which would undo it.
CREATE OR REPLACE FUNCTION protocol_moves() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  -- The life of a protocol, one line a status: what may follow it (tabulation/arithmetic/lifecycle.py).
  IF NOT (CASE OLD.status
    WHEN 'received' THEN NEW.status IN ('entered', 'set_aside')
    WHEN 'entered' THEN NEW.status IN ('received', 'different', 'errors', 'verified', 'set_aside')
    WHEN 'different' THEN NEW.status IN ('received', 'entered', 'set_aside')
    WHEN 'errors' THEN NEW.status IN ('received', 'entered', 'set_aside')
    WHEN 'verified' THEN NEW.status IN ('received', 'entered', 'accepted', 'set_aside')
    WHEN 'accepted' THEN NEW.status IN ('corrected', 'annulled')
    WHEN 'annulled' THEN NEW.status IN ('corrected', 'accepted')
    ELSE false
  END) THEN
    RAISE EXCEPTION 'a protocol does not go from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_moves';
  END IF;
  IF NEW.status = 'annulled' AND EXISTS (
    SELECT FROM tabulation_protocol p
    WHERE p.contest_id = NEW.contest_id AND p.station_id = NEW.station_id
      AND p.version > NEW.version AND p.status <> 'set_aside'
  ) THEN
    RAISE EXCEPTION 'a correction is under way: it would undo the annulment'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_moves';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER protocol_moves BEFORE UPDATE ON tabulation_protocol
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION protocol_moves();
