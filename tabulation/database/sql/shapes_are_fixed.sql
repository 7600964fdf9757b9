-- Refuses to draw the outlines of areas anew once anything of the election is published: a reader
-- who compares two maps compares figures, not outlines.
CREATE OR REPLACE FUNCTION shapes_are_fixed() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tabulation_area a
    JOIN tabulation_publication p ON p.election_id = a.election_id
    WHERE a.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.area_id ELSE NEW.area_id END
      OR a.id = CASE WHEN TG_OP = 'INSERT' THEN NEW.area_id ELSE OLD.area_id END
  ) THEN
    RAISE EXCEPTION 'the shapes of areas are fixed once anything of the election is published'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'shapes_are_fixed';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER shapes_are_fixed BEFORE INSERT OR UPDATE OR DELETE ON tabulation_areashape
  FOR EACH ROW EXECUTE FUNCTION shapes_are_fixed();
