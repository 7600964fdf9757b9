-- Refuses a station in an area of another election.
ALTER TABLE tabulation_area ADD CONSTRAINT area_of_election UNIQUE (election_id, id);
ALTER TABLE tabulation_pollingstation ADD CONSTRAINT station_area_in_one_election
  FOREIGN KEY (election_id, area_id) REFERENCES tabulation_area (election_id, id);
