-- Writes the figure that is published: of the reports the newest. It is written here alone, so that
-- it cannot be another than was reported.
CREATE OR REPLACE FUNCTION newest_report_counts() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO tabulation_timedturnout (contest_id, station_id, hour, voters)
  VALUES (NEW.contest_id, NEW.station_id, NEW.hour, NEW.voters)
  ON CONFLICT (contest_id, station_id, hour) DO UPDATE SET voters = excluded.voters;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER newest_report_counts AFTER INSERT ON tabulation_turnoutreport
  FOR EACH ROW EXECUTE FUNCTION newest_report_counts();
