-- Refuses an account that is made, or becomes something else, without a new event about it that
-- says the same: who it is, what it may do, who changed it, who confirmed it. Asked at the end of
-- the transaction, of the owner, too. Of a password the event says only that it changed.
CREATE OR REPLACE FUNCTION account_follows_its_event() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE said jsonb;
BEGIN
  SELECT after INTO said FROM tabulation_event
  WHERE subject = 'user ' || NEW.username AND number = NEW.event_number;
  IF said IS DISTINCT FROM account_state(NEW)
    OR (TG_OP = 'UPDATE' AND NEW.event_number <= OLD.event_number) THEN
    RAISE EXCEPTION 'the account % changes only with an event that says the same', NEW.username
      USING ERRCODE = 'check_violation', CONSTRAINT = 'account_follows_its_event';
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS account_comes_with_its_event ON tabulation_user;
CREATE CONSTRAINT TRIGGER account_comes_with_its_event AFTER INSERT ON tabulation_user
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION account_follows_its_event();
-- What nobody is asked about is named; every other column is held.
DROP TRIGGER IF EXISTS account_follows_its_event ON tabulation_user;
CREATE CONSTRAINT TRIGGER account_follows_its_event AFTER UPDATE ON tabulation_user
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (
    to_jsonb(OLD) - 'last_login' - 'told_event'
      IS DISTINCT FROM to_jsonb(NEW) - 'last_login' - 'told_event'
  ) EXECUTE FUNCTION account_follows_its_event();
