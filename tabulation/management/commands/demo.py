import random
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from candidates.models import Contest, Election
from tabulation.counting.intake import receive
from tabulation.importing.configuration import read_configuration
from tabulation.importing.election import load_election
from tabulation.importing.problems import ImportRefused, Problems
from tabulation.importing.protocols import load_protocols
from tabulation.importing.tables import find, rows_of
from tabulation.ledger.reading import latest
from tabulation.ledger.refusals import NothingToPublish
from tabulation.ledger.writing import Terms, publish
from tabulation.management.commands import _demo_staff
from tabulation.management.commands._command import DatabaseCommand, handling, interrupt
from tabulation.management.commands._nginx import end, wait_for
from tabulation.management.commands._output import write_table
from tabulation.management.commands._wiping import drop_database
from tabulation.public.mirror.binding import bind_files

ELECTIONS = settings.BASE_DIR / "elections"
DEFAULT = "nkr-2012"
#: The same stations come first in every demonstration.
SEED = 2012
FIRST_PART = 0.4
#: Papers that have come in at the rehearsal.
PAPERS = 40
#: Publications whose files are signed at a start: those of the demonstration are few.
MOST_LISTS = 10


class Command(DatabaseCommand):
    publishes = True
    refusals = (ImportRefused,)
    help = (
        "Show Hashvark on this machine: start the embedded PostgreSQL, load an election, publish"
        " part of the night and then the rest, and serve it on the loopback until Ctrl-C. A second"
        " run goes on where the first stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--election",
            default=DEFAULT,
            help="an election folder, or the name of one in elections/ (default: %(default)s)",
        )
        parser.add_argument(
            "--reset", action="store_true", help="throw the demonstration's data away first"
        )

    def handle(self, *, port: int, election: str, reset: bool, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "The demonstration has a PostgreSQL of its own. Unset DATABASE_URL to run it."
            )
        folder = _folder(election)
        _refuse_busy_port(port)
        signal.signal(signal.SIGTERM, interrupt)
        signal.signal(signal.SIGHUP, interrupt)  # the terminal was closed
        signal.signal(signal.SIGINT, interrupt)  # also where a script started us with it ignored
        try:
            self._prepare(folder, reset=reset)
            accounts = _demo_staff.make(settings.DATA_DIR / "demo-staff.json")
            connection.close()
            self._serve(port, accounts)
        except KeyboardInterrupt:
            self.stdout.write("\nStopped. The data stays: run the same command to go on.")

    def _prepare(self, folder: Path, *, reset: bool) -> None:
        if reset:
            self.stdout.write("Throwing the old data away")
            drop_database()
        self.stdout.write("Preparing the database")
        call_command("migrate", verbosity=0, interactive=False)
        election = self._load(folder)
        self._load_rehearsal(folder, election)
        for contest in election.contests.select_related("election"):
            self._count_part(folder, contest)
        if latest(election) is None:
            self._publish(election, "The first protocols of the night")
        for contest in election.contests.select_related("election"):
            self._count_rest(folder, contest)
        with suppress(NothingToPublish):
            self._publish(election, "All protocols that have come in")
        for number in bind_files(election, at=timezone.now(), most=MOST_LISTS):
            self.stdout.write(f"The files of publication {number} are signed")

    def _load(self, folder: Path) -> Election:
        spec = read_configuration(folder, problems := Problems())
        problems.stop_if_any()
        loaded = Election.objects.filter(slug=spec.election.slug).first() if spec else None
        if loaded is not None:
            return loaded
        self.stdout.write(f"Loading {folder.name}")
        with transaction.atomic():
            election = load_election(folder, by=None, at=timezone.now())
            # Checked before the election is kept, so that a bad file leaves nothing behind.
            for contest in election.contests.select_related("election"):
                if (path := _protocols(folder, contest)) is not None:
                    load_protocols(contest, path, by=None, at=timezone.now(), dry_run=True)
        return election

    def _load_rehearsal(self, folder: Path, election: Election) -> None:
        """The same election once more, where the first papers have come in and nobody has typed."""
        if Election.objects.filter(slug=f"{election.slug[:50]}-rehearsal").exists():
            return
        with transaction.atomic():
            rehearsal = load_election(folder, by=None, at=timezone.now(), rehearsal=True)
            for contest in rehearsal.contests.select_related("election"):
                places = contest.stations.select_related("station__area").order_by("station__code")
                for place in places[:PAPERS]:
                    receive(contest=contest, station=place.station, by=None, at=timezone.now())

    def _count_part(self, folder: Path, contest: Contest) -> None:
        path = _protocols(folder, contest)
        if path is None or contest.protocols.exists():
            return
        self.stdout.write("Counting part of the night")
        chosen = random.Random(SEED)  # noqa: S311  # a demonstration, not a secret
        with _selected(path, lambda _code: chosen.random() < FIRST_PART) as part:
            load_protocols(contest, part, by=None, at=timezone.now())

    def _count_rest(self, folder: Path, contest: Contest) -> None:
        path = _protocols(folder, contest)
        if path is None:
            return
        counted = set(contest.protocols.values_list("station__code", flat=True))
        with _selected(path, lambda code: code not in counted) as rest:
            if sum(1 for _row in rows_of(rest)) > 1:
                self.stdout.write("Counting the rest")
                load_protocols(contest, rest, by=None, at=timezone.now())

    def _publish(self, election: Election, note: str) -> None:
        published = publish(election=election, by=None, at=timezone.now(), terms=Terms(note=note))
        self.stdout.write(f"Publication {published.number} is out ({published.status})")

    def _serve(self, port: int, accounts: list[_demo_staff.Account]) -> None:
        """gunicorn and the publisher as children, until Ctrl-C; they are gone before the database
        stops.
        """
        server, publisher = _started(port), _publisher()
        try:
            wait_for(server, port, "The web server did not start")
            self.stdout.write(
                f"\n  Results   http://localhost:{port}/\n"
                f"  Staff     http://localhost:{port}/staff/\n\n"
                + "\n".join(f"    {account}" for account in accounts)
                + "\n\nThe seed goes into an authenticator app; without one, this prints a code:"
                "\n    manage.py demo_code supervisor\n\nCtrl-C stops everything."
            )
            status = server.wait()
        finally:
            # A second Ctrl-C does not leave them behind.
            with handling((signal.SIGINT,), signal.SIG_IGN):
                end(server, 10)
                end(publisher, 10)
        raise CommandError(f"The web server ended by itself (exit status {status}).")


def _started(port: int) -> "subprocess.Popen[bytes]":
    """The web server, in a group of its own: Ctrl-C would reach gunicorn's workers from the
    terminal and from their master, and the second of two quits at once can wait for the first for
    ever.
    """
    command = [
        *(sys.executable, "-m", "gunicorn", "tabulation.wsgi"),
        *("--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4"),
        *("--chdir", str(settings.BASE_DIR), "--log-level", "warning"),
        *("--graceful-timeout", "5"),
    ]
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603  # our own interpreter and constants


def _publisher() -> "subprocess.Popen[bytes]":
    """What it does is seen on the pages; only what goes wrong is told here."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "publisher"]
    return subprocess.Popen(  # noqa: S603  # our own interpreter and constants
        command, start_new_session=True, stdout=subprocess.DEVNULL
    )


def _folder(name: str) -> Path:
    for folder in (Path(name), ELECTIONS / name):
        if (folder / "election.toml").is_file():
            return folder
    known = ", ".join(sorted(path.parent.name for path in ELECTIONS.glob("*/election.toml")))
    raise CommandError(f"There is no election folder {name!r}. In elections/: {known}.")


def _refuse_busy_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"Port {port} cannot be used ({error}): something, perhaps an earlier"
                " demonstration, has it. Stop that, or choose another with --port."
            ) from error


def _protocols(folder: Path, contest: Contest) -> Path | None:
    """`protocols.csv`, or `protocols-CONTEST.csv` where there are several contests.

    None for a real election: its protocols are typed.
    """
    if contest.election.kind == Election.Kind.REAL:
        return None
    return find(folder, f"protocols-{contest.code}") or find(folder, "protocols")


@contextmanager
def _selected(path: Path, wanted: Any) -> Iterator[Path]:
    """The rows of a protocol file whose station code is wanted, as a file of their own."""
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "protocols.csv"
        rows = rows_of(path)
        _line, header = next(rows)
        at = header.index("station_code")
        write_table(part, header, (row for _line, row in rows if wanted(row[at])))
        yield part
