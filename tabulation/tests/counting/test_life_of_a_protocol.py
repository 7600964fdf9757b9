"""Random clerks, supervisors and members against a simple model of what may become of a protocol.

The model is written from the rules and knows nothing of the code: it remembers who typed what and
what was given back, and says from that alone which status must follow and what may be refused.
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import TestCase
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RULE_MARKER,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tabulation.counting import correction, entry, intake, verification
from tabulation.models import Entry, Protocol, ProtocolRefused, Seat, User
from tabulation.tests.support.acceptors_world import StrictWorld
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NOW, SOUTH, World

#: Read right, read wrong (the sum is the same), an error, a warning.
RIGHT, WRONG = SOUTH, (200, 150, 5, 99, 41, 5)
ERROR, WARNING = (200, 151, 5, 100, 40, 5), (140, 150, 5, 100, 40, 5)
READINGS = (RIGHT, WRONG, ERROR, WARNING)
BREAKS_AN_ERROR = {ERROR}

CLERKS = ("alice", "bob", "carl")
PEOPLE = (*CLERKS, "ina", "sona", "mariam", "otar", "xenia")
REFUSALS = (
    entry.EntryRefused,
    ProtocolRefused,
    intake.IntakeRefused,
    PermissionDenied,
)
Figures = tuple[int | None, ...]


@dataclass
class Chair:
    """A seat as the model has it. ``typed``: what stands; ``last``: what was typed last."""

    person: str
    typed: Figures | None = None
    last: Figures | None = None
    lines: set[int] = field(default_factory=set)


@dataclass
class Version:
    status: str = "received"
    chairs: list[Chair] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    figures: Figures | None = None
    #: Who chose an entry, returned entries or took one out.
    deciders: set[str] = field(default_factory=set)

    @property
    def people(self) -> set[str]:
        return {chair.person for chair in self.chairs} | set(self.gone)

    @property
    def standing(self) -> list[Figures]:
        return [chair.typed for chair in self.chairs if chair.typed is not None]

    def settle(self) -> None:
        typed = self.standing
        if len(typed) < 2:
            self.status = "entered" if typed else "received"
        elif typed[0] != typed[1]:
            self.status = "different"
        else:
            self.status = "errors" if typed[0] in BREAKS_AN_ERROR else "verified"

    def give_back(self, chair: Chair, lines: set[int]) -> None:
        chair.last, chair.typed, chair.lines = chair.typed, None, lines


IN_WORK = {"received", "entered", "different", "errors", "verified"}
IN_FORCE = {"accepted", "annulled"}


def mostly(*right: str) -> st.SearchStrategy[str]:
    """Who tries: three times in four somebody whose work it is, else anybody."""
    return st.integers(0, 3).flatmap(lambda n: st.sampled_from(right if n else PEOPLE))


def sometimes() -> st.SearchStrategy[bool]:
    """One time in twelve: for acts that end a story before it has begun."""
    return st.sampled_from(range(12)).map(lambda n: n == 7)


def in_work(self: "Life") -> bool:
    return self.newest is not None and self.newest.status in IN_WORK


def both_typed(self: "Life") -> bool:
    return self.newest is not None and len(self.newest.standing) == 2


def in_force(self: "Life") -> bool:
    return any(version.status in IN_FORCE for version in self.versions)


class Life(RuleBasedStateMachine):
    """Anybody tries anything; the model says whether it may succeed and what must follow."""

    world: World
    #: Whether who decided about the entries leaves the acceptance to another.
    strict = False
    #: How often each act was done, in all examples together.
    done: Counter[str] = Counter()

    @initialize(acts=st.sampled_from((0, 1, 3, 5, 6, 6)))
    def begin(self, acts: int) -> None:
        """Some stories begin in the middle: few that begin with nothing come to an acceptance."""
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.station = self.world.stations[1]
        self.people = {user.username: user for user in User.objects.all()}
        self.versions: list[Version] = []
        road: tuple[Callable[[], Any], ...] = (
            lambda: self.receive(who="ina", again=False),
            lambda: self.sit_down(who="alice"),
            lambda: self.sit_down(who="bob"),
            lambda: self.type_in(who="alice", reading=RIGHT),
            lambda: self.type_in(who="bob", reading=RIGHT),
            lambda: self.accept(who="mariam"),
        )
        for act in road[:acts]:
            act()

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @property
    def newest(self) -> Version | None:
        return self.versions[-1] if self.versions else None

    def stored(self) -> Protocol | None:
        return Protocol.objects.filter(station=self.station).order_by("-version").first()

    def tried(self, allowed: bool, act: Callable[[], Any]) -> bool:
        """Do it; it must succeed exactly when the model allows it."""
        act_name = sys._getframe(1).f_code.co_name
        try:
            with transaction.atomic():
                act()
        except REFUSALS as refused:
            assert not allowed, f"refused: {refused}"
            return False
        assert allowed, "done, and should have been refused"
        self.done[act_name] += 1
        return True

    def decides(self, who: str, *roles: str) -> bool:
        assert self.newest is not None
        return who in roles and who not in self.newest.people

    @rule(who=mostly("ina", "sona"), again=sometimes())
    def receive(self, who: str, again: bool) -> None:
        free = all(version.status == "set_aside" for version in self.versions)
        if not free and not again:
            return
        if self.tried(
            who in ("ina", "sona") and free,
            lambda: intake.receive(
                contest=self.world.contest, station=self.station, by=self.people[who], at=NOW
            ),
        ):
            self.versions.append(Version())

    @rule(who=mostly(*CLERKS))
    @precondition(in_work)
    def sit_down(self, who: str) -> None:
        stored, newest = self.stored(), self.newest
        if stored is None or newest is None:
            return
        allowed = (
            who in CLERKS
            and newest.status in ("received", "entered")
            and who not in newest.people
            and len(newest.chairs) < 2
        )
        if self.tried(
            allowed, lambda: entry.take_seat(protocol=stored, by=self.people[who], at=NOW)
        ):
            newest.chairs.append(Chair(who))

    @rule(who=st.sampled_from((None, *CLERKS)), reading=st.sampled_from((RIGHT, RIGHT, *READINGS)))
    @precondition(in_work)
    def type_in(self, who: str | None, reading: Figures) -> None:
        newest, stored = self.newest, self.stored()
        if newest is None or stored is None:
            return
        waited_for = [chair.person for chair in newest.chairs if chair.typed is None]
        who = who or next(iter(waited_for), CLERKS[0])
        seat = Seat.objects.filter(protocol=stored, person=self.people[who]).first()
        if seat is None:
            return
        chair = next((chair for chair in newest.chairs if chair.person == who), None)
        open_ = newest.status in ("received", "entered")
        allowed = chair is not None and chair.typed is None and open_
        if chair is not None and chair.last is not None:
            changed = {i for i in range(1, 7) if chair.last[i - 1] != reading[i - 1]}
            allowed = allowed and changed <= chair.lines

        def submit() -> None:
            entry.submit(
                seat=seat,
                figures=reading,
                by=self.people[who],
                at=NOW,
                reasons={"list": "so"},
                then=verification.compare_if_complete,
            )

        if self.tried(allowed, submit):
            assert chair is not None
            chair.typed = reading
            newest.settle()

    @rule(who=mostly("sona"), which=st.integers(0, 1))
    @precondition(both_typed)
    def choose(self, who: str, which: int) -> None:
        newest, stored = self.newest, self.stored()
        if newest is None or stored is None:
            return
        entries = verification.last_entries(stored)
        if len(entries) < 2:
            return
        allowed = newest.status == "different" and self.decides(who, "sona")
        if self.tried(
            allowed,
            lambda: verification.choose(entry=entries[which], by=self.people[who], at=NOW),
        ):
            chosen = entries[which].seat.person.username
            one, other = newest.standing
            lines = {i for i in range(1, 7) if one[i - 1] != other[i - 1]}
            for chair in newest.chairs:
                if chair.person != chosen:
                    newest.give_back(chair, lines)
            newest.settle()
            newest.deciders.add(who)

    @rule(who=mostly("sona"), whole=st.booleans(), wanted=sometimes())
    @precondition(both_typed)
    def return_entries(self, who: str, whole: bool, wanted: bool) -> None:
        newest, stored = self.newest, self.stored()
        if newest is None or stored is None or (newest.status == "verified" and not wanted):
            return
        allowed = newest.status in ("different", "errors", "verified") and self.decides(who, "sona")
        if self.tried(
            allowed,
            lambda: verification.return_entries(
                protocol=stored, reason="?", whole=whole, by=self.people[who], at=NOW
            ),
        ):
            one, other = newest.standing
            differing = {i for i in range(1, 7) if one[i - 1] != other[i - 1]}
            # The only relation that must hold names lines 2 to 6.
            lines = {"different": differing, "errors": {2, 3, 4, 5, 6}}
            every = set(range(1, 7))
            opened = every if whole else lines.get(newest.status, every)
            for chair in newest.chairs:
                newest.give_back(chair, opened)
            newest.settle()
            newest.deciders.add(who)

    @rule(who=mostly("sona"), which=st.integers(0, 1), wanted=sometimes())
    @precondition(in_work)
    def release(self, who: str, which: int, wanted: bool) -> None:
        newest, stored = self.newest, self.stored()
        if newest is None or stored is None or len(newest.chairs) <= which or not wanted:
            return
        chair = newest.chairs[which]
        seat = Seat.objects.get(protocol=stored, person=self.people[chair.person])
        allowed = newest.status in IN_WORK and self.decides(who, "sona")
        if self.tried(
            allowed,
            lambda: verification.release(seat=seat, reason="?", by=self.people[who], at=NOW),
        ):
            newest.chairs.remove(chair)
            newest.gone.append(chair.person)
            newest.settle()
            if chair.typed is not None:
                newest.deciders.add(who)

    @rule(who=mostly("sona"), wanted=sometimes())
    @precondition(in_work)
    def set_aside(self, who: str, wanted: bool) -> None:
        newest, stored = self.newest, self.stored()
        if newest is None or stored is None or not wanted:
            return
        allowed = newest.status in IN_WORK and self.decides(who, "sona")
        if self.tried(
            allowed,
            lambda: verification.set_aside(
                protocol=stored, reason="?", by=self.people[who], at=NOW
            ),
        ):
            newest.status = "set_aside"

    @rule(who=mostly("sona", "mariam"))
    @precondition(both_typed)
    def accept(self, who: str) -> None:
        newest, stored = self.newest, self.stored()
        if newest is None or stored is None:
            return
        allowed = newest.status == "verified" and self.decides(who, "sona", "mariam")
        allowed = allowed and not (self.strict and who in newest.deciders)
        if self.tried(
            allowed, lambda: verification.accept(protocol=stored, by=self.people[who], at=NOW)
        ):
            for earlier in self.versions[:-1]:
                if earlier.status in IN_FORCE:
                    earlier.status = "corrected"
            newest.status, newest.figures = "accepted", newest.standing[0]

    @rule(who=mostly("sona", "mariam"))
    @precondition(in_force)
    def correct(self, who: str) -> None:
        statuses = {version.status for version in self.versions}
        who_may = ("mariam",) if "annulled" in statuses else ("sona", "mariam")
        allowed = who in who_may and bool(statuses & IN_FORCE) and not statuses & IN_WORK
        if self.tried(
            allowed,
            lambda: correction.correct(
                contest=self.world.contest, station=self.station, reason="recount",
                decision="1", by=self.people[who], at=NOW,
            ),
        ):  # fmt: skip
            self.versions.append(Version())

    @rule(who=mostly("mariam"), back=st.booleans())
    @precondition(in_force)
    def annul_or_reinstate(self, who: str, back: bool) -> None:
        wanted = "annulled" if back else "accepted"
        version = next((v for v in self.versions if v.status == wanted), None)
        if version is None:
            return
        protocol = Protocol.objects.get(station=self.station, status=wanted)
        under_way = any(v.status in IN_WORK for v in self.versions)
        act = correction.reinstate if back else correction.annul
        if self.tried(
            who == "mariam" and (back or not under_way),
            lambda: act(protocol=protocol, reason="?", decision="2", by=self.people[who], at=NOW),
        ):
            version.status = "accepted" if back else "annulled"

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        if not hasattr(self, "station"):
            return
        stored = Protocol.objects.filter(station=self.station).order_by("version")
        assert [p.status for p in stored] == [version.status for version in self.versions]

    @invariant()
    def what_counts_was_typed_by_two(self) -> None:
        if not hasattr(self, "station"):
            return
        for protocol in Protocol.objects.filter(station=self.station, figures__isnull=False):
            entries = Entry.objects.filter(seat__protocol=protocol, figures=protocol.figures)
            typed = set(entries.values_list("seat__person__username", flat=True))
            assert len(typed & set(CLERKS)) >= 2, typed


class StrictLife(Life):
    strict = True
    done: Counter[str] = Counter()


def run_life(life: type[Life], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class StrictLifeTests(TestCase):
    def test_hundreds_of_steps(self) -> None:
        StrictLife.world = StrictWorld()
        run_life(StrictLife, examples=10, steps=50)


class LifeTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        Life.world = World()

    def test_hundreds_of_steps(self) -> None:
        run_life(Life, examples=10, steps=50)

    @slow
    def test_thousands_of_steps(self) -> None:
        acts = {name for name, value in vars(Life).items() if hasattr(value, RULE_MARKER)}
        Life.done.clear()
        for _run in range(6):
            run_life(Life, examples=150, steps=80)
            # Not only refusals: every act was done as well, in one run or in all together.
            if not (seldom := {act for act in acts if Life.done[act] < 5}):
                return
        self.fail(f"seldom done in all runs together: {seldom}, {Life.done}")
