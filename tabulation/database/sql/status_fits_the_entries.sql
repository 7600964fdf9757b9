-- Refuses a status that the entries do not bear out: verified, for one, means that all have typed,
-- the same, and without an error. Asked at the end of the transaction: an act writes the status
-- first and what it means after it.
CREATE OR REPLACE FUNCTION status_fits_the_entries() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE needed integer; typed integer; readings integer; reading integer[]; errors boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM tabulation_protocol WHERE id = NEW.id AND status = NEW.status) THEN
    RETURN NULL; -- it has moved on since, and what it came to is asked then
  END IF;
  SELECT e.entries_required INTO needed FROM candidates_contest c
  JOIN candidates_election e ON e.id = c.election_id WHERE c.id = NEW.contest_id;
  SELECT count(*), count(DISTINCT e.figures), min(e.figures) INTO typed, readings, reading
  FROM tabulation_seat s JOIN tabulation_entry e ON e.seat_id = s.id
  WHERE s.protocol_id = NEW.id AND s.released_at IS NULL
    AND NOT EXISTS (SELECT FROM tabulation_entryreturn r WHERE r.entry_id = e.id);
  errors := EXISTS (
    SELECT FROM tabulation_controlrelation r
    WHERE r.contest_id = NEW.contest_id AND r.severity = 'error' AND NOT relation_holds(
      reading, r."left", r.operator, r."right", r.tolerance, r.percent)
  );
  IF NOT (CASE NEW.status
    WHEN 'received' THEN typed = 0
    -- All may have typed and wait to be compared; but nothing comes back here as it was.
    WHEN 'entered' THEN typed >= 1 AND (typed < needed OR typed = needed
      AND coalesce(OLD.status, '') NOT IN ('different', 'errors', 'verified'))
    WHEN 'different' THEN typed = needed AND readings > 1
    WHEN 'errors' THEN typed = needed AND readings = 1 AND errors
    WHEN 'verified' THEN typed = needed AND readings = 1 AND NOT errors
    ELSE true
  END) THEN
    RAISE EXCEPTION 'the entries of this protocol do not make it %', NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'status_fits_the_entries';
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS status_fits_the_entries ON tabulation_protocol;
CREATE CONSTRAINT TRIGGER status_fits_the_entries
  AFTER INSERT ON tabulation_protocol DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.status IN ('entered', 'different', 'errors', 'verified'))
  EXECUTE FUNCTION status_fits_the_entries();
DROP TRIGGER IF EXISTS status_fits_the_entries_later ON tabulation_protocol;
CREATE CONSTRAINT TRIGGER status_fits_the_entries_later
  AFTER UPDATE OF status ON tabulation_protocol DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.origin = 'typed' AND OLD.status <> NEW.status
    AND NEW.status IN ('received', 'entered', 'different', 'errors', 'verified'))
  EXECUTE FUNCTION status_fits_the_entries();
