"""What the database itself refuses, whoever asks. Each trigger's message says what and why.

Checks over figures are made on whole statements (transition tables), so that a load of a hundred
thousand protocols costs a few set operations and one acceptance a few look-ups.
"""

from django.db import migrations

LINEAGE = """
CREATE FUNCTION area_lineage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE above tabulation_area;
BEGIN
  IF NEW.parent_id IS NOT NULL THEN
    SELECT * INTO above FROM tabulation_area WHERE id = NEW.parent_id;
    IF above.election_id IS DISTINCT FROM NEW.election_id THEN
      RAISE EXCEPTION 'area % belongs to another election than its parent', NEW.code
        USING ERRCODE = 'check_violation', CONSTRAINT = 'area_in_one_election';
    END IF;
  END IF;
  NEW.lineage := coalesce(above.lineage, '{}') || NEW.id;
  RETURN NEW;
END $$;
CREATE TRIGGER area_lineage BEFORE INSERT ON tabulation_area
  FOR EACH ROW EXECUTE FUNCTION area_lineage();
"""

SAME_ELECTION = """
ALTER TABLE tabulation_area ADD CONSTRAINT area_of_election UNIQUE (election_id, id);
ALTER TABLE tabulation_pollingstation ADD CONSTRAINT station_area_in_one_election
  FOREIGN KEY (election_id, area_id) REFERENCES tabulation_area (election_id, id);
ALTER TABLE candidates_candidate ADD CONSTRAINT candidate_of_contest UNIQUE (contest_id, id);
ALTER TABLE tabulation_protocolline ADD CONSTRAINT line_candidate_in_one_contest
  FOREIGN KEY (contest_id, candidate_id) REFERENCES candidates_candidate (contest_id, id);
ALTER TABLE tabulation_timedturnout ADD CONSTRAINT turnout_station_votes_in_contest
  FOREIGN KEY (contest_id, station_id)
  REFERENCES tabulation_conteststation (contest_id, station_id);
ALTER TABLE tabulation_publishedfigures
  ADD CONSTRAINT figures_station_votes_in_contest FOREIGN KEY (contest_id, station_id)
    REFERENCES tabulation_conteststation (contest_id, station_id),
  ADD CONSTRAINT figures_published_in FOREIGN KEY (election_id, published_in)
    REFERENCES tabulation_publication (election_id, number) DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT figures_superseded_in FOREIGN KEY (election_id, superseded_in)
    REFERENCES tabulation_publication (election_id, number) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE tabulation_publishedform
  ADD CONSTRAINT form_published_in FOREIGN KEY (election_id, published_in)
    REFERENCES tabulation_publication (election_id, number) DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT form_superseded_in FOREIGN KEY (election_id, superseded_in)
    REFERENCES tabulation_publication (election_id, number) DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION conteststation_in_one_election() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM added n
    JOIN candidates_contest c ON c.id = n.contest_id
    JOIN tabulation_pollingstation s ON s.id = n.station_id
    WHERE c.election_id <> s.election_id
  ) THEN
    RAISE EXCEPTION 'a station of another election cannot vote in this contest'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'conteststation_in_one_election';
  END IF;
  IF EXISTS (
    SELECT FROM added n
    WHERE EXISTS (SELECT FROM tabulation_publishedform f WHERE f.contest_id = n.contest_id)
  ) THEN
    RAISE EXCEPTION 'the stations of a contest are fixed once anything of it is published'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'stations_are_fixed';
  END IF;
  RETURN NULL;
END $$;
-- A foreign key would ask for each protocol of a load by itself, a quarter of its time; the
-- statement asks once for all. Nothing a protocol stands on can then go or change.
CREATE FUNCTION protocol_station_votes_in_contest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM changed n
    LEFT JOIN tabulation_conteststation cs
      ON cs.contest_id = n.contest_id AND cs.station_id = n.station_id
    WHERE cs.id IS NULL
  ) THEN
    RAISE EXCEPTION 'a protocol is of a station that votes in its contest'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'protocol_station_votes_in_contest';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER protocol_station_votes_in_contest AFTER INSERT ON tabulation_protocol
  REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION protocol_station_votes_in_contest();

CREATE FUNCTION conteststation_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the stations of a contest are added and never changed or removed'
    USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'conteststation_stays';
END $$;
CREATE TRIGGER conteststation_stays BEFORE UPDATE OR DELETE ON tabulation_conteststation
  FOR EACH ROW EXECUTE FUNCTION conteststation_stays();

CREATE TRIGGER conteststation_in_one_election AFTER INSERT ON tabulation_conteststation
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION conteststation_in_one_election();
"""

FORM = """
CREATE FUNCTION lines_in_a_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tabulation_protocolline WHERE contest_id IN (SELECT contest_id FROM added)
    GROUP BY contest_id HAVING max(position) <> count(*)
  ) THEN
    RAISE EXCEPTION 'positions of lines run from 1 without a gap'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_in_a_row';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER lines_in_a_row AFTER INSERT ON tabulation_protocolline
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION lines_in_a_row();

CREATE FUNCTION sums_name_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM unnest(NEW."left" || NEW."right") AS named(position)
    WHERE NOT EXISTS (
      SELECT FROM tabulation_protocolline l
      WHERE l.contest_id = NEW.contest_id AND l.position = named.position
    )
  ) THEN
    RAISE EXCEPTION 'a side names a line that is not on the form'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sums_name_lines';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sums_name_lines BEFORE INSERT OR UPDATE ON tabulation_controlrelation
  FOR EACH ROW EXECUTE FUNCTION sums_name_lines();
CREATE TRIGGER sums_name_lines BEFORE INSERT OR UPDATE ON tabulation_inaccuracyterm
  FOR EACH ROW EXECUTE FUNCTION sums_name_lines();

CREATE FUNCTION form_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE contest bigint;
BEGIN
  IF TG_TABLE_NAME = 'tabulation_ballotscope' THEN
    SELECT contest_id INTO contest FROM tabulation_protocolline
    WHERE id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.line_id ELSE NEW.line_id END);
  ELSE
    contest := CASE WHEN TG_OP = 'DELETE' THEN OLD.contest_id ELSE NEW.contest_id END;
  END IF;
  IF EXISTS (SELECT FROM tabulation_protocol WHERE contest_id = contest)
    OR EXISTS (SELECT FROM tabulation_publishedform WHERE contest_id = contest)
  THEN
    RAISE EXCEPTION 'the form is fixed: protocols or publications follow it already'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'form_is_fixed';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER form_is_fixed BEFORE INSERT OR UPDATE OR DELETE ON tabulation_protocolline
  FOR EACH ROW EXECUTE FUNCTION form_is_fixed();
CREATE TRIGGER form_is_fixed BEFORE INSERT OR UPDATE OR DELETE ON tabulation_controlrelation
  FOR EACH ROW EXECUTE FUNCTION form_is_fixed();
CREATE TRIGGER form_is_fixed BEFORE INSERT OR UPDATE OR DELETE ON tabulation_inaccuracyterm
  FOR EACH ROW EXECUTE FUNCTION form_is_fixed();
CREATE TRIGGER form_is_fixed BEFORE INSERT OR UPDATE OR DELETE ON tabulation_ballotscope
  FOR EACH ROW EXECUTE FUNCTION form_is_fixed();

CREATE TRIGGER form_is_fixed BEFORE INSERT OR DELETE ON candidates_candidate
  FOR EACH ROW EXECUTE FUNCTION form_is_fixed();

CREATE FUNCTION entries_required_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tabulation_entry e
    JOIN tabulation_seat s ON s.id = e.seat_id
    JOIN tabulation_protocol p ON p.id = s.protocol_id
    JOIN candidates_contest c ON c.id = p.contest_id
    WHERE c.election_id = NEW.id
  ) THEN
    RAISE EXCEPTION 'the number of entries is fixed: protocols have been typed already'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_required_is_fixed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER entries_required_is_fixed BEFORE UPDATE OF entries_required ON candidates_election
  FOR EACH ROW WHEN (OLD.entries_required <> NEW.entries_required)
  EXECUTE FUNCTION entries_required_is_fixed();
"""

# The same two questions for every table that holds figures; %(rows)s yields contest_id,
# station_id and figures of what the statement wrote.
FIT = """
CREATE FUNCTION %(function)s() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (%(rows)s) n
    LEFT JOIN (
      SELECT contest_id, count(*) AS lines FROM tabulation_protocolline GROUP BY contest_id
    ) f ON f.contest_id = n.contest_id
    WHERE n.figures IS NOT NULL AND (
      array_ndims(n.figures) IS DISTINCT FROM 1 OR array_lower(n.figures, 1) <> 1
      OR cardinality(n.figures) <> coalesce(f.lines, 0) OR 0 > ANY (n.figures)
    )
  ) THEN
    RAISE EXCEPTION 'figures are one number a line of the form, none of them negative'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'figures_fit_the_form';
  END IF;
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT line_id FROM tabulation_ballotscope) scoped
    JOIN tabulation_protocolline l ON l.id = scoped.line_id
    JOIN (%(rows)s) n ON n.contest_id = l.contest_id AND n.figures[l.position] IS NOT NULL
    JOIN tabulation_pollingstation s ON s.id = n.station_id
    JOIN tabulation_area a ON a.id = s.area_id
    WHERE NOT EXISTS (
      SELECT FROM tabulation_ballotscope b WHERE b.line_id = l.id AND b.area_id = ANY (a.lineage)
    )
  ) THEN
    RAISE EXCEPTION 'a figure stands on a line that is not on the ballot there'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'figures_on_the_ballot';
  END IF;
  RETURN NULL;
END $$;
"""
PROTOCOL_ROWS = "SELECT contest_id, station_id, figures FROM changed"
# Outer joins: a row whose seat or protocol is not there yet fits no form and is refused.
TYPED_ROWS = """SELECT p.contest_id, p.station_id, c.figures FROM changed c
    LEFT JOIN tabulation_seat seat ON seat.id = c.seat_id
    LEFT JOIN tabulation_protocol p ON p.id = seat.protocol_id"""
LEDGER_ROWS = "SELECT contest_id, station_id, figures FROM changed WHERE station_id IS NOT NULL"

FIGURES = (
    FIT % {"function": "protocol_figures_fit", "rows": PROTOCOL_ROWS}
    + FIT % {"function": "typed_figures_fit", "rows": TYPED_ROWS}
    + FIT % {"function": "published_figures_fit", "rows": LEDGER_ROWS}
    + """
CREATE TRIGGER figures_fit_insert AFTER INSERT ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION published_figures_fit();"""
    + "".join(
        f"""
CREATE TRIGGER figures_fit_{event.lower()} AFTER {event} ON {table}
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {function}();"""
        for table, function in (
            ("tabulation_protocol", "protocol_figures_fit"),
            ("tabulation_entry", "typed_figures_fit"),
            ("tabulation_draft", "typed_figures_fit"),
        )
        for event in ("INSERT", "UPDATE")
    )
)

TWO_PEOPLE = """
CREATE FUNCTION protocol_agrees() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE needed integer; agreeing integer;
BEGIN
  SELECT e.entries_required INTO needed FROM candidates_contest c
  JOIN candidates_election e ON e.id = c.election_id WHERE c.id = NEW.contest_id;
  SELECT count(*) INTO agreeing FROM tabulation_seat s
  CROSS JOIN LATERAL (
    SELECT figures FROM tabulation_entry WHERE seat_id = s.id ORDER BY attempt DESC LIMIT 1
  ) last
  WHERE s.protocol_id = NEW.id AND s.released_at IS NULL AND last.figures = NEW.figures;
  IF agreeing < needed THEN
    RAISE EXCEPTION 'a typed protocol counts only when % people typed the same, not %',
      needed, agreeing USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_agrees';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER protocol_agrees AFTER INSERT ON tabulation_protocol
  FOR EACH ROW
  WHEN (NEW.origin = 'typed' AND NEW.status IN ('accepted', 'corrected', 'annulled'))
  EXECUTE FUNCTION protocol_agrees();
CREATE TRIGGER protocol_agrees_later AFTER UPDATE ON tabulation_protocol
  FOR EACH ROW
  WHEN (NEW.origin = 'typed' AND NEW.status = 'accepted' AND OLD.status <> 'annulled')
  EXECUTE FUNCTION protocol_agrees();

CREATE FUNCTION protocol_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.figures IS NOT NULL AND NEW.figures IS DISTINCT FROM OLD.figures)
    OR (NEW.contest_id, NEW.station_id, NEW.version, NEW.origin)
      <> (OLD.contest_id, OLD.station_id, OLD.version, OLD.origin)
  THEN
    RAISE EXCEPTION 'accepted figures never change: a correction is a new version'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_stays';
  END IF;
  IF OLD.status = NEW.status
    AND (NEW.reason, NEW.decision, NEW.accepted_at, NEW.closed_at)
      IS DISTINCT FROM (OLD.reason, OLD.decision, OLD.accepted_at, OLD.closed_at)
  THEN
    RAISE EXCEPTION 'reasons and times belong to the act that set them'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_stays';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER protocol_stays BEFORE UPDATE ON tabulation_protocol
  FOR EACH ROW EXECUTE FUNCTION protocol_stays();

CREATE FUNCTION protocol_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The life of a protocol, one line a status: what may follow it.
  IF NOT (CASE OLD.status
    WHEN 'received' THEN NEW.status = 'entered'
    WHEN 'entered' THEN NEW.status IN ('different', 'errors', 'verified')
    WHEN 'different' THEN NEW.status IN ('entered', 'errors', 'verified')
    WHEN 'errors' THEN NEW.status IN ('entered', 'different', 'verified')
    WHEN 'verified' THEN NEW.status = 'accepted'
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
      AND p.version > NEW.version
  ) THEN
    RAISE EXCEPTION 'a correction is under way: it would undo the annulment'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'protocol_moves';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER protocol_moves BEFORE UPDATE ON tabulation_protocol
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION protocol_moves();

CREATE FUNCTION corrected_has_a_successor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tabulation_protocol p
    WHERE p.contest_id = NEW.contest_id AND p.station_id = NEW.station_id
      AND p.version > NEW.version AND p.accepted_at IS NOT NULL
  ) THEN
    RAISE EXCEPTION 'a protocol is corrected by a later version that is accepted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'corrected_has_a_successor';
  END IF;
  RETURN NULL;
END $$;
-- At the end of the transaction: the old version leaves before the new one may count.
CREATE CONSTRAINT TRIGGER corrected_has_a_successor
  AFTER INSERT OR UPDATE ON tabulation_protocol DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.status = 'corrected') EXECUTE FUNCTION corrected_has_a_successor();

CREATE FUNCTION open_for_typing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE protocol bigint;
BEGIN
  IF TG_TABLE_NAME = 'tabulation_seat' THEN
    protocol := NEW.protocol_id;
  ELSE
    SELECT protocol_id INTO protocol FROM tabulation_seat
    WHERE id = NEW.seat_id AND released_at IS NULL;
  END IF;
  IF NOT EXISTS (
    SELECT FROM tabulation_protocol
    WHERE id = protocol AND status IN ('received', 'entered', 'different', 'errors')
  ) THEN
    RAISE EXCEPTION 'nobody types this protocol in this state, or from a released seat'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'open_for_typing';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER open_for_typing BEFORE INSERT ON tabulation_entry
  FOR EACH ROW EXECUTE FUNCTION open_for_typing();
CREATE TRIGGER open_for_typing BEFORE INSERT OR UPDATE ON tabulation_draft
  FOR EACH ROW EXECUTE FUNCTION open_for_typing();
CREATE TRIGGER open_for_typing BEFORE INSERT OR UPDATE ON tabulation_seat
  FOR EACH ROW EXECUTE FUNCTION open_for_typing();

CREATE FUNCTION seat_is_released_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a released seat stays released'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_is_released_once';
END $$;
CREATE TRIGGER seat_is_released_once BEFORE UPDATE ON tabulation_seat
  FOR EACH ROW WHEN (OLD.released_at IS NOT NULL) EXECUTE FUNCTION seat_is_released_once();

CREATE FUNCTION real_is_typed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM changed n
    JOIN candidates_contest c ON c.id = n.contest_id
    JOIN candidates_election e ON e.id = c.election_id
    WHERE n.origin = 'imported' AND e.kind = 'real'
  ) THEN
    RAISE EXCEPTION 'protocols of a real election are typed, never imported as accepted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'real_is_typed';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER real_is_typed AFTER INSERT ON tabulation_protocol
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION real_is_typed();
"""

QUEUE = """
CREATE FUNCTION queue_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tabulation_publicationqueue (contest_id, station_id)
  SELECT contest_id, station_id FROM changed WHERE status IN ('accepted', 'annulled');
  RETURN NULL;
END $$;
CREATE TRIGGER queue_added AFTER INSERT ON tabulation_protocol
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION queue_added();

CREATE FUNCTION queue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tabulation_publicationqueue (contest_id, station_id)
  SELECT n.contest_id, n.station_id FROM changed n JOIN previous o ON o.id = n.id
  WHERE n.status <> o.status
    AND (n.status IN ('accepted', 'annulled') OR o.status IN ('accepted', 'annulled'));
  RETURN NULL;
END $$;
CREATE TRIGGER queue_changed AFTER UPDATE ON tabulation_protocol
  REFERENCING NEW TABLE AS changed OLD TABLE AS previous
  FOR EACH STATEMENT EXECUTE FUNCTION queue_changed();
"""

EVIDENCE = ("tabulation_entry", "tabulation_event", "tabulation_publication")
INTERVALS = ("tabulation_publishedfigures", "tabulation_publishedform")

PAST = """
CREATE FUNCTION publications_in_a_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.number <> 1 + coalesce(
    (SELECT max(number) FROM tabulation_publication WHERE election_id = NEW.election_id), 0
  ) THEN
    RAISE EXCEPTION 'publication % does not follow the last one', NEW.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'publications_in_a_row';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER publications_in_a_row BEFORE INSERT ON tabulation_publication
  FOR EACH ROW EXECUTE FUNCTION publications_in_a_row();

-- A publication is written last: once it is there, nothing can be written into it any more.
CREATE FUNCTION past_is_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (
      SELECT DISTINCT election_id,
        CASE WHEN TG_OP = 'INSERT' THEN published_in ELSE superseded_in END AS number
      FROM changed
    ) n JOIN tabulation_publication p ON p.election_id = n.election_id AND p.number = n.number
  ) THEN
    RAISE EXCEPTION 'a publication that is out is closed: nothing is written into it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'past_is_closed';
  END IF;
  RETURN NULL;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER past_is_closed_{event.lower()} AFTER {event} ON {table}
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION past_is_closed();"""
    for table in INTERVALS
    for event in ("INSERT", "UPDATE")
)

APPEND_ONLY = (
    """
CREATE FUNCTION evidence_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is evidence: rows are added and never changed or removed', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = 'evidence_stays';
END $$;
CREATE FUNCTION interval_closes_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE closed record := OLD;
BEGIN
  closed.superseded_in := NEW.superseded_in;
  IF OLD.superseded_in IS NOT NULL OR NEW.superseded_in IS NULL OR closed IS DISTINCT FROM NEW THEN
    RAISE EXCEPTION 'a published figure stays as it is: it can only be superseded, once'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'interval_closes_once';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION evidence_is_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""
    + "".join(
        f"""
CREATE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();"""
        for table in EVIDENCE
    )
    + "".join(
        f"""
CREATE TRIGGER evidence_stays BEFORE DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE TRIGGER interval_closes_once BEFORE UPDATE ON {table}
  FOR EACH ROW EXECUTE FUNCTION interval_closes_once();"""
        for table in INTERVALS
    )
    + "".join(
        f"""
CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();"""
        for table in EVIDENCE + INTERVALS
    )
)


class Migration(migrations.Migration):
    dependencies = [("tabulation", "0001_initial")]
    operations = [
        migrations.RunSQL(sql)
        for sql in (LINEAGE, SAME_ELECTION, FORM, FIGURES, TWO_PEOPLE, QUEUE, PAST, APPEND_ONLY)
    ]
