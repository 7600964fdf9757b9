import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from candidates.models import Contest
from tabulation.benchmarking import AtMost, Ratio, in_turns, make_nation
from tabulation.importing import load_election, load_protocols
from tabulation.management.commands._benchmark_accept import measure_accept, stations_needed
from tabulation.management.commands._benchmark_pages import measure_pages
from tabulation.management.commands._benchmark_publish import measure_publish
from tabulation.management.commands._command import DatabaseCommand
from tabulation.models import Protocol
from tabulation.publication import publish

#: What the load of protocols must reach: of a bare COPY, and against the ORM's bulk_create.
OF_COPY = 0.04
OF_BULK_CREATE = 4.0


class Command(DatabaseCommand):
    help = (
        "Measure speed as ratios, in a scratch database that is dropped at the end. load: protocols"
        " with every check, against a COPY of the same bytes into a temporary table and against"
        " bulk_create. accept: protocols by 16 writers at once, against 4 and against the same"
        " without hashing. pages: pages a second by nginx before gunicorn, against nginx from the"
        " disk, and by gunicorn alone, against a bare application; needs Debian's nginx and wrk."
        " Exit status 1 when a bound is not met."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["load", "accept", "publish", "pages"])
        parser.add_argument("--stations", type=int, default=100_000)
        parser.add_argument("--candidates", type=int, default=8)
        parser.add_argument("--repeat", type=int, default=5)
        parser.add_argument(
            "--folder", type=Path, help="measure this election folder, not a synthetic nation"
        )

    def handle(
        self,
        *,
        what: str,
        stations: int,
        candidates: int,
        repeat: int,
        folder: Path | None,
        **options: Any,
    ) -> None:
        if repeat < 1 or stations < 1 or candidates < 1:
            raise CommandError("--repeat, --stations and --candidates are 1 or more.")
        if folder is not None and not (folder / "protocols.csv").is_file():
            raise CommandError(f"{folder} has no protocols.csv: unpack it there first.")
        if what == "accept":
            stations, folder = stations_needed(repeat), None
        with tempfile.TemporaryDirectory() as scratch, scratch_database():
            if folder is None:
                folder = Path(scratch) / "nation"
                self.stdout.write(
                    f"Making a nation of {stations} stations x {candidates} candidates"
                )
                make_nation(folder, stations=stations, candidates=candidates)
            load_election(folder, by=None, at=timezone.now())
            contest = Contest.objects.select_related("election").get()
            ratios: Sequence[Ratio | AtMost]
            if what == "accept":
                ratios, kept = measure_accept(contest, repeat), "Everything is committed."
            elif what == "publish":
                load_protocols(contest, folder / "protocols.csv", by=None, at=timezone.now())
                ratios, kept = measure_publish(contest, repeat)
            elif what == "pages":
                load_protocols(contest, folder / "protocols.csv", by=None, at=timezone.now())
                publish(election=contest.election, by=None, at=timezone.now())
                address = f"/en/{contest.election.slug}/president/area/R0/"
                ratios, kept = measure_pages(address, repeat, Path(scratch)), "One at a time."
            else:
                ratios = measure_load(contest, folder / "protocols.csv", repeat)
                kept = "Rolled back each time, after every constraint was checked."
        self._report(ratios, repeat, kept)

    def _report(self, ratios: Sequence[Ratio | AtMost], repeat: int, kept: str) -> None:
        self.stdout.write(
            f"Each once to warm up, then in turns, {repeat} times. {kept} Ratios are pair by pair."
        )
        pairs = [ratio for ratio in ratios if isinstance(ratio, Ratio)]
        timings = dict.fromkeys(t for ratio in pairs for t in (ratio.of, ratio.against))
        for line in (*timings, *ratios):
            self.stdout.write(f"  {line}")
        if not all(ratio.met for ratio in ratios):
            raise CommandError("A bound is not met.")


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


def rolled_back(work: Callable[[], Any]) -> Callable[[], None]:
    """``work`` in a transaction that is undone once every deferred constraint has been checked."""

    def run() -> None:
        with transaction.atomic():
            work()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)

    return run


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
    made = Protocol.objects.bulk_create(
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
    return len(made)
