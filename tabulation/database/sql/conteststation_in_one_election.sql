-- Refuses to let a station of another election vote in a contest, and to add stations to a contest
-- of which something is published: readers have been told how many stations there are. Without
-- nested loops: a load asks of all its stations at once, and a plan that compares each with each
-- takes minutes.
CREATE OR REPLACE FUNCTION conteststation_in_one_election() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp
  SET jit = off
  SET enable_nestloop = off AS $$
BEGIN
  IF EXISTS (
    SELECT FROM added n
    JOIN candidates_contest c ON c.id = n.contest_id
    JOIN tabulation_pollingstation s ON s.id = n.station_id
    WHERE c.election_id <> s.election_id
  ) THEN
    RAISE EXCEPTION 'a station of another election cannot vote in this contest'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'conteststation_in_one_election';
  END IF;
  IF EXISTS (
    SELECT FROM added n
    WHERE EXISTS (SELECT FROM tabulation_publishedform f WHERE f.contest_id = n.contest_id)
  ) THEN
    RAISE EXCEPTION 'the stations of a contest are fixed once anything of it is published'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'stations_are_fixed';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER conteststation_in_one_election AFTER INSERT ON tabulation_conteststation
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION conteststation_in_one_election();
