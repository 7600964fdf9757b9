"""A corrupt owner of the database, step by step: what was altered is never signed, and is named."""

from collections.abc import Iterator
from traceback import extract_tb
from typing import Any
from unittest import mock

from django.db import connection
from django.test import TestCase
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tabulation.database.snapshots import temporary
from tabulation.ledger import auditing_entries, auditing_fixed, stations
from tabulation.tests.support.corrupt_owner import LIES, CorruptOwner
from tabulation.tests.support.tags import drill
from tabulation.tests.support.world import World

#: What a constraint of the database refuses whoever writes it.
REFUSED = {"publishedfigures.reasons"}


class OwnerTestCase(TestCase):
    """As the owner of the tables, in a transaction that is undone."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.enterClassContext(connection.as_owner())
        super().setUpClass()

    @classmethod
    def setUpTestData(cls) -> None:
        CorruptOwner.world = World()

    def run_steps(self, examples: int, steps: int) -> None:
        CorruptOwner.done.clear()
        CorruptOwner.refused.clear()
        run_state_machine_as_test(
            CorruptOwner,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )

    def finds(self, name: str) -> None:
        try:
            self.run_steps(examples=200, steps=30)
        except AssertionError as found:
            self.assertIn(name, [frame.name for frame in extract_tb(found.__traceback__)])
        else:
            self.fail("nothing was found")


class StepsTests(OwnerTestCase):
    def test_nothing_false_is_signed_and_each_lie_is_named(self) -> None:
        self.run_steps(examples=5, steps=15)
        self.assertGreater(sum(CorruptOwner.done[name] for name in LIES), 2)


@drill
class ManyStepsTests(OwnerTestCase):
    def test_nothing_false_is_signed_and_each_lie_is_named(self) -> None:
        self.run_steps(examples=15, steps=25)
        done = CorruptOwner.done
        for act in ("type in", "accept", "annul", "reinstate", "publish", "seal", "put back"):
            self.assertGreater(done[act], 0, done)
        self.assertGreater(len(LIES.keys() & done.keys()), 12, done)


@drill
class EachLieTests(OwnerTestCase):
    """Each lie by itself, of which none may be told in vain."""

    def test_each_is_told_named_and_put_back(self) -> None:
        for name in LIES:
            with self.subTest(name):
                machine = CorruptOwner()
                try:
                    machine.type_in("2/01", (3, 2, 1), "warning")
                    machine.type_in("1/01", (3, 2, 1), "plain")
                    machine.accept("2/01")
                    machine.seal()
                    machine.rule_about("2/01")
                    machine.tell(name, 0)
                    self.assertEqual(bool(machine.lies), name not in REFUSED)
                    if machine.lies:
                        machine.put_back(last=True)
                finally:
                    machine.teardown()


@drill
class WeakTests(OwnerTestCase):
    """The machine finds what it is there to find."""

    def test_a_publisher_that_compares_nothing(self) -> None:
        with mock.patch.object(stations, "withhold", nothing_is_withheld):
            self.finds("check_what_was_signed")

    def test_an_audit_that_reads_no_entries_and_no_forms(self) -> None:
        with (
            mock.patch.object(auditing_entries, "findings", nothing_is_found),
            mock.patch.object(auditing_fixed, "findings", nothing_is_found),
        ):
            self.finds("tell")


def nothing_is_withheld(cursor: Any, *_args: object, **_options: object) -> None:
    temporary(cursor, "withheld", "station_id bigint")


def nothing_is_found() -> Iterator[str]:
    yield from ()
