-- typed_otherwise
-- What is wrong, if anything, with accepted figures against the events of their entries: 'typed'
-- where fewer seats than needed were left with these figures, 'ruling' where the reasons given
-- there for broken warnings are others. A publisher asks it of each station that it writes.
CREATE OR REPLACE FUNCTION typed_otherwise(
  entries jsonb[], accepted jsonb, of_contest bigint, needed integer, given text
) RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN RETURN (
  SELECT CASE WHEN count(DISTINCT last.slot) < needed THEN 'typed'
    WHEN string_agg(
      r.code || chr(9) || record_text(last.said->'reasons'->>r.code) || chr(10), ''
      ORDER BY last.slot, r.ordinal
    ) IS DISTINCT FROM given THEN 'ruling' END
  FROM (
    SELECT DISTINCT ON (said->>'slot') said->>'slot' AS slot, said
    FROM unnest(entries) WITH ORDINALITY one (said, place) ORDER BY said->>'slot', place DESC
  ) last
  LEFT JOIN tabulation_controlrelation r
    ON r.contest_id = of_contest AND last.said->'reasons' ? r.code
  WHERE last.said->'figures' = accepted
); END $$;
