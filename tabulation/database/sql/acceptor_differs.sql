-- Refuses to count a protocol by the act of who typed it, and, where the election says so
-- (acceptor_differs), of who decided about its figures, or without the event that names a person.
-- A decision about figures is a return of entries, or an act that moved the protocol back
-- (tabulation/arithmetic/lifecycle.py: DECISIONS). Asked at the end of the transaction: the event
-- of an acceptance is written after the status.
CREATE OR REPLACE FUNCTION acceptor_differs() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE about text; differs boolean; acceptor bigint;
BEGIN
  SELECT format('protocol %s/%s/%s/v%s', e.slug, c.code, s.code, NEW.version), e.acceptor_differs
  INTO about, differs
  FROM candidates_contest c
  JOIN candidates_election e ON e.id = c.election_id
  JOIN tabulation_pollingstation s ON s.id = NEW.station_id
  WHERE c.id = NEW.contest_id;
  SELECT by_id INTO acceptor FROM tabulation_event
  WHERE subject = about AND act = 'accepted' ORDER BY number DESC LIMIT 1;
  IF differs AND NOT FOUND THEN
    RAISE EXCEPTION 'an acceptance comes with its event'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptance_has_its_event';
  END IF;
  IF EXISTS (
    SELECT FROM tabulation_seat WHERE protocol_id = NEW.id AND person_id = acceptor
  ) THEN
    RAISE EXCEPTION 'a clerk who entered a protocol does not accept it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptor_did_not_type';
  END IF;
  -- Nobody, the system, is no other person than who decided.
  IF differs AND EXISTS (
    SELECT FROM tabulation_event
    WHERE subject = about AND act IN ('entry chosen', 'entries returned', 'seat released')
      AND before->>'status' <> after->>'status'
      AND by_id = coalesce(acceptor, by_id)
    UNION ALL
    SELECT FROM tabulation_seat s
    JOIN tabulation_entry e ON e.seat_id = s.id
    JOIN tabulation_entryreturn r ON r.entry_id = e.id
    WHERE s.protocol_id = NEW.id AND r.by_id = coalesce(acceptor, r.by_id)
  ) THEN
    RAISE EXCEPTION 'a person who decided about the entries of a protocol does not accept it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptor_differs';
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS acceptor_differs ON tabulation_protocol;
CREATE CONSTRAINT TRIGGER acceptor_differs
  AFTER UPDATE OF status ON tabulation_protocol DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.status = 'accepted' AND OLD.status NOT IN ('accepted', 'annulled'))
  EXECUTE FUNCTION acceptor_differs();
