-- Refuses a confirmation by anybody but who may give it: active, confirmed, of an area above, and
-- a member; for intake clerks, entry clerks and auditors also an administrator, for clerks also a
-- supervisor. As `User.roles_to_confirm`.
CREATE OR REPLACE FUNCTION account_is_confirmed_by_members() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM unnest(ARRAY[
      CASE WHEN NEW.confirmed_by_id IS DISTINCT FROM OLD.confirmed_by_id
        THEN NEW.confirmed_by_id END,
      CASE WHEN NEW.first_confirmed_by_id IS DISTINCT FROM OLD.first_confirmed_by_id
        THEN NEW.first_confirmed_by_id END
    ]) AS who
    WHERE who IS NOT NULL AND NOT EXISTS (
      SELECT FROM tabulation_user p
      WHERE p.id = who AND p.is_active
        AND (p.confirmed_by_id IS NOT NULL OR p.enrolled_by_decision <> '')
        AND (p.role = 'member'
          OR (p.role = 'administrator' AND NEW.role IN ('intake', 'clerk', 'auditor'))
          OR (p.role = 'supervisor' AND NEW.role IN ('intake', 'clerk')))
        AND (p.area_id IS NULL OR EXISTS (
          SELECT FROM tabulation_area a WHERE a.id = NEW.area_id AND p.area_id = ANY (a.lineage)))
    )
  ) THEN
    RAISE EXCEPTION 'the account % is not theirs to confirm', NEW.username
      USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_confirmed_by_members';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER account_is_confirmed_by_members BEFORE UPDATE ON tabulation_user
  FOR EACH ROW WHEN (
    (NEW.confirmed_by_id IS DISTINCT FROM OLD.confirmed_by_id AND NEW.confirmed_by_id IS NOT NULL)
    OR (NEW.first_confirmed_by_id IS DISTINCT FROM OLD.first_confirmed_by_id
      AND NEW.first_confirmed_by_id IS NOT NULL)
  ) EXECUTE FUNCTION account_is_confirmed_by_members();
