"""One corrupt person of each role changes no total and gains no power."""

from collections import Counter

from django.test import TestCase
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tabulation.tests.support.corrupt_person import CorruptPerson
from tabulation.tests.support.honest_people import ROLES, Crowd
from tabulation.tests.support.publishing import acts_in_the_test, page_publishes_in_the_test
from tabulation.tests.support.tags import slow


class CorruptTestCase(TestCase):
    by_itself = False

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = Crowd(by_itself=cls.by_itself)

    def setUp(self) -> None:
        self.enterContext(acts_in_the_test())
        self.enterContext(page_publishes_in_the_test())

    def run_as(self, role: str, examples: int, steps: int) -> type[CorruptPerson]:
        machine = type("Corrupt", (CorruptPerson,), {
            "world": self.world, "role": role, "done": Counter(), "refused": Counter(),
        })  # fmt: skip
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples, stateful_step_count=steps, deadline=None,
                phases=[Phase.generate], suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
        return machine


class OneCorruptPersonTests(CorruptTestCase):
    def test_each_role(self) -> None:
        for role in ROLES:
            with self.subTest(role):
                machine = self.run_as(role, examples=3, steps=25)
                print(role, machine.done, machine.refused)
