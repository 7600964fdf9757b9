-- Refuses a publication under a word that is not true of it: certified without a sitting of the
-- commission or with stations that are neither counted, annulled nor listed in the decision;
-- preliminary where all is decided already. `ledger/status_words.py` says the same; this asks the
-- ledger rows just written. A contest is decided when an earlier publication brought a decision
-- about it; a certified one brings its own.
CREATE OR REPLACE FUNCTION publication_word_fits() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE
  decided bigint[] := ARRAY (
    SELECT d.contest_id FROM tabulation_decision d
    JOIN tabulation_sitting s ON s.id = d.sitting_id
    WHERE s.election_id = NEW.election_id AND s.published_in < NEW.number
  );
  sitting tabulation_sitting;
BEGIN
  IF NEW.status = 'certified' THEN
    SELECT * INTO sitting FROM tabulation_sitting
    WHERE election_id = NEW.election_id AND published_in = NEW.number;
    IF sitting.id IS NULL OR sitting.decision <> NEW.decision THEN
      RAISE EXCEPTION 'results are certified by a sitting of the commission'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'certified_by_a_sitting';
    END IF;
    IF EXISTS (
      SELECT FROM tabulation_publishedfigures f
      JOIN candidates_contest c ON c.id = f.contest_id
      WHERE f.contest_id IN (
          SELECT contest_id FROM tabulation_decision WHERE sitting_id = sitting.id
        )
        AND f.parent_id IS NULL AND f.superseded_in IS NULL
        AND f.stations - f.counted - f.annulled
          > coalesce(jsonb_array_length(sitting.open_stations -> c.code), 0)
    ) THEN
      RAISE EXCEPTION 'results are certified when every station is counted or annulled, or listed'
        ' in the decision' USING ERRCODE = 'check_violation', CONSTRAINT = 'certified_is_complete';
    END IF;
  ELSIF EXISTS (
    SELECT FROM tabulation_sitting
    WHERE election_id = NEW.election_id AND published_in = NEW.number
  ) THEN
    RAISE EXCEPTION 'what comes of a sitting is certified'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sitting_certifies';
  END IF;
  IF NEW.status IN ('pre-election', 'unofficial-partial', 'unofficial-complete')
    AND cardinality(decided) > 0 AND (
      NOT EXISTS (
        SELECT FROM candidates_contest
        WHERE election_id = NEW.election_id AND id <> ALL (decided)
      ) OR EXISTS (
        SELECT FROM tabulation_publishedfigures
        WHERE contest_id = ANY (decided) AND parent_id IS NULL AND published_in = NEW.number
      )
    )
  THEN
    RAISE EXCEPTION 'after certified results nothing is preliminary any more'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'preliminary_before_certified';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER publication_word_fits BEFORE INSERT ON tabulation_publication
  FOR EACH ROW EXECUTE FUNCTION publication_word_fits();
