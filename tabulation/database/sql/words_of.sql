-- The words of a text, in lower case, with one space between two. What is searched is cut into
-- words here and not by the database's parser: that one takes `4/13` for the path of a file and,
-- where the locale is plain C, quotation marks for letters. A query is cut by the same function, so
-- both always mean the same words. Readers of Russian write ё as е.
CREATE OR REPLACE FUNCTION words_of(written text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN trim(regexp_replace(translate(lower(written), 'ё', 'е'), '[^[:alnum:]]+', ' ', 'g'));
