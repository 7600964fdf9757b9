"""A publication is prepared, checked and signed, and then released: only then is it read."""

from unittest import mock

from django.db import IntegrityError, connection

from tabulation.counting.correction import annul
from tabulation.ledger import reading, releasing
from tabulation.ledger.publications import counted_contests, newest_numbers, newest_of_all
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.writing import publish, release_all
from tabulation.models import Publication
from tabulation.tests.support.world import NORTH, NOW, SOUTH, CommittedTestCase, World


class PreparedTests(CommittedTestCase):
    """The publisher dies after it prepared publication 2, and before it released it."""

    def setUp(self) -> None:
        self.world = World()
        rows = (NORTH, SOUTH, SOUTH)
        self.protocols = [
            self.world.accepted(station, figures)
            for station, figures in zip(self.world.stations, rows, strict=True)
        ]
        self.publish()
        self.annul(0)
        with (
            mock.patch.object(releasing.manifests, "signed", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.publish()

    def publish(self) -> Publication:
        return publish(election=self.world.election, by=self.world.mariam, at=NOW)

    def annul(self, station: int) -> None:
        annul(
            protocol=self.protocols[station],
            reason="A box was open.",
            decision=f"{station}-A",
            by=self.world.mariam,
            at=NOW,
        )

    def read(self) -> tuple[object, ...]:
        """What pages are made of."""
        published = reading.latest(self.world.election)
        assert published is not None
        unit = reading.unit_of_head(published, self.world.contest)
        ((newest, contests),) = newest_of_all()
        ((_election, number),) = newest_numbers()
        return (published.number, unit.annulled, newest.number, len(contests), number)

    def test_nobody_reads_it(self) -> None:
        self.assertEqual(Publication.prepared.get().number, 2)
        self.assertEqual(self.read(), (1, 0, 1, 1, 1))
        self.assertEqual(counted_contests([self.world.contest]), {self.world.contest.pk})
        self.assertEqual(self.client.get("/en/artsakh/publications/2/").status_code, 404)
        self.assertEqual(self.client.get("/data/artsakh/2/manifest.json").status_code, 404)
        self.assertContains(self.client.get("/data/artsakh/latest.json"), '"publication": 1')

    def test_the_next_publisher_releases_it_first(self) -> None:
        self.annul(1)
        self.assertEqual(self.publish().number, 3)
        self.assertEqual(self.read(), (3, 2, 3, 1, 3))
        self.assertFalse(Publication.prepared.exists())

    def test_whoever_works_releases_it(self) -> None:
        release_all()
        self.assertEqual(self.read(), (2, 1, 2, 1, 2))

    def test_it_is_signed_as_it_was_prepared_or_not_at_all(self) -> None:
        for statement in (
            "UPDATE tabulation_publication SET note = 'Another.' WHERE checkpoint = ''",
            "UPDATE tabulation_publication SET manifest = replace(manifest, 'partial', 'complete'),"
            " leaf = sha256('') WHERE checkpoint = ''",
            "UPDATE tabulation_publishedfigures SET figures[4] = 999 WHERE superseded_in IS NULL"
            " AND parent_id IS NULL",
        ):
            table = statement.split()[1]
            with self.subTest(statement), connection.as_owner(), connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(statement)
                with self.assertRaisesMessage(PublicationRefused, "was altered after it was"):
                    release_all()
                self.assertEqual(self.read()[0], 1)
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    def test_nothing_follows_it_before_it_is_released(self) -> None:
        with (
            self.assertRaisesMessage(IntegrityError, "before the last one is released"),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "INSERT INTO tabulation_publication (election_id, number, status, decision, note,"
                " published_at, manifest, leaf, checkpoint, key) SELECT election_id, 3, status,"
                " decision, note, published_at, manifest, leaf, 'x', 'x' FROM"
                " tabulation_publication WHERE number = 2"
            )

    def test_it_is_released_once_and_nothing_else_of_it_changes(self) -> None:
        for change in ("note = 'x'", "checkpoint = 'x', number = 9", "checkpoint = ''"):
            with (
                self.subTest(change),
                self.assertRaises(IntegrityError),
                connection.as_owner(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"UPDATE tabulation_publication SET {change} WHERE number = 2")
