-- Refuses to change or remove evidence: rows of these tables are added and stay. What may be
-- superseded, ended or reported anew may not be removed.
CREATE OR REPLACE FUNCTION evidence_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is evidence: rows are added and never changed or removed', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = 'evidence_stays';
END $$;

CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_entry
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_event
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_publication
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE DELETE ON tabulation_publishedfigures
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE DELETE ON tabulation_publishedform
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_receipt
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_entryreturn
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_warningreason
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_seal
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_countersignature
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_ledgerpart
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE DELETE ON tabulation_autopublishperiod
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE DELETE ON tabulation_publishedturnout
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_publishedfile
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_lot
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_sitting
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_decision
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_secondround
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_turnoutreport
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE OR REPLACE TRIGGER evidence_stays BEFORE DELETE ON tabulation_timedturnout
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
