"""The owner of the database alters, past every rule, what was sealed or signed: it is named."""

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from tabulation.counting.correction import annul
from tabulation.ledger.writing import publish
from tabulation.public.mirror.binding import bind_files
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NORTH, NOW, SOUTH, CommittedTestCase, World, audit

#: Tables whose rows are bound by a publication, a seal or an event.
BOUND = (
    "publication",
    "publishedfigures",
    "publishedform",
    "event",
    "seal",
    "protocol",
    "filelist",
)
#: Columns that say nothing: keys that only join, and what the row next to them says as well.
SILENT = {
    # When the paper came: its own event says it.
    "protocol.received_at",
    # When the list was signed.
    "filelist.at",
    # When the version ceased to count.
    "protocol.closed_at",
}
#: Another value of a column, by its kind.
OTHER = {
    "CharField": "'x' || substr({0}, 2)",
    "TextField": "{0} || 'x'",
    "BinaryField": "substr({0}, 2) || sha256({0})",
    "DateTimeField": "{0} + interval '1 hour'",
    "JSONField": "jsonb_set({0}::jsonb, '{{x}}', '1')",
    "ArrayField": "{0}[2:] || {0}[1] + 1",
    "PositiveIntegerField": "{0} + 1",
    "PositiveSmallIntegerField": "{0} + 1",
    "PositiveBigIntegerField": "{0} + 1",
}


class AlteredTests(CommittedTestCase):
    def setUp(self) -> None:
        world = World()
        rows = zip(world.stations, (NORTH, SOUTH, SOUTH), strict=True)
        protocols = [world.accepted(station, figures) for station, figures in rows]
        publish(election=world.election, by=world.mariam, at=NOW)
        bind_files(world.election, at=NOW)
        annul(protocol=protocols[1], reason="Why.", decision="4-A", by=world.mariam, at=NOW)
        publish(election=world.election, by=world.mariam, at=NOW)

    def test_nothing_is_wrong_before(self) -> None:
        self.assertEqual(list(audit().findings()), [])

    @slow
    def test_every_column_of_every_row_is_bound(self) -> None:
        tried = 0
        with connection.as_owner():
            for name in BOUND:
                model = apps.get_model("tabulation", name)
                for field in model._meta.concrete_fields:
                    if f"{name}.{field.column}" not in SILENT:
                        tried += self.alter(model, field)
        self.assertGreater(tried, 150)

    def alter(self, model: type[models.Model], field: "models.Field[object, object]") -> int:
        """How many rows have another value in that column, each for itself, and are named."""
        other, tried = OTHER.get(field.get_internal_type()), 0
        if other is None:
            return 0
        keys = model._default_manager.exclude(**{field.name: None}).values_list("pk", flat=True)
        for pk in list(keys):
            with self.subTest(f"{model._meta.model_name}.{field.column}", pk=pk):
                tried += self.alter_row(model._meta.db_table, field.column, other, pk)
        return tried

    def alter_row(self, table: str, column: str, other: str, pk: int) -> bool:
        """Whether the row could be altered; then it is named. Nothing of it stays."""
        changed = False
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                value = other.format(f'"{column}"')
                cursor.execute(
                    f'UPDATE {table} SET "{column}" = {value} WHERE id = %s'
                    f' AND "{column}" IS DISTINCT FROM {value}',
                    [pk],
                )
                changed = cursor.rowcount == 1
                if changed:
                    self.assertNotEqual(list(audit().examine()), [])
                transaction.set_rollback(True)
        except IntegrityError:
            return False
        return changed
