-- Refuses a report of turnout by an hour that is not asked for or has not come, one that does not
-- say what stood before it, and an odd figure (fewer than before, more than later or than listed)
-- without a reason.
CREATE OR REPLACE FUNCTION turnout_report_follows() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE place record; stood bigint; reports integer;
BEGIN
  PERFORM lock_turnout(NEW.contest_id, NEW.station_id);
  SELECT cs.registered, c.turnout_hours, e.time_zone, e.polling_days[c.round] AS day INTO place
  FROM tabulation_conteststation cs
  JOIN candidates_contest c ON c.id = cs.contest_id
  JOIN candidates_election e ON e.id = c.election_id
  WHERE cs.contest_id = NEW.contest_id AND cs.station_id = NEW.station_id;
  IF NOT FOUND THEN
    RETURN NEW;  -- the foreign key refuses it
  END IF;
  IF NEW.hour <> ALL (place.turnout_hours) AND (
    cardinality(place.turnout_hours) > 0 OR NOT EXISTS (
      SELECT FROM tabulation_timedturnout WHERE contest_id = NEW.contest_id AND hour = NEW.hour)
  ) THEN
    RAISE EXCEPTION 'nobody reports turnout by % in this contest', NEW.hour
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_is_of_an_hour';
  END IF;
  IF (NEW.at >= (place.day + NEW.hour) AT TIME ZONE place.time_zone) IS NOT TRUE THEN
    RAISE EXCEPTION 'turnout by % is reported when it is that hour', NEW.hour
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_hour_has_come';
  END IF;
  SELECT voters INTO stood FROM tabulation_timedturnout
  WHERE contest_id = NEW.contest_id AND station_id = NEW.station_id AND hour = NEW.hour;
  SELECT count(*) INTO reports FROM tabulation_turnoutreport
  WHERE contest_id = NEW.contest_id AND station_id = NEW.station_id AND hour = NEW.hour;
  IF NEW.number <> reports + 1 OR NEW.was IS DISTINCT FROM stood THEN
    RAISE EXCEPTION 'a report follows the last one, and says what stood until then'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_report_follows';
  END IF;
  IF NEW.reason !~ '\S' AND (NEW.voters > place.registered OR EXISTS (
    SELECT FROM tabulation_timedturnout t
    WHERE t.contest_id = NEW.contest_id AND t.station_id = NEW.station_id
      AND ((t.hour < NEW.hour AND t.voters > NEW.voters)
        OR (t.hour > NEW.hour AND t.voters < NEW.voters))
  )) THEN
    RAISE EXCEPTION 'fewer than before, more than later or more than listed: for a reason only'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_odd_for_a_reason';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER turnout_report_follows BEFORE INSERT ON tabulation_turnoutreport
  FOR EACH ROW EXECUTE FUNCTION turnout_report_follows();
