-- acts_are_confirmed
-- Refuses an act of the commission, asked at the end of its transaction, where the election wants
-- other members to confirm it and this transaction does not carry out what they confirmed.
CREATE OR REPLACE FUNCTION acts_are_confirmed() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE
  election bigint; contest bigint; station bigint; decision text; acts text[];
BEGIN
  decision := to_jsonb(NEW) ->> 'decision';
  CASE TG_TABLE_NAME
    WHEN 'tabulation_sitting' THEN acts := ARRAY['certify'];
    WHEN 'tabulation_lot' THEN acts := ARRAY['lot']; contest := NEW.contest_id;
    WHEN 'tabulation_secondround' THEN acts := ARRAY['second round']; contest := NEW.first_id;
    WHEN 'tabulation_autopublishperiod' THEN acts := ARRAY['autopublish'];
    WHEN 'tabulation_publication' THEN
      acts := CASE NEW.status WHEN 'certified' THEN ARRAY['certify']
        ELSE ARRAY['publish', 'lot', 'second round'] END;
    WHEN 'candidates_election' THEN
      -- Which decision moved it stands in what is carried out here: the day that is new.
      SELECT m.arguments ->> 'decision' INTO decision FROM tabulation_motion m
      WHERE m.election_id = NEW.id AND m.act IN ('polling day', 'second round')
        AND m.carried_in = pg_current_xact_id_if_assigned()::text::bigint
        AND (m.arguments ->> 'polling_day')::date = ANY (NEW.polling_days)
        AND (m.arguments ->> 'polling_day')::date <> ALL (OLD.polling_days)
      ORDER BY m.id DESC LIMIT 1;
      decision := coalesce(decision, '');
      acts := ARRAY['polling day', 'second round'];
    ELSE  -- a protocol
      contest := NEW.contest_id;
      station := NEW.station_id;
      IF TG_OP = 'UPDATE' THEN
        decision := NEW.ruling_decision;
        acts := CASE NEW.status WHEN 'annulled' THEN ARRAY['annul'] ELSE ARRAY['reinstate'] END;
      ELSIF EXISTS (
        SELECT FROM tabulation_protocol p
        WHERE p.contest_id = NEW.contest_id AND p.station_id = NEW.station_id
          AND p.version < NEW.version AND (p.status = 'annulled' OR p.status = 'accepted' AND EXISTS (
            SELECT FROM tabulation_decision d WHERE d.contest_id = NEW.contest_id
          ))
      ) THEN
        acts := ARRAY['correct'];
      ELSE
        RETURN NULL;  -- before anything is certified a supervisor opens a correction alone
      END IF;
  END CASE;
  election := CASE
    WHEN TG_TABLE_NAME = 'candidates_election' THEN NEW.id
    WHEN TG_TABLE_NAME = 'tabulation_protocol' THEN
      (SELECT c.election_id FROM candidates_contest c WHERE c.id = contest)
    ELSE (to_jsonb(NEW) ->> 'election_id')::bigint
  END;
  IF EXISTS (SELECT FROM candidates_election e WHERE e.id = election AND e.confirmations > 0)
    AND NOT is_being_carried_out(election, acts, contest, station, decision)
  THEN
    RAISE EXCEPTION 'an act of the commission is proposed by a member and confirmed by others'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'acts_are_confirmed';
  END IF;
  RETURN NULL;
END $$;

DO $$
DECLARE acting text;
BEGIN
  FOREACH acting IN ARRAY ARRAY['sitting', 'lot', 'secondround', 'autopublishperiod'] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS acts_are_confirmed ON tabulation_%s', acting);
    EXECUTE format(
      'CREATE CONSTRAINT TRIGGER acts_are_confirmed AFTER INSERT ON tabulation_%s
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION acts_are_confirmed()',
      acting);
  END LOOP;
END $$;
DROP TRIGGER IF EXISTS acts_are_confirmed ON tabulation_publication;
CREATE CONSTRAINT TRIGGER acts_are_confirmed AFTER INSERT ON tabulation_publication
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.status IN ('certified', 'correction', 'recount'))
  EXECUTE FUNCTION acts_are_confirmed();
DROP TRIGGER IF EXISTS acts_are_confirmed ON candidates_election;
CREATE CONSTRAINT TRIGGER acts_are_confirmed AFTER UPDATE OF polling_days ON candidates_election
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.polling_days <> NEW.polling_days) EXECUTE FUNCTION acts_are_confirmed();
DROP TRIGGER IF EXISTS acts_are_confirmed ON tabulation_protocol;
CREATE CONSTRAINT TRIGGER acts_are_confirmed AFTER UPDATE OF status ON tabulation_protocol
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.status <> NEW.status
    AND (NEW.status = 'annulled' OR (OLD.status = 'annulled' AND NEW.status = 'accepted')))
  EXECUTE FUNCTION acts_are_confirmed();
DROP TRIGGER IF EXISTS corrections_are_confirmed ON tabulation_protocol;
CREATE CONSTRAINT TRIGGER corrections_are_confirmed AFTER INSERT ON tabulation_protocol
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.version > 1) EXECUTE FUNCTION acts_are_confirmed();
