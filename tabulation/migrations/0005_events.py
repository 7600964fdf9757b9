"""Events form a chain per subject and are sealed; the events of before get their place in it."""

from typing import Any

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from tabulation.arithmetic.commitments.events import event_hash

BATCH = 2_000

CHAIN = """
-- Volatile, so that the read has a snapshot of its own, taken after the lock is held: in one plain
-- statement the snapshot would be older than the wait, and two writers would get one number.
CREATE FUNCTION last_event_of(wanted text, OUT number integer, OUT hash bytea)
  LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1213613398, hashtext(wanted));
  SELECT e.number, e.hash INTO number, hash FROM tabulation_event e
  WHERE e.subject = wanted ORDER BY e.number DESC LIMIT 1;
  IF NOT FOUND THEN
    number := 0;
    hash := '';
  END IF;
END $$;

CREATE FUNCTION events_in_a_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last record;
BEGIN
  SELECT number, hash INTO last FROM last_event_of(NEW.subject);
  IF NEW.number <> last.number + 1 OR NEW.previous <> last.hash THEN
    RAISE EXCEPTION 'event % of % does not follow the last one', NEW.number, NEW.subject
      USING ERRCODE = 'check_violation', CONSTRAINT = 'events_in_a_row';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER events_in_a_row BEFORE INSERT ON tabulation_event
  FOR EACH ROW EXECUTE FUNCTION events_in_a_row();
"""

SEALS = """
CREATE FUNCTION queue_for_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tabulation_sealqueue (event_id) SELECT id FROM added;
  RETURN NULL;
END $$;
CREATE TRIGGER queue_for_sealing AFTER INSERT ON tabulation_event
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION queue_for_sealing();

CREATE FUNCTION seals_in_a_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last record;
BEGIN
  SELECT number, hash INTO last FROM tabulation_seal ORDER BY number DESC LIMIT 1;
  IF NEW.number <> coalesce(last.number, 0) + 1 OR NEW.previous <> coalesce(last.hash, '') THEN
    RAISE EXCEPTION 'seal % does not follow the last one', NEW.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'seals_in_a_row';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER seals_in_a_row BEFORE INSERT ON tabulation_seal
  FOR EACH ROW EXECUTE FUNCTION seals_in_a_row();

CREATE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_seal
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_seal
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();

-- What happened before there were seals waits for the first.
INSERT INTO tabulation_sealqueue (event_id) SELECT id FROM tabulation_event;
"""


def chain_old_events(apps: Any, schema_editor: Any) -> None:
    """Number and hash what is there, subject by subject in the order of the ids.

    The triggers that keep evidence as it is are off meanwhile: only the owner can do that, and
    what the events say stays.
    """
    connection = schema_editor.connection
    events = (
        apps.get_model("tabulation", "Event")
        .objects.order_by("subject", "id")
        .values_list(
            "id", "subject", "election__slug", "act", "by_id", "by_name", "at", "before", "after"
        )
    )
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tabulation_event DISABLE TRIGGER USER")
        subject, number, previous = None, 0, b""
        for row in events.iterator(chunk_size=BATCH):
            if row[1] != subject:
                subject, number, previous = row[1], 0, b""
            number += 1
            names = ("subject", "election", "act", "by", "by_name", "at", "before", "after")
            fields = dict(zip(names, row[1:], strict=True))
            digest = event_hash(**fields, number=number, previous=previous, address="")
            cursor.execute(
                "UPDATE tabulation_event SET number = %s, previous = %s, hash = %s WHERE id = %s",
                [number, previous, digest, row[0]],
            )
            previous = digest
        cursor.execute("ALTER TABLE tabulation_event ENABLE TRIGGER USER")


LENGTH = django.db.models.functions.text.Length
EXACT = django.db.models.lookups.Exact
FOLLOWS_FROM_1 = (models.Q(number=1) & models.Q(EXACT(LENGTH("previous"), 0))) | (
    models.Q(number__gt=1) & models.Q(EXACT(LENGTH("previous"), 32))
)


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0001_initial"),
        ("tabulation", "0004_resolution"),
    ]
    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(unique=True)),
                ("at", models.DateTimeField()),
                (
                    "event_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                ("count", models.PositiveIntegerField()),
                ("root", models.BinaryField()),
                ("previous", models.BinaryField()),
                ("hash", models.BinaryField()),
                ("signature", models.BinaryField()),
                ("key_id", models.CharField(max_length=16)),
            ],
            options={"ordering": ("number",)},
        ),
        migrations.CreateModel(
            name="SealQueue",
            fields=[("event_id", models.BigIntegerField(primary_key=True, serialize=False))],
        ),
        migrations.AlterField(
            model_name="event",
            name="election",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="candidates.election",
            ),
        ),
        migrations.AlterField(
            model_name="event", name="subject", field=models.CharField(max_length=250)
        ),
        migrations.AddField(
            model_name="event",
            name="address",
            field=models.CharField(blank=True, max_length=64, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="event", name="number", field=models.PositiveIntegerField(null=True)
        ),
        migrations.AddField(
            model_name="event", name="previous", field=models.BinaryField(null=True)
        ),
        migrations.AddField(model_name="event", name="hash", field=models.BinaryField(null=True)),
        migrations.RunPython(chain_old_events, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="event", name="number", field=models.PositiveIntegerField()
        ),
        migrations.AlterField(model_name="event", name="previous", field=models.BinaryField()),
        migrations.AlterField(model_name="event", name="hash", field=models.BinaryField()),
        migrations.RemoveIndex(model_name="event", name="event_by_subject"),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["election", "id"], name="event_by_election"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                fields=("subject", "number"), name="event_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(EXACT(LENGTH("hash"), 32)), name="event_hash_is_32"
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=FOLLOWS_FROM_1, name="event_follows_from_1"
            ),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.CheckConstraint(
                condition=models.Q(EXACT(LENGTH("root"), 32))
                & models.Q(EXACT(LENGTH("hash"), 32))
                & models.Q(EXACT(LENGTH("signature"), 64)),
                name="seal_lengths",
            ),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.CheckConstraint(
                condition=FOLLOWS_FROM_1, name="seal_follows_from_1"
            ),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.CheckConstraint(
                condition=models.Q(count__gte=1, event_ids__len=models.F("count")),
                name="seal_counts_its_events",
            ),
        ),
        migrations.RunSQL(CHAIN),
        migrations.RunSQL(SEALS),
    ]
