"""Results certified before sittings were recorded stay certified; acts are of confirmed members."""

from django.db import migrations

# As in 0020, and: what was certified whole, before there were sittings, is decided as well.
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

# As `User.may_publish`: an account that another person changed acts when a second one confirmed it.
MEMBERS = """
CREATE OR REPLACE FUNCTION act_is_recorded_by_a_member() RETURNS trigger LANGUAGE plpgsql
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
"""


class Migration(migrations.Migration):
    dependencies = [("tabulation", "0021_turnout_reports")]
    operations = [migrations.RunSQL(WORDS), migrations.RunSQL(MEMBERS)]
