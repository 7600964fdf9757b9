-- Refuses to publish figures of a station by the same rule as protocol_figures_fit. Without nested
-- loops: a publication asks of all its rows at once, and right after a load the planner may choose
-- a plan that compares each with each.
CREATE OR REPLACE FUNCTION published_figures_fit() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp
  SET jit = off
  SET enable_nestloop = off AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT contest_id, station_id, figures FROM changed WHERE station_id IS NOT NULL) n
    LEFT JOIN (
      SELECT contest_id, count(*) AS lines FROM tabulation_protocolline GROUP BY contest_id
    ) f ON f.contest_id = n.contest_id
    WHERE n.figures IS NOT NULL AND (
      array_ndims(n.figures) IS DISTINCT FROM 1 OR array_lower(n.figures, 1) <> 1
      OR cardinality(n.figures) <> coalesce(f.lines, 0) OR 0 > ANY (n.figures)
    )
  ) THEN
    RAISE EXCEPTION 'figures are one number a line of the form, none of them negative'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'figures_fit_the_form';
  END IF;
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT line_id FROM tabulation_ballotscope) scoped
    JOIN tabulation_protocolline l ON l.id = scoped.line_id
    JOIN (SELECT contest_id, station_id, figures FROM changed WHERE station_id IS NOT NULL) n
      ON n.contest_id = l.contest_id AND n.figures[l.position] IS NOT NULL
    JOIN tabulation_pollingstation s ON s.id = n.station_id
    JOIN tabulation_area a ON a.id = s.area_id
    WHERE NOT EXISTS (
      SELECT FROM tabulation_ballotscope b WHERE b.line_id = l.id AND b.area_id = ANY (a.lineage)
    )
  ) THEN
    RAISE EXCEPTION 'a figure stands on a line that is not on the ballot there'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'figures_on_the_ballot';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER figures_fit_insert AFTER INSERT ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION published_figures_fit();
