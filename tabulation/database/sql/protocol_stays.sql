-- Refuses to change accepted figures (a correction is a new version), what a version is and why it
-- came, and to touch rulings and times otherwise than by the act that sets them.
CREATE OR REPLACE FUNCTION protocol_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.figures IS NOT NULL AND NEW.figures IS DISTINCT FROM OLD.figures)
    OR (NEW.contest_id, NEW.station_id, NEW.version, NEW.origin, NEW.reason, NEW.decision,
        NEW.received_at)
      <> (OLD.contest_id, OLD.station_id, OLD.version, OLD.origin, OLD.reason, OLD.decision,
        OLD.received_at)
    OR (OLD.accepted_at IS NOT NULL AND NEW.accepted_at IS DISTINCT FROM OLD.accepted_at)
  THEN
    RAISE EXCEPTION 'accepted figures never change: a correction is a new version'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_stays';
  END IF;
  IF OLD.status = NEW.status
    AND (NEW.ruling_reason, NEW.ruling_decision, NEW.accepted_at, NEW.closed_at)
      IS DISTINCT FROM (OLD.ruling_reason, OLD.ruling_decision, OLD.accepted_at, OLD.closed_at)
  THEN
    RAISE EXCEPTION 'rulings and times belong to the act that set them'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_stays';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER protocol_stays BEFORE UPDATE ON tabulation_protocol
  FOR EACH ROW EXECUTE FUNCTION protocol_stays();
