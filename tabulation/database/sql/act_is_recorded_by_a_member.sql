-- Refuses an act of the commission recorded by anybody but an active member for the whole country,
-- who sits on its roster, where there is one. As `User.may_publish`: an account acts when others
-- confirmed it.
CREATE OR REPLACE FUNCTION act_is_recorded_by_a_member() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tabulation_user
    WHERE id = NEW.by_id AND role = 'member' AND area_id IS NULL AND is_active
      AND (confirmed_by_id IS NOT NULL OR enrolled_by_decision <> '')
      AND sits_on_commission(id, NEW.election_id)
  ) THEN
    RAISE EXCEPTION 'only a commission member for the whole country records its acts'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'act_is_recorded_by_a_member';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER act_is_recorded_by_a_member BEFORE INSERT ON tabulation_lot
  FOR EACH ROW EXECUTE FUNCTION act_is_recorded_by_a_member();
CREATE OR REPLACE TRIGGER act_is_recorded_by_a_member BEFORE INSERT ON tabulation_sitting
  FOR EACH ROW EXECUTE FUNCTION act_is_recorded_by_a_member();
CREATE OR REPLACE TRIGGER act_is_recorded_by_a_member BEFORE INSERT ON tabulation_secondround
  FOR EACH ROW EXECUTE FUNCTION act_is_recorded_by_a_member();
