-- Refuses to change or remove the place of a station in a contest: protocols and publications stand
-- on it, and the number of registered voters is part of it.
CREATE OR REPLACE FUNCTION conteststation_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the stations of a contest are added and never changed or removed'
    USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'conteststation_stays';
END $$;

CREATE OR REPLACE TRIGGER conteststation_stays BEFORE UPDATE OR DELETE ON tabulation_conteststation
  FOR EACH ROW EXECUTE FUNCTION conteststation_stays();
