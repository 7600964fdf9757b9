-- Refuses a throttle with anything but a plain list of at most a thousand times, and one that would
-- never be forgotten. NaN is greater than every number.
ALTER TABLE tabulation_throttle ADD CONSTRAINT throttle_holds_times CHECK (
  coalesce(array_ndims(times), 1) = 1 AND cardinality(times) <= 1000
  AND array_position(times, NULL) IS NULL AND 0 <= ALL (times) AND 1e11 >= ALL (times)
);
ALTER TABLE tabulation_throttle ADD CONSTRAINT throttle_is_forgotten CHECK (isfinite(until));
