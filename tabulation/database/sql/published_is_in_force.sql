-- Refuses to publish of a station anything but what its protocol in force says, and of an area what
-- is not in its place. Asked once a statement, of all of its rows together: checking row by row
-- that election, contest, station and area exist cost more than writing them. Few rows are looked
-- up by key, many joined without nested loops and planned anew, with as many rows as there are now:
-- both are linear whatever the planner believes. The two readings differ only in how they join.
CREATE OR REPLACE FUNCTION published_is_in_force() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp
  SET jit = off AS $$
DECLARE
  all_rows bigint; stations bigint; right_stations bigint; right_areas bigint := 0;
  contest bigint; others bigint; election bigint; elsewhere bigint;
  nested text := current_setting('enable_nestloop');
BEGIN
  IF (SELECT count(*) > 2000 FROM (SELECT FROM added LIMIT 2001) AS first) THEN
    PERFORM set_config('enable_nestloop', 'off', true);
    -- Planned anew, with as many rows as there are now: not as when there were few.
    EXECUTE $all$
    SELECT count(*), count(n.station_id), count(*) FILTER (WHERE
      (
        n.status, n.figures, n.version, n.reason, n.decision, n.counted, n.annulled
      ) IS NOT DISTINCT FROM (
        CASE p.status WHEN 'accepted' THEN 'counted' WHEN 'annulled' THEN 'annulled'
          ELSE 'not counted' END,
        p.figures::bigint[], p.version,
        coalesce(nullif(p.ruling_reason, ''), p.reason, ''),
        CASE WHEN p.ruling_reason <> '' THEN p.ruling_decision ELSE coalesce(p.decision, '') END,
        (p.status IS NOT DISTINCT FROM 'accepted')::int,
        (p.status IS NOT DISTINCT FROM 'annulled')::int
      )
      AND (
        n.code, n.parent_id, n.stations, n.registered, n.registered_counted, n.filled
      ) IS NOT DISTINCT FROM (
        s.code, s.area_id, 1, cs.registered::bigint,
        cs.registered::bigint * (p.status IS NOT DISTINCT FROM 'accepted')::int, NULL::integer[]
      )
      AND s.id IS NOT NULL AND cs.contest_id IS NOT NULL),
      min(n.contest_id), max(n.contest_id), min(n.election_id), max(n.election_id)
    FROM added n
    LEFT JOIN tabulation_pollingstation s ON s.id = n.station_id
    LEFT JOIN tabulation_conteststation cs
      ON cs.contest_id = n.contest_id AND cs.station_id = n.station_id
    LEFT JOIN tabulation_protocol p ON p.contest_id = n.contest_id
      AND p.station_id = n.station_id AND p.status IN ('accepted', 'annulled')
    $all$ INTO all_rows, stations, right_stations, contest, others, election, elsewhere;
    PERFORM set_config('enable_nestloop', nested, true);
  ELSE
    SELECT count(*), count(n.station_id), count(*) FILTER (WHERE
      (
        n.status, n.figures, n.version, n.reason, n.decision, n.counted, n.annulled
      ) IS NOT DISTINCT FROM (
        CASE p.status WHEN 'accepted' THEN 'counted' WHEN 'annulled' THEN 'annulled'
          ELSE 'not counted' END,
        p.figures::bigint[], p.version,
        coalesce(nullif(p.ruling_reason, ''), p.reason, ''),
        CASE WHEN p.ruling_reason <> '' THEN p.ruling_decision ELSE coalesce(p.decision, '') END,
        (p.status IS NOT DISTINCT FROM 'accepted')::int,
        (p.status IS NOT DISTINCT FROM 'annulled')::int
      )
      AND (
        n.code, n.parent_id, n.stations, n.registered, n.registered_counted, n.filled
      ) IS NOT DISTINCT FROM (
        s.code, s.area_id, 1, cs.registered::bigint,
        cs.registered::bigint * (p.status IS NOT DISTINCT FROM 'accepted')::int, NULL::integer[]
      )
      AND s.id IS NOT NULL AND cs.contest_id IS NOT NULL),
      min(n.contest_id), max(n.contest_id), min(n.election_id), max(n.election_id)
    FROM added n
    LEFT JOIN LATERAL (SELECT id, code, area_id FROM tabulation_pollingstation
      WHERE id = n.station_id OFFSET 0) s ON true
    LEFT JOIN LATERAL (SELECT contest_id, registered FROM tabulation_conteststation
      WHERE contest_id = n.contest_id AND station_id = n.station_id OFFSET 0) cs ON true
    LEFT JOIN LATERAL (SELECT * FROM tabulation_protocol WHERE contest_id = n.contest_id
      AND station_id = n.station_id AND status IN ('accepted', 'annulled') OFFSET 0) p ON true
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
    RAISE EXCEPTION 'what is published of a station is what its protocol in force says'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'published_is_in_force';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER published_is_in_force AFTER INSERT ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION published_is_in_force();
