-- Refuses a reason that is written after the entries were compared: whoever types the figures says
-- why they stand, not whoever would like them to pass. Locks the protocol first, as open_for_typing
-- does.
CREATE OR REPLACE FUNCTION reason_comes_with_the_entry() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM tabulation_protocol WHERE id = (
    SELECT s.protocol_id FROM tabulation_entry e JOIN tabulation_seat s ON s.id = e.seat_id
    WHERE e.id = NEW.entry_id
  ) AND status IN ('received', 'entered') FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a reason is written with the entry, not after it was compared'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'reason_comes_with_the_entry';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER reason_comes_with_the_entry BEFORE INSERT ON tabulation_warningreason
  FOR EACH ROW EXECUTE FUNCTION reason_comes_with_the_entry();
