-- Refuses to change, remove or empty evidence: rows of these tables are added and stay. What may be
-- superseded, ended or reported anew may not be removed.
CREATE OR REPLACE FUNCTION evidence_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'TRUNCATE' THEN
    RAISE EXCEPTION '% is evidence: rows are added and never changed or removed', TG_TABLE_NAME
      USING ERRCODE = 'check_violation', CONSTRAINT = 'evidence_stays';
  END IF;
  -- The owner could drop the trigger as well; only tests ever empty a table.
  IF current_user <> (
    SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID
  ) THEN
    RAISE EXCEPTION '% is evidence: it cannot be emptied', TG_TABLE_NAME
      USING ERRCODE = 'check_violation', CONSTRAINT = 'evidence_is_not_emptied';
  END IF;
  RETURN NULL;
END $$;

DO $$
DECLARE
  added_only text[] := ARRAY[
    'entry', 'entryreturn', 'warningreason', 'receipt', 'turnoutreport', 'event', 'seal',
    'countersignature', 'filelist', 'ledgerpart', 'publishedfile', 'lot', 'sitting', 'decision',
    'secondround', 'withheldstation', 'motionconfirmation'
  ];
  not_removed text[] := ARRAY[
    'timedturnout', 'publication', 'publishedfigures', 'publishedform', 'publishedturnout',
    'autopublishperiod', 'motion', 'order', 'user', 'membership'
  ];
  evidence text;
BEGIN
  FOREACH evidence IN ARRAY added_only || not_removed LOOP
    EXECUTE format(
      'CREATE OR REPLACE TRIGGER evidence_stays BEFORE %s ON tabulation_%s
        FOR EACH ROW EXECUTE FUNCTION evidence_stays()',
      CASE WHEN evidence = ANY (added_only) THEN 'UPDATE OR DELETE' ELSE 'DELETE' END, evidence);
    EXECUTE format(
      'CREATE OR REPLACE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_%s
        FOR EACH STATEMENT EXECUTE FUNCTION evidence_stays()',
      evidence);
  END LOOP;
END $$;
