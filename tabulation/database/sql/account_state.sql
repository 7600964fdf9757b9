-- What an account is, as an event about it says it. `records.state_of` is its twin.
CREATE OR REPLACE FUNCTION account_state(account tabulation_user) RETURNS jsonb LANGUAGE sql STABLE
  SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object(
    'name', account.real_name,
    'role', account.role,
    'area', (
      SELECT e.slug || ' ' || a.code FROM tabulation_area a
      JOIN candidates_election e ON e.id = a.election_id WHERE a.id = account.area_id
    ),
    'active', account.is_active,
    'changed by', (SELECT username FROM tabulation_user WHERE id = account.changed_by_id),
    'first confirmed by', (
      SELECT username FROM tabulation_user WHERE id = account.first_confirmed_by_id
    ),
    'confirmed by', (SELECT username FROM tabulation_user WHERE id = account.confirmed_by_id),
    'decision', account.enrolled_by_decision
  )
$$;
