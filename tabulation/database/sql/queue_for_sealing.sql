-- Notes which events the next seal is to cover, whoever writes them.
CREATE OR REPLACE FUNCTION queue_for_sealing() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO tabulation_sealqueue (event_id) SELECT id FROM added;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER queue_for_sealing AFTER INSERT ON tabulation_event
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION queue_for_sealing();
