-- Refuses a second round that is not between those whom the newest decision about the contest lets
-- go on, and a second one between the same.
CREATE OR REPLACE FUNCTION second_round_was_decided() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE standing tabulation_decision;
BEGIN
  SELECT * INTO standing FROM tabulation_decision
  WHERE contest_id = NEW.first_id ORDER BY sitting_id DESC LIMIT 1;
  IF standing.kind IS DISTINCT FROM 'second round' OR NOT (
    standing.advancing @> NEW."order" AND standing.advancing <@ NEW."order"
    AND cardinality(standing.advancing) = cardinality(NEW."order")
  ) THEN
    RAISE EXCEPTION 'a second round is between those whom a decision lets go on'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'second_round_was_decided';
  END IF;
  IF EXISTS (
    SELECT FROM tabulation_secondround
    WHERE first_id = NEW.first_id AND "order" @> NEW."order" AND "order" <@ NEW."order"
  ) THEN
    RAISE EXCEPTION 'a second round between the same is made once'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'second_round_is_made_once';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER second_round_was_decided BEFORE INSERT ON tabulation_secondround
  FOR EACH ROW EXECUTE FUNCTION second_round_was_decided();
