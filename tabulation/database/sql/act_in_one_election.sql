-- Refuses an act of the commission about contests of different elections.
CREATE OR REPLACE FUNCTION act_in_one_election() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE elections bigint;
BEGIN
  SELECT count(DISTINCT election_id) INTO elections FROM (
    SELECT election_id FROM candidates_contest
    WHERE id IN (
      (to_jsonb(NEW) ->> 'contest_id')::bigint, (to_jsonb(NEW) ->> 'first_id')::bigint,
      (to_jsonb(NEW) ->> 'second_id')::bigint
    )
    UNION ALL SELECT (to_jsonb(NEW) ->> 'election_id')::bigint
    UNION ALL SELECT election_id FROM tabulation_sitting
    WHERE id = (to_jsonb(NEW) ->> 'sitting_id')::bigint
  ) named;
  IF elections <> 1 THEN
    RAISE EXCEPTION 'an act of the commission is about contests of one election'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'act_in_one_election';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER act_in_one_election BEFORE INSERT ON tabulation_lot
  FOR EACH ROW EXECUTE FUNCTION act_in_one_election();
CREATE OR REPLACE TRIGGER act_in_one_election BEFORE INSERT ON tabulation_decision
  FOR EACH ROW EXECUTE FUNCTION act_in_one_election();
CREATE OR REPLACE TRIGGER act_in_one_election BEFORE INSERT ON tabulation_secondround
  FOR EACH ROW EXECUTE FUNCTION act_in_one_election();
