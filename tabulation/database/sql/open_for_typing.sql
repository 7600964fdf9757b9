-- Refuses to sit down at, draft or type a protocol that does not wait for it, and to type from a
-- released seat. The protocol is locked before it is asked anything: who accepts it meanwhile is
-- waited for, and who comes to accept it waits, and then counts what was written. FOR SHARE,
-- because a change of the status does not wait for anything weaker. The stage functions hold the
-- lock already.
CREATE OR REPLACE FUNCTION open_for_typing() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE protocol bigint; open boolean; wanted text[] := ARRAY['received', 'entered'];
BEGIN
  IF TG_TABLE_NAME = 'tabulation_seat' THEN
    protocol := NEW.protocol_id;
    IF TG_OP = 'UPDATE' THEN
      wanted := wanted || ARRAY['different', 'errors', 'verified'];
    END IF;
  ELSE
    SELECT protocol_id INTO protocol FROM tabulation_seat WHERE id = NEW.seat_id;
  END IF;
  PERFORM FROM tabulation_protocol WHERE id = protocol AND status = ANY (wanted) FOR SHARE;
  open := FOUND;
  IF open AND TG_TABLE_NAME <> 'tabulation_seat' THEN
    open := EXISTS (SELECT FROM tabulation_seat WHERE id = NEW.seat_id AND released_at IS NULL);
  END IF;
  IF NOT open THEN
    RAISE EXCEPTION 'nobody types this protocol in this state, or from a released seat'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'open_for_typing';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER open_for_typing BEFORE INSERT ON tabulation_entry
  FOR EACH ROW EXECUTE FUNCTION open_for_typing();
CREATE OR REPLACE TRIGGER open_for_typing BEFORE INSERT OR UPDATE ON tabulation_draft
  FOR EACH ROW EXECUTE FUNCTION open_for_typing();
CREATE OR REPLACE TRIGGER open_for_typing BEFORE INSERT OR UPDATE ON tabulation_seat
  FOR EACH ROW EXECUTE FUNCTION open_for_typing();
