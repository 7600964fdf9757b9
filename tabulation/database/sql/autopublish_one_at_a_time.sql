-- Refuses two decisions to publish automatically that are in force at one time: of those of an
-- election that nobody has ended, no two overlap.
ALTER TABLE tabulation_autopublishperiod ADD CONSTRAINT autopublish_one_at_a_time
  EXCLUDE USING gist (
    int8range(election_id, election_id, '[]') WITH &&, tstzrange(from_at, until_at) WITH &&
  ) WHERE (ended_at IS NULL);
