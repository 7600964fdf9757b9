-- Refuses turnout of a station that does not vote in the contest.
ALTER TABLE tabulation_timedturnout ADD CONSTRAINT turnout_station_votes_in_contest
  FOREIGN KEY (contest_id, station_id)
  REFERENCES tabulation_conteststation (contest_id, station_id);
