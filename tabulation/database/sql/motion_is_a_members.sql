-- motion_is_a_members
-- Refuses an act that anybody but a member proposes or confirms, a confirmation by its proposer,
-- and one of what has ended. A member of a territorial commission proposes and confirms what is
-- about a station of theirs; one for the whole country sits on the roster, where there is one.
CREATE OR REPLACE FUNCTION motion_is_a_members() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE motion tabulation_motion; election candidates_election;
BEGIN
  IF TG_TABLE_NAME = 'tabulation_motion' THEN
    motion := NEW;
    SELECT * INTO election FROM candidates_election WHERE id = motion.election_id;
    IF motion.state <> 'waiting' OR motion.carried_in IS NOT NULL
      OR motion.needed < election.confirmations THEN
      RAISE EXCEPTION 'what a member proposes waits for as many others as the election asks for'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'motion_waits';
    END IF;
    IF EXISTS (
      SELECT FROM candidates_contest WHERE id = motion.contest_id AND election_id <> election.id
      UNION ALL
      SELECT FROM tabulation_pollingstation
      WHERE id = motion.station_id AND election_id <> election.id
    ) THEN
      RAISE EXCEPTION 'an act of the commission is about one election'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'motion_in_one_election';
    END IF;
  ELSE
    SELECT * INTO motion FROM tabulation_motion WHERE id = NEW.motion_id FOR UPDATE;
    IF motion.by_id = NEW.by_id THEN
      RAISE EXCEPTION 'another member confirms what a member proposed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'motion_is_confirmed_by_another';
    END IF;
    IF motion.state <> 'waiting' OR motion.expires_at <= NEW.at THEN
      RAISE EXCEPTION 'what has ended is not confirmed any more'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'motion_has_ended';
    END IF;
  END IF;
  IF NOT EXISTS (
    SELECT FROM tabulation_user u
    WHERE u.id = NEW.by_id AND u.role = 'member' AND u.is_active
      AND (u.confirmed_by_id IS NOT NULL OR u.enrolled_by_decision <> '')
      AND (u.area_id IS NULL AND sits_on_commission(u.id, motion.election_id) OR EXISTS (
        SELECT FROM tabulation_pollingstation s JOIN tabulation_area a ON a.id = s.area_id
        WHERE s.id = motion.station_id AND u.area_id = ANY (a.lineage)
      ))
  ) THEN
    RAISE EXCEPTION 'only commission members propose and confirm its acts'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'motion_is_a_members';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER motion_is_a_members BEFORE INSERT ON tabulation_motion
  FOR EACH ROW EXECUTE FUNCTION motion_is_a_members();
CREATE OR REPLACE TRIGGER motion_is_a_members BEFORE INSERT ON tabulation_motionconfirmation
  FOR EACH ROW EXECUTE FUNCTION motion_is_a_members();
