-- Refuses a line of the form for a candidate of another contest.
ALTER TABLE candidates_candidate ADD CONSTRAINT candidate_of_contest UNIQUE (contest_id, id);
ALTER TABLE tabulation_protocolline ADD CONSTRAINT line_candidate_in_one_contest
  FOREIGN KEY (contest_id, candidate_id) REFERENCES candidates_candidate (contest_id, id);
