-- Refuses a protocol, or published figures of a station, that are not one number for each line of
-- the form, or negative, or on a line that is not on the ballot at the station. Asked once for all
-- rows of a statement, so that a load of a hundred thousand protocols costs a few set operations. A
-- publication asks without nested loops: right after a load the planner may choose a plan that
-- compares each row with each.
CREATE OR REPLACE FUNCTION figures_fit() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp
  SET jit = off AS $$
DECLARE nested text := current_setting('enable_nestloop');
BEGIN
  IF TG_TABLE_NAME = 'tabulation_publishedfigures' THEN
    PERFORM set_config('enable_nestloop', 'off', true);
  END IF;
  IF EXISTS (
    SELECT FROM (SELECT contest_id, figures FROM changed WHERE station_id IS NOT NULL) n
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
    JOIN changed n ON n.contest_id = l.contest_id AND n.figures[l.position] IS NOT NULL
    JOIN tabulation_pollingstation s ON s.id = n.station_id
    JOIN tabulation_area a ON a.id = s.area_id
    WHERE NOT EXISTS (
      SELECT FROM tabulation_ballotscope b WHERE b.line_id = l.id AND b.area_id = ANY (a.lineage)
    )
  ) THEN
    RAISE EXCEPTION 'a figure stands on a line that is not on the ballot there'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'figures_on_the_ballot';
  END IF;
  PERFORM set_config('enable_nestloop', nested, true);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER figures_fit_insert AFTER INSERT ON tabulation_protocol
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION figures_fit();
CREATE OR REPLACE TRIGGER figures_fit_update AFTER UPDATE ON tabulation_protocol
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION figures_fit();
CREATE OR REPLACE TRIGGER figures_fit_insert AFTER INSERT ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION figures_fit();
