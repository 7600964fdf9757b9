import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from psycopg import sql

from candidates.models import Contest
from tabulation.database.statements import run
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.ledger.writing import publish
from tabulation.management.benchmarks.accept import measure_accept, stations_needed
from tabulation.management.benchmarks.measuring import (
    AtMost,
    Ratio,
    Waits,
    in_turns,
    make_nation,
    timed,
)
from tabulation.management.benchmarks.pages import measure_pages
from tabulation.management.benchmarks.publish import measure_publish
from tabulation.management.benchmarks.visible import measure_visible
from tabulation.management.commands._command import DatabaseCommand
from tabulation.models import Protocol

#: What the load of protocols must reach: of a bare COPY, and against the ORM's bulk_create.
OF_COPY = 0.04
OF_BULK_CREATE = 4.0

#: Stations whose pages are asked for in turn: more than a cache keeps for a second.
COLD = 2_000
#: Candidates unless told: what the bounds are set for.
CANDIDATES = {"load": 8, "accept": 8, "publish": 8, "pages": 8, "visible": 10}
#: Options that are numbers from 1.
SIZES = ("repeat", "stations", "candidates")
IN_TURNS = "Each once to warm up, then in turns, {} times. {} Ratios are pair by pair."

#: The options that mean nothing for a measurement, and are refused.
MEANINGLESS = {"accept": ("stations", "folder"), "visible": ("folder", "repeat")}

Verdicts = Sequence[Ratio | AtMost | Waits]


@dataclass(frozen=True)
class Task:
    """What there is to measure on: a loaded contest without protocols, and its protocols' file."""

    contest: Contest
    protocols: Path
    repeat: int
    scratch: Path
    say: Callable[[str], object]

    def load(self) -> None:
        load_protocols(self.contest, self.protocols, by=None, at=timezone.now())


class Command(DatabaseCommand):
    publishes = True
    help = (
        "Measure speed, in a scratch database that is dropped at the end, as ratios where there is"
        " a baseline. load: protocols with every check, against a COPY of the same bytes into a"
        " temporary table and against bulk_create. accept: protocols by 16 writers at once, against"
        " 4, against the same without hashing, and while another process publishes against the same"
        " alone. publish: sums and publications, whole and after a few changes, against the barest"
        " statements. pages: pages a second by nginx from the mirror, against nginx from the disk,"
        " and of those not in the mirror, against gunicorn alone; needs nginx and wrk. visible:"
        " seconds from a protocol's acceptance until it stands on the country's page, at gunicorn"
        " and in browsers that poll, with the publisher at work; some five minutes. Exit status 1"
        " when a bound is not met."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=sorted(MEASURES))
        parser.add_argument(
            "--stations", type=int, help="100,000 unless told; not for accept, not with --folder"
        )
        parser.add_argument(
            "--candidates", type=int, help="8 unless told, and 10 for visible; not with --folder"
        )
        parser.add_argument("--repeat", type=int, help="5 times unless told; not for visible")
        parser.add_argument(
            "--folder",
            type=Path,
            help="measure this election folder, not a synthetic nation; not for accept and visible",
        )

    def handle(self, *, what: str, repeat: int | None, folder: Path | None, **options: Any) -> None:
        _refuse({"repeat": repeat, "folder": folder, **options}, what)
        repeat = repeat or 5
        with tempfile.TemporaryDirectory() as scratch, scratch_database():
            if folder is None:
                folder = Path(scratch) / "nation"
                stations = options["stations"] or 100_000
                if what == "accept":
                    stations = stations_needed(repeat)
                candidates = options["candidates"] or CANDIDATES[what]
                self.say(f"Making a nation of {stations} stations x {candidates} candidates")
                make_nation(folder, stations=stations, candidates=candidates)
            load_election(folder, by=None, at=timezone.now())
            contest = Contest.objects.select_related("election").get()
            task = Task(contest, folder / "protocols.csv", repeat, Path(scratch), self.say)
            verdicts, summary = MEASURES[what](task)
        self._report(verdicts, summary)

    def _report(self, verdicts: Verdicts, summary: str) -> None:
        self.say(summary)
        pairs = [verdict for verdict in verdicts if isinstance(verdict, Ratio)]
        timings = dict.fromkeys(t for ratio in pairs for t in (ratio.of, ratio.against))
        for line in (*timings, *verdicts):
            self.say(f"  {line}")
        if not all(verdict.met for verdict in verdicts):
            raise CommandError("A bound is not met.")


def _refuse(options: dict[str, Any], what: str) -> None:
    """Raises CommandError for what cannot be measured, and for an option that would do nothing."""
    for name in MEANINGLESS.get(what, ()):
        if options[name] is not None:
            raise CommandError(f"--{name} means nothing for benchmark {what}: leave it out.")
    if any(options[name] is not None and options[name] < 1 for name in SIZES):
        raise CommandError("--repeat, --stations and --candidates are 1 or more.")
    folder = options["folder"]
    if folder is None:
        return
    if options["stations"] or options["candidates"]:
        raise CommandError("--folder has its own stations and candidates: leave those out.")
    if not (folder / "protocols.csv").is_file():
        raise CommandError(f"{folder} has no protocols.csv: unpack it there first.")


def _load(task: Task) -> tuple[Verdicts, str]:
    kept = "Rolled back each time, after every constraint was checked."
    verdicts = measure_load(task.contest, task.protocols, task.repeat)
    return verdicts, IN_TURNS.format(task.repeat, kept)


def _accept(task: Task) -> tuple[Verdicts, str]:
    verdicts, published = measure_accept(task.contest, task.repeat)
    kept = f"Everything is committed. {published} publications were made while publishing."
    return verdicts, IN_TURNS.format(task.repeat, kept)


def _publish(task: Task) -> tuple[Verdicts, str]:
    task.load()
    verdicts, memory = measure_publish(task.contest, task.repeat)
    return verdicts, IN_TURNS.format(task.repeat, memory)


def _pages(task: Task) -> tuple[Verdicts, str]:
    task.load()
    publish(election=task.contest.election, by=None, at=timezone.now())
    address = reverse("election", args=["en", task.contest.election.slug])
    stations = task.contest.stations.order_by("station__code").values_list("station__code")
    cold = [
        reverse("station", args=["en", task.contest.election.slug, task.contest.code, code])
        for (code,) in stations[:COLD]
    ]
    verdicts = measure_pages(address, cold, task.repeat, task.scratch)
    return verdicts, IN_TURNS.format(task.repeat, "One at a time.")


def _visible(task: Task) -> tuple[Verdicts, str]:
    return measure_visible(task.contest, task.protocols, task.scratch, task.say)


MEASURES = {
    "load": _load,
    "accept": _accept,
    "publish": _publish,
    "pages": _pages,
    "visible": _visible,
}


@contextmanager
def scratch_database() -> Iterator[None]:
    """A database of our own, migrated; dropped at the end, whatever happens."""
    name = f"benchmark_{os.getpid()}"
    connection.settings_dict["TEST"]["NAME"] = name
    old = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(old, verbosity=0)


def measure_load(contest: Contest, path: Path, repeat: int) -> list[Ratio]:
    """Ratios of loading ``path`` with every check; the bytes are read once before, for all."""
    ready = path.read_bytes()
    timings = in_turns(
        repeat,
        copy=rolled_back(lambda: copy(ready)),
        load=rolled_back(lambda: load_protocols(contest, path, by=None, at=timezone.now())),
        bulk_create=rolled_back(lambda: bulk_create(contest, ready)),
    )
    return [
        Ratio("load of a bare COPY", timings["load"], timings["copy"], OF_COPY),
        Ratio("load against bulk_create", timings["load"], timings["bulk_create"], OF_BULK_CREATE),
    ]


def rolled_back(work: Callable[[], Any]) -> Callable[[], float]:
    """The seconds of ``work`` in a transaction that is undone once every deferred constraint has
    been checked.
    """

    def undone() -> None:
        with transaction.atomic():
            work()
            run("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)

    return lambda: timed(undone)


def copy(ready: bytes) -> int:
    """The bytes as they are into a temporary table of typed columns; counted, so not lazy."""
    station, *figures = next(csv.reader(io.StringIO(ready[: ready.index(b"\n")].decode())))
    columns = [sql.SQL("{} text").format(sql.Identifier(station))]
    columns += [sql.SQL("{} integer").format(sql.Identifier(figure)) for figure in figures]
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE bare ({})").format(sql.SQL(", ").join(columns))
        )
        with cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as stream:
            stream.write(ready)
        cursor.execute("SELECT count(*) FROM bare")
        return int(cursor.fetchone()[0])


def bulk_create(contest: Contest, ready: bytes) -> int:
    """What one would write with the ORM: rows into objects, objects into the same table.

    No check of its own; the database's triggers on that table fire for it as for the load.
    """
    stations = dict(contest.stations.values_list("station__code", "station_id"))
    rows = csv.reader(io.StringIO(ready.decode()))
    next(rows)
    at = timezone.now()
    protocols = Protocol.objects.bulk_create(
        (
            Protocol(
                contest=contest,
                station_id=stations[code],
                status=Protocol.Status.ACCEPTED,
                origin=Protocol.Origin.IMPORTED,
                figures=[int(figure) if figure else None for figure in figures],
                received_at=at,
                accepted_at=at,
            )
            for code, *figures in rows
        ),
        batch_size=5000,
    )
    return len(protocols)
