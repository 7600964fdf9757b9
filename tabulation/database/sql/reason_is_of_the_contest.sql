-- Refuses a reason that explains no warning of the contest: errors cannot be explained away.
CREATE OR REPLACE FUNCTION reason_is_of_the_contest() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tabulation_entry e
    JOIN tabulation_seat s ON s.id = e.seat_id
    JOIN tabulation_protocol p ON p.id = s.protocol_id
    JOIN tabulation_controlrelation r ON r.contest_id = p.contest_id
    WHERE e.id = NEW.entry_id AND r.id = NEW.relation_id AND r.severity = 'warning'
  ) THEN
    RAISE EXCEPTION 'a reason explains a warning of the contest'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'reason_is_of_the_contest';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER reason_is_of_the_contest BEFORE INSERT ON tabulation_warningreason
  FOR EACH ROW EXECUTE FUNCTION reason_is_of_the_contest();
