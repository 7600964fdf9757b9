from django.db import migrations

# What is searched is cut into words here and not by the database's parser: that one takes `4/13` for
# the path of a file and, where the locale is plain C, quotation marks for letters. A query is cut by
# the same function, so both always mean the same words. Readers of Russian write ё as е.
WORDS = """
CREATE FUNCTION words_of(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN trim(regexp_replace(translate(lower(written), 'ё', 'е'), '[^[:alnum:]]+', ' ', 'g'));
"""

# Stored, so that a search reads it and a load writes it once. Of `names` the values, not the languages.
COLUMNS = """
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
"""

BACK = """
ALTER TABLE tabulation_pollingstation DROP COLUMN search;
ALTER TABLE tabulation_area DROP COLUMN search;
DROP FUNCTION words_of(text);
"""


class Migration(migrations.Migration):
    dependencies = [("tabulation", "0016_more_languages")]
    operations = [migrations.RunSQL(WORDS + COLUMNS, BACK)]
