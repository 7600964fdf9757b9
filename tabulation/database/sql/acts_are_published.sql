-- Refuses an act of the commission, or a file, without the publication that it comes out with
-- (asked at the end of the transaction), a lot about a tie and a sitting about results that were
-- not published.
ALTER TABLE tabulation_publishedfile ADD CONSTRAINT publishedfile_is_published
  FOREIGN KEY (election_id, published_in) REFERENCES tabulation_publication (election_id, number)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE tabulation_lot ADD CONSTRAINT lot_is_published
  FOREIGN KEY (election_id, published_in) REFERENCES tabulation_publication (election_id, number)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE tabulation_sitting ADD CONSTRAINT sitting_is_published
  FOREIGN KEY (election_id, published_in) REFERENCES tabulation_publication (election_id, number)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE tabulation_secondround ADD CONSTRAINT secondround_is_published
  FOREIGN KEY (election_id, published_in) REFERENCES tabulation_publication (election_id, number)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE tabulation_lot ADD CONSTRAINT lot_is_of_a_publication
  FOREIGN KEY (election_id, asked_in) REFERENCES tabulation_publication (election_id, number);
ALTER TABLE tabulation_sitting ADD CONSTRAINT sitting_is_about_a_publication
  FOREIGN KEY (election_id, decided_on) REFERENCES tabulation_publication (election_id, number);
