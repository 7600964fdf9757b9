-- Refuses a protocol of a station that does not vote in its contest. A foreign key would ask for
-- each protocol of a load by itself, a quarter of its time; the statement asks once for all.
-- Nothing that a protocol stands on can go or change afterwards (conteststation_stays).
CREATE OR REPLACE FUNCTION protocol_station_votes_in_contest() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM changed n
    LEFT JOIN tabulation_conteststation cs
      ON cs.contest_id = n.contest_id AND cs.station_id = n.station_id
    WHERE cs.id IS NULL
  ) THEN
    RAISE EXCEPTION 'a protocol is of a station that votes in its contest'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'protocol_station_votes_in_contest';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER protocol_station_votes_in_contest AFTER INSERT ON tabulation_protocol
  REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION protocol_station_votes_in_contest();
