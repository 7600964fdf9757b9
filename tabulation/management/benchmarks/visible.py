"""How long after its acceptance a protocol stands on the country's page, without a person.

Everything runs as docs/deploy.md has it, each a process of its own: gunicorn, `follow_ledger`,
the publisher, and nginx before them where there is one. Protocols are accepted here at random
moments; who looks asks over HTTP and sees only what the public sees.
"""

import csv
import gzip
import http.client
import json
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone

from candidates.models import Contest
from tabulation.counting.verification import accept
from tabulation.importing.protocols import load_protocols
from tabulation.ledger.autopublishing import allow_period
from tabulation.ledger.writing import publish
from tabulation.management.benchmarks.accept import person, verified_everywhere
from tabulation.management.benchmarks.deployment import (
    MANAGE,
    environment_of,
    gunicorn,
    manage,
    process,
)
from tabulation.management.benchmarks.measuring import AtMost, Sight, Waits, seen_from
from tabulation.management.commands._command import handling, interrupt
from tabulation.management.commands._nginx import NGINX, free_port, nginx
from tabulation.management.commands._output import write_table
from tabulation.models import Protocol, User

#: Seconds of `publisher --every`.
INTERVAL = 2
#: Seconds beyond the interval: at gunicorn, and in a browser that polls.
AT_ORIGIN, IN_BROWSER = 2.0, 5.0
#: Stations whose protocol waits to be accepted, at most a tenth; how many are accepted.
WAITING, ACCEPTANCES = 3_000, 40
#: Seconds between two acceptances: on average, and at most. Each moment is as likely as the next.
PAUSE, LONGEST_PAUSE = 3.0, 10.0
#: Seconds between two looks at gunicorn: a moment seen is late by so much at most.
LOOK_EVERY = 0.05
#: Browsers that have the page open, and the seconds between two of their looks (latest.js).
BROWSERS, JITTER = 8, (1.0, 2.5)
#: Seconds after which an acceptance that nobody sees is a failure.
PATIENCE = 60

MEANT = (
    "{acceptances} protocols accepted at random moments, with publisher --every {interval}."
    " Counted from the acceptance's commit. At gunicorn: until latest.json names a publication that"
    " contains it and the country's page shows its number of stations, and no older answer comes"
    " any more (asked every {look} s). In a browser, {browsers} of them, each asking latest.json"
    " every {jitter[0]} to {jitter[1]} s as latest.js does: until the newer page has arrived,"
    " through {way}. What counts is the whole time less the interval."
)


class Viewer:
    """Looks at the country's page at one port, and keeps what was seen when."""

    def __init__(self, port: int, slug: str) -> None:
        self._port = port
        self._latest = reverse("latest", args=[slug])
        self._page = reverse("election", args=["en", slug])
        self.sights: list[Sight] = []
        #: Requests that were not answered, or not with 200.
        self.failed = 0

    def poll(self, over: threading.Event) -> None:
        """Both documents all the time, over new connections: every worker's answer is seen."""
        known: dict[int, int] = {}
        while not over.wait(LOOK_EVERY):
            with self._forgiven():
                newest = self._newest()
                number, counted = self._shown()
                known[number] = counted
                # A page that latest.json does not name yet is no news to anybody.
                told = counted if number <= newest else known.get(newest, 0)
                self.sights.append(Sight(time.monotonic(), told))

    def browse(self, over: threading.Event, random: Random) -> None:
        """As static/js/latest.js does, with the page open; nothing is kept between two answers."""
        shown = newest = 0
        while not over.wait(random.uniform(*JITTER)):
            with self._forgiven():
                newest = self._newest()
                if newest <= shown:
                    continue
                number, counted = self._shown()
                if number >= newest:
                    shown = number
                    self.sights.append(Sight(time.monotonic(), counted))

    def has_seen(self, counted: int) -> bool:
        return seen_from(self.sights, counted) is not None

    @contextmanager
    def _forgiven(self) -> Iterator[None]:
        try:
            yield
        except (OSError, http.client.HTTPException):
            self.failed += 1

    def _newest(self) -> int:
        return int(json.loads(self._get(self._latest))["publication"])

    def _shown(self) -> tuple[int, int]:
        return read_page(self._get(self._page))

    def _get(self, address: str) -> str:
        asked = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            asked.request("GET", address, headers={"Accept-Encoding": "gzip"})
            answer = asked.getresponse()
            body = answer.read()
        finally:
            asked.close()
        if answer.status != 200:
            raise http.client.HTTPException(f"{address}: {answer.status}")
        gzipped = answer.headers["Content-Encoding"] == "gzip"
        return (gzip.decompress(body) if gzipped else body).decode()


def read_page(page: str) -> tuple[int, int]:
    """The publication that a country's page shows, and how many stations it has counted."""
    number = re.search(r'<main[^>]* data-publication="(\d+)"', page)
    counted = re.search(r"<strong>([^<]*\d[^<]*)</strong>\s+of [^<]* polling stations", page)
    if number is None or counted is None:
        raise CommandError("The country's page does not say its publication or its stations.")
    return int(number[1]), int(re.sub(r"\D", "", counted[1]))


def measure_visible(
    contest: Contest, protocols: Path, scratch: Path, say: Callable[[str], object]
) -> tuple[list[Waits | AtMost], str]:
    """How long acceptances take to be seen, and how that is counted. Some five minutes."""
    say("Loading all but those that wait, and publishing")
    _load_all_but(contest, protocols, scratch, WAITING)
    supervisor = verified_everywhere(contest)
    publish(election=contest.election, by=None, at=timezone.now())
    _allow(contest)
    with _installation(scratch, say) as (origin, front):
        slug = contest.election.slug
        viewers = [Viewer(origin, slug), *(Viewer(front, slug) for _ in range(BROWSERS))]
        say(f"Accepting {ACCEPTANCES} protocols")
        with _looking(viewers):
            accepted = _accept_some(contest, supervisor, viewers)
    waited = [waits(viewer.sights, accepted) for viewer in viewers]
    way = "nginx with docs/nginx.conf" if NGINX else "no nginx, there is none here: from gunicorn"
    return [
        Waits("visible at gunicorn", waited[0], INTERVAL, AT_ORIGIN),
        Waits("visible in a browser", sum(waited[1:], ()), INTERVAL, IN_BROWSER),
        AtMost("failed requests", "", (sum(viewer.failed for viewer in viewers),), 0),
    ], MEANT.format(
        acceptances=ACCEPTANCES,
        interval=INTERVAL,
        look=LOOK_EVERY,
        browsers=BROWSERS,
        jitter=JITTER,
        way=way,
    )


def waits(sights: Sequence[Sight], accepted: Sequence[Sight]) -> tuple[float, ...]:
    """Seconds from each acceptance until what it made of the count was seen for good.

    Raises CommandError when one was never seen.
    """
    moments = [seen_from(sights, one.counted) for one in accepted]
    if None in moments:
        raise CommandError("An acceptance was never seen.")
    return tuple(
        moment - one.at for moment, one in zip(moments, accepted, strict=True) if moment is not None
    )


def _load_all_but(contest: Contest, protocols: Path, scratch: Path, waiting: int) -> None:
    """Every station's protocol is loaded but those of ``waiting``, spread over the country."""
    with protocols.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    every = max(10, len(rows) // waiting)
    part = scratch / "counted.csv"
    write_table(part, header, (row for number, row in enumerate(rows) if number % every))
    load_protocols(contest, part, by=None, at=timezone.now())


def _allow(contest: Contest) -> None:
    """The commission's decision, without which nothing is published by itself."""
    now = timezone.now()
    allow_period(
        election=contest.election,
        decision="benchmark",
        from_at=now - timedelta(minutes=1),
        until_at=now + timedelta(hours=3),
        by=person("benchmark-member", User.Role.MEMBER),
        at=now,
    )


def _accept_some(contest: Contest, by: User, viewers: Sequence[Viewer]) -> list[Sight]:
    """When each was accepted, and how many stations were counted with it.

    The first is not told: with it everything has been asked for once.
    """
    random = Random(1)  # noqa: S311  # a benchmark, not a secret
    counted = contest.protocols.filter(status="accepted").count()
    waiting = Protocol.objects.filter(contest=contest, status="verified").order_by("station_id")
    ready = list(waiting.values_list("pk", flat=True))
    if len(ready) <= ACCEPTANCES + 1:
        raise CommandError(f"Too few stations: {len(ready)} wait, {ACCEPTANCES + 2} are needed.")
    accepted: list[Sight] = []
    for pk in random.sample(ready, ACCEPTANCES + 1):
        accept(protocol=Protocol(pk=pk), by=by, at=timezone.now())
        accepted.append(Sight(time.monotonic(), counted + len(accepted) + 1))
        if len(accepted) == 1:
            _wait_until_seen(viewers, accepted[0].counted)
        time.sleep(min(random.expovariate(1 / PAUSE), LONGEST_PAUSE))
    _wait_until_seen(viewers, accepted[-1].counted)
    return accepted[1:]


def _wait_until_seen(viewers: Sequence[Viewer], counted: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not all(viewer.has_seen(counted) for viewer in viewers):
        if time.monotonic() > deadline:
            raise CommandError(f"After {PATIENCE} s an acceptance is not seen everywhere.")
        time.sleep(0.1)


@contextmanager
def _looking(viewers: Sequence[Viewer]) -> Iterator[None]:
    """The first polls gunicorn, the others are browsers; all end with the block."""
    over = threading.Event()
    origin, *browsers = viewers
    threads = [threading.Thread(target=origin.poll, args=(over,))]
    for seed, browser in enumerate(browsers):
        random = Random(seed)  # noqa: S311  # a benchmark, not a secret
        threads.append(threading.Thread(target=browser.browse, args=(over, random)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


@contextmanager
def _installation(scratch: Path, say: Callable[[str], object]) -> Iterator[tuple[int, int]]:
    """Everything of docs/deploy.md on the scratch database: the ports of gunicorn and of nginx.

    Without nginx both are gunicorn's.
    """
    environment = environment_of(scratch)
    origin, front = free_port(), free_port()
    # SIGTERM and a closed terminal end this process as Ctrl-C does.
    with handling((signal.SIGTERM, signal.SIGHUP), interrupt), ExitStack() as stack:
        manage(environment, "collectstatic", "--no-input")
        say("Making the mirror")
        manage(environment, "follow_ledger", "--once")
        stack.enter_context(gunicorn(environment, origin))
        if NGINX:
            static = scratch / "static"
            mirror = scratch / "mirror"
            front_end = nginx(scratch, port=front, upstream=origin, static=static, mirror=mirror)
            stack.enter_context(front_end)
        stack.enter_context(process(environment, *MANAGE, "follow_ledger"))
        publisher = (*MANAGE, "publisher", "--every", str(INTERVAL))
        stack.enter_context(process(environment, *publisher))
        yield origin, front if NGINX else origin
