-- Refuses a form that names a publication which is not there. Asked at the end of the transaction:
-- the publication is written last.
ALTER TABLE tabulation_publishedform
  ADD CONSTRAINT form_published_in FOREIGN KEY (election_id, published_in)
    REFERENCES tabulation_publication (election_id, number) DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT form_superseded_in FOREIGN KEY (election_id, superseded_in)
    REFERENCES tabulation_publication (election_id, number) DEFERRABLE INITIALLY DEFERRED;
