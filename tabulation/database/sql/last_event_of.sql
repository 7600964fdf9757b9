-- The number and the hash of the last event about a subject, while nobody else can add one; 0 and
-- empty before the first. Volatile, so that the read has a snapshot of its own, taken after the
-- lock is held: in one plain statement the snapshot would be older than the wait, and two writers
-- would get one number.
CREATE OR REPLACE FUNCTION last_event_of(wanted text, OUT number integer, OUT hash bytea)
  LANGUAGE plpgsql VOLATILE
  SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1213613398, hashtext(wanted));
  SELECT e.number, e.hash INTO number, hash FROM tabulation_event e
  WHERE e.subject = wanted ORDER BY e.number DESC LIMIT 1;
  IF NOT FOUND THEN
    number := 0;
    hash := '';
  END IF;
END $$;
