-- order_is_asked_and_ends_once
-- Refuses an order that is no member's: only the publisher's own login gives one for the server's
-- command line. Refuses to change what was asked, but for its end, once.
CREATE OR REPLACE FUNCTION order_is_asked_and_ends_once() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE ended tabulation_order := OLD;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'waiting' THEN
      RAISE EXCEPTION 'what is asked of the publisher waits for it'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_waits';
    END IF;
    IF NEW.by_id IS NULL
      AND NOT has_table_privilege('tabulation_publication', 'INSERT') OR NOT EXISTS (
        SELECT FROM tabulation_user u
        WHERE u.id = NEW.by_id AND u.role = 'member' AND u.is_active
          AND (u.confirmed_by_id IS NOT NULL OR u.enrolled_by_decision <> '') AND u.area_id IS NULL
        UNION ALL SELECT WHERE NEW.by_id IS NULL
      ) THEN
      RAISE EXCEPTION 'commission members for the whole country ask the publisher'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_is_a_members';
    END IF;
    IF EXISTS (
      SELECT FROM candidates_contest WHERE id = NEW.contest_id AND election_id <> NEW.election_id
      UNION ALL
      SELECT FROM tabulation_motion
      WHERE id = NEW.motion_id AND (election_id, act) <> (NEW.election_id, NEW.act)
    ) THEN
      RAISE EXCEPTION 'an order is about one election'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_in_one_election';
    END IF;
    RETURN NEW;
  END IF;
  ended.state := NEW.state;
  ended.answer := NEW.answer;
  ended.number := NEW.number;
  ended.ended_at := NEW.ended_at;
  IF OLD.state <> 'waiting' OR NEW.state = 'waiting' OR ended IS DISTINCT FROM NEW THEN
    RAISE EXCEPTION 'what was asked of the publisher never changes, but for its end'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_ends_once';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER order_is_asked_and_ends_once BEFORE INSERT OR UPDATE ON tabulation_order
  FOR EACH ROW EXECUTE FUNCTION order_is_asked_and_ends_once();
