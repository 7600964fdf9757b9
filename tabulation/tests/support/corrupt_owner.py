"""A corrupt owner of the database beside honest people: a machine for Hypothesis."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tabulation.arithmetic.commitments.canonical import NotCanonical
from tabulation.counting import correction, entry, intake, verification
from tabulation.ledger import sealing
from tabulation.ledger.refusals import NothingToPublish, PublicationRefused
from tabulation.models import (
    ContestStation,
    Protocol,
    ProtocolRefused,
    PublishedFigures,
    PublishedForm,
    SealQueue,
)
from tabulation.tests.support import owner_lies
from tabulation.tests.support.any_order import AREAS, sum_figures
from tabulation.tests.support.owner_lies import Lie
from tabulation.tests.support.world import NOW, World, audit

#: What honest people meet where rows were altered: they do not go on.
REFUSALS = (
    ProtocolRefused,
    PublicationRefused,
    entry.EntryRefused,
    intake.IntakeRefused,
    DatabaseError,
    ObjectDoesNotExist,
    NotCanonical,
    TypeError,  # of a published form that is none any more
)
#: What is sealed by an event or signed in a publication, by table and column.
COLUMNS = (
    *("protocol.figures", "protocol.version", "protocol.accepted_at", "protocol.reason"),
    *("protocol.decision", "protocol.ruling_reason", "protocol.ruling_decision"),
    *("entry.figures", "warningreason.reason"),
    *("event.subject", "event.act", "event.by_name", "event.address", "event.at"),
    *("event.before", "event.after", "event.previous", "event.hash"),
    *("seal.number", "seal.at", "seal.event_ids", "seal.root", "seal.previous", "seal.hash"),
    *("seal.signature", "seal.key_id"),
    *("publication.decision", "publication.note", "publication.published_at"),
    *("publication.manifest", "publication.leaf", "publication.checkpoint", "publication.key"),
    *("publishedfigures.figures", "publishedfigures.status", "publishedfigures.registered"),
    *("publishedfigures.reason", "publishedfigures.hash", "publishedfigures.root"),
    *("publishedfigures.counted", "publishedfigures.reasons", "publishedform.body"),
    *("conteststation.registered", "pollingstation.name", "area.name", "area.lineage"),
    *("protocolline.number", "controlrelation.tolerance", "user.real_name"),
)
REMOVED = ("event", "seal", "sealqueue", "publicationqueue", "warningreason", "publishedfigures")
LIES: dict[str, Callable[[int], Lie | None]] = {
    **{name: lambda which, name=name: owner_lies.column_lie(name, which) for name in COLUMNS},
    **{
        f"{name} removed": lambda which, name=name: owner_lies.removal(name, which)
        for name in REMOVED
    },
    **owner_lies.TOGETHER,
}
REASON = "Voters of the supplementary list, see the minutes."
#: What is published of a station: status, figures, reason, decision, reasons for warnings.
Truth = tuple[str, tuple[int | None, ...] | None, str, str, str | None]


class CorruptOwner(RuleBasedStateMachine):
    """Lies are told and put back between honest acts. No publication says what is false, and the
    audit names each lie.
    """

    world: World
    #: How often each act was done and refused, in all examples together.
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.stations = {station.code: station for station in self.world.stations}
        self.truths: dict[str, list[Truth]] = {
            code: [("not counted", None, "", "", None)] for code in self.stations
        }
        self.typed: dict[str, tuple[int | None, ...]] = {}
        self.lies: list[Lie] = []
        #: What stands in the newest publication, as it was when it was signed.
        self.signed: dict[str, Truth] = {}
        self.registered = dict(
            ContestStation.objects.values_list("station__code", "registered").order_by("pk")
        )
        #: Areas of which a false total was signed, with the publication.
        self.false_totals: set[tuple[str, int]] = set()
        #: Whether honest people went on while a lie stood: traces of it may stay for ever.
        self.scarred = False
        self.type_in("1/01", (3, 1, 0), "plain")
        self.accept("1/01")
        self.publish()
        self.seal()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # Honest people

    def go_on(self, name: str, act: Callable[[], Any]) -> bool:
        """Do it as honest people do; whether it was done."""
        self.scarred = self.scarred or bool(self.lies)
        try:
            with transaction.atomic():
                act()
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        except REFUSALS as refused:
            if not self.scarred and not isinstance(refused, NothingToPublish):
                raise
            self.refused[name] += 1
            return False
        self.done[name] += 1
        return True

    codes = st.sampled_from(("1/01", "2/01", "2/02"))
    votes = st.tuples(*[st.integers(1, 50)] * 3)
    kinds = st.sampled_from(("plain", "plain", "warning", "blank"))
    whichever = st.integers(0, 11)

    @rule(code=codes, votes=votes, kind=kinds)
    def type_in(self, code: str, votes: tuple[int, int, int], kind: str) -> None:
        if code in self.typed:
            return
        third = None if code == "1/01" else votes[2]
        voters = sum(votes[:2]) + (third or 0) + 1
        list_of = {"plain": voters + 7, "warning": voters - 1, "blank": None}[kind]
        figures = (list_of, voters, 1, *votes[:2], third)
        place, world = self.stations[code], self.world

        def act() -> None:
            if self.truths[code][-1][0] == "not counted":
                protocol = world.received(place)
            else:
                protocol = correction.correct(
                    contest=world.contest, station=place, reason="recount", decision="12-A",
                    by=world.mariam, at=NOW,
                )  # fmt: skip
            world.type_in(protocol, figures)

        if self.go_on("type in", act):
            self.typed[code] = figures

    @precondition(lambda self: self.typed)
    @rule(code=codes)
    def accept(self, code: str) -> None:
        if code not in self.typed:
            return
        figures = self.typed[code]

        def act() -> None:
            protocol = Protocol.objects.get(station__code=code, status="verified")
            verification.accept(protocol=protocol, by=self.world.sona, at=NOW)

        if self.go_on("accept", act):
            corrected = self.truths[code][-1][0] != "not counted"
            words = ("recount", "12-A") if corrected else ("", "")
            broken = figures[0] is not None and figures[0] < (figures[1] or 0)
            reasons = f"list\t{REASON}\n" * 2 if broken else None
            self.truths[code].append(("counted", figures, *words, reasons))
            del self.typed[code]

    @rule(code=codes)
    def rule_about(self, code: str) -> None:
        """Annul what is counted, reinstate what is annulled."""
        status, figures, _reason, _decision, reasons = self.truths[code][-1]
        if status == "not counted" or code in self.typed:
            return
        back = status == "annulled"
        do = correction.reinstate if back else correction.annul
        words = ("The court says so.", "8-A") if back else ("A box was open.", "4-A")

        def act() -> None:
            protocol = Protocol.objects.get(
                station__code=code, status="annulled" if back else "accepted"
            )
            do(
                protocol=protocol, reason=words[0], decision=words[1], by=self.world.mariam,
                at=NOW,
            )  # fmt: skip

        if self.go_on("reinstate" if back else "annul", act):
            now = "counted" if back else "annulled"
            self.truths[code].append((now, figures, *words, reasons))

    @precondition(lambda self: SealQueue.objects.exists())
    @rule()
    def seal(self) -> None:
        self.go_on("seal", lambda: sealing.seal_waiting(at=NOW))

    @rule(code=codes, votes=votes, kind=kinds)
    def count(self, code: str, votes: tuple[int, int, int], kind: str) -> None:
        self.type_in(code, votes, kind)
        self.accept(code)

    @property
    def has_news(self) -> bool:
        return bool(self.lies) or any(
            truths[-1] != self.signed.get(code) for code, truths in self.truths.items()
        )

    @precondition(lambda self: self.has_news)
    @rule()
    def publish(self) -> None:
        number: list[int] = []
        if self.go_on("publish", lambda: number.append(self.world.publication().number)):
            self.check_what_was_signed(number[0])

    def check_what_was_signed(self, number: int) -> None:
        """Every row and form that publication ``number`` wrote is true."""
        rows = PublishedFigures.objects.filter(published_in=number).select_related("station")
        for row in rows.exclude(station=None):
            code = row.station.code
            figures = None if row.figures is None else tuple(row.figures)
            said = (row.status, figures, row.reason, row.decision, row.reasons)
            assert said in self.truths[code], (code, said, self.truths[code], self.told)
            assert row.registered == self.registered[code], (code, row.registered, self.told)
            self.signed[code] = said
        standing = PublishedFigures.objects.filter(superseded_in=None, contest=self.world.contest)
        for row in standing.exclude(area=None).select_related("area"):
            below = [self.signed[code] for code in AREAS[row.area.code]]
            counted = [figures for status, figures, *_ in below if status == "counted"]
            expected = sum_figures(counted, 6) if counted else None
            if row.figures != expected:
                self.false_totals.add((row.area.code, number))
        self.every_false_total_is_named()
        forms = PublishedForm.objects.filter(contest=self.world.contest).values_list(
            "body", "published_in"
        )
        if number > 1:
            assert all(first != number for _body, first in forms), ("form", self.told)

    def every_false_total_is_named(self) -> None:
        """Totals are sums of rows that were signed before, which the owner may have altered."""
        if self.false_totals:
            assert self.findings(), f"nobody names it: {self.false_totals}"

    # The owner

    @property
    def told(self) -> list[str]:
        return [lie.name for lie in self.lies]

    def findings(self) -> list[str]:
        return list(audit().examine())

    @rule(name=st.sampled_from(COLUMNS), which=whichever)
    def alter(self, name: str, which: int) -> None:
        self.tell(name, which)

    @rule(name=st.sampled_from(sorted(LIES.keys() - set(COLUMNS))), which=whichever)
    def remove_or_rewrite(self, name: str, which: int) -> None:
        self.tell(name, which)

    def tell(self, name: str, which: int) -> None:
        clean = not self.lies and not (self.scarred and self.findings())
        try:
            with transaction.atomic():
                lie = LIES[name](which)
        except DatabaseError:
            self.refused[name] += 1
            return
        if lie is None:
            return
        self.done[name] += 1
        self.lies.append(lie)
        if clean and not self.is_in_time(lie):
            assert self.findings(), f"nobody names it: {name}"

    def is_in_time(self, lie: Lie) -> bool:
        """A row of a queue that says nothing: what it stands for is out already, or is no news."""
        return lie.name == "publicationqueue removed"

    @precondition(lambda self: self.lies)
    @rule(last=st.booleans())
    def put_back(self, last: bool) -> None:
        lie = self.lies.pop(-1 if last else 0)
        try:
            with transaction.atomic():
                lie.put_back()
        except DatabaseError:  # others wrote meanwhile what it would repeat
            self.refused["put back"] += 1
            return
        self.done["put back"] += 1
        self.every_false_total_is_named()
        if not self.lies and not self.scarred:
            found = self.findings()
            assert not found, f"a false alarm after {lie.name}: {found}"
