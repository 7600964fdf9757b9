-- Refuses to change how many people type each protocol once one has been typed: all protocols of an
-- election are typed by the same rule.
CREATE OR REPLACE FUNCTION entries_required_is_fixed() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tabulation_entry e
    JOIN tabulation_seat s ON s.id = e.seat_id
    JOIN tabulation_protocol p ON p.id = s.protocol_id
    JOIN candidates_contest c ON c.id = p.contest_id
    WHERE c.election_id = NEW.id
  ) THEN
    RAISE EXCEPTION 'the number of entries is fixed: protocols have been typed already'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_required_is_fixed';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER entries_required_is_fixed BEFORE UPDATE OF entries_required
  ON candidates_election
  FOR EACH ROW WHEN (OLD.entries_required <> NEW.entries_required)
  EXECUTE FUNCTION entries_required_is_fixed();
