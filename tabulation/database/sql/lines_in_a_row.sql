-- Refuses a form whose lines are not numbered 1, 2, 3 without a gap: figures are kept in the order
-- of the lines, so a gap would put a figure beside the wrong line.
CREATE OR REPLACE FUNCTION lines_in_a_row() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tabulation_protocolline WHERE contest_id IN (SELECT contest_id FROM added)
    GROUP BY contest_id HAVING max(position) <> count(*)
  ) THEN
    RAISE EXCEPTION 'positions of lines run from 1 without a gap'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_in_a_row';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER lines_in_a_row AFTER INSERT ON tabulation_protocolline
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION lines_in_a_row();
