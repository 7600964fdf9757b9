-- Refuses to give back anything but the newest entry of a seat that is not released, of a protocol
-- in work, and lines that are not on it. Locks the protocol first, as open_for_typing does.
CREATE OR REPLACE FUNCTION return_is_of_a_standing_entry() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM tabulation_protocol WHERE id = (
    SELECT s.protocol_id FROM tabulation_entry e JOIN tabulation_seat s ON s.id = e.seat_id
    WHERE e.id = NEW.entry_id
  ) AND status IN ('received', 'entered', 'different', 'errors', 'verified') FOR SHARE;
  IF NOT FOUND OR NOT EXISTS (
    SELECT FROM tabulation_entry e
    JOIN tabulation_seat s ON s.id = e.seat_id
    WHERE e.id = NEW.entry_id AND s.released_at IS NULL
      AND NOT EXISTS (
        SELECT FROM tabulation_entry later
        WHERE later.seat_id = e.seat_id AND later.attempt > e.attempt)
      AND 1 <= ALL (NEW.lines) AND cardinality(e.figures) >= ALL (NEW.lines)
  ) THEN
    RAISE EXCEPTION 'only an entry that stands, of a protocol in work, is given back'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'return_is_of_a_standing_entry';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER return_is_of_a_standing_entry BEFORE INSERT ON tabulation_entryreturn
  FOR EACH ROW EXECUTE FUNCTION return_is_of_a_standing_entry();
