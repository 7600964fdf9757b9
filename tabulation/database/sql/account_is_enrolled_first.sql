-- Refuses to enrol anybody by a decision on paper once two members of the whole country stand:
-- they confirm everybody else. Those whom one statement enrols come together. Nor does an enrolled
-- account get another role without them.
CREATE OR REPLACE FUNCTION account_is_enrolled_first() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE made bigint[]; account text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(id), min(username) FILTER (WHERE enrolled_by_decision <> '')
      INTO made, account FROM enrolled;
  ELSE
    made := ARRAY[NEW.id];
    account := NEW.username;
  END IF;
  IF account IS NOT NULL AND 2 <= (
    SELECT count(*) FROM tabulation_user
    WHERE role = 'member' AND area_id IS NULL AND is_active AND id <> ALL (made)
      AND (confirmed_by_id IS NOT NULL OR enrolled_by_decision <> '')
  ) THEN
    RAISE EXCEPTION 'the account % is for two members to confirm', account
      USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_enrolled_first';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER account_is_enrolled_first AFTER INSERT ON tabulation_user
  REFERENCING NEW TABLE AS enrolled
  FOR EACH STATEMENT EXECUTE FUNCTION account_is_enrolled_first();
CREATE OR REPLACE TRIGGER account_is_given_a_role AFTER UPDATE ON tabulation_user
  FOR EACH ROW WHEN (
    NEW.enrolled_by_decision <> ''
    AND (OLD.enrolled_by_decision = '' OR OLD.role <> NEW.role)
  ) EXECUTE FUNCTION account_is_enrolled_first();
