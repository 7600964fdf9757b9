-- Refuses an entry or a draft by the same rule as figures_fit. Outer joins: a row whose
-- seat or protocol is not there fits no form and is refused.
CREATE OR REPLACE FUNCTION typed_figures_fit() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (
      SELECT p.contest_id, p.station_id, c.figures FROM changed c
      LEFT JOIN tabulation_seat seat ON seat.id = c.seat_id
      LEFT JOIN tabulation_protocol p ON p.id = seat.protocol_id
    ) n
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
    JOIN (
      SELECT p.contest_id, p.station_id, c.figures FROM changed c
      LEFT JOIN tabulation_seat seat ON seat.id = c.seat_id
      LEFT JOIN tabulation_protocol p ON p.id = seat.protocol_id
    ) n ON n.contest_id = l.contest_id AND n.figures[l.position] IS NOT NULL
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

CREATE OR REPLACE TRIGGER figures_fit_insert AFTER INSERT ON tabulation_entry
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION typed_figures_fit();
CREATE OR REPLACE TRIGGER figures_fit_update AFTER UPDATE ON tabulation_entry
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION typed_figures_fit();
CREATE OR REPLACE TRIGGER figures_fit_insert AFTER INSERT ON tabulation_draft
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION typed_figures_fit();
CREATE OR REPLACE TRIGGER figures_fit_update AFTER UPDATE ON tabulation_draft
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION typed_figures_fit();
