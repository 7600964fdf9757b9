-- Refuses rows of the ledger that name a publication which is not there (part_of_a_publication).
-- Asked at the end of the transaction: the publication is written last.
ALTER TABLE tabulation_ledgerpart ADD CONSTRAINT ledger_part_is_published
  FOREIGN KEY (election_id, number) REFERENCES tabulation_publication (election_id, number)
  DEFERRABLE INITIALLY DEFERRED;
