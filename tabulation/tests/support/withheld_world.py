"""Three published stations, and an owner of the database who lies about them."""

import re
from typing import Any

from django.db import connection

from tabulation.database.snapshots import temporary
from tabulation.ledger.withholding import withheld_in
from tabulation.ledger.writing import Terms, publish
from tabulation.models import PublishedFigures
from tabulation.tests.support.world import NORTH, NOW, SOUTH, CommittedTestCase, World


class WithheldTestCase(CommittedTestCase):
    def setUp(self) -> None:
        self.world = World()
        self.protocols = [
            self.world.accepted(station, rows)
            for station, rows in zip(self.world.stations, (NORTH, SOUTH, SOUTH), strict=True)
        ]

    def lie(self, statement: str, *values: object) -> None:
        """What the owner of the database does, past every rule."""
        table = re.search(r"(?:UPDATE|FROM|INTO) (\w+)", statement)
        assert table is not None
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table[1]} DISABLE TRIGGER USER")
            cursor.execute(statement, values)
            cursor.execute(f"ALTER TABLE {table[1]} ENABLE TRIGGER USER")

    def publish(self, **terms: Any) -> Any:
        return publish(
            election=self.world.election, by=self.world.mariam, at=NOW, terms=Terms(**terms)
        )

    def withheld(self, number: int) -> list[tuple[str, str]]:
        return [(one.station.code, one.why) for one in withheld_in(self.world.election, number)]

    def shown(self, station: int, number: int) -> tuple[str, list[int | None] | None]:
        row = (
            PublishedFigures.objects.filter(
                station=self.world.stations[station], published_in__lte=number
            )
            .order_by("published_in")
            .last()
        )
        return row.status, row.figures


def nothing_is_withheld(cursor: Any, *_args: object, **_options: object) -> None:
    temporary(cursor, "withheld", "station_id bigint")
