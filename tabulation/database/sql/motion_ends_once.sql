-- motion_ends_once
-- Refuses to change what a member proposed, but for its end, once; and to call confirmed what fewer
-- members confirmed than it needs. Writes down in which transaction it is carried out.
CREATE OR REPLACE FUNCTION motion_ends_once() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE ended tabulation_motion := OLD; others integer;
BEGIN
  ended.state := NEW.state;
  ended.ended_at := NEW.ended_at;
  ended.refusal := NEW.refusal;
  IF OLD.state <> 'waiting' OR NEW.state = 'waiting' OR ended IS DISTINCT FROM NEW THEN
    RAISE EXCEPTION 'what a member proposed never changes, but for its end'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'motion_ends_once';
  END IF;
  IF NEW.state = 'confirmed' THEN
    SELECT count(*) INTO others FROM tabulation_motionconfirmation WHERE motion_id = NEW.id;
    IF others < NEW.needed THEN
      RAISE EXCEPTION '% of % members have confirmed it', others, NEW.needed
        USING ERRCODE = 'check_violation', CONSTRAINT = 'motion_is_confirmed_by_others';
    END IF;
    NEW.carried_in := pg_current_xact_id()::text::bigint;
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER motion_ends_once BEFORE UPDATE ON tabulation_motion
  FOR EACH ROW EXECUTE FUNCTION motion_ends_once();
