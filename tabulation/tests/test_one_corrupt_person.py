"""One corrupt person of each role changes no total and gains no power.

A machine tries what each role's account can do, on the pages and past them, while honest people go
on with their work. What it must find where the rules are weak, it finds.
"""

from collections import Counter
from traceback import extract_tb
from unittest import mock

from django.test import TestCase
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tabulation.models import User
from tabulation.tests.support.corrupt_person import CorruptPerson
from tabulation.tests.support.honest_people import ROLES, Crowd, Honest
from tabulation.tests.support.publishing import acts_in_the_test
from tabulation.tests.support.tags import drill


class CorruptTestCase(TestCase):
    CROWD: dict[str, object] = {}
    #: What else the election's folder says.
    ELECTION: dict[str, object] = {}

    @classmethod
    def setUpTestData(cls) -> None:
        """One station is counted and published, of another one clerk has typed."""
        with mock.patch.object(Crowd, "ELECTION", {**Crowd.ELECTION, **cls.ELECTION}):
            cls.world = Crowd(**cls.CROWD)
        honest = Honest(cls.world)
        for _step in range(5):
            honest.work_on("1/01", 0)
        honest.publish()
        for _step in range(3):
            honest.work_on("2/01", 0)

    def setUp(self) -> None:
        self.enterContext(acts_in_the_test())

    def run_as(self, role: str, examples: int, steps: int = 30) -> type[CorruptPerson]:
        machine = type(
            "Corrupt",
            (CorruptPerson,),
            {"world": self.world, "role": role, "done": Counter(), "refused": Counter()},
        )
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
        return machine

    def finds(self, role: str, name: str) -> None:
        try:
            self.run_as(role, examples=60)
        except AssertionError as found:
            self.assertIn(name, [frame.name for frame in extract_tb(found.__traceback__)])
        else:
            self.fail("nothing was found")


class EachRoleTests(CorruptTestCase):
    def test_some_steps(self) -> None:
        done, refused = Counter(), Counter()
        for role in ROLES:
            with self.subTest(role):
                machine = self.run_as(role, examples=3, steps=18)
                done += machine.done
                refused += machine.refused
        self.assertGreater(done["honest: count"], 10)
        self.assertGreater(done.total() - done["honest: count"], 5, done)
        self.assertGreater(refused.total(), 30, refused)


class CountedByItselfTests(CorruptTestCase):
    """What two people typed alike counts, and no supervisor looks at it."""

    CROWD = {"by_itself": True}

    def test_some_steps_of_a_clerk(self) -> None:
        self.run_as("clerk", examples=3, steps=18)


@drill
class WeakTests(CorruptTestCase):
    """The machine finds what it is there to find."""

    def test_honest_people_who_confirm_what_they_do_not_know(self) -> None:
        with mock.patch.object(Honest, "is_careless", True):
            self.finds("administrator", "nobody_gains_power")

    def test_areas_that_nobody_asks_for(self) -> None:
        with mock.patch.object(User, "reaches", return_value=True):
            self.finds("supervisor", "nobody_acts_in_another_area")


@drill
class TypedOnceTests(CorruptTestCase):
    CROWD = {"by_itself": True, "entries": 1}

    def test_a_clerk_who_is_alone(self) -> None:
        self.finds("clerk", "what_counts_is_what_the_papers_say")


@drill
class ActingAloneTests(CorruptTestCase):
    ELECTION = {"confirmations": 0}

    def test_a_member_who_is_alone(self) -> None:
        self.finds("member", "the_commission_s_acts_are_of_several")


@drill
class ManyStepsTests(CorruptTestCase):
    def test_each_role(self) -> None:
        done, refused = Counter(), Counter()
        for role in ROLES:
            with self.subTest(role):
                machine = self.run_as(role, examples=8, steps=40)
                done += machine.done
                refused += machine.refused
        self.assertGreater(len(done), 15, done)
        self.assertGreater(done.total(), 100, done)
        self.assertGreater(refused.total(), 500, refused)


@drill
class ManyStepsByItselfTests(CountedByItselfTests):
    def test_some_steps_of_a_clerk(self) -> None:
        self.run_as("clerk", examples=10, steps=40)
