-- Refuses to change the turnout by an hour to anything but what was reported last.
CREATE OR REPLACE FUNCTION turnout_is_what_was_reported() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.id, NEW.contest_id, NEW.station_id, NEW.hour)
      IS DISTINCT FROM (OLD.id, OLD.contest_id, OLD.station_id, OLD.hour)
    OR NEW.voters IS DISTINCT FROM (
      SELECT voters FROM tabulation_turnoutreport
      WHERE contest_id = NEW.contest_id AND station_id = NEW.station_id AND hour = NEW.hour
      ORDER BY number DESC LIMIT 1
    ) THEN
    RAISE EXCEPTION 'the turnout by an hour is what was reported last'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_is_what_was_reported';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER turnout_is_what_was_reported BEFORE UPDATE ON tabulation_timedturnout
  FOR EACH ROW EXECUTE FUNCTION turnout_is_what_was_reported();
