-- Refuses to take stations out of a queue otherwise than for the next publication: whoever deletes
-- names it, and it must be there when the transaction is committed (ledger_part_is_published).
CREATE OR REPLACE FUNCTION queue_is_published() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO tabulation_ledgerpart (election_id, number)
  SELECT c.election_id, 1 + coalesce(max(p.number), 0)
  FROM (SELECT DISTINCT contest_id FROM removed) r
  JOIN candidates_contest c ON c.id = r.contest_id
  LEFT JOIN tabulation_publication p ON p.election_id = c.election_id
  GROUP BY c.election_id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER queue_is_published AFTER DELETE ON tabulation_publicationqueue
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION queue_is_published();
CREATE OR REPLACE TRIGGER queue_is_published AFTER DELETE ON tabulation_turnoutqueue
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION queue_is_published();
