-- The sum of the lines on one side of a control relation: 0 where no line is named, NULL where
-- every line that is named is blank.
CREATE OR REPLACE FUNCTION side_of(figures integer[], positions smallint[]) RETURNS bigint
  LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN cardinality(positions) = 0 THEN 0
    ELSE (SELECT sum(figures[line.position]) FROM unnest(positions) AS line(position)) END
$$;
