-- A text field of a record whose hash is published, as docs/verification.md says: no tab or line
-- break can forge another field. `commitments.sumtree.escaped` is its twin.
CREATE OR REPLACE FUNCTION record_text(field text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT replace(replace(replace(replace(
    field, '\', '\\'), chr(9), '\t'), chr(10), '\n'), chr(13), '\r')
$$;
