-- Refuses published reasons whose hash is not theirs. A hash without reasons is refused when the
-- row is added (reasons_come_with_their_hash).
ALTER TABLE tabulation_publishedfigures ADD CONSTRAINT figures_reasons_are_hashed CHECK (
  reasons IS NULL
  OR (explanations IS NOT NULL AND explanations = sha256(convert_to(reasons, 'UTF8'))));
