-- Whether a control relation is missed by no more than its tolerance, in ballots or in percent of
-- the right side; NULL where a side is wholly blank: not evaluated. `rules.holds` once more; a
-- property test holds the two together.
CREATE OR REPLACE FUNCTION relation_holds(
  figures integer[], lhs smallint[], operator text, rhs smallint[], tolerance numeric,
  percent boolean
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  gap bigint := side_of(figures, lhs) - side_of(figures, rhs);
  missed bigint := CASE operator
    WHEN '==' THEN abs(gap) WHEN '>=' THEN -gap WHEN '<=' THEN gap END;
BEGIN
  IF percent THEN
    RETURN missed * 100 <= tolerance * side_of(figures, rhs);
  END IF;
  RETURN missed <= tolerance;
END $$;
