-- Refuses the first paper and the first report of turnout of a real election while fewer members
-- than `confirmations` and two more are ready. What has begun goes on.
CREATE OR REPLACE FUNCTION real_has_its_commission() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE election candidates_election; contests bigint[];
BEGIN
  SELECT e.* INTO election FROM candidates_contest c JOIN candidates_election e
    ON e.id = c.election_id WHERE c.id = NEW.contest_id;
  IF election.kind <> 'real' THEN
    RETURN NULL;
  END IF;
  contests := ARRAY(SELECT c.id FROM candidates_contest c WHERE c.election_id = election.id);
  IF members_ready(election.id) < election.confirmations + 2
    AND NOT EXISTS (
      SELECT FROM tabulation_protocol WHERE contest_id = ANY (contests)
        AND NOT (TG_TABLE_NAME = 'tabulation_protocol' AND id = NEW.id)
      UNION ALL
      SELECT FROM tabulation_turnoutreport WHERE contest_id = ANY (contests)
        AND NOT (TG_TABLE_NAME = 'tabulation_turnoutreport' AND id = NEW.id)
    )
  THEN
    RAISE EXCEPTION 'too few members of the commission can act in this election'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'real_has_its_commission';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER real_has_its_commission AFTER INSERT ON tabulation_protocol
  FOR EACH ROW WHEN (NEW.origin = 'typed' AND NEW.version = 1)
  EXECUTE FUNCTION real_has_its_commission();
CREATE OR REPLACE TRIGGER real_has_its_commission AFTER INSERT ON tabulation_turnoutreport
  FOR EACH ROW WHEN (NEW.number = 1)
  EXECUTE FUNCTION real_has_its_commission();
