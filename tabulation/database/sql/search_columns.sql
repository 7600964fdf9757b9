-- The words of stations and areas that readers search for, and their indexes. Stored, so that a
-- search reads them and a load writes them once. Of `names` the values, not the languages.
ALTER TABLE tabulation_pollingstation ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
  to_tsvector('simple'::regconfig, words_of(
    code::text || ' ' || name::text || ' ' || jsonb_path_query_array(names, '$.*')::text || ' '
    || address::text
  ))
) STORED;
CREATE INDEX station_search ON tabulation_pollingstation USING gin (search);

ALTER TABLE tabulation_area ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
  to_tsvector('simple'::regconfig, words_of(
    code::text || ' ' || name::text || ' ' || jsonb_path_query_array(names, '$.*')::text
  ))
) STORED;
CREATE INDEX area_search ON tabulation_area USING gin (search);
