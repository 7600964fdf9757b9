-- Refuses a report by anybody but an intake clerk, a supervisor or a member, active and confirmed,
-- for a station of their area.
CREATE OR REPLACE FUNCTION turnout_report_is_a_persons() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE person tabulation_user;
BEGIN
  SELECT * INTO person FROM tabulation_user
  WHERE id = NEW.by_id AND role IN ('intake', 'supervisor', 'member') AND is_active
    AND (confirmed_by_id IS NOT NULL OR enrolled_by_decision <> '');
  IF person.id IS NULL OR (person.area_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM tabulation_pollingstation s JOIN tabulation_area a ON a.id = s.area_id
    WHERE s.id = NEW.station_id AND person.area_id = ANY (a.lineage)
  )) THEN
    RAISE EXCEPTION 'intake clerks, supervisors and members report the turnout of their area'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_report_is_a_persons';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER turnout_report_is_a_persons BEFORE INSERT ON tabulation_turnoutreport
  FOR EACH ROW WHEN (NEW.by_id IS NOT NULL) EXECUTE FUNCTION turnout_report_is_a_persons();
