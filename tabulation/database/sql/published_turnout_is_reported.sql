-- Refuses to publish as a station's turnout anything but what was reported from there. Reads few
-- rows and many as published_is_in_force does.
CREATE OR REPLACE FUNCTION published_turnout_is_reported() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp
  SET jit = off AS $$
DECLARE
  all_rows bigint; stations bigint; right_stations bigint; right_areas bigint := 0;
  contest bigint; others bigint; election bigint; elsewhere bigint;
  nested text := current_setting('enable_nestloop');
BEGIN
  IF (SELECT count(*) > 2000 FROM (SELECT FROM added LIMIT 2001) AS first) THEN
    PERFORM set_config('enable_nestloop', 'off', true);
    EXECUTE $all$
    SELECT count(*), count(n.station_id), count(*) FILTER (WHERE
      (
        n.hours, n.voters, n.reporting, n.registered, n.without_list, n.code, n.parent_id
      ) IS NOT DISTINCT FROM (
        t.hours, t.voters, array_fill(1, ARRAY[cardinality(n.hours)]),
        array_fill(cs.registered::bigint, ARRAY[cardinality(n.hours)]),
        array_fill((cs.registered IS NULL)::int, ARRAY[cardinality(n.hours)]), s.code, s.area_id
      )
      AND s.id IS NOT NULL AND cs.contest_id IS NOT NULL),
      min(n.contest_id), max(n.contest_id), min(n.election_id), max(n.election_id)
    FROM added n
    LEFT JOIN tabulation_pollingstation s ON s.id = n.station_id
    LEFT JOIN tabulation_conteststation cs
      ON cs.contest_id = n.contest_id AND cs.station_id = n.station_id
    LEFT JOIN (
      SELECT contest_id, station_id, array_agg(hour ORDER BY hour) AS hours,
        array_agg(voters::bigint ORDER BY hour) AS voters
      FROM tabulation_timedturnout GROUP BY contest_id, station_id
    ) t ON t.contest_id = n.contest_id AND t.station_id = n.station_id
    $all$ INTO all_rows, stations, right_stations, contest, others, election, elsewhere;
    PERFORM set_config('enable_nestloop', nested, true);
  ELSE
    SELECT count(*), count(n.station_id), count(*) FILTER (WHERE
      (
        n.hours, n.voters, n.reporting, n.registered, n.without_list, n.code, n.parent_id
      ) IS NOT DISTINCT FROM (
        t.hours, t.voters, array_fill(1, ARRAY[cardinality(n.hours)]),
        array_fill(cs.registered::bigint, ARRAY[cardinality(n.hours)]),
        array_fill((cs.registered IS NULL)::int, ARRAY[cardinality(n.hours)]), s.code, s.area_id
      )
      AND s.id IS NOT NULL AND cs.contest_id IS NOT NULL),
      min(n.contest_id), max(n.contest_id), min(n.election_id), max(n.election_id)
    FROM added n
    LEFT JOIN LATERAL (SELECT id, code, area_id FROM tabulation_pollingstation
      WHERE id = n.station_id OFFSET 0) s ON true
    LEFT JOIN LATERAL (SELECT contest_id, registered FROM tabulation_conteststation
      WHERE contest_id = n.contest_id AND station_id = n.station_id OFFSET 0) cs ON true
    LEFT JOIN LATERAL (
      SELECT contest_id, station_id, array_agg(hour ORDER BY hour) AS hours,
        array_agg(voters::bigint ORDER BY hour) AS voters
      FROM tabulation_timedturnout
      WHERE contest_id = n.contest_id AND station_id = n.station_id
      GROUP BY contest_id, station_id OFFSET 0
    ) t ON true
    INTO all_rows, stations, right_stations, contest, others, election, elsewhere;
  END IF;
  IF stations < all_rows THEN
    SELECT count(*) INTO right_areas FROM added n
    JOIN tabulation_constituency head ON head.contest_id = n.contest_id
    JOIN tabulation_area a ON a.id = n.area_id AND a.election_id = n.election_id
      AND head.area_id = ANY (a.lineage)
    WHERE n.station_id IS NULL AND n.code = a.code
      AND n.parent_id IS NOT DISTINCT FROM CASE WHEN a.id <> head.area_id THEN a.parent_id END;
  END IF;
  IF right_stations <> stations OR right_areas <> all_rows - stations OR (
    all_rows > 0 AND (contest <> others OR election <> elsewhere OR NOT EXISTS (
      SELECT FROM candidates_contest WHERE id = contest AND election_id = election
    ))
  ) THEN
    RAISE EXCEPTION 'what is published of a station''s turnout is what was reported from there'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'published_turnout_is_reported';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER published_turnout_is_reported AFTER INSERT ON tabulation_publishedturnout
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION published_turnout_is_reported();
