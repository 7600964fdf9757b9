"""Nagorno-Karabakh 2012 in the middle of its count: with a correction and an annulment."""

import csv
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from candidates.models import Contest
from tabulation.counting import correction, entry, verification
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.ledger.filelists import sign_files
from tabulation.ledger.writing import Terms, publish
from tabulation.models import PollingStation, Publication, User
from tabulation.tests.support.world import NOW, cast

NKR = Path(settings.BASE_DIR) / "elections" / "nkr-2012"
#: A station that was corrected, one that was annulled, and one that is not counted.
CORRECTED, ANNULLED, WAITING = "1/01", "1/02", "4/13"


def half_counted(publish: Callable[..., Publication] = publish, *, listed: bool = True) -> Contest:
    """Load it, count half of it in two publications, then correct, annul and publish once more.

    ``publish``: `publication.write` inside a test's own transaction. ``listed``: there is a signed
    list of files, which lists none.
    """
    people = cast()
    election = load_election(NKR, by=None, at=NOW)
    contest = Contest.objects.select_related("election").get(election=election)
    with (NKR / "protocols.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    # Every second station, so that each area is counted in part.
    chosen = [row for i, row in enumerate(rows) if i % 2 == 0 or row[0] == ANNULLED]
    chosen = [row for row in chosen if row[0] != WAITING]
    half = len(chosen) // 2
    for hours, part in enumerate((chosen[:half], chosen[half:])):
        _load(contest, header, part)
        publish(election=election, by=None, at=NOW + timedelta(hours=hours))
    _correct(contest, header, rows, people)
    correction.annul(
        protocol=contest.protocols.get(station__code=ANNULLED, status="accepted"),
        reason="The box was opened before the count.", decision="17-A",
        by=people["mariam"], at=NOW,
    )  # fmt: skip
    note = ("note.txt", "text/plain; charset=utf-8", "Նշում\n".encode())
    newest = publish(
        election=election,
        by=None,
        at=NOW + timedelta(hours=2),
        terms=Terms(note="After two decisions", papers=lambda _publication: [note]),
    )
    if listed:
        sign_files(newest, {}, at=NOW)
    return contest


def _load(contest: Contest, header: list[str], rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "protocols.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        load_protocols(contest, path, by=None, at=NOW)


def _correct(
    contest: Contest, header: list[str], rows: list[list[str]], people: dict[str, User]
) -> None:
    """One vote less for the first candidate, typed by two; a signature too many wants a reason."""
    station = PollingStation.objects.get(election=contest.election, code=CORRECTED)
    row = dict(zip(header, next(row for row in rows if row[0] == CORRECTED), strict=True))
    figures = [int(row[key]) for key in header[1:]]
    for key in ("votes_1", "ballots_in_box"):
        figures[header.index(key) - 1] -= 1
    protocol = correction.correct(
        contest=contest, station=station, reason="A vote was counted twice.", decision="16-A",
        by=people["mariam"], at=NOW,
    )  # fmt: skip
    for name in ("alice", "bob"):
        seat = entry.take_seat(protocol=protocol, by=people[name], at=NOW)
        entry.submit(
            seat=seat, figures=figures, by=people[name], at=NOW,
            reasons={"voters-equal-box": "A voter kept the ballot, says the minutes."},
        )  # fmt: skip
    verification.compare(protocol=protocol, at=NOW)
    verification.accept(protocol=protocol, by=people["sona"], at=NOW)
