-- Refuses turnout from a file once people report, but for figures that were reported: a folder's
-- file comes before polling day or after it.
CREATE OR REPLACE FUNCTION turnout_comes_from_people() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT contest_id FROM added) c
    WHERE EXISTS (SELECT FROM tabulation_turnoutreport r WHERE r.contest_id = c.contest_id)
  ) AND EXISTS (
    SELECT FROM added n
    WHERE EXISTS (SELECT FROM tabulation_turnoutreport r WHERE r.contest_id = n.contest_id)
      AND NOT EXISTS (
        SELECT FROM tabulation_turnoutreport r WHERE r.contest_id = n.contest_id
          AND r.station_id = n.station_id AND r.hour = n.hour AND r.voters = n.voters)
  ) THEN
    RAISE EXCEPTION 'once turnout is reported, all of it comes from reports'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_comes_from_people';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER turnout_comes_from_people AFTER INSERT ON tabulation_timedturnout
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION turnout_comes_from_people();
