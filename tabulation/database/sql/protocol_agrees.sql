-- Refuses to count a typed protocol unless as many people as the election asks for typed the same
-- figures, no check that is an error is open, and each of them gave a reason for every warning.
CREATE OR REPLACE FUNCTION protocol_agrees() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE needed integer; agreeing bigint[]; broken record;
BEGIN
  SELECT e.entries_required INTO needed FROM candidates_contest c
  JOIN candidates_election e ON e.id = c.election_id WHERE c.id = NEW.contest_id;
  -- What was given back stands no more, until it is typed again.
  SELECT coalesce(array_agg(e.id), '{}') INTO agreeing FROM tabulation_seat s
  JOIN tabulation_entry e ON e.seat_id = s.id
  WHERE s.protocol_id = NEW.id AND s.released_at IS NULL AND e.figures = NEW.figures
    AND NOT EXISTS (SELECT FROM tabulation_entryreturn r WHERE r.entry_id = e.id);
  IF cardinality(agreeing) < needed THEN
    RAISE EXCEPTION 'a typed protocol counts only when % people typed the same, not %',
      needed, cardinality(agreeing)
      USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_agrees';
  END IF;
  FOR broken IN
    SELECT r.id, r.code, r.severity FROM tabulation_controlrelation r
    WHERE r.contest_id = NEW.contest_id AND NOT relation_holds(
      NEW.figures, r."left", r.operator, r."right", r.tolerance, r.percent)
    ORDER BY r.severity, r.ordinal
  LOOP
    IF broken.severity = 'error' THEN
      RAISE EXCEPTION 'figures with an open error do not count: % does not hold', broken.code
        USING ERRCODE = 'check_violation', CONSTRAINT = 'no_error_is_open';
    END IF;
    IF EXISTS (
      SELECT FROM unnest(agreeing) AS entry(id) WHERE NOT EXISTS (
        SELECT FROM tabulation_warningreason w
        WHERE w.entry_id = entry.id AND w.relation_id = broken.id)
    ) THEN
      RAISE EXCEPTION 'whoever typed these figures says why they stand: % does not hold',
        broken.code USING ERRCODE = 'check_violation', CONSTRAINT = 'warnings_are_explained';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER protocol_agrees AFTER INSERT ON tabulation_protocol
  FOR EACH ROW
  WHEN (NEW.origin = 'typed' AND NEW.status IN ('accepted', 'corrected', 'annulled'))
  EXECUTE FUNCTION protocol_agrees();
CREATE OR REPLACE TRIGGER protocol_agrees_later AFTER UPDATE ON tabulation_protocol
  FOR EACH ROW
  WHEN (NEW.origin = 'typed' AND NEW.status = 'accepted' AND OLD.status <> 'annulled')
  EXECUTE FUNCTION protocol_agrees();
