-- Writes into each area the path to it from the top of the country, and refuses an area whose
-- parent is of another election. Sums, staff and ballots go by this path.
CREATE OR REPLACE FUNCTION area_lineage() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE above tabulation_area;
BEGIN
  IF NEW.parent_id IS NOT NULL THEN
    SELECT * INTO above FROM tabulation_area WHERE id = NEW.parent_id;
    IF above.election_id IS DISTINCT FROM NEW.election_id THEN
      RAISE EXCEPTION 'area % belongs to another election than its parent', NEW.code
        USING ERRCODE = 'check_violation', CONSTRAINT = 'area_in_one_election';
    END IF;
  END IF;
  NEW.lineage := coalesce(above.lineage, '{}') || NEW.id;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER area_lineage BEFORE INSERT ON tabulation_area
  FOR EACH ROW EXECUTE FUNCTION area_lineage();
