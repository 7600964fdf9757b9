-- Refuses hours for reports of turnout that are not in the order of the day, or named twice.
CREATE OR REPLACE FUNCTION hours_in_order(hours time[]) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT hours IS NOT DISTINCT FROM
    coalesce((SELECT array_agg(DISTINCT hour ORDER BY hour) FROM unnest(hours) AS h(hour)), '{}')
$$;

ALTER TABLE candidates_contest
  ADD CONSTRAINT contest_turnout_hours_in_order CHECK (hours_in_order(turnout_hours));
