"""Every way to tamper with events and seals, done as the owner with the triggers off, is named."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tabulation.arithmetic.commitments.events import seal_hash
from tabulation.ledger import sealing, signing
from tabulation.ledger.auditing import Audit
from tabulation.models import Event, Seal, SealQueue, User, record
from tabulation.tests.support.world import NOW, CommittedTestCase, World, audit


def write(subject: str, **fields: Any) -> Event:
    with transaction.atomic():
        return record(
            **{"act": "x", "subject": subject, "by": None, "at": NOW, "after": {"n": 1}, **fields}
        )


class AuditTestCase(CommittedTestCase):
    """The cast, two subjects, three seals, and one event that waits; a rolled-back one between."""

    def setUp(self) -> None:
        self.world = World()
        fields = {"by": self.world.sona, "election": self.world.election}
        self.a1 = write("a", act="first", **fields)
        self.b1 = write("b", act="first", **fields)
        self.a2 = write("a", act="second", before={"n": 0}, **fields)
        sealing.seal(at=NOW)
        with transaction.atomic():
            record(act="undone", subject="a", by=None, at=NOW)
            transaction.set_rollback(True)
        self.a3 = write("a", act="third", **fields)
        self.b2 = write("b", act="second", **fields)
        sealing.seal(at=NOW)
        self.c1 = write("c", act="only", **fields)
        sealing.seal(at=NOW)
        self.waiting = write("a", act="fourth", **fields)

    @contextmanager
    def tampered(self, *statements: str) -> Iterator[list[str]]:
        """What an audit finds after ``statements``, which are then undone."""
        found: list[str] = []
        with connection.as_owner(), transaction.atomic():
            with connection.cursor() as cursor:
                for table in ("tabulation_event", "tabulation_seal"):
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                for statement in statements:
                    cursor.execute(statement)
            yield found
            transaction.set_rollback(True)

    def found(self, *statements: str, **options: Any) -> list[str]:
        with self.tampered(*statements):
            return list(audit(**options).examine())

    def event(self, event: Event) -> str:
        return f"Event {event.pk} ({event.subject}, {event.act})"


class CleanTests(AuditTestCase):
    def test_no_false_alarm(self) -> None:
        done = audit()
        self.assertEqual(list(done.findings()), [])
        self.assertEqual((done.events, done.seals, done.unprotected), (15, 3, 1))
        last = Seal.objects.last()
        self.assertEqual(done.last_seal, (3, bytes(last.hash)))

    def test_a_whole_night_of_protocols(self) -> None:
        self.world.accepted(self.world.stations[0], (100, 61, 1, 40, 20, None))
        sealing.seal(at=NOW)
        self.assertEqual(list(audit(noted=(1, bytes(Seal.objects.first().hash))).findings()), [])

    def test_an_empty_database(self) -> None:
        self._fixture_teardown()
        self.assertEqual(list(audit().findings()), [])


class AlteredEventTests(AuditTestCase):
    def test_each_field(self) -> None:
        other = User.objects.get(username="bob").pk
        with transaction.atomic():
            World("other")
        for change in (
            "act = 'other'",
            f"by_id = {other}",
            "by_id = NULL",
            "by_name = 'bob'",
            "address = '192.0.2.1'",
            "at = at + interval '1 microsecond'",
            "at = 'infinity'",
            f"after = '{'[' * 2_000}{']' * 2_000}'",
            f"after = '{'9' * 5_000}'",
            "before = NULL",
            "before = '{\"n\": 2}'",
            "after = '{\"n\": 1.5}'",
            'after = \'{"n": 1, "m": null}\'',
            "election_id = (SELECT id FROM candidates_election WHERE slug = 'other')",
            "election_id = NULL",
            "previous = sha256('x')",
            "hash = sha256('x')",
        ):
            with self.subTest(change):
                found = self.found(f"UPDATE tabulation_event SET {change} WHERE id = {self.a2.pk}")
                told = self.event(self.a2)
                if change.startswith("act"):
                    told = told.replace("second", "other")
                self.assertTrue(
                    any(line.startswith(f"{told} was altered") for line in found), found
                )

    def test_its_place(self) -> None:
        for change, told in (
            ("subject = 'd'", f"Event {self.a2.pk} (d, second) was altered"),
            ("number = 9", f"{self.event(self.a2)} was altered"),
            ("id = 99999", f"Event {self.a2.pk} is in seal 1 and was removed."),
        ):
            with self.subTest(change):
                found = self.found(f"UPDATE tabulation_event SET {change} WHERE id = {self.a2.pk}")
                self.assertTrue(any(line.startswith(told) for line in found), found)

    def test_the_one_that_waits(self) -> None:
        found = self.found(
            f"UPDATE tabulation_event SET by_name = 'bob' WHERE id = {self.waiting.pk}"
        )
        told = f"{self.event(self.waiting)} was altered: its content does not give its hash."
        self.assertEqual(found, [told])

    def test_with_its_hash_made_anew_it_breaks_the_chain_and_the_seal(self) -> None:
        self.a2.by_name = "bob"
        update = (
            f"UPDATE tabulation_event SET by_name = 'bob', hash = '\\x{self.a2.digest().hex()}'"
            f" WHERE id = {self.a2.pk}"
        )
        found = self.found(update)
        self.assertEqual(len(found), 2)
        self.assertIn("Seal 1 has another root than its events", found[0])
        self.assertIn(f"{self.event(self.a3)} does not hold the hash of the event before", found[1])

    def test_with_the_whole_chain_made_anew_it_breaks_the_seals(self) -> None:
        self.a2.by_name = "bob"
        updates, previous = [], bytes(self.a1.hash)
        for event in (self.a2, self.a3, self.waiting):
            event.previous = previous
            previous = event.digest()
            updates.append(
                f"UPDATE tabulation_event SET by_name = '{event.by_name}',"
                f" previous = '\\x{event.previous.hex()}', hash = '\\x{previous.hex()}'"
                f" WHERE id = {event.pk}"
            )
        found = self.found(*updates)
        self.assertEqual([line[:6] for line in found], ["Seal 1", "Seal 2"])

    def test_two_that_change_places(self) -> None:
        for one, other in ((self.a2, self.a3), (self.a1, self.b1), (self.b1, self.a3)):
            swap = f"CASE id WHEN {one.pk} THEN {other.pk} ELSE {one.pk} END"
            with self.subTest(f"{one.subject}{one.number}"):
                ids = f"({one.pk}, {other.pk})"
                found = self.found(
                    f"UPDATE tabulation_event SET id = -id WHERE id IN {ids}",
                    f"UPDATE tabulation_event SET id = {swap.replace('id WHEN', '-id WHEN')}"
                    f" WHERE -id IN {ids}",
                )
                self.assertTrue(any("has another root" in line for line in found), found)


class MissingEventTests(AuditTestCase):
    def test_the_first_a_middle_one_and_the_last(self) -> None:
        for event, seal, after in (
            (self.a1, 1, self.a2),
            (self.a2, 1, self.a3),
            (self.b2, 2, None),
            (self.c1, 3, None),
        ):
            with self.subTest(str(event)):
                found = self.found(f"DELETE FROM tabulation_event WHERE id = {event.pk}")
                self.assertEqual(found[0], f"Event {event.pk} is in seal {seal} and was removed.")
                told = (
                    f"{self.event(after)} has the number {after.number} after {event.number - 1}:"
                    " 1 before it is missing."
                    if after
                    else None
                )
                self.assertEqual(found[1:], [told] if told else [])

    def test_one_that_waits(self) -> None:
        pk = self.waiting.pk
        found = self.found(f"DELETE FROM tabulation_event WHERE id = {pk}")
        self.assertEqual(found, [f"Event {pk} waits for its seal and was removed."])

    def test_all_of_them(self) -> None:
        found = self.found("DELETE FROM tabulation_event")
        # Eight of them made the cast's accounts, which nothing made any more.
        self.assertEqual(len(found), 15 + 8)


class InsertedEventTests(AuditTestCase):
    def forged(self, subject: str, number: int, previous: bytes) -> tuple[Event, str]:
        forged = Event(
            id=9_000_000, subject=subject, number=number, act="forged", by_name="bob", at=NOW,
            previous=previous,
        )  # fmt: skip
        return forged, (
            "INSERT INTO tabulation_event (id, subject, number, act, by_name, address, at,"
            f" previous, hash) VALUES (9000000, '{subject}', {number}, 'forged', 'bob', '',"
            f" '{NOW.isoformat()}', '\\x{previous.hex()}', '\\x{forged.digest().hex()}')"
        )

    def test_past_the_queue(self) -> None:
        for subject, number, previous in (
            ("new", 1, b""),
            ("a", 5, bytes(self.waiting.hash)),
        ):
            forged, insert = self.forged(subject, number, previous)
            with self.subTest(subject):
                found = self.found(insert)
                told = f"{self.event(forged)} was slipped in: it is in no seal and waits for none."
                self.assertEqual(found, [told])

    def test_between_sealed_ones_and_queued(self) -> None:
        forged, insert = self.forged("b", 2, bytes(self.b1.hash))
        found = self.found(
            f"UPDATE tabulation_event SET number = 3 WHERE id = {self.b2.pk}",
            insert,
            "INSERT INTO tabulation_sealqueue VALUES (9000000)",
        )
        told = f"{self.event(forged)} is in no seal, though a later event of its subject is."
        self.assertIn(told, found)

    def test_one_taken_out_of_the_queue_to_stay_unsealed(self) -> None:
        found = self.found("DELETE FROM tabulation_sealqueue")
        told = f"{self.event(self.waiting)} was slipped in: it is in no seal and waits for none."
        self.assertEqual(found, [told])

    def test_one_sealed_twice(self) -> None:
        SealQueue.objects.create(event_id=self.a1.pk)
        sealing.seal(at=NOW)
        self.assertEqual(
            list(audit().findings()), [f"{self.event(self.a1)} is in two seals, 1 and 4."]
        )


class SealTests(AuditTestCase):
    def test_each_field(self) -> None:
        for change in (
            "at = at + interval '1 second'",
            "at = 'infinity'",
            "event_ids[1] = event_ids[1] + 100000",
            "event_ids = event_ids || event_ids, count = 4",
            "root = sha256('x')",
            "previous = sha256('x')",
            "hash = sha256('x')",
            "signature = sha256('x') || sha256('y')",
            "key_id = '0123456789abcdef'",
            "number = 9",
        ):
            with self.subTest(change):
                found = self.found(f"UPDATE tabulation_seal SET {change} WHERE number = 2")
                told = "Seal 9" if change.startswith("number") else "Seal 2"
                self.assertTrue(any(line.startswith(told) for line in found), found)

    def test_with_its_hash_made_anew_it_is_not_signed(self) -> None:
        seal = Seal.objects.get(number=3)
        seal.event_ids = [self.b2.pk]
        found = self.found(
            f"UPDATE tabulation_seal SET event_ids = '{{{self.b2.pk}}}',"
            f" hash = '\\x{seal_hash(seal.message()).hex()}' WHERE number = 3"
        )
        self.assertIn(f"Seal 3 is not signed by the key {seal.key_id} as it stands.", found)

    def test_one_removed(self) -> None:
        for number in (1, 2):
            with self.subTest(number):
                found = self.found(f"DELETE FROM tabulation_seal WHERE number = {number}")
                told = f"Seal {number + 1} follows seal {number - 1}: 1 before it is missing."
                self.assertEqual(found[0], told)

    def test_the_last_removed_leaves_its_events_behind(self) -> None:
        found = self.found("DELETE FROM tabulation_seal WHERE number = 3")
        told = f"{self.event(self.c1)} was slipped in: it is in no seal and waits for none."
        self.assertEqual(found, [told])

    def test_the_tail_cut_off_is_seen_with_what_was_noted(self) -> None:
        noted = (3, bytes(Seal.objects.get(number=3).hash))
        cut = (
            "DELETE FROM tabulation_seal WHERE number = 3",
            f"DELETE FROM tabulation_event WHERE id = {self.c1.pk}",
        )
        self.assertEqual(self.found(*cut), [])
        found = self.found(*cut, noted=noted)
        self.assertEqual(len(found), 1)
        self.assertIn("Seal 3 with the hash", found[0])

    def test_made_anew_with_another_key(self) -> None:
        found = list(Audit({"0" * 16: bytes(32)}).findings())
        self.assertEqual(len(found), 3)
        self.assertIn("which was not given", found[0])


class CommandTests(AuditTestCase):
    def call(self, *args: str) -> str:
        out = StringIO()
        call_command("verify_events", *args, stdout=out)
        return out.getvalue()

    def test_it_ends_with_what_to_write_down(self) -> None:
        said = self.call()
        last = f"3:{bytes(Seal.objects.last().hash).hex()}"
        self.assertIn("Events: 15. Seals: 3.\n", said)
        self.assertIn(f"Last seal: {last}\n", said)
        self.assertIn("Events after the last seal, which nothing protects: 1\n", said)
        self.assertIn("Nothing was altered", self.call("--last-seal", last))
        with self.assertRaisesMessage(CommandError, "Findings: 1."):
            self.call("--last-seal", f"4:{'0' * 64}")
        with self.assertRaisesMessage(CommandError, "64 hexadecimal digits"):
            self.call("--last-seal", "3")

    def test_what_is_wrong_is_named_and_the_status_is_1(self) -> None:
        out = StringIO()
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE tabulation_event DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE tabulation_event SET act = 'y' WHERE id = {self.a1.pk}")
            cursor.execute("ALTER TABLE tabulation_event ENABLE TRIGGER USER")
        with self.assertRaises(CommandError) as refused:
            call_command("verify_events", stdout=out)
        self.assertEqual(refused.exception.returncode, 1)
        self.assertIn(f"Event {self.a1.pk} (a, y) was altered", out.getvalue())

    def test_with_public_keys(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            own, other = Path(folder) / "own.pem", Path(folder) / "other.pem"
            own.write_text(signing.signer().public_pem)
            public = Ed25519PrivateKey.generate().public_key()
            other.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
            self.call("--key", str(own))
            self.call("--key", str(other), "--key", str(own))
            with self.assertRaisesMessage(CommandError, "Findings: 3."):
                self.call("--key", str(other))
            with self.assertRaisesMessage(CommandError, "cannot be used"):
                self.call("--key", f"{folder}/none.pem")
