-- Refuses to change the form of a contest (lines, control relations, terms of the inaccuracies,
-- where a line is on the ballot, its candidates) once a protocol has come in or anything of it is
-- published: the figures there were checked and read by the old form.
CREATE OR REPLACE FUNCTION form_is_fixed() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE contest bigint;
BEGIN
  IF TG_TABLE_NAME = 'tabulation_ballotscope' THEN
    SELECT contest_id INTO contest FROM tabulation_protocolline
    WHERE id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.line_id ELSE NEW.line_id END);
  ELSE
    contest := CASE WHEN TG_OP = 'DELETE' THEN OLD.contest_id ELSE NEW.contest_id END;
  END IF;
  IF EXISTS (SELECT FROM tabulation_protocol WHERE contest_id = contest)
    OR EXISTS (SELECT FROM tabulation_publishedform WHERE contest_id = contest)
  THEN
    RAISE EXCEPTION 'the form is fixed: protocols or publications follow it already'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'form_is_fixed';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER form_is_fixed BEFORE INSERT OR UPDATE OR DELETE ON tabulation_protocolline
  FOR EACH ROW EXECUTE FUNCTION form_is_fixed();
CREATE OR REPLACE TRIGGER form_is_fixed BEFORE INSERT OR UPDATE OR DELETE
  ON tabulation_controlrelation
  FOR EACH ROW EXECUTE FUNCTION form_is_fixed();
CREATE OR REPLACE TRIGGER form_is_fixed BEFORE INSERT OR UPDATE OR DELETE
  ON tabulation_inaccuracyterm
  FOR EACH ROW EXECUTE FUNCTION form_is_fixed();
CREATE OR REPLACE TRIGGER form_is_fixed BEFORE INSERT OR UPDATE OR DELETE ON tabulation_ballotscope
  FOR EACH ROW EXECUTE FUNCTION form_is_fixed();
CREATE OR REPLACE TRIGGER form_is_fixed BEFORE INSERT OR DELETE ON candidates_candidate
  FOR EACH ROW EXECUTE FUNCTION form_is_fixed();
