"""What plain SQL with the application's own rights could still do, closed one door at a time."""

from django.db import migrations

# `rules.holds` once more; a property test holds the two together.
RULES = """
CREATE FUNCTION side_of(figures integer[], positions smallint[]) RETURNS bigint
  LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN cardinality(positions) = 0 THEN 0
    ELSE (SELECT sum(figures[line.position]) FROM unnest(positions) AS line(position)) END
$$;
-- Whether `lhs operator rhs` is missed by no more than the tolerance, in ballots or in percent of
-- the right side; NULL where a side is wholly blank: not evaluated.
CREATE FUNCTION relation_holds(
  figures integer[], lhs smallint[], operator text, rhs smallint[], tolerance numeric,
  percent boolean
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  gap bigint := side_of(figures, lhs) - side_of(figures, rhs);
  missed bigint := CASE operator
    WHEN '==' THEN abs(gap) WHEN '>=' THEN -gap WHEN '<=' THEN gap END;
BEGIN
  IF percent THEN
    RETURN missed * 100 <= tolerance * side_of(figures, rhs);
  END IF;
  RETURN missed <= tolerance;
END $$;
"""

AGREES = """
CREATE OR REPLACE FUNCTION protocol_agrees() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE needed integer; agreeing bigint[]; broken record;
BEGIN
  SELECT e.entries_required INTO needed FROM candidates_contest c
  JOIN candidates_election e ON e.id = c.election_id WHERE c.id = NEW.contest_id;
  -- What was given back stands no more, until it is typed again.
  SELECT coalesce(array_agg(e.id), '{}') INTO agreeing FROM tabulation_seat s
  JOIN tabulation_entry e ON e.seat_id = s.id
  WHERE s.protocol_id = NEW.id AND s.released_at IS NULL AND e.figures = NEW.figures
    AND NOT EXISTS (SELECT FROM tabulation_entryreturn r WHERE r.entry_id = e.id);
  IF cardinality(agreeing) < needed THEN
    RAISE EXCEPTION 'a typed protocol counts only when % people typed the same, not %',
      needed, cardinality(agreeing)
      USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_agrees';
  END IF;
  FOR broken IN
    SELECT r.id, r.code, r.severity FROM tabulation_controlrelation r
    WHERE r.contest_id = NEW.contest_id AND NOT relation_holds(
      NEW.figures, r."left", r.operator, r."right", r.tolerance, r.percent)
    ORDER BY r.severity, r.ordinal
  LOOP
    IF broken.severity = 'error' THEN
      RAISE EXCEPTION 'figures with an open error do not count: % does not hold', broken.code
        USING ERRCODE = 'check_violation', CONSTRAINT = 'no_error_is_open';
    END IF;
    IF EXISTS (
      SELECT FROM unnest(agreeing) AS entry(id) WHERE NOT EXISTS (
        SELECT FROM tabulation_warningreason w
        WHERE w.entry_id = entry.id AND w.relation_id = broken.id)
    ) THEN
      RAISE EXCEPTION 'whoever typed these figures says why they stand: % does not hold',
        broken.code USING ERRCODE = 'check_violation', CONSTRAINT = 'warnings_are_explained';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
"""

# At the end of the transaction: an act writes the status first and what it means after it.
STATUS = """
CREATE FUNCTION status_fits_the_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE needed integer; typed integer; readings integer; reading integer[]; errors boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM tabulation_protocol WHERE id = NEW.id AND status = NEW.status) THEN
    RETURN NULL; -- it has moved on since, and what it came to is asked then
  END IF;
  SELECT e.entries_required INTO needed FROM candidates_contest c
  JOIN candidates_election e ON e.id = c.election_id WHERE c.id = NEW.contest_id;
  SELECT count(*), count(DISTINCT e.figures), min(e.figures) INTO typed, readings, reading
  FROM tabulation_seat s JOIN tabulation_entry e ON e.seat_id = s.id
  WHERE s.protocol_id = NEW.id AND s.released_at IS NULL
    AND NOT EXISTS (SELECT FROM tabulation_entryreturn r WHERE r.entry_id = e.id);
  errors := EXISTS (
    SELECT FROM tabulation_controlrelation r
    WHERE r.contest_id = NEW.contest_id AND r.severity = 'error' AND NOT relation_holds(
      reading, r."left", r.operator, r."right", r.tolerance, r.percent)
  );
  IF NOT (CASE NEW.status
    WHEN 'received' THEN typed = 0
    -- All may have typed and wait to be compared; but nothing comes back here as it was.
    WHEN 'entered' THEN typed >= 1 AND (typed < needed OR typed = needed
      AND coalesce(OLD.status, '') NOT IN ('different', 'errors', 'verified'))
    WHEN 'different' THEN typed = needed AND readings > 1
    WHEN 'errors' THEN typed = needed AND readings = 1 AND errors
    WHEN 'verified' THEN typed = needed AND readings = 1 AND NOT errors
    ELSE true
  END) THEN
    RAISE EXCEPTION 'the entries of this protocol do not make it %', NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'status_fits_the_entries';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER status_fits_the_entries
  AFTER INSERT ON tabulation_protocol DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.status IN ('entered', 'different', 'errors', 'verified'))
  EXECUTE FUNCTION status_fits_the_entries();
CREATE CONSTRAINT TRIGGER status_fits_the_entries_later
  AFTER UPDATE OF status ON tabulation_protocol DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.origin = 'typed' AND OLD.status <> NEW.status
    AND NEW.status IN ('received', 'entered', 'different', 'errors', 'verified'))
  EXECUTE FUNCTION status_fits_the_entries();
"""

# The protocol is locked before it is asked anything: who accepts it meanwhile is waited for, and
# who comes to accept it waits, and then counts what was written. FOR SHARE, because a change of
# the status does not wait for anything weaker. The stage functions hold the lock already.
TYPING = """
CREATE OR REPLACE FUNCTION open_for_typing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE protocol bigint; open boolean; wanted text[] := ARRAY['received', 'entered'];
BEGIN
  IF TG_TABLE_NAME = 'tabulation_seat' THEN
    protocol := NEW.protocol_id;
    IF TG_OP = 'UPDATE' THEN
      wanted := wanted || ARRAY['different', 'errors', 'verified'];
    END IF;
  ELSE
    SELECT protocol_id INTO protocol FROM tabulation_seat WHERE id = NEW.seat_id;
  END IF;
  PERFORM FROM tabulation_protocol WHERE id = protocol AND status = ANY (wanted) FOR SHARE;
  open := FOUND;
  IF open AND TG_TABLE_NAME <> 'tabulation_seat' THEN
    open := EXISTS (SELECT FROM tabulation_seat WHERE id = NEW.seat_id AND released_at IS NULL);
  END IF;
  IF NOT open THEN
    RAISE EXCEPTION 'nobody types this protocol in this state, or from a released seat'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'open_for_typing';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION return_is_of_a_standing_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM tabulation_protocol WHERE id = (
    SELECT s.protocol_id FROM tabulation_entry e JOIN tabulation_seat s ON s.id = e.seat_id
    WHERE e.id = NEW.entry_id
  ) AND status IN ('received', 'entered', 'different', 'errors', 'verified') FOR SHARE;
  IF NOT FOUND OR NOT EXISTS (
    SELECT FROM tabulation_entry e
    JOIN tabulation_seat s ON s.id = e.seat_id
    WHERE e.id = NEW.entry_id AND s.released_at IS NULL
      AND NOT EXISTS (
        SELECT FROM tabulation_entry later
        WHERE later.seat_id = e.seat_id AND later.attempt > e.attempt)
      AND 1 <= ALL (NEW.lines) AND cardinality(e.figures) >= ALL (NEW.lines)
  ) THEN
    RAISE EXCEPTION 'only an entry that stands, of a protocol in work, is given back'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'return_is_of_a_standing_entry';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION reason_comes_with_the_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM tabulation_protocol WHERE id = (
    SELECT s.protocol_id FROM tabulation_entry e JOIN tabulation_seat s ON s.id = e.seat_id
    WHERE e.id = NEW.entry_id
  ) AND status IN ('received', 'entered') FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a reason is written with the entry, not after it was compared'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'reason_comes_with_the_entry';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER reason_comes_with_the_entry BEFORE INSERT ON tabulation_warningreason
  FOR EACH ROW EXECUTE FUNCTION reason_comes_with_the_entry();
"""

CLERKS = """
CREATE OR REPLACE FUNCTION seat_is_a_clerks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sitting bigint; protocol bigint; place smallint; person tabulation_user; needed integer;
BEGIN
  IF TG_TABLE_NAME = 'tabulation_seat' THEN
    sitting := NEW.person_id; protocol := NEW.protocol_id; place := NEW.slot;
  ELSE
    SELECT person_id, protocol_id, slot INTO sitting, protocol, place
    FROM tabulation_seat WHERE id = NEW.seat_id;
  END IF;
  SELECT * INTO person FROM tabulation_user WHERE id = sitting AND role = 'clerk' AND is_active;
  IF person.id IS NULL THEN
    RAISE EXCEPTION 'only an entry clerk sits down to type'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_is_a_clerks';
  END IF;
  IF person.area_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM tabulation_protocol p
    JOIN tabulation_pollingstation s ON s.id = p.station_id
    JOIN tabulation_area a ON a.id = s.area_id
    WHERE p.id = protocol AND person.area_id = ANY (a.lineage)
  ) THEN
    RAISE EXCEPTION 'a clerk types the stations of their own area'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_is_in_the_area';
  END IF;
  SELECT e.entries_required INTO needed FROM tabulation_protocol p
  JOIN candidates_contest c ON c.id = p.contest_id
  JOIN candidates_election e ON e.id = c.election_id
  WHERE p.id = protocol;
  IF place > needed THEN
    RAISE EXCEPTION 'there are as many seats as the election asks for entries'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_is_asked_for';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER seat_is_a_clerks BEFORE INSERT ON tabulation_entry
  FOR EACH ROW EXECUTE FUNCTION seat_is_a_clerks();
"""

# What `publication/writing.py` writes of a station, asked of the protocols once more. Looked up
# by key (LATERAL, OFFSET 0): right after a load the planner knows nothing of the new rows.
LEDGER = """
CREATE FUNCTION published_is_in_force() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM added n
    JOIN candidates_contest c ON c.id = n.contest_id
    CROSS JOIN LATERAL (
      SELECT area_id FROM tabulation_pollingstation WHERE id = n.station_id OFFSET 0
    ) s
    LEFT JOIN LATERAL (
      SELECT registered FROM tabulation_conteststation
      WHERE contest_id = n.contest_id AND station_id = n.station_id OFFSET 0
    ) cs ON true
    LEFT JOIN LATERAL (
      SELECT status, figures, version,
        CASE WHEN ruling_reason <> '' THEN ruling_reason ELSE reason END AS reason,
        CASE WHEN ruling_reason <> '' THEN ruling_decision ELSE decision END AS decision
      FROM tabulation_protocol
      WHERE contest_id = n.contest_id AND station_id = n.station_id
        AND status IN ('accepted', 'annulled') OFFSET 0
    ) p ON true
    WHERE (
        n.status, n.figures, n.version, n.reason, n.decision, n.counted, n.annulled
      ) IS DISTINCT FROM (
        CASE p.status WHEN 'accepted' THEN 'counted' WHEN 'annulled' THEN 'annulled'
          ELSE 'not counted' END,
        p.figures::bigint[], p.version, coalesce(p.reason, ''), coalesce(p.decision, ''),
        (p.status IS NOT DISTINCT FROM 'accepted')::int,
        (p.status IS NOT DISTINCT FROM 'annulled')::int
      )
      OR (
        n.election_id, n.parent_id, n.stations, n.registered, n.registered_counted, n.filled
      ) IS DISTINCT FROM (
        c.election_id, s.area_id, 1, cs.registered::bigint,
        cs.registered::bigint * (p.status IS NOT DISTINCT FROM 'accepted')::int, NULL::integer[]
      )
  ) THEN
    RAISE EXCEPTION 'what is published of a station is what its protocol in force says'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'published_is_in_force';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER published_is_in_force AFTER INSERT ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION published_is_in_force();
"""

# A temporary table of the same name comes first for everybody who does not say otherwise: these
# functions would ask it instead of ours, or queue into it.
OURS = """
DO $$
DECLARE asking regprocedure;
BEGIN
  FOR asking IN
    SELECT oid::regprocedure FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prosrc ~ '(tabulation|candidates)_'
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', asking);
  END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0003_real_is_typed_twice"),
        ("tabulation", "0008_confirmed"),
    ]
    operations = [
        migrations.RunSQL(sql)
        for sql in (RULES, AGREES, STATUS, TYPING, CLERKS, LEDGER, OURS)
    ]
