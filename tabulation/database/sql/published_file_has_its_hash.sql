-- Refuses a published file whose hash is not its own.
ALTER TABLE tabulation_publishedfile ADD CONSTRAINT published_file_has_its_hash
  CHECK (sha256 = sha256(body));
