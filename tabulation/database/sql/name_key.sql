-- A name as it is compared: in one case, without spaces, hyphens and other signs, and with one
-- letter for those of Latin, Cyrillic, Greek and Armenian that look alike. Nobody is meant to
-- take two accounts for one, nor one for two.
CREATE OR REPLACE FUNCTION name_key(written text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN translate(
    replace(
      regexp_replace(lower(upper(normalize(written, NFKC))), '[^[:alnum:]]+', '', 'g'), 'ß', 'ss'
    ),
    'авекмнорстухіјѕёԛԝ' || 'αβεικμνορτυχζη' || 'օսհոցզյ',
    'abekmhopctyxijseqw' || 'abeikmnoptyxzh' || 'ouhngqj'
  );

-- Two user names that are compared alike are one.
CREATE UNIQUE INDEX IF NOT EXISTS user_name_once ON tabulation_user (name_key(username::text));
-- Who else has this real name.
CREATE INDEX IF NOT EXISTS user_real_name ON tabulation_user (name_key(real_name::text))
  WHERE real_name <> '';
