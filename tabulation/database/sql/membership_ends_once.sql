-- membership_ends_once
-- Refuses on a roster whoever is no member for the whole country, or whose account does not stand,
-- but for founding members, who may wait to be confirmed; founding members whom others than two
-- administrators enrolled, or who come after the first of them; and any change but the end, once.
CREATE OR REPLACE FUNCTION membership_ends_once() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE ended tabulation_membership; person tabulation_user;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    ended := OLD;
    ended.until_at := NEW.until_at;
    ended.ended_by_id := NEW.ended_by_id;
    ended.end_decision := NEW.end_decision;
    IF OLD.until_at IS NOT NULL OR NEW.until_at IS NULL OR ended IS DISTINCT FROM NEW THEN
      RAISE EXCEPTION 'what a roster says never changes, but for the end of a membership, once'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_ends_once';
    END IF;
    RETURN NEW;
  END IF;
  SELECT * INTO person FROM tabulation_user WHERE id = NEW.user_id;
  IF NEW.until_at IS NOT NULL OR person.role <> 'member' OR person.area_id IS NOT NULL
    OR NEW.enrolled_with_id IS NULL AND NOT (person.is_active
      AND (person.confirmed_by_id IS NOT NULL OR person.enrolled_by_decision <> ''))
  THEN
    RAISE EXCEPTION 'members for the whole country sit on the commission'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_is_a_members';
  END IF;
  IF NEW.enrolled_with_id IS NOT NULL THEN
    IF 2 > (
      SELECT count(*) FROM tabulation_user
      WHERE id IN (NEW.by_id, NEW.enrolled_with_id) AND role = 'administrator'
        AND area_id IS NULL AND is_active
        AND (confirmed_by_id IS NOT NULL OR enrolled_by_decision <> '')
    ) THEN
      RAISE EXCEPTION 'two administrators enrol the founding members'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_is_enrolled_by_two';
    END IF;
    IF EXISTS (
      SELECT FROM tabulation_membership WHERE election_id = NEW.election_id
        AND (enrolled_with_id IS NULL OR from_at <> NEW.from_at)
    ) THEN
      RAISE EXCEPTION 'the founding members are enrolled together, once'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_is_founded_once';
    END IF;
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER membership_ends_once BEFORE INSERT OR UPDATE ON tabulation_membership
  FOR EACH ROW EXECUTE FUNCTION membership_ends_once();
