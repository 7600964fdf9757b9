-- Refuses a decision to publish automatically, and its end, by anybody but an active member of the
-- commission for the whole country, who is on its roster, where there is one.
CREATE OR REPLACE FUNCTION autopublish_is_a_members() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tabulation_user
    WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.by_id ELSE NEW.ended_by_id END
      AND role = 'member' AND area_id IS NULL AND is_active
      AND (confirmed_by_id IS NOT NULL OR enrolled_by_decision <> '')
      AND sits_on_commission(id, NEW.election_id)
  ) THEN
    RAISE EXCEPTION 'only a commission member for the whole country records this decision'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'autopublish_is_a_members';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER autopublish_is_a_members BEFORE INSERT OR UPDATE
  ON tabulation_autopublishperiod
  FOR EACH ROW EXECUTE FUNCTION autopublish_is_a_members();
