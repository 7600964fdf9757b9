-- Refuses the first papers and the first reports of turnout of a real election while fewer members
-- than `confirmations` and two more are ready. What has begun goes on.
CREATE OR REPLACE FUNCTION real_waits_for_its_commission() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE election candidates_election; contests bigint[]; new_ones bigint[]; begun boolean;
BEGIN
  FOR election IN
    SELECT * FROM candidates_election e WHERE e.kind = 'real' AND EXISTS (
      SELECT FROM candidates_contest c WHERE c.election_id = e.id
        AND c.id IN (SELECT n.contest_id FROM changed n)
    )
  LOOP
    CONTINUE WHEN members_ready(election.id) >= election.confirmations + 2;
    contests := ARRAY(SELECT c.id FROM candidates_contest c WHERE c.election_id = election.id);
    new_ones := ARRAY(SELECT n.id FROM changed n);
    IF TG_TABLE_NAME = 'tabulation_protocol' THEN
      begun := EXISTS (SELECT FROM tabulation_turnoutreport WHERE contest_id = ANY (contests))
        OR EXISTS (
          SELECT FROM tabulation_protocol
          WHERE contest_id = ANY (contests) AND id <> ALL (new_ones)
        );
    ELSE
      begun := EXISTS (SELECT FROM tabulation_protocol WHERE contest_id = ANY (contests))
        OR EXISTS (
          SELECT FROM tabulation_turnoutreport
          WHERE contest_id = ANY (contests) AND id <> ALL (new_ones)
        );
    END IF;
    IF NOT begun THEN
      RAISE EXCEPTION 'too few members of the commission can act in this election'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'real_waits_for_its_commission';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER real_waits_for_its_commission AFTER INSERT ON tabulation_protocol
  REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION real_waits_for_its_commission();
CREATE OR REPLACE TRIGGER real_waits_for_its_commission AFTER INSERT ON tabulation_turnoutreport
  REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION real_waits_for_its_commission();
