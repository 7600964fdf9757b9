-- Whether the commission of an election is a roster. Else every member for the whole country whose
-- account stands sits on it. `models.roster.has_roster` is its twin.
CREATE OR REPLACE FUNCTION has_roster(of_election bigint) RETURNS boolean LANGUAGE sql STABLE
  SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM candidates_election WHERE id = of_election AND kind = 'real')
    OR EXISTS (SELECT FROM tabulation_membership WHERE election_id = of_election);
$$;
