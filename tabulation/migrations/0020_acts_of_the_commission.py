"""What the database refuses of the acts of the commission, and of what follows them."""

from django.db import migrations

TABLES = ("publishedfile", "lot", "sitting", "decision", "secondround")

STAYS = "".join(
    f"""
CREATE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_{table}
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_{table}
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();"""
    for table in TABLES
)

# Each act is written before its publication, and in the same transaction.
WITH_ITS_PUBLICATION = """
CREATE FUNCTION comes_with_its_publication() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tabulation_publication
    WHERE election_id = NEW.election_id AND number = NEW.published_in
  ) THEN
    RAISE EXCEPTION 'a publication that is out is closed: nothing is written into it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'comes_with_its_publication';
  END IF;
  RETURN NEW;
END $$;
""" + "".join(
    f"""
ALTER TABLE tabulation_{table} ADD CONSTRAINT {table}_is_published
  FOREIGN KEY (election_id, published_in) REFERENCES tabulation_publication (election_id, number)
  DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER comes_with_its_publication BEFORE INSERT ON tabulation_{table}
  FOR EACH ROW EXECUTE FUNCTION comes_with_its_publication();"""
    for table in ("publishedfile", "lot", "sitting", "secondround")
)

FILES = """
ALTER TABLE tabulation_publishedfile ADD CONSTRAINT published_file_has_its_hash
  CHECK (sha256 = sha256(body));
ALTER TABLE tabulation_lot ADD CONSTRAINT lot_is_of_a_publication
  FOREIGN KEY (election_id, asked_in) REFERENCES tabulation_publication (election_id, number);
ALTER TABLE tabulation_sitting ADD CONSTRAINT sitting_is_about_a_publication
  FOREIGN KEY (election_id, decided_on) REFERENCES tabulation_publication (election_id, number);
"""

# As `User.may_publish`: an account that another person changed acts when a second one confirmed it.
MEMBERS = """
CREATE FUNCTION act_is_recorded_by_a_member() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tabulation_user
    WHERE id = NEW.by_id AND role = 'member' AND area_id IS NULL AND is_active
      AND (changed_by_id IS NULL OR confirmed_by_id IS NOT NULL)
  ) THEN
    RAISE EXCEPTION 'only a commission member for the whole country records its acts'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'act_is_recorded_by_a_member';
  END IF;
  RETURN NEW;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER act_is_recorded_by_a_member BEFORE INSERT ON tabulation_{table}
  FOR EACH ROW EXECUTE FUNCTION act_is_recorded_by_a_member();"""
    for table in ("lot", "sitting", "secondround")
)

ONE_ELECTION = """
CREATE FUNCTION act_in_one_election() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE elections bigint;
BEGIN
  SELECT count(DISTINCT election_id) INTO elections FROM (
    SELECT election_id FROM candidates_contest
    WHERE id IN (
      (to_jsonb(NEW) ->> 'contest_id')::bigint, (to_jsonb(NEW) ->> 'first_id')::bigint,
      (to_jsonb(NEW) ->> 'second_id')::bigint
    )
    UNION ALL SELECT (to_jsonb(NEW) ->> 'election_id')::bigint
    UNION ALL SELECT election_id FROM tabulation_sitting
    WHERE id = (to_jsonb(NEW) ->> 'sitting_id')::bigint
  ) named;
  IF elections <> 1 THEN
    RAISE EXCEPTION 'an act of the commission is about contests of one election'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'act_in_one_election';
  END IF;
  RETURN NEW;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER act_in_one_election BEFORE INSERT ON tabulation_{table}
  FOR EACH ROW EXECUTE FUNCTION act_in_one_election();"""
    for table in ("lot", "decision", "secondround")
)

# The decision that stands about a contest is the newest.
ROUNDS = """
CREATE FUNCTION second_round_was_decided() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE standing tabulation_decision;
BEGIN
  SELECT * INTO standing FROM tabulation_decision
  WHERE contest_id = NEW.first_id ORDER BY sitting_id DESC LIMIT 1;
  IF standing.kind IS DISTINCT FROM 'second round' OR NOT (
    standing.advancing @> NEW."order" AND standing.advancing <@ NEW."order"
    AND cardinality(standing.advancing) = cardinality(NEW."order")
  ) THEN
    RAISE EXCEPTION 'a second round is between those whom a decision lets go on'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'second_round_was_decided';
  END IF;
  IF EXISTS (
    SELECT FROM tabulation_secondround
    WHERE first_id = NEW.first_id AND "order" @> NEW."order" AND "order" <@ NEW."order"
  ) THEN
    RAISE EXCEPTION 'a second round between the same is made once'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'second_round_is_made_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER second_round_was_decided BEFORE INSERT ON tabulation_secondround
  FOR EACH ROW EXECUTE FUNCTION second_round_was_decided();

CREATE FUNCTION polling_days_stay() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF cardinality(NEW.polling_days) < cardinality(OLD.polling_days) OR EXISTS (
    SELECT FROM unnest(OLD.polling_days) WITH ORDINALITY AS was (day, round)
    WHERE was.day <> NEW.polling_days[was.round] AND (
      was.round = 1 OR EXISTS (
        SELECT FROM candidates_contest c
        WHERE c.election_id = NEW.id AND c.round = was.round AND (
          EXISTS (SELECT FROM tabulation_protocol WHERE contest_id = c.id)
          OR EXISTS (SELECT FROM tabulation_turnoutreport WHERE contest_id = c.id)
        )
      )
    )
  ) THEN
    RAISE EXCEPTION 'the polling day of a round stays once anything of it has come in'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'polling_days_stay';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER polling_days_stay BEFORE UPDATE OF polling_days ON candidates_election
  FOR EACH ROW EXECUTE FUNCTION polling_days_stay();
"""

# `publication/words.py` says the same; this asks the ledger rows just written. A contest is decided
# when an earlier publication brought a decision about it, or was certified whole before there were
# sittings; a certified one brings its own.
WORDS = """
CREATE OR REPLACE FUNCTION publication_word_fits() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE
  decided bigint[] := ARRAY (
    SELECT d.contest_id FROM tabulation_decision d
    JOIN tabulation_sitting s ON s.id = d.sitting_id
    WHERE s.election_id = NEW.election_id AND s.published_in < NEW.number
    UNION
    SELECT f.contest_id FROM tabulation_publishedform f
    JOIN tabulation_publication p ON p.election_id = f.election_id AND p.number >= f.published_in
    WHERE p.election_id = NEW.election_id AND p.number < NEW.number AND p.status = 'certified'
      AND NOT EXISTS (
        SELECT FROM tabulation_sitting
        WHERE election_id = p.election_id AND published_in = p.number
      )
  );
  sitting tabulation_sitting;
BEGIN
  IF NEW.status = 'certified' THEN
    SELECT * INTO sitting FROM tabulation_sitting
    WHERE election_id = NEW.election_id AND published_in = NEW.number;
    IF sitting.id IS NULL OR sitting.decision <> NEW.decision THEN
      RAISE EXCEPTION 'results are certified by a sitting of the commission'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'certified_by_a_sitting';
    END IF;
    IF EXISTS (
      SELECT FROM tabulation_publishedfigures f
      JOIN candidates_contest c ON c.id = f.contest_id
      WHERE f.contest_id IN (SELECT contest_id FROM tabulation_decision WHERE sitting_id = sitting.id)
        AND f.parent_id IS NULL AND f.superseded_in IS NULL
        AND f.stations - f.counted - f.annulled
          > coalesce(jsonb_array_length(sitting.open_stations -> c.code), 0)
    ) THEN
      RAISE EXCEPTION 'results are certified when every station is counted or annulled, or listed'
        ' in the decision' USING ERRCODE = 'check_violation', CONSTRAINT = 'certified_is_complete';
    END IF;
  ELSIF EXISTS (
    SELECT FROM tabulation_sitting
    WHERE election_id = NEW.election_id AND published_in = NEW.number
  ) THEN
    RAISE EXCEPTION 'what comes of a sitting is certified'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sitting_certifies';
  END IF;
  IF NEW.status IN ('pre-election', 'unofficial-partial', 'unofficial-complete')
    AND cardinality(decided) > 0 AND (
      NOT EXISTS (
        SELECT FROM candidates_contest
        WHERE election_id = NEW.election_id AND id <> ALL (decided)
      ) OR EXISTS (
        SELECT FROM tabulation_publishedfigures
        WHERE contest_id = ANY (decided) AND parent_id IS NULL AND published_in = NEW.number
      )
    )
  THEN
    RAISE EXCEPTION 'after certified results nothing is preliminary any more'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'preliminary_before_certified';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tabulation", "0019_certification")]
    operations = [
        migrations.RunSQL(sql)
        for sql in (STAYS, WITH_ITS_PUBLICATION, FILES, MEMBERS, ONE_ELECTION, ROUNDS, WORDS)
    ]
