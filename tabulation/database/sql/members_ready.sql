-- How many sit on the commission of an election whose accounts stand and have two methods of
-- two-step verification: one can be lost, and they still act.
CREATE OR REPLACE FUNCTION members_ready(of_election bigint) RETURNS bigint
  LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT count(*) FROM tabulation_membership m JOIN tabulation_user u ON u.id = m.user_id
    WHERE m.election_id = of_election AND m.until_at IS NULL
      AND u.role = 'member' AND u.area_id IS NULL AND u.is_active
      AND (u.confirmed_by_id IS NOT NULL OR u.enrolled_by_decision <> '')
      AND 2 <= (
        SELECT count(*) FROM mfa_authenticator a
        WHERE a.user_id = u.id AND a.type IN ('totp', 'webauthn')
      )
  );
END $$;
