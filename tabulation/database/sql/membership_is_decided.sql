-- membership_is_decided
-- Refuses, at the end of its transaction, somebody on the roster of an election who was neither in
-- its folder, and enrolled by two administrators with an event, nor added by members who confirmed
-- it; an end that members did not confirm; a moment before or after that; and an end that leaves
-- too few to confirm anything.
CREATE OR REPLACE FUNCTION membership_is_decided() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE election candidates_election; name text;
BEGIN
  SELECT * INTO election FROM candidates_election WHERE id = NEW.election_id;
  SELECT username INTO name FROM tabulation_user WHERE id = NEW.user_id;
  IF TG_OP = 'INSERT' AND NEW.enrolled_with_id IS NOT NULL THEN
    IF NOT EXISTS (
      SELECT FROM tabulation_event v CROSS JOIN jsonb_array_elements(v.after -> 'commission') AS one
      WHERE v.subject = 'election ' || election.slug AND v.number = 1
        AND v.act = 'election loaded' AND one ->> 0 = name
    ) THEN
      RAISE EXCEPTION '% is no founding member in the folder of %', name, election.slug
        USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_is_in_the_folder';
    END IF;
    IF NOT EXISTS (
      SELECT FROM tabulation_event v
      WHERE v.subject = 'commission of ' || election.slug AND v.act = 'commission enrolled'
        AND v.by_id = NEW.by_id AND v.at = NEW.from_at AND v.after -> 'members' ? name
        AND v.after ->> 'decision' = NEW.decision
    ) THEN
      RAISE EXCEPTION 'the founding members are enrolled with an event'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_has_its_event';
    END IF;
  ELSIF election.confirmations > 0 AND NOT EXISTS (
    SELECT FROM tabulation_motion m
    WHERE m.election_id = NEW.election_id AND m.act = 'roster' AND m.state = 'confirmed'
      AND m.carried_in = pg_current_xact_id_if_assigned()::text::bigint
      AND m.ended_at = CASE TG_OP WHEN 'INSERT' THEN NEW.from_at ELSE NEW.until_at END
      AND m.arguments ->> 'member' = name
      AND m.arguments ->> 'change' = CASE TG_OP WHEN 'INSERT' THEN 'add' ELSE 'end' END
      AND m.arguments ->> 'decision'
        = CASE TG_OP WHEN 'INSERT' THEN NEW.decision ELSE NEW.end_decision END
  ) THEN
    RAISE EXCEPTION 'members confirm who joins the roster and who leaves it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_is_decided';
  END IF;
  IF TG_OP = 'UPDATE' AND election.confirmations >= (
    SELECT count(*) FROM tabulation_membership
    WHERE election_id = NEW.election_id AND until_at IS NULL
  ) THEN
    RAISE EXCEPTION 'too few members would be left to confirm an act'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_leaves_enough';
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS membership_is_decided ON tabulation_membership;
CREATE CONSTRAINT TRIGGER membership_is_decided AFTER INSERT OR UPDATE ON tabulation_membership
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION membership_is_decided();
