"""What the database refuses about returns, released seats and reasons, whoever asks."""

from django.db import migrations

AGREES = """
CREATE OR REPLACE FUNCTION protocol_agrees() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE needed integer; agreeing integer;
BEGIN
  SELECT e.entries_required INTO needed FROM candidates_contest c
  JOIN candidates_election e ON e.id = c.election_id WHERE c.id = NEW.contest_id;
  -- What was given back stands no more, until it is typed again.
  SELECT count(*) INTO agreeing FROM tabulation_seat s
  JOIN tabulation_entry e ON e.seat_id = s.id
  WHERE s.protocol_id = NEW.id AND s.released_at IS NULL AND e.figures = NEW.figures
    AND NOT EXISTS (SELECT FROM tabulation_entryreturn r WHERE r.entry_id = e.id);
  IF agreeing < needed THEN
    RAISE EXCEPTION 'a typed protocol counts only when % people typed the same, not %',
      needed, agreeing USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_agrees';
  END IF;
  RETURN NULL;
END $$;
"""

MOVES = """
CREATE OR REPLACE FUNCTION protocol_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The life of a protocol, one line a status: what may follow it (tabulation/arithmetic/lifecycle.py).
  IF NOT (CASE OLD.status
    WHEN 'received' THEN NEW.status IN ('entered', 'set_aside')
    WHEN 'entered' THEN NEW.status IN ('received', 'different', 'errors', 'verified', 'set_aside')
    WHEN 'different' THEN NEW.status IN ('received', 'entered', 'set_aside')
    WHEN 'errors' THEN NEW.status IN ('received', 'entered', 'set_aside')
    WHEN 'verified' THEN NEW.status IN ('received', 'entered', 'accepted', 'set_aside')
    WHEN 'accepted' THEN NEW.status IN ('corrected', 'annulled')
    WHEN 'annulled' THEN NEW.status IN ('corrected', 'accepted')
    ELSE false
  END) THEN
    RAISE EXCEPTION 'a protocol does not go from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_moves';
  END IF;
  IF NEW.status = 'annulled' AND EXISTS (
    SELECT FROM tabulation_protocol p
    WHERE p.contest_id = NEW.contest_id AND p.station_id = NEW.station_id
      AND p.version > NEW.version AND p.status <> 'set_aside'
  ) THEN
    RAISE EXCEPTION 'a correction is under way: it would undo the annulment'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_moves';
  END IF;
  RETURN NEW;
END $$;
"""

TYPING = """
CREATE OR REPLACE FUNCTION open_for_typing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE protocol bigint; wanted text[] := ARRAY['received', 'entered'];
BEGIN
  IF TG_TABLE_NAME = 'tabulation_seat' THEN
    protocol := NEW.protocol_id;
    IF TG_OP = 'UPDATE' THEN
      wanted := wanted || ARRAY['different', 'errors', 'verified'];
    END IF;
  ELSE
    SELECT protocol_id INTO protocol FROM tabulation_seat
    WHERE id = NEW.seat_id AND released_at IS NULL;
  END IF;
  IF NOT EXISTS (
    SELECT FROM tabulation_protocol WHERE id = protocol AND status = ANY (wanted)
  ) THEN
    RAISE EXCEPTION 'nobody types this protocol in this state, or from a released seat'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'open_for_typing';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION seat_is_a_clerks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tabulation_user WHERE id = NEW.person_id AND role = 'clerk' AND is_active
  ) THEN
    RAISE EXCEPTION 'only an entry clerk sits down to type'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_is_a_clerks';
  END IF;
  IF NEW.slot > (
    SELECT e.entries_required FROM tabulation_protocol p
    JOIN candidates_contest c ON c.id = p.contest_id
    JOIN candidates_election e ON e.id = c.election_id
    WHERE p.id = NEW.protocol_id
  ) THEN
    RAISE EXCEPTION 'there are as many seats as the election asks for entries'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_is_asked_for';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER seat_is_a_clerks BEFORE INSERT ON tabulation_seat
  FOR EACH ROW EXECUTE FUNCTION seat_is_a_clerks();

CREATE FUNCTION seat_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a seat keeps its protocol, its place and its person'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_stays';
END $$;
CREATE TRIGGER seat_stays BEFORE UPDATE ON tabulation_seat
  FOR EACH ROW
  WHEN ((NEW.protocol_id, NEW.slot, NEW.person_id, NEW.taken_at)
    IS DISTINCT FROM (OLD.protocol_id, OLD.slot, OLD.person_id, OLD.taken_at))
  EXECUTE FUNCTION seat_stays();

CREATE FUNCTION typing_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last tabulation_entry; again tabulation_entryreturn;
BEGIN
  SELECT * INTO last FROM tabulation_entry
  WHERE seat_id = NEW.seat_id ORDER BY attempt DESC LIMIT 1;
  IF NEW.attempt <> coalesce(last.attempt, 0) + 1 THEN
    RAISE EXCEPTION 'attempt % does not follow the last one', NEW.attempt
      USING ERRCODE = 'check_violation', CONSTRAINT = 'typing_follows';
  END IF;
  IF last.id IS NULL THEN
    RETURN NEW;
  END IF;
  SELECT * INTO again FROM tabulation_entryreturn WHERE entry_id = last.id;
  IF again.entry_id IS NULL THEN
    RAISE EXCEPTION 'a protocol is typed again only when the entry was given back'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'typing_follows';
  END IF;
  IF EXISTS (
    SELECT FROM generate_subscripts(NEW.figures, 1) AS line(position)
    WHERE NEW.figures[position] IS DISTINCT FROM last.figures[position]
      AND NOT position = ANY (again.lines)
  ) THEN
    RAISE EXCEPTION 'only the lines that were given back are typed again'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'typing_follows';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER typing_follows BEFORE INSERT ON tabulation_entry
  FOR EACH ROW EXECUTE FUNCTION typing_follows();

CREATE FUNCTION return_is_of_a_standing_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tabulation_entry e
    JOIN tabulation_seat s ON s.id = e.seat_id
    JOIN tabulation_protocol p ON p.id = s.protocol_id
    WHERE e.id = NEW.entry_id AND s.released_at IS NULL
      AND p.status IN ('received', 'entered', 'different', 'errors', 'verified')
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
CREATE TRIGGER return_is_of_a_standing_entry BEFORE INSERT ON tabulation_entryreturn
  FOR EACH ROW EXECUTE FUNCTION return_is_of_a_standing_entry();

CREATE FUNCTION reason_is_of_the_contest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tabulation_entry e
    JOIN tabulation_seat s ON s.id = e.seat_id
    JOIN tabulation_protocol p ON p.id = s.protocol_id
    JOIN tabulation_controlrelation r ON r.contest_id = p.contest_id
    WHERE e.id = NEW.entry_id AND r.id = NEW.relation_id AND r.severity = 'warning'
  ) THEN
    RAISE EXCEPTION 'a reason explains a warning of the contest'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'reason_is_of_the_contest';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER reason_is_of_the_contest BEFORE INSERT ON tabulation_warningreason
  FOR EACH ROW EXECUTE FUNCTION reason_is_of_the_contest();
"""

EVIDENCE = "".join(
    f"""
CREATE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();"""
    for table in (
        "tabulation_receipt",
        "tabulation_entryreturn",
        "tabulation_warningreason",
    )
)


class Migration(migrations.Migration):
    dependencies = [("tabulation", "0003_count")]
    operations = [migrations.RunSQL(sql) for sql in (AGREES, MOVES, TYPING, EVIDENCE)]
