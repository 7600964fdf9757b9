import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

# Of those that nobody has ended, no two of an election are in force at one time.
ONE_AT_A_TIME = """
ALTER TABLE tabulation_autopublishdecision ADD CONSTRAINT autopublish_one_at_a_time
  EXCLUDE USING gist (
    int8range(election_id, election_id, '[]') WITH &&, tstzrange(from_at, until_at) WITH &&
  ) WHERE (ended_at IS NULL);
"""

ENDS_ONCE = """
CREATE FUNCTION autopublish_ends_once() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE ended record := OLD;
BEGIN
  ended.ended_at := NEW.ended_at;
  ended.ended_by_id := NEW.ended_by_id;
  IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR ended IS DISTINCT FROM NEW THEN
    RAISE EXCEPTION 'a decision stays as it is: it can only be ended, once'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'autopublish_ends_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER autopublish_ends_once BEFORE UPDATE ON tabulation_autopublishdecision
  FOR EACH ROW EXECUTE FUNCTION autopublish_ends_once();
CREATE TRIGGER evidence_stays BEFORE DELETE ON tabulation_autopublishdecision
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_autopublishdecision
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
"""

MEMBERS = """
CREATE FUNCTION autopublish_is_a_members() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tabulation_user
    WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.by_id ELSE NEW.ended_by_id END
      AND role = 'member' AND area_id IS NULL AND is_active
  ) THEN
    RAISE EXCEPTION 'only a commission member for the whole country records this decision'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'autopublish_is_a_members';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER autopublish_is_a_members BEFORE INSERT OR UPDATE ON tabulation_autopublishdecision
  FOR EACH ROW EXECUTE FUNCTION autopublish_is_a_members();
"""

# `publication/words.py` says the same; this asks the ledger rows just written.
WORDS = """
CREATE FUNCTION publication_word_fits() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.status = 'certified' AND EXISTS (
    SELECT FROM tabulation_publishedfigures
    WHERE contest_id IN (SELECT id FROM candidates_contest WHERE election_id = NEW.election_id)
      AND parent_id IS NULL AND superseded_in IS NULL AND counted + annulled < stations
  ) THEN
    RAISE EXCEPTION 'results are certified when every station is counted or annulled'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certified_is_complete';
  END IF;
  IF NEW.status IN ('pre-election', 'unofficial-partial', 'unofficial-complete') AND EXISTS (
    SELECT FROM tabulation_publication
    WHERE election_id = NEW.election_id AND status = 'certified'
  ) THEN
    RAISE EXCEPTION 'after certified results nothing is preliminary any more'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'preliminary_before_certified';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER publication_word_fits BEFORE INSERT ON tabulation_publication
  FOR EACH ROW EXECUTE FUNCTION publication_word_fits();
"""


def person(**options: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0003_real_is_typed_twice"),
        ("tabulation", "0011_proofs"),
    ]
    operations = [
        migrations.AddField(
            model_name="publication",
            name="decision",
            field=models.CharField(blank=True, max_length=100, default=""),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.CheckConstraint(
                condition=~Q(status__in=["certified", "correction", "recount"])
                | Q(decision__regex=r"\S"),
                name="publication_has_its_decision",
            ),
        ),
        migrations.CreateModel(
            name="AutopublishDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("decision", models.CharField(max_length=100)),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("by", person()),
                (
                    "election",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="autopublish_decisions",
                        to="candidates.election",
                    ),
                ),
                ("ended_by", person(blank=True, null=True)),
            ],
            options={
                "ordering": ("-id",),
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(until_at__gt=F("from_at")),
                        name="autopublish_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=Q(decision__regex=r"\S"), name="autopublish_has_its_decision"
                    ),
                    models.CheckConstraint(
                        condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                        | Q(ended_at__isnull=False, ended_by__isnull=False),
                        name="autopublish_is_ended_by_somebody",
                    ),
                ],
            },
        ),
        *(migrations.RunSQL(sql) for sql in (ONE_AT_A_TIME, ENDS_ONCE, MEMBERS, WORDS)),
    ]
