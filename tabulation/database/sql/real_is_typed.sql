-- Refuses to import protocols of a real election as counted: people type them.
CREATE OR REPLACE FUNCTION real_is_typed() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM changed n
    JOIN candidates_contest c ON c.id = n.contest_id
    JOIN candidates_election e ON e.id = c.election_id
    WHERE n.origin = 'imported' AND e.kind = 'real'
  ) THEN
    RAISE EXCEPTION 'protocols of a real election are typed, never imported as accepted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'real_is_typed';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER real_is_typed AFTER INSERT ON tabulation_protocol
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION real_is_typed();
