-- Refuses to enrol anybody by a decision on paper once two members of the whole country stand:
-- they confirm everybody else. Nor does an enrolled account get another role without them.
CREATE OR REPLACE FUNCTION account_is_enrolled_first() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF 2 <= (
    SELECT count(*) FROM tabulation_user
    WHERE role = 'member' AND area_id IS NULL AND is_active AND id <> NEW.id
      AND (confirmed_by_id IS NOT NULL OR enrolled_by_decision <> '')
  ) THEN
    RAISE EXCEPTION 'the account % is for two members to confirm', NEW.username
      USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_enrolled_first';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER account_is_enrolled_first BEFORE INSERT ON tabulation_user
  FOR EACH ROW WHEN (NEW.enrolled_by_decision <> '')
  EXECUTE FUNCTION account_is_enrolled_first();
CREATE OR REPLACE TRIGGER account_is_given_a_role BEFORE UPDATE ON tabulation_user
  FOR EACH ROW WHEN (
    NEW.enrolled_by_decision <> ''
    AND (OLD.enrolled_by_decision = '' OR OLD.role <> NEW.role)
  ) EXECUTE FUNCTION account_is_enrolled_first();
