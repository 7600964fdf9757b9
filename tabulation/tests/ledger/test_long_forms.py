"""Forms of very many lines: what can be loaded can be typed, published, exported and verified.

PostgreSQL passes 100 arguments to a function and returns 1,664 columns at most; a form may have
1,000 lines, and some of them are on a part of the papers only.
"""

import csv
import io
import json
import tempfile
import zipfile
from pathlib import Path
from unittest import mock

from django.test import TestCase
from django.urls import reverse

from candidates.models import Contest
from tabulation.arithmetic.form import MOST_LINES
from tabulation.counting import correction, entry, intake, verification
from tabulation.counting.aggregation import broken_relations, sums_by_area
from tabulation.importing.election import load_election
from tabulation.importing.problems import ImportRefused
from tabulation.importing.protocols import load_protocols
from tabulation.ledger.cells import Steps, cells_of_stations, tallies
from tabulation.ledger.listing import Listing, StationFilter, areas_of
from tabulation.ledger.margins import inaccuracies_published
from tabulation.models import Protocol, Publication, PublishedFigures, User, form_of
from tabulation.public.files.kinds import KINDS
from tabulation.tests.support import provable_world
from tabulation.tests.support.publishing import write
from tabulation.tests.support.tags import slow
from tabulation.tests.support.verifiers import run
from tabulation.tests.support.world import NOW, cast

TOML = """
[election]
slug = "long"
name = "Long ballot"
kind = "rehearsal"
polling_days = [2026-05-10]
[[contest]]
code = "list"
office = "Assembly"
rule = "plurality"
base = "ballots_cast"
line = [
  { key = "registered", number = "1", name = "Registered", role = "registered" },
  { key = "voters", number = "2", name = "Took part", role = "voters" },
  { key = "invalid", number = "3", name = "Invalid", role = "invalid" },
  { key = "votes_{number}", number = "4.{number}", name = "{name}", role = "votes" },
]
relation = [
  { code = "parts", name = "parts", left = ["voters"], operator = "==", right = ["invalid", "votes"], severity = "error" },
  { code = "list", name = "list", left = ["registered"], operator = ">=", right = ["votes"], severity = "warning", tolerance = "2.5 %" },
]
inaccuracy = [
  { kind = "difference", left = ["voters"], right = ["invalid", "votes"] },
  { kind = "excess", left = ["votes"], right = ["registered"] },
]
"""  # noqa: E501  # lines of the file
#: Lines before those of the candidates.
HEAD = 3
AREAS = "code,parent_code,name\nX,,Country\nN,X,North\nS,X,South\n"
STATIONS = {"n1": "N", "n2": "N", "s1": "S", "s2": "S"}
STEPS = Steps(margin=(5, 10), turnout=(50, 75))
P = "/en/long/list/"


def write_folder(folder: Path, lines: int, slug: str) -> None:
    """An election whose form has so many lines; the first candidate is on ballots of N only."""
    places = "".join(f"{code},Station {code},{area},90000000\n" for code, area in STATIONS.items())
    numbers = range(1, lines - HEAD + 1)
    (folder / "election.toml").write_text(TOML.replace('"long"', f'"{slug}"'))
    (folder / "areas.csv").write_text(AREAS)
    (folder / "stations.csv").write_text(f"code,name,area_code,registered\n{places}")
    (folder / "scope.csv").write_text("number,area_code\n1,N\n")
    (folder / "candidates.csv").write_text(
        "number,name\n" + "".join(f"{number},Candidate {number}\n" for number in numbers)
    )


def figures(lines: int, station: str) -> list[int | None]:
    """Of a sound protocol: the last candidate leads everywhere, the second has none in n2."""
    votes: list[int | None] = [7] * (lines - HEAD)
    votes[-1] = 900
    votes[0] = 7 if STATIONS[station] == "N" else None
    if station == "n2" and lines - HEAD > 2:
        votes[1] = 0
    total = sum(vote or 0 for vote in votes)
    return [90_000_000, total + 5, 5, *votes]


class LongFormTestCase(TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def load(self, lines: int, slug: str = "long") -> Contest:
        write_folder(self.folder, lines, slug)
        return load_election(self.folder, by=None, at=NOW).contests.get()

    def protocols(self, lines: int, **others: list[int | None]) -> Path:
        """The file of n1 and s1, or of ``others``."""
        rows = others or {station: figures(lines, station) for station in ("n1", "s1")}
        keys = ["registered", "voters", "invalid"]
        keys += [f"votes_{number}" for number in range(1, lines - HEAD + 1)]
        path = self.folder / "protocols.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["station_code", *keys])
            for station, row in rows.items():
                cells = ["" if figure is None else figure for figure in row]
                writer.writerow([station, *cells[:HEAD], row[HEAD] or "-", *cells[HEAD + 1 :]])
        return path

    def publish(self, contest: Contest) -> Publication:
        return write(election=contest.election, by=None, at=NOW)


class BoundsTests(LongFormTestCase):
    """At the bounds of PostgreSQL and at ours: loaded, summed for staff and for the public."""

    def check(self, lines: int, slug: str = "long") -> None:
        contest = self.load(lines, slug)
        loaded = load_protocols(contest, self.protocols(lines), by=None, at=NOW)
        self.assertEqual(loaded, 2)
        publication = self.publish(contest)
        expected = [
            None if both == (None, None) else sum(one or 0 for one in both)
            for both in zip(figures(lines, "n1"), figures(lines, "s1"), strict=True)
        ]
        form = form_of(contest)
        (head, *_below) = sums_by_area(contest, form=form)
        self.assertEqual(list(head.figures), expected)
        self.assertEqual(head.filled[HEAD : HEAD + 2], (1, 2))
        self.assertEqual(broken_relations(contest, form=form), [(0, 2), (0, 2)])
        row = PublishedFigures.objects.get(contest=contest, area__code="X")
        self.assertEqual((row.figures, row.filled), (expected, list(head.filled)))
        found = inaccuracies_published(publication, contest, form)
        self.assertEqual((found.total, found.stations), (0, 2))
        self.assertEqual(
            {cell.code: cell.leader for cell in cells_of_stations(
                publication, contest, form, STEPS)},
            {"n1": lines - HEAD, "n2": None, "s1": lines - HEAD, "s2": None},
        )  # fmt: skip
        self.assertEqual(sum(tally.stations for tally in tallies(
            publication, contest, form, STEPS)), 4)  # fmt: skip
        page = (
            Listing(
                publication, contest, form, areas_of(contest), StationFilter(leader=lines - HEAD)
            )
            .order_by("-margin")
            .page(1, 10)
        )
        self.assertEqual([unit.code for unit in page.units], ["n1", "s1"])

    def test_where_a_function_had_a_hundred_arguments(self) -> None:
        for lines in (50, 51, 99, 100, 101):
            with self.subTest(lines=lines):
                self.check(lines, f"long-{lines}")

    def test_the_longest(self) -> None:
        self.check(MOST_LINES)

    def test_the_longest_with_the_largest_figures(self) -> None:
        contest = self.load(MOST_LINES)
        largest: list[int | None] = [999_999_999] * MOST_LINES
        load_protocols(contest, self.protocols(MOST_LINES, n1=largest), by=None, at=NOW)
        self.assertEqual(Protocol.objects.get().figures, largest)
        self.publish(contest)
        head = PublishedFigures.objects.get(contest=contest, area__code="X")
        self.assertEqual(head.figures, largest)

    def test_one_line_more(self) -> None:
        with self.assertRaises(ImportRefused) as refused:
            self.load(MOST_LINES + 1)
        self.assertEqual(
            str(refused.exception.problems[0]),
            "candidates.csv: the form of the contest list has 1001 lines, 998 of them for"
            " candidates; it may have 1000 at most",
        )
        self.assertEqual(Contest.objects.count(), 0)


class RefusedTests(LongFormTestCase):
    """Each wrong cell of a long file is told by line and column, in the order of the columns."""

    def test_cells(self) -> None:
        lines = 120
        contest = self.load(lines)
        path = self.protocols(lines)
        rows = [line.split(",") for line in path.read_text().splitlines()]
        rows[1][110] = "12 3"
        rows[2][60] = '"1,100"'
        rows[2][61] = '"a\\""b"'
        rows[2][4] = "8"
        rows[1][4] = "-"
        rows[1][20] = "-"
        rows.append(["n2", *[""] * lines])
        path.write_text("".join(",".join(row) + "\n" for row in rows))
        with self.assertRaises(ImportRefused) as refused:
            load_protocols(contest, path, by=None, at=NOW)
        self.assertEqual(
            [str(problem).split(";")[0] for problem in refused.exception.problems],
            [
                "protocols.csv:4, station_code: 'n2': the row has no figures",
                "protocols.csv:3, votes_57: '1,100': write a whole number, digits only, at most"
                " 999999999",
                "protocols.csv:3, votes_58: 'a\\\\\"b': write a whole number, digits only, at most"
                " 999999999",
                "protocols.csv:2, votes_107: '12 3': write a whole number, digits only, at most"
                " 999999999",
                "protocols.csv:3, votes_1: '8': this candidate is not on the ballot there",
                "protocols.csv:2, votes_1: '-': this candidate is on the ballot there",
                "protocols.csv:2, votes_17: '-': this line is on every paper",
            ],
        )
        self.assertEqual(Protocol.objects.count(), 0)

    def test_more_than_are_shown_are_counted(self) -> None:
        lines = 250
        contest = self.load(lines)
        path = self.protocols(lines)
        path.write_text(path.read_text().replace(",7", ",x"))
        with self.assertRaises(ImportRefused) as refused:
            load_protocols(contest, path, by=None, at=NOW)
        # All but the last candidate in n1, and all but the first as well in s1.
        self.assertEqual(refused.exception.count, 2 * (lines - HEAD - 1) - 1)
        self.assertEqual(len(refused.exception.problems), 100)


class StaffPagesTests(LongFormTestCase):
    """The pages that staff type and judge on, at the most lines."""

    def url(self, name: str) -> str:
        return reverse(name, args=["long", "list", "n1"])

    def finish(self, person: User, row: list[int | None]) -> None:
        self.client.force_login(person)
        self.client.post(self.url("entry-start"))
        self.assertEqual(self.client.get(self.url("entry")).status_code, 200)
        keys = ["registered", "voters", "invalid", *(f"votes_{i}" for i in range(1, len(row) - 2))]
        typed = dict(zip(keys, row, strict=True))
        data = {"revision": 0, "action": "finish", **typed}
        self.assertEqual(self.client.post(self.url("entry"), data).status_code, 302)

    def test_typed_differently_and_looked_at(self) -> None:
        contest = self.load(MOST_LINES)
        people = cast()
        station = contest.stations.get(station__code="n1").station
        intake.receive(contest=contest, station=station, by=people["ina"], at=NOW)
        row = figures(MOST_LINES, "n1")
        self.finish(people["alice"], row)
        other = [*row]
        other[500], other[501] = 6, 8
        self.finish(people["bob"], other)
        self.assertEqual(Protocol.objects.get().status, "different")
        self.client.force_login(people["sona"])
        page = self.client.get(self.url("staff-station"))
        self.assertContains(page, "Candidate 498")
        sums = self.client.get(reverse("aggregation", args=["long", "list"]))
        self.assertEqual(sums.status_code, 200)


class WholeWayTests(LongFormTestCase):
    """From two clerks to the files anybody verifies."""

    LINES = 400
    #: Two seconds each.
    PAPERS: tuple[str, ...] = (".protocol.hy",)

    def accept(self, contest: Contest, people: dict[str, User], station: str, protocol: Protocol,
               row: list[int | None]) -> Protocol:  # fmt: skip
        for clerk in ("alice", "bob"):
            seat = entry.take_seat(protocol=protocol, by=people[clerk], at=NOW)
            entry.submit(seat=seat, figures=row, by=people[clerk], at=NOW, reasons={})
        protocol = verification.compare(protocol=protocol, at=NOW)
        self.assertEqual(protocol.status, "verified")
        return verification.accept(protocol=protocol, by=people["sona"], at=NOW)

    @slow
    def test_from_two_clerks_to_proofs(self) -> None:
        contest = self.load(self.LINES)
        people = cast()
        stations = {cs.station.code: cs.station for cs in contest.stations.all()}
        for code in ("n1", "s1"):
            received = intake.receive(
                contest=contest, station=stations[code], by=people["ina"], at=NOW
            )
            self.accept(contest, people, code, received, figures(self.LINES, code))
        self.publish(contest)
        again = correction.correct(
            contest=contest, station=stations["n1"], reason="recount", decision="1",
            by=people["mariam"], at=NOW,
        )  # fmt: skip
        corrected = figures(self.LINES, "n2")
        self.accept(contest, people, "n1", again, corrected)
        self.publish(contest)
        self.check_files(corrected)
        self.check_pages()
        self.check_verified(contest)

    def get(self, address: str) -> bytes:
        answer = self.client.get(address)
        self.assertEqual(answer.status_code, 200, address)
        return answer.getvalue() if answer.streaming else answer.content

    def check_files(self, corrected: list[int | None]) -> None:
        files = {kind: self.get(f"/data/long/2/list.{kind}") for kind in KINDS}
        wide = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
        (n1,) = (row for row in wide if "n1" in row.values())
        self.assertEqual(n1[f"votes_{self.LINES - HEAD}"], str(corrected[-1]))
        (s1,) = (row for row in wide if "s1" in row.values())
        self.assertEqual(s1["votes_1"], "-")
        self.assertEqual(len(json.loads(files["json"])["areas"]), 3)
        with zipfile.ZipFile(io.BytesIO(self.get("/data/long/2/all.zip"))) as whole:
            self.assertIsNone(whole.testzip())
            self.assertGreater(len(whole.namelist()), len(KINDS))
        for name in (
            *("2/datapackage.json", "2/list.ledger.tsv", "2/list.form.json", "latest.json"),
            *("list.difference-1-2.csv", "rehearsal.zip", "list/bundle/N.json"),
        ):
            self.assertTrue(self.get(f"/data/long/{name}"))
        for name in self.PAPERS:
            self.assertEqual(self.get(f"/data/long/2/list{name}.pdf")[:5], b"%PDF-")

    def check_pages(self) -> None:
        for address in (
            *("/en/long/", P + "station/n1/", P + "area/N/", P + "area/X/", P + "scatter/"),
            *(f"{P}candidate/{self.LINES - HEAD}/", P + "difference/1/2/", P + "outcome/"),
            *(f"{P}stations/?sort={column}" for column in ("margin", "share", "leader", "area")),
            *(P + "stations/?breaks=*", P + "stations.csv", P + "candidate/1/", P + "night/"),
        ):
            self.assertTrue(self.get(address), address)

    def check_verified(self, contest: Contest) -> None:
        # It waits for whatever else the machine is writing.
        with mock.patch("os.sync"):
            mirror = provable_world.export(self.folder / "site", whole=False, papers=False)
        keys = [
            word
            for key in self.get("/data/long/key.txt").decode().split("\n")
            if key and not key.startswith("#")
            for word in ("--key", key)
        ]
        status, said = run(mirror, "--election", "long", *keys)
        self.assertEqual(status, 0, said)
        proofs = sorted(mirror.glob("data/long/**/proof/**/*.json"))
        self.assertEqual(len(proofs), 4)
        status, said = run(mirror, "--election", "long", *keys, "--proof", *proofs)
        self.assertEqual(status, 0, said)


@slow
class LongestWholeWayTests(WholeWayTests):
    LINES = MOST_LINES
    PAPERS = (".protocol.en", "/area/N.en")
