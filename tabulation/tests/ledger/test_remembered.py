"""What the publisher signed, it remembers outside the database: an older one, another one or an
altered one is refused.
"""

import json
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.test import override_settings

from tabulation.ledger import releasing, remembered
from tabulation.ledger.rebuilding import begin_log
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.writing import Terms, publish, release_all
from tabulation.models import Event, Publication, User
from tabulation.tests.support.roster_world import Real, founded, two_administrators
from tabulation.tests.support.world import (
    NORTH,
    NOW,
    SOUTH,
    CommittedTestCase,
    World,
    add_apps,
    audit,
    enrolled,
)

#: Tables that the owner alters.
ALTERED = ("publication", "publishedfigures", "publishedform", "ledgerpart")


def by_the_owner(*statements: str) -> None:
    """Past every rule that a trigger keeps."""
    with connection.as_owner(), transaction.atomic(), connection.cursor() as cursor:
        for switch in ("DISABLE", "ENABLE"):
            for table in ALTERED:
                cursor.execute(f"ALTER TABLE tabulation_{table} {switch} TRIGGER USER")
            for statement in statements if switch == "DISABLE" else ():
                cursor.execute(statement)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class RememberedTestCase(CommittedTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(PUBLISHER_STATE=self.folder / "publisher"))
        self.world = Real()
        members = [enrolled(name, "member") for name in ("narine", "nune")]
        add_apps(members)
        founded(self.world.election, "mariam", "narine", "nune")
        self.world.accepted(self.world.stations[0], NORTH)

    def publish(self) -> Publication:
        return publish(election=self.world.election, by=self.world.mariam, at=NOW)

    def published(self, *stations: int) -> None:
        self.publish()
        for station in stations:
            self.world.accepted(self.world.stations[station], SOUTH)
            self.publish()

    def restored_to(self, number: int) -> None:
        """The owner puts an older database in place."""
        by_the_owner(
            f"DELETE FROM tabulation_publishedfigures WHERE published_in > {number}",
            "UPDATE tabulation_publishedfigures SET superseded_in = NULL"
            f" WHERE superseded_in > {number}",
            f"DELETE FROM tabulation_ledgerpart WHERE number > {number}",
            f"DELETE FROM tabulation_publication WHERE number > {number}",
        )

    def refused(self, words: str) -> None:
        before = list(Publication.objects.values_list("number", "leaf"))
        with self.assertRaisesMessage(PublicationRefused, words):
            self.publish()
        self.assertEqual(list(Publication.objects.values_list("number", "leaf")), before)

    @property
    def state(self) -> Path:
        return self.folder / "publisher" / "artsakh.json"


class LogTests(RememberedTestCase):
    def test_every_publication_is_remembered_for_this_user_alone(self) -> None:
        self.published(1)
        said = json.loads(self.state.read_text())
        leaves = [bytes(leaf).hex() for leaf in Publication.objects.values_list("leaf", flat=True)]
        self.assertEqual((said["leaves"], said["at"]), (leaves, NOW.isoformat()))
        self.assertEqual(self.state.parent.stat().st_mode & 0o777, 0o700)

    def test_an_older_database_gets_nothing_signed(self) -> None:
        self.published(1, 2)
        self.restored_to(1)
        self.refused("Publications 2 to 3 are missing. Restore a newer backup.")

    def test_another_publication_under_a_number_gets_nothing_signed(self) -> None:
        self.published(1)
        by_the_owner("UPDATE tabulation_publication SET leaf = sha256('') WHERE number = 1")
        self.refused("Publication 1 is not the one that the publisher signed.")

    def test_a_publication_that_it_did_not_sign_is_named(self) -> None:
        self.published()
        state = self.state.read_bytes()
        self.world.accepted(self.world.stations[1], SOUTH)
        self.publish()
        self.state.write_bytes(state)
        self.world.accepted(self.world.stations[2], SOUTH)
        self.refused("The first of them is publication 2.")

    def test_without_its_memory_it_begins_a_log_and_continues_none(self) -> None:
        self.published()
        self.state.unlink()
        self.world.accepted(self.world.stations[1], SOUTH)
        self.refused("does not know the publications of this election")

    def test_a_memory_that_cannot_be_read_or_kept_is_told(self) -> None:
        self.published()
        self.state.write_text("[]")
        self.refused("cannot be read")
        self.state.unlink()
        self.state.parent.rmdir()
        self.state.parent.write_text("no folder")
        self.refused("cannot be read")

    def test_what_it_calls_itself_later_changes_nothing(self) -> None:
        self.published(1, 2)
        self.restored_to(1)
        by_the_owner("UPDATE candidates_election SET kind = 'rehearsal'")
        self.world.election.refresh_from_db()
        self.refused("are missing")


class DiedTests(RememberedTestCase):
    """The publisher dies between two of its steps; the next one completes the same publication."""

    def died(self, name: str) -> None:
        with (
            mock.patch.object(releasing.remembered, name, side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.publish()

    def test_before_it_is_remembered_and_after(self) -> None:
        self.died("keep")
        self.assertFalse(self.state.exists())
        prepared = Publication.prepared.get()
        keep = remembered.keep

        def keep_and_die(*said: object) -> None:
            keep(*said)  # type: ignore[arg-type]
            raise KeyboardInterrupt

        with (
            mock.patch.object(releasing.remembered, "keep", keep_and_die),
            self.assertRaises(KeyboardInterrupt),
        ):
            release_all()
        self.assertFalse(Publication.objects.exists())
        release_all()
        self.assertEqual(Publication.objects.get().leaf, prepared.leaf)
        self.world.accepted(self.world.stations[1], SOUTH)
        self.assertEqual(self.publish().number, 2)

    def test_one_that_was_signed_is_not_exchanged_for_another(self) -> None:
        keep = remembered.keep

        def keep_and_die(*said: object) -> None:
            keep(*said)  # type: ignore[arg-type]
            raise KeyboardInterrupt

        with (
            mock.patch.object(releasing.remembered, "keep", keep_and_die),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.publish()
        by_the_owner(
            "DELETE FROM tabulation_publishedfigures",
            "DELETE FROM tabulation_publishedform",
            "DELETE FROM tabulation_ledgerpart",
            "DELETE FROM tabulation_publication",
        )
        self.refused("Publications 1 to 1 are missing")


class RebuildTests(RememberedTestCase):
    def rebuild(self, note: str) -> str:
        path = self.folder / "checkpoint"
        path.write_text(note)
        out = StringIO()
        call_command("remember_log", "artsakh", checkpoint=path, stdout=out)
        return out.getvalue()

    def test_from_the_ledger_and_a_saved_checkpoint(self) -> None:
        self.published(1)
        notes = list(Publication.objects.values_list("checkpoint", flat=True))
        known = json.loads(self.state.read_text())
        self.state.unlink()
        self.assertIn("again: 2.", self.rebuild(notes[0]))
        self.assertEqual(json.loads(self.state.read_text()), known)
        self.assertIn("again: 0.", self.rebuild(notes[1]))
        self.world.accepted(self.world.stations[2], SOUTH)
        self.assertEqual(self.publish().number, 3)

    def test_an_older_database_is_not_remembered_in_place_of_a_newer_one(self) -> None:
        self.published(1)
        newest = Publication.objects.get(number=2).checkpoint
        state = self.state.read_bytes()
        self.restored_to(1)
        self.state.unlink()
        with self.assertRaisesMessage(CommandError, "is of 2 publications, and the database has 1"):
            self.rebuild(newest)
        self.state.write_bytes(state)
        self.assertIn("again: 0.", self.rebuild(Publication.objects.get().checkpoint))
        self.assertEqual(self.state.read_bytes(), state)

    def test_what_is_no_checkpoint_of_this_log_is_refused(self) -> None:
        self.published()
        note = Publication.objects.get().checkpoint
        for wrong in (
            "",
            "a\nb\nc\n\nd\n",
            note.replace("\n1\n", "\n2\n"),
            note.replace("artsakh", "another"),
        ):
            with self.subTest(wrong), self.assertRaisesMessage(CommandError, "Nothing was kept."):
                self.rebuild(wrong)
        with self.assertRaisesMessage(CommandError, "cannot be read"):
            call_command("remember_log", "artsakh", checkpoint=self.folder / "none")


class NewLogTests(RememberedTestCase):
    """Publications are lost, and no backup has them: a log of another name, by a decision."""

    def setUp(self) -> None:
        super().setUp()
        two_administrators()
        self.published(1, 2)
        self.signed = list(Publication.objects.values_list("checkpoint", flat=True))

    def begin(self, **said: Any) -> str:
        return begin_log(
            **{
                "election": self.world.election,
                "administrators": list(User.objects.filter(username__in=["xenia", "yana"])),
                "decision": "31-A",
                "words": "The server burned, with its backups.",
                "at": NOW,
                **said,
            }
        )

    def test_it_goes_on_from_the_older_database_and_says_so(self) -> None:
        before = self.state.read_bytes()
        self.restored_to(1)
        self.assertIn("Publications 2 to 3 are missing.", self.begin())
        published = self.publish_whole()
        self.assertEqual(published.number, 2)
        self.assertEqual(
            published.note, "New log by decision 31-A: The server burned, with its backups."
        )
        logs = [one.split("\n")[0] for one in (self.signed[1], published.checkpoint)]
        self.assertEqual(logs[1], f"{logs[0]}.2")
        self.assertIn(before, [path.read_bytes() for path in self.state.parent.iterdir()])
        self.world.corrected(self.world.stations[1], NORTH)
        self.assertEqual((self.publish().number, self.publish_note()), (3, ""))
        self.assertEqual(list(audit().findings()), [])
        self.assertIn("31-A", str(Event.objects.get(act="new log begun").after))

    def publish_whole(self) -> Publication:
        """What the lost publications had is published again, as if it was typed again."""
        return publish(
            election=self.world.election, by=self.world.mariam, at=NOW, terms=Terms(whole=True)
        )

    def publish_note(self) -> str:
        return Publication.objects.latest("number").note

    def test_a_second_one(self) -> None:
        for number in (2, 3):
            self.restored_to(1)
            self.begin()
            self.assertTrue(
                self.publish_whole().checkpoint.split("\n")[0].endswith(f"artsakh.{number}")
            )

    def test_a_publisher_that_dies_says_the_words_all_the_same(self) -> None:
        self.restored_to(1)
        self.begin()
        with (
            mock.patch.object(releasing.remembered, "keep", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.publish_whole()
        release_all()
        self.assertIn("31-A", self.publish_note())
        self.assertEqual(remembered.opening_of_next(self.world.election), "")

    def test_not_while_the_log_can_go_on(self) -> None:
        state = self.state.read_bytes()
        with self.assertRaisesMessage(PublicationRefused, "memory and the database agree"):
            self.begin()
        self.assertEqual(self.state.read_bytes(), state)
        self.assertFalse(Event.objects.filter(act="new log begun").exists())

    def test_a_decision_and_words_are_wanted(self) -> None:
        self.restored_to(1)
        for said in ({"decision": " "}, {"words": " "}, {"words": "x" * 201}):
            with self.subTest(said), self.assertRaisesMessage(PublicationRefused, "Nothing was"):
                self.begin(**said)
        self.refused("Publications 2 to 3 are missing.")

    def test_a_log_that_was_never_begun_is_named(self) -> None:
        by_the_owner(
            "UPDATE tabulation_publication SET checkpoint = replace(checkpoint, 'artsakh',"
            " 'artsakh.3') WHERE number = 3"
        )
        self.assertIn("is in the log", " ".join(audit().findings()))


class AlteredSumsTests(CommittedTestCase):
    """A published row that nobody touches now would be added up as it is."""

    def setUp(self) -> None:
        self.world = World()
        self.first = [
            self.world.accepted(station, figures)
            for station, figures in zip(self.world.stations[1:], (SOUTH, SOUTH), strict=True)
        ]
        publish(election=self.world.election, by=self.world.mariam, at=NOW)
        self.world.corrected(self.world.stations[1], NORTH)

    def test_unaltered_it_is_published(self) -> None:
        publish(election=self.world.election, by=self.world.mariam, at=NOW)
        self.assertEqual(Publication.objects.count(), 2)

    def test_an_altered_neighbour_is_never_summed(self) -> None:
        rows = "UPDATE tabulation_publishedfigures f SET {} FROM {} s WHERE f.{}_id = s.id AND {}"
        station = ("tabulation_pollingstation", "station", "s.code = '2/02'")
        for change, (table, unit, which) in (
            ("figures[1] = f.figures[1] + 1", station),
            ("hash = sha256('')", station),
            ("registered = 1", station),
            ("counted = 0, figures = NULL, version = NULL", station),
            ("figures[1] = f.figures[1] + 1", ("tabulation_area", "area", "s.code = 'S'")),
            ("root = sha256('')", ("tabulation_area", "area", "s.code = 'S'")),
        ):
            with self.subTest(change, unit=unit):
                self.alter_and_publish(rows.format(change, table, unit, which))

    def test_what_was_superseded_is_compared_before_a_certification(self) -> None:
        publish(election=self.world.election, by=self.world.mariam, at=NOW)
        change = (
            "UPDATE tabulation_publishedfigures SET figures[1] = figures[1] {} 1"
            " WHERE superseded_in = 2 AND station_id IS NOT NULL AND counted = 1"
        )
        by_the_owner(change.format("+"))
        self.world.accepted(self.world.stations[0], NORTH)
        publish(election=self.world.election, by=self.world.mariam, at=NOW)
        with (
            self.assertRaisesMessage(PublicationRefused, "Nothing was certified or published."),
            transaction.atomic(),
        ):
            self.world.certified()
        by_the_owner(change.format("-"))
        with transaction.atomic():
            self.world.certified()
        self.assertEqual(Publication.objects.latest("number").status, "certified")

    def alter_and_publish(self, statement: str) -> None:
        by_the_owner(
            "CREATE TABLE kept AS SELECT * FROM tabulation_publishedfigures",
            statement,
            "GRANT SELECT ON kept TO PUBLIC",
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT * FROM kept EXCEPT TABLE tabulation_publishedfigures)"
                " altered"
            )
            self.assertEqual(cursor.fetchone(), (1,))
        with self.assertRaisesRegex(PublicationRefused, r"differs? from what was signed"):
            publish(election=self.world.election, by=self.world.mariam, at=NOW)
        by_the_owner(
            "DELETE FROM tabulation_publishedfigures",
            "INSERT INTO tabulation_publishedfigures SELECT * FROM kept",
            "DROP TABLE kept",
        )
        self.assertEqual(Publication.objects.count(), 1)
