-- Whether an account sits on the commission of an election now. `models.roster.sits` is its twin.
CREATE OR REPLACE FUNCTION sits_on_commission(person bigint, of_election bigint) RETURNS boolean
  LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN NOT has_roster(of_election) OR EXISTS (
    SELECT FROM tabulation_membership
    WHERE election_id = of_election AND user_id = person AND until_at IS NULL
  );
END $$;
