"""One corrupt person, on the pages and past them, and what must hold after each of their steps."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from tabulation.counting import correction, entry, intake, verification
from tabulation.ledger.reading import latest
from tabulation.models import (
    CONFIRMED,
    Entry,
    Event,
    Motion,
    Protocol,
    Publication,
    PublishedFigures,
    Seat,
    User,
)
from tabulation.outcomes.certification import motions, sittings
from tabulation.staff.accounts import confirming, managing
from tabulation.tests.support.any_order import sum_figures
from tabulation.tests.support.commission_world import VOTE
from tabulation.tests.support.corrupt_pages import (
    A_ROLE,
    ATTACKS,
    CODES,
    NAMES,
    WHICH,
    AtThePages,
    Given,
)
from tabulation.tests.support.honest_people import ADMINISTRATORS, AREAS, MEMBERS
from tabulation.tests.support.publishing import write
from tabulation.tests.support.world import audit

BY_TWO = {"supervisor", "member", "administrator"}
#: By the act of an event: the act of the motion that members must have confirmed.
OF_SEVERAL = {
    "annulled": "annul",
    "reinstated": "reinstate",
    "annulment corrected": "correct",
    "decided": "certify",
    "lot recorded": "lot",
    "second round created": "second round",
    "polling day moved": "polling day",
    "autopublish allowed": "autopublish",
}
#: By the status of a publication.
WORDS = {"certified": "certify", "recount": "publish"}


#: What an account is, and who stands for it.
STANDING = (
    *("username", "role", "area_id", "enrolled_by_decision", "changed_at", "changed_by__username"),
    *("first_confirmed_by__username", "confirmed_by__username"),
)
CALLS = (
    *("receive", "take a seat", "submit", "accept", "choose", "return", "release"),
    *("set aside", "correct", "annul", "reinstate", "publish", "certify"),
    *("create account", "change account", "new password", "forget factor"),
    *("confirm account", "propose", "confirm act", "withdraw act"),
)


class CorruptPerson(AtThePages):
    """Whatever they do: what counts is what the papers say, and nobody gains power by it."""

    @initialize()
    def note_who_stands(self) -> None:
        self.checked = 0
        #: Who stood at the beginning, as what, and since when.
        self.stood = set(User.objects.values_list(*STANDING))

    # Past the pages

    @property
    def attacks(self) -> dict[str, Given]:
        said = {"code": CODES, "user": NAMES, "role": A_ROLE, "which": WHICH}
        called = {"name": st.sampled_from(CALLS), **said}
        return {**ATTACKS, "call": called}

    def call(self, name: str, code: str, user: str, role: str, which: int) -> None:
        """A stage function, as whoever runs code with their account could."""
        kinds = (self.act_on_the_count, self.act_on_accounts, self.act_of_the_commission)
        for acts in kinds:
            act = acts(code, user, role, which).get(name)
            if act is not None:
                self.does(f"call: {name}", act)

    @property
    def signed(self) -> dict[str, Any]:
        return {"by": self.corrupt, "at": timezone.now()}

    def act_on_the_count(
        self, code: str, _user: str, _role: str, which: int
    ) -> dict[str, Callable[[], Any]]:
        world, signed, ruling = self.world, self.signed, {"reason": "So.", "decision": "9-Z"}
        place: dict[str, Any] = {
            "contest": world.contest, "station": self.honest.stations[code],
        }  # fmt: skip
        acts: dict[str, Callable[[], Any]] = {
            "receive": lambda: intake.receive(**place, **signed),
            "correct": lambda: correction.correct(**place, **ruling, **signed),
        }
        if self.corrupt.may_publish:  # this stage leaves that question to its callers
            acts["publish"] = lambda: write(election=world.election, **signed)
        protocol = self.honest.newest(code)
        if protocol is None:
            return acts
        seats, entries = Seat.objects.filter(protocol=protocol), self.entries_of(protocol)
        seat, of = seats[which % len(seats)] if seats else None, {"protocol": protocol, **signed}
        acts |= {
            "take a seat": lambda: entry.take_seat(**of),
            "accept": lambda: verification.accept(**of),
            "return": lambda: verification.return_entries(**of, reason="?", whole=True),
            "set aside": lambda: verification.set_aside(**of, reason="?"),
            "annul": lambda: correction.annul(**of, **ruling),
            "reinstate": lambda: correction.reinstate(**of, **ruling),
        }
        if seat is not None:
            figures = list(self.honest.paper[code])
            figures[3], figures[4] = figures[3] + figures[4], 0
            acts |= {
                "submit": lambda: entry.submit(
                    seat=seat, figures=figures, **signed, then=verification.compare_if_complete
                ),
                "release": lambda: verification.release(seat=seat, reason="?", **signed),
            }
        if entries:
            chosen = entries[which % len(entries)]
            acts["choose"] = lambda: verification.choose(entry=chosen, **signed)
        return acts

    def entries_of(self, protocol: Protocol) -> list[Entry]:
        return list(Entry.objects.filter(seat__protocol=protocol).select_related("seat"))

    def act_on_accounts(
        self, _code: str, name: str, role: str, which: int
    ) -> dict[str, Callable[[], Any]]:
        signed, area = self.signed, self.world.south if which % 2 else None
        found = User.objects.filter(username=name).first() or self.corrupt
        return {
            "create account": lambda: managing.create_account(
                username=f"their-{role}-{which}", role=role, area=area, **signed
            ),
            "change account": lambda: managing.change_account(
                account=found, role=role, area=area, is_active=which < 6, **signed
            ),
            "new password": lambda: managing.give_new_password(account=found, **signed),
            "forget factor": lambda: managing.forget_second_factor(account=found, **signed),
            "confirm account": lambda: confirming.confirm(account=found, **signed),
        }

    def act_of_the_commission(
        self, code: str, _user: str, _role: str, which: int
    ) -> dict[str, Callable[[], Any]]:
        signed, last = self.signed, latest(self.world.election)
        act = ("annul", "reinstate", "correct", "certify")[which % 4]
        honest = self.honest
        drafted = honest.certification() if act == "certify" else honest.about(act, code)
        acts: dict[str, Callable[[], Any]] = {}
        if drafted is not None:
            acts["propose"] = lambda: motions.propose(drafted=drafted, **signed)
        motion = Motion.objects.select_related("election").order_by("-number").first()
        if motion is not None:
            acts["confirm act"] = lambda: motions.confirm(motion=motion, **signed)
            acts["withdraw act"] = lambda: motions.withdraw(motion=motion, **signed)
        if last is not None:
            acts["certify"] = lambda: sittings.certify(
                election=self.world.election, decided_on=last.number, decision="5-Z",
                held_at=timezone.now(), vote=VOTE, choices={}, **signed,
            )  # fmt: skip
        return acts

    # What must hold

    @property
    def events(self) -> Any:
        return Event.objects.filter(pk__gt=self.first_event)

    @invariant()
    def what_counts_is_what_the_papers_say(self) -> None:
        rows = Protocol.objects.order_by("pk").values_list("station__code", "version", "figures")
        for code, version, figures in rows:
            paper = self.honest.paper_at(code, version)
            assert figures is None or tuple(figures) == paper, (code, version, figures)

    @invariant()
    def every_total_is_the_sum_of_the_papers(self) -> None:
        for published in Publication.objects.filter(number__gt=self.checked).order_by("number"):
            self.check_totals(published.number)
            self.checked = published.number

    def check_totals(self, number: int) -> None:
        rows = PublishedFigures.objects.filter(published_in__lte=number)
        rows = rows.exclude(superseded_in__lte=number).select_related("station", "area")
        counted = {}
        for row in rows.exclude(station=None).exclude(version=None):
            paper = self.honest.paper_at(row.station.code, row.version)
            assert tuple(row.figures) == paper, (row.station.code, number)
            if row.status == "counted":
                counted[row.station.code] = paper
        for row in rows.exclude(area=None):
            below = [counted[code] for code in AREAS[row.area.code] if code in counted]
            total = sum_figures(below, 6) if below else None
            assert row.figures == total, (row.area.code, number)

    @invariant()
    def the_commission_s_acts_are_of_several(self) -> None:
        """Each was proposed by an honest member, and by nobody carried out alone."""
        done = Counter(self.events.filter(act__in=OF_SEVERAL).values_list("act", flat=True))
        words = Publication.objects.filter(status__in=WORDS).values_list("status", flat=True)
        done.update(words)
        if done:
            wanted = Motion.objects.filter(state="confirmed", by__username__in=MEMBERS)
            by_several = Counter(wanted.values_list("act", flat=True))
            for name, number in done.items():
                assert number <= by_several[{**OF_SEVERAL, **WORDS}[name]], (name, number)

    @invariant()
    def nobody_gains_power(self) -> None:
        """Who is more than at the beginning is so by an honest administrator and, to decide, by an
        honest member.
        """
        accounts = User.objects.filter(CONFIRMED, is_active=True).values_list(*STANDING)
        for account in accounts:
            if account in self.stood:
                continue
            name, role, area, _decision, _at, made_by, *stood = account
            assert made_by in ADMINISTRATORS, account
            assert (role, area) in self.honest.meant.get(name, ()), account
            assert role not in BY_TWO or set(stood) & set(MEMBERS), account

    @invariant()
    def nobody_acts_in_another_area(self) -> None:
        if self.corrupt.area_id is not None:
            theirs = self.events.filter(by=self.corrupt, subject__startswith="protocol ")
            assert not theirs.filter(subject__contains="/1/01/").exists()

    def at_the_end(self) -> None:
        found = list(audit().examine())
        assert not found, found
