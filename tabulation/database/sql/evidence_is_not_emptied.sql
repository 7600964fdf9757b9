-- Refuses to empty a table of evidence, but to its owner, who could drop the trigger as well; only
-- tests ever empty a table.
CREATE OR REPLACE FUNCTION evidence_is_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The owner could drop the trigger as well; only tests ever empty a table.
  IF current_user <> (
    SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID
  ) THEN
    RAISE EXCEPTION '% is evidence: it cannot be emptied', TG_TABLE_NAME
      USING ERRCODE = 'check_violation', CONSTRAINT = 'evidence_is_not_emptied';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_entry
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_event
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_publication
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_publishedfigures
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_publishedform
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_receipt
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_entryreturn
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_warningreason
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_seal
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_countersignature
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_ledgerpart
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_autopublishperiod
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_publishedturnout
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_publishedfile
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_lot
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_sitting
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_decision
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_secondround
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_turnoutreport
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_timedturnout
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
