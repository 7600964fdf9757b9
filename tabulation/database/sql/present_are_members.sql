-- present_are_members
-- Refuses a sitting at which somebody is said to have been present who did not sit on the roster of
-- the commission then, where there is one, and any with fewer present than the quorum. A member is
-- named as `certification/roster.py` does.
CREATE OR REPLACE FUNCTION present_are_members() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF cardinality(NEW.present) < (
    SELECT quorum FROM candidates_election WHERE id = NEW.election_id
  ) THEN
    RAISE EXCEPTION 'fewer members were present than the quorum'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sitting_has_its_quorum';
  END IF;
  IF has_roster(NEW.election_id) AND EXISTS (
    SELECT FROM unnest(NEW.present) AS name
    WHERE NOT EXISTS (
      SELECT FROM tabulation_membership m JOIN tabulation_user u ON u.id = m.user_id
      WHERE m.election_id = NEW.election_id
        AND m.from_at <= NEW.held_at AND (m.until_at IS NULL OR m.until_at > NEW.held_at)
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
