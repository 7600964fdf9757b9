-- Refuses to publish of a station anything but what its protocol in force says, as its turnout
-- anything but what was reported from there, and of an area what is not in its place. Asked once a
-- statement, of all of its rows together: checking row by row that election, contest, station and
-- area exist cost more than writing them. A station that the publication withholds has no protocol.
-- Few rows are looked up by key, many joined without nested loops: both are linear whatever the
-- planner believes. The reading is planned anew, with as many rows as there are now: not as when
-- there were few.
CREATE OR REPLACE FUNCTION published_is_in_force() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp
  SET jit = off AS $$
DECLARE
  all_rows bigint; stations bigint; right_stations bigint; right_areas bigint := 0;
  contest bigint; others bigint; election bigint; elsewhere bigint;
  nested text := current_setting('enable_nestloop');
  many boolean := (SELECT count(*) > 2000 FROM (SELECT FROM added LIMIT 2001) AS first);
  of_figures boolean := TG_TABLE_NAME = 'tabulation_publishedfigures';
  -- What each of few rows is looked up by, and what keeps the planner from joining it otherwise.
  keyed text := CASE WHEN many THEN 'true' ELSE
    'contest_id = n.contest_id AND station_id = n.station_id' END;
  apart text := CASE WHEN many THEN '' ELSE 'OFFSET 0' END;
  source text := CASE WHEN of_figures THEN $source$
    SELECT * FROM tabulation_protocol WHERE status IN ('accepted', 'annulled') AND %s
      AND (contest_id, station_id) NOT IN (
        SELECT contest_id, station_id FROM tabulation_withheldstation
        WHERE published_in = (SELECT min(published_in) FROM added)
      ) $source$
  ELSE $source$
    SELECT contest_id, station_id, array_agg(hour ORDER BY hour) AS hours,
      array_agg(voters::bigint ORDER BY hour) AS voters
    FROM tabulation_timedturnout WHERE %s GROUP BY contest_id, station_id $source$
  END;
  agrees text := CASE WHEN of_figures THEN $agrees$
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
    ) $agrees$
  ELSE $agrees$
    (
      n.hours, n.voters, n.reporting, n.registered, n.without_list, n.code, n.parent_id
    ) IS NOT DISTINCT FROM (
      p.hours, p.voters, array_fill(1, ARRAY[cardinality(n.hours)]),
      array_fill(cs.registered::bigint, ARRAY[cardinality(n.hours)]),
      array_fill((cs.registered IS NULL)::int, ARRAY[cardinality(n.hours)]), s.code, s.area_id
    ) $agrees$
  END;
BEGIN
  IF many THEN
    PERFORM set_config('enable_nestloop', 'off', true);
  END IF;
  EXECUTE format($read$
    SELECT count(*), count(n.station_id), count(*) FILTER (WHERE %s
      AND s.id IS NOT NULL AND cs.contest_id IS NOT NULL),
      min(n.contest_id), max(n.contest_id), min(n.election_id), max(n.election_id)
    FROM added n
    LEFT JOIN LATERAL (SELECT id, code, area_id FROM tabulation_pollingstation
      WHERE id = n.station_id %3$s) s ON true
    LEFT JOIN LATERAL (SELECT contest_id, registered FROM tabulation_conteststation
      WHERE contest_id = n.contest_id AND station_id = n.station_id %3$s) cs ON true
    LEFT JOIN LATERAL (%2$s %3$s) p
      ON p.contest_id = n.contest_id AND p.station_id = n.station_id
    $read$, agrees, format(source, keyed), apart)
    INTO all_rows, stations, right_stations, contest, others, election, elsewhere;
  PERFORM set_config('enable_nestloop', nested, true);
  IF stations < all_rows THEN
    SELECT count(*) INTO right_areas FROM added n
    JOIN tabulation_constituency head ON head.contest_id = n.contest_id
    JOIN tabulation_area a ON a.id = n.area_id AND a.election_id = n.election_id
      AND head.area_id = ANY (a.lineage)
    WHERE n.station_id IS NULL AND n.code = a.code
      AND n.parent_id IS NOT DISTINCT FROM CASE WHEN a.id <> head.area_id THEN a.parent_id END;
  END IF;
  IF right_stations = stations AND right_areas = all_rows - stations AND (
    all_rows = 0 OR (contest = others AND election = elsewhere AND EXISTS (
      SELECT FROM candidates_contest WHERE id = contest AND election_id = election
    ))
  ) THEN
    RETURN NULL;
  ELSIF of_figures THEN
    RAISE EXCEPTION 'what is published of a station is what its protocol in force says'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'published_is_in_force';
  END IF;
  RAISE EXCEPTION 'what is published of a station''s turnout is what was reported from there'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'published_turnout_is_reported';
END $$;

CREATE OR REPLACE TRIGGER published_is_in_force AFTER INSERT ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION published_is_in_force();
CREATE OR REPLACE TRIGGER published_turnout_is_reported AFTER INSERT ON tabulation_publishedturnout
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION published_is_in_force();
