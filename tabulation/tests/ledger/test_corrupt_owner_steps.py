"""A corrupt owner of the database, step by step: what was altered is never signed, and is named."""

from django.db import connection
from django.test import TestCase
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tabulation.tests.support.corrupt_owner import LIES, CorruptOwner
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import World


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
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )


class StepsTests(OwnerTestCase):
    def test_nothing_false_is_signed_and_each_lie_is_named(self) -> None:
        self.run_steps(examples=20, steps=30)
        print(CorruptOwner.done, CorruptOwner.refused)
        self.assertGreater(CorruptOwner.done["publish"], 6)
