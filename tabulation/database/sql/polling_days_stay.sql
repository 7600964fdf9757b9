-- Refuses to drop a polling day, to move that of the first round, and to move that of a later round
-- once a protocol or a report of turnout of that round has come in.
CREATE OR REPLACE FUNCTION polling_days_stay() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF cardinality(NEW.polling_days) < cardinality(OLD.polling_days) OR EXISTS (
    SELECT FROM unnest(OLD.polling_days) WITH ORDINALITY AS was (day, round)
    WHERE was.day <> NEW.polling_days[was.round] AND (
      was.round = 1 OR EXISTS (
        SELECT FROM candidates_contest c
        WHERE c.election_id = NEW.id AND c.round = was.round AND (
          EXISTS (SELECT FROM tabulation_protocol WHERE contest_id = c.id)
          OR EXISTS (SELECT FROM tabulation_turnoutreport WHERE contest_id = c.id)
        )
      )
    )
  ) THEN
    RAISE EXCEPTION 'the polling day of a round stays once anything of it has come in'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'polling_days_stay';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER polling_days_stay BEFORE UPDATE OF polling_days ON candidates_election
  FOR EACH ROW EXECUTE FUNCTION polling_days_stay();
