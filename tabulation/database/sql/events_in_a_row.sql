-- Refuses an event that does not follow the last one about its subject by number and hash: none can
-- be left out or put in afterwards.
CREATE OR REPLACE FUNCTION events_in_a_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last record;
BEGIN
  SELECT number, hash INTO last FROM last_event_of(NEW.subject);
  IF NEW.number <> last.number + 1 OR NEW.previous <> last.hash THEN
    RAISE EXCEPTION 'event % of % does not follow the last one', NEW.number, NEW.subject
      USING ERRCODE = 'check_violation', CONSTRAINT = 'events_in_a_row';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER events_in_a_row BEFORE INSERT ON tabulation_event
  FOR EACH ROW EXECUTE FUNCTION events_in_a_row();
