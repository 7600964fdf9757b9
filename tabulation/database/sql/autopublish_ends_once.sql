-- Refuses to change a decision to publish automatically, but for its end, once.
CREATE OR REPLACE FUNCTION autopublish_ends_once() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE ended record := OLD;
BEGIN
  ended.ended_at := NEW.ended_at;
  ended.ended_by_id := NEW.ended_by_id;
  IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR ended IS DISTINCT FROM NEW THEN
    RAISE EXCEPTION 'a decision stays as it is: it can only be ended, once'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'autopublish_ends_once';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER autopublish_ends_once BEFORE UPDATE ON tabulation_autopublishperiod
  FOR EACH ROW EXECUTE FUNCTION autopublish_ends_once();
