-- Refuses an account that is confirmed as it is made: others look at it first.
CREATE OR REPLACE FUNCTION account_is_made_unconfirmed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the account % is confirmed before it is made', NEW.username
    USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_made_unconfirmed';
END $$;

CREATE OR REPLACE TRIGGER account_is_made_unconfirmed BEFORE INSERT ON tabulation_user
  FOR EACH ROW WHEN (NEW.confirmed_by_id IS NOT NULL OR NEW.first_confirmed_by_id IS NOT NULL)
  EXECUTE FUNCTION account_is_made_unconfirmed();
