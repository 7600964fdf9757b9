-- Refuses published reasons whose hash is not theirs, and either without the other.
ALTER TABLE tabulation_publishedfigures ADD CONSTRAINT figures_reasons_are_hashed CHECK (
  explanations IS NOT DISTINCT FROM sha256(convert_to(reasons, 'UTF8')));
