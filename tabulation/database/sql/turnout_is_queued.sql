-- Notes for which stations turnout is to be published, in the same transaction, whoever writes it.
CREATE OR REPLACE FUNCTION turnout_is_queued() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO tabulation_turnoutqueue (contest_id, station_id)
  SELECT DISTINCT contest_id, station_id FROM changed;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER turnout_is_queued_insert AFTER INSERT ON tabulation_timedturnout
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION turnout_is_queued();
CREATE OR REPLACE TRIGGER turnout_is_queued_update AFTER UPDATE ON tabulation_timedturnout
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION turnout_is_queued();
