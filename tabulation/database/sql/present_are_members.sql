-- present_are_members
-- Refuses a sitting of a real election at which somebody is said to have been present who is no
-- member of the commission, and any with fewer present than the quorum. A member is named as
-- `certification/roster.py` does.
CREATE OR REPLACE FUNCTION present_are_members() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE election candidates_election;
BEGIN
  SELECT * INTO election FROM candidates_election WHERE id = NEW.election_id;
  IF cardinality(NEW.present) < election.quorum THEN
    RAISE EXCEPTION 'fewer members were present than the quorum'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sitting_has_its_quorum';
  END IF;
  IF election.kind = 'real' AND EXISTS (
    SELECT FROM unnest(NEW.present) AS name
    WHERE NOT EXISTS (
      SELECT FROM tabulation_user u
      WHERE u.role = 'member' AND u.area_id IS NULL AND u.is_active
        AND (u.confirmed_by_id IS NOT NULL OR u.enrolled_by_decision <> '')
        AND name IN (
          coalesce(nullif(u.real_name, ''), u.username), u.real_name || ' (' || u.username || ')'
        )
    )
  ) THEN
    RAISE EXCEPTION 'those present are members of the commission'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'present_are_members';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER present_are_members BEFORE INSERT ON tabulation_sitting
  FOR EACH ROW EXECUTE FUNCTION present_are_members();
