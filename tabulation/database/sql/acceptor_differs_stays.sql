-- Refuses to change, once a protocol is here, whether who decided about its figures may accept it:
-- all protocols of an election are accepted by the same rule.
CREATE OR REPLACE FUNCTION acceptor_differs_stays() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tabulation_protocol p
    JOIN candidates_contest c ON c.id = p.contest_id
    WHERE c.election_id = NEW.id
  ) THEN
    RAISE EXCEPTION 'the rule for acceptance is fixed once a protocol is received'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptor_differs_stays';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER acceptor_differs_stays BEFORE UPDATE OF acceptor_differs
  ON candidates_election
  FOR EACH ROW WHEN (OLD.acceptor_differs <> NEW.acceptor_differs)
  EXECUTE FUNCTION acceptor_differs_stays();
