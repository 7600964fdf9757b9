"""The night itself: many clerks, two supervisors and a publisher at once, a connection each."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from django.db.models import Count
from django.utils import timezone

from tabulation.counting import entry, intake, verification
from tabulation.ledger import signing
from tabulation.ledger.auditing import Audit
from tabulation.ledger.reading import latest, unit_of_head
from tabulation.ledger.refusals import NothingToPublish
from tabulation.ledger.sealing import seal
from tabulation.ledger.writing import publish
from tabulation.models import (
    ContestStation,
    Draft,
    Entry,
    EntryReturn,
    PollingStation,
    Protocol,
    ProtocolRefused,
    Seat,
    User,
)
from tabulation.tests.support.tags import slow
from tabulation.tests.support.threads import together
from tabulation.tests.support.world import NOW, SOUTH, CommittedTestCase, World, enrolled

CLERKS, PROTOCOLS = 20, 50
OTHER = (200, 150, 5, 99, 41, 5)


@slow
class NightTests(CommittedTestCase):
    def setUp(self) -> None:
        self.world = World()
        self.clerks = [enrolled(f"clerk-{i}", User.Role.CLERK) for i in range(CLERKS)]
        self.sergey = enrolled("sergey", User.Role.SUPERVISOR)
        stations = [self.world.station(f"3/{i:02}", self.world.south) for i in range(PROTOCOLS)]
        ContestStation.objects.bulk_create(
            ContestStation(contest=self.world.contest, station=s, registered=300) for s in stations
        )
        self.stations = stations

    def receive_all(self) -> None:
        for station in self.stations:
            self.world.received(station)

    def work_of(self, clerk: User, read: Callable[[PollingStation], Sequence[int | None]]) -> Any:
        """What one clerk does until nothing waits any more: claim, save, finish."""

        def work() -> None:
            while True:
                try:
                    seat = entry.next_seat(contest=self.world.contest, by=clerk, at=NOW)
                except entry.EntryRefused as refused:
                    self.assertIn("No protocol is waiting for you now.", str(refused))
                    return
                figures = read(seat.protocol.station)
                draft = getattr(seat, "draft", None)
                known = draft.revision if draft else 0
                draft = entry.save_draft(
                    seat=seat, figures=figures, revision=known, by=clerk, at=NOW
                )
                entry.submit(
                    seat=seat,
                    figures=figures,
                    by=clerk,
                    at=NOW,
                    revision=draft.revision,
                    then=verification.compare_if_complete,
                )

        return work

    def test_twenty_clerks_at_the_same_fifty_protocols(self) -> None:
        self.receive_all()
        raised = together(*(self.work_of(clerk, lambda _station: SOUTH) for clerk in self.clerks))
        self.assertEqual(raised, [])
        statuses = Counter(Protocol.objects.values_list("status", flat=True))
        self.assertEqual(statuses, {"verified": PROTOCOLS})
        self.assertEqual(Seat.objects.count(), 2 * PROTOCOLS)
        self.assertEqual(Entry.objects.count(), 2 * PROTOCOLS)
        self.assertEqual(Draft.objects.count(), 0)
        people = Protocol.objects.annotate(people=Count("seats__person", distinct=True))
        self.assertEqual(set(people.values_list("people", flat=True)), {2})

    def test_two_papers_logged_by_many_at_once_are_logged_once(self) -> None:
        station = self.stations[0]

        def log() -> None:
            try:
                self.world.received(station)
            except intake.IntakeRefused as refused:
                self.assertIn("was received", str(refused))

        self.assertEqual(together(*([log] * 8)), [])
        self.assertEqual(Protocol.objects.filter(station=station).count(), 1)

    @slow
    def test_supervisors_resolve_while_clerks_type_and_results_are_published(self) -> None:
        self.receive_all()
        self.over = threading.Event()
        self.raised: list[BaseException] = []
        supervisors = [lambda by=by: self.resolve(by) for by in (self.world.sona, self.sergey)]
        self.raised += together(self.type_everything, *supervisors, self.publish_on)
        self.assertEqual(self.raised, [])
        self.assert_all_counted_once()

    def misreads(self, clerk: User) -> Callable[[PollingStation], Sequence[int | None]]:
        """One clerk in four reads wrong, until something comes back to them."""

        def read(station: PollingStation) -> Sequence[int | None]:
            again = EntryReturn.objects.filter(
                entry__seat__person=clerk, entry__seat__protocol__station=station
            )
            return OTHER if clerk in self.clerks[::4] and not again.exists() else SOUTH

        return read

    def type_everything(self) -> None:
        works = [self.work_of(clerk, self.misreads(clerk)) for clerk in self.clerks]
        for _round in range(20):
            self.raised += together(*works)
            if not Protocol.objects.exclude(status="accepted").exists():
                break
        self.over.set()

    def resolve(self, by: User) -> None:
        while not self.over.is_set():
            left = Protocol.objects.filter(status__in=("different", "verified"))
            for protocol in left[:20]:
                self.decide(protocol, by)

    def publish_on(self) -> None:
        while not self.over.wait(0.05):
            self.publish()

    def publish(self) -> None:
        with suppress(NothingToPublish):
            publish(election=self.world.election, by=self.world.mariam, at=timezone.now())

    def decide(self, protocol: Protocol, by: User) -> None:
        """As a supervisor with the paper does; what another was first at is refused, no more."""
        entries = verification.last_entries(protocol)
        right = [typed for typed in entries if typed.figures == list(SOUTH)]
        with suppress(ProtocolRefused):
            if len(right) == len(entries):
                verification.accept(protocol=protocol, by=by, at=NOW)
            elif right:
                verification.choose(entry=right[0], by=by, at=NOW)
            else:
                verification.return_entries(protocol=protocol, reason="?", by=by, at=NOW)

    def assert_all_counted_once(self) -> None:
        statuses = Counter(Protocol.objects.values_list("status", flat=True))
        self.assertEqual(statuses, {"accepted": PROTOCOLS})
        figures = {tuple(p.figures) for p in Protocol.objects.all()}
        self.assertEqual(figures, {SOUTH})
        self.publish()
        head = unit_of_head(latest(self.world.election), self.world.contest)
        self.assertEqual(head.figures, tuple(PROTOCOLS * figure for figure in SOUTH))
        seal(at=timezone.now())
        signer = signing.signer()
        self.assertEqual(list(Audit({signer.key_id: signer.public}).findings()), [])
