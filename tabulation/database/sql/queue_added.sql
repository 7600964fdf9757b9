-- Notes which stations are to be published when protocols are loaded that count or are annulled.
CREATE OR REPLACE FUNCTION queue_added() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO tabulation_publicationqueue (contest_id, station_id)
  SELECT contest_id, station_id FROM changed WHERE status IN ('accepted', 'annulled');
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER queue_added AFTER INSERT ON tabulation_protocol
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION queue_added();
