-- is_being_carried_out
-- Whether this transaction carries out one of these acts, which members proposed and confirmed:
-- about this contest and station, and by this decision, where they are given.
CREATE OR REPLACE FUNCTION is_being_carried_out(
  election bigint, acts text[], contest bigint, station bigint, wanted text
) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM tabulation_motion m
    WHERE m.election_id = election AND m.act = ANY (acts) AND m.state = 'confirmed'
      AND m.carried_in = pg_current_xact_id_if_assigned()::text::bigint
      AND (contest IS NULL OR m.contest_id = contest)
      AND (station IS NULL OR m.station_id = station)
      AND (wanted IS NULL OR m.arguments ->> 'decision' = wanted)
  );
$$;
