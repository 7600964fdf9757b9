"""How many protocols a second are accepted: by few, by many, without hashes, while publishing.

Writers are threads of a few processes, each with a connection of its own: as the web server's are.
"""

import multiprocessing
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from itertools import islice
from typing import Any
from unittest import mock

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils import timezone

from candidates.models import Contest
from tabulation.counting import verification
from tabulation.ledger.refusals import NothingToPublish
from tabulation.ledger.writing import publish
from tabulation.management.benchmarks.measuring import Ratio, in_turns
from tabulation.management.commands._demo_staff import let_stand
from tabulation.models import Event, Protocol, User, events

PROCESSES = 4
FEW, MANY = PROCESSES, 4 * PROCESSES
#: Accepts a second with 16 writers: of those with 4, and of the same acts without hashing.
OF_FEW = 0.9
OF_PLAIN = 0.6
#: With 16 writers while another process publishes without a pause, of those 16 alone. Nobody asked
#: for this bound but us: on two cores the publisher takes one.
OF_ALONE = 0.5
#: Protocols accepted in one measurement.
ROUND = 3_200
#: Accepted by each writer before the clock runs: a new connection knows no tables yet.
WARM_UP = 10


def stations_needed(repeat: int) -> int:
    """Each protocol is accepted once: four measurements a round, and one round to warm up."""
    return (ROUND * 4 + WARM_UP * (FEW + 3 * MANY)) * (repeat + 1)


def measure_accept(contest: Contest, repeat: int) -> tuple[list[Ratio], int]:
    """Ratios of accepting the same number of protocols, and how often was published meanwhile.

    Everything is committed.
    """
    supervisor = verified_everywhere(contest)
    waiting = Protocol.objects.filter(contest=contest, status="verified").order_by("pk")
    ready = iter(list(waiting.values_list("pk", flat=True)))
    publisher = Publisher(contest)

    def accepted(writers: int, around: AbstractContextManager[None]) -> float:
        part = list(islice(ready, ROUND + WARM_UP * writers))
        with around:
            return accept_all(part, supervisor, writers)

    things = {
        f"{ROUND} accepted by {FEW} writers": lambda: accepted(FEW, nullcontext()),
        f"{ROUND} accepted by {MANY} writers": lambda: accepted(MANY, nullcontext()),
        f"{ROUND} accepted by {MANY} writers, events without hashes": (
            lambda: accepted(MANY, unhashed())
        ),
        f"{ROUND} accepted by {MANY} writers while publishing": (
            lambda: accepted(MANY, publisher.at_work())
        ),
    }
    few, many, plain, published = in_turns(repeat, **things).values()
    return [
        Ratio(f"accepts a second, {MANY} writers of {FEW}", many, few, OF_FEW),
        Ratio(
            f"accepts a second, {MANY} writers, of the same without hashing", many, plain, OF_PLAIN
        ),
        Ratio(
            f"accepts a second, {MANY} writers while publishing, of the same alone",
            published,
            many,
            OF_ALONE,
        ),
    ], publisher.published


class Publisher:
    """A process that publishes again and again without a pause, while others work."""

    def __init__(self, contest: Contest) -> None:
        self._election = contest.election
        #: Publications that were made while it was at work.
        self.published = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """It begins when everything that came before is published."""
        self._publish()
        connection.close()  # a connection must not be shared with a forked process
        fork = multiprocessing.get_context("fork")
        over, published = fork.Event(), fork.Value("i", 0)
        process = fork.Process(target=self._until, args=(over, published))
        process.start()
        try:
            yield
        finally:
            over.set()
            process.join()
        if process.exitcode != 0:
            raise RuntimeError("The publisher failed; see above.")
        self.published += published.value

    def _until(self, over: Any, published: Any) -> None:
        while not over.is_set():
            if self._publish():
                published.value += 1
            else:
                over.wait(0.01)
        connection.close()

    def _publish(self) -> bool:
        with suppress(NothingToPublish):
            publish(election=self._election, by=None, at=timezone.now())
            return True
        return False


def verified_everywhere(contest: Contest) -> User:
    """Where there is no protocol yet: typed by two clerks and verified, as the stages leave it.

    Returns who may accept them.
    """
    clerks = [person(f"benchmark-{i}", User.Role.CLERK) for i in (1, 2)]
    named: dict[str, Any] = {
        "contest": contest.pk,
        "at": timezone.now(),
        "first": clerks[0].pk,
        "second": clerks[1].pk,
        "figures": _figures(contest),
    }
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, named)
    _say_who_typed(contest, clerks, named["at"])
    return person("benchmark-supervisor", User.Role.SUPERVISOR)


def _say_who_typed(contest: Contest, clerks: Sequence[User], at: datetime) -> None:
    """The events of the entries, which a publication compares the figures with."""
    details = {"figures": _figures(contest), "attempt": 1}
    waiting = Protocol.objects.filter(contest=contest, status="verified")
    for protocols in batched(waiting.select_related("station", "contest__election").iterator()):
        typed = []
        for protocol in protocols:
            previous = b""
            for slot, clerk in enumerate(clerks, start=1):
                event = Event(
                    election=contest.election, subject=protocol.subject, number=slot,
                    act="entry submitted", by=clerk, by_name=clerk.username, at=at,
                    after={**details, "slot": slot}, previous=previous,
                )  # fmt: skip
                event.hash = previous = event.digest()
                typed.append(event)
        Event.objects.bulk_create(typed)


def batched(rows: Iterator[Protocol], size: int = 1_000) -> Iterator[list[Protocol]]:
    """Lists of at most ``size`` of the ``rows``."""
    while batch := list(islice(rows, size)):
        yield batch


def person(name: str, role: str) -> User:
    """Somebody nobody has to confirm, who cannot sign in."""
    user = User(username=name, role=role, password=make_password(None))
    return let_stand(user, timezone.now())


def _figures(contest: Contest) -> list[int]:
    """100 votes each, and no check of the synthetic nation is broken."""
    box = 100 * contest.candidates.count()
    return [box, box, 0, box, box, 0] + [100] * contest.candidates.count()


#: Events of each protocol before it is accepted.
ENTRIES = 2
FILL = (
    """INSERT INTO tabulation_protocol
         (contest_id, station_id, version, status, origin, received_at, reason, decision)
       SELECT contest_id, station_id, 1, 'received', 'typed', %(at)s, '', ''
       FROM tabulation_conteststation s WHERE contest_id = %(contest)s AND NOT EXISTS (
         SELECT FROM tabulation_protocol p
         WHERE p.contest_id = s.contest_id AND p.station_id = s.station_id)""",
    """INSERT INTO tabulation_seat (protocol_id, slot, person_id, taken_at)
       SELECT p.id, s.slot, s.person, %(at)s FROM tabulation_protocol p
       CROSS JOIN (VALUES (1, %(first)s), (2, %(second)s)) AS s(slot, person)
       WHERE p.contest_id = %(contest)s AND p.status = 'received'""",
    """INSERT INTO tabulation_entry (seat_id, attempt, figures, typed_at)
       SELECT s.id, 1, %(figures)s, %(at)s FROM tabulation_seat s
       JOIN tabulation_protocol p ON p.id = s.protocol_id
       WHERE p.contest_id = %(contest)s AND p.status = 'received'""",
    # The rules that the updates start are planned for the rows that are there now.
    "ANALYZE",
    """UPDATE tabulation_protocol SET status = 'entered'
       WHERE contest_id = %(contest)s AND status = 'received'""",
    """UPDATE tabulation_protocol SET status = 'verified'
       WHERE contest_id = %(contest)s AND status = 'entered'""",
    "ANALYZE",
)


def accept_all(protocols: Sequence[int], by: User, writers: int) -> float:
    """Seconds until ``writers`` threads have accepted all but their first `WARM_UP`."""
    connection.close()  # a connection must not be shared with a forked process
    fork = multiprocessing.get_context("fork")
    begin = fork.Barrier(writers + 1)
    parts = [protocols[i::writers] for i in range(writers)]
    workers = [
        fork.Process(target=_process, args=(parts[i::PROCESSES], by, begin))
        for i in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    begin.wait(60)
    start = time.perf_counter()
    for worker in workers:
        worker.join()
    taken = time.perf_counter() - start
    accepted = Protocol.objects.filter(pk__in=protocols, status="accepted").count()
    if accepted != len(protocols):
        raise RuntimeError(f"{accepted} of {len(protocols)} were accepted; see above.")
    return taken


def _process(parts: Sequence[Sequence[int]], by: User, begin: Any) -> None:
    threads = [threading.Thread(target=_accept, args=(part, by, begin)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _accept(protocols: Sequence[int], by: User, begin: Any) -> None:
    try:
        for number, pk in enumerate(protocols):
            if number == WARM_UP:
                begin.wait(60)
            verification.accept(protocol=Protocol(pk=pk), by=by, at=timezone.now())
    except BaseException:
        begin.abort()
        raise
    finally:
        connection.close()


@contextmanager
def unhashed() -> Iterator[None]:
    """The baseline: events are written without looking up the chain, without hash and its check."""
    _chain_is_checked(False)
    with (
        mock.patch.object(events, "_last_of", lambda _subject: (ENTRIES, bytes(32))),
        mock.patch.object(Event, "digest", lambda _event: bytes(32)),
    ):
        yield
    _chain_is_checked(True)


def _chain_is_checked(checked: bool) -> None:
    with connection.as_owner(), connection.cursor() as cursor:  # type: ignore[attr-defined]  # of our backend (database/base.py)
        state = "ENABLE" if checked else "DISABLE"
        cursor.execute(f"ALTER TABLE tabulation_event {state} TRIGGER events_in_a_row")
