-- Notes which stations are to be published when a protocol begins to count, ceases to or is
-- annulled.
CREATE OR REPLACE FUNCTION queue_changed() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO tabulation_publicationqueue (contest_id, station_id)
  SELECT n.contest_id, n.station_id FROM changed n JOIN previous o ON o.id = n.id
  WHERE n.status <> o.status
    AND (n.status IN ('accepted', 'annulled') OR o.status IN ('accepted', 'annulled'));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER queue_changed AFTER UPDATE ON tabulation_protocol
  REFERENCING NEW TABLE AS changed OLD TABLE AS previous
  FOR EACH STATEMENT EXECUTE FUNCTION queue_changed();
