"""Lies told in the database by its owner, who can do everything there but sign."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from tabulation.models import PublishedForm

#: Rows of the ledger that stand.
ROWS = "tabulation_publishedfigures f SET"
STATION = """FROM tabulation_pollingstation s WHERE s.id = f.station_id
  AND f.superseded_in IS NULL AND s.code = """
AREA = """FROM tabulation_area a WHERE a.id = f.area_id AND f.superseded_in IS NULL AND a.code = """
OF_SOUTH = "president.ledger.tsv: area S"


def of_station(change: str, code: str = "2/01") -> list[str]:
    return [f"UPDATE {ROWS} {change} {STATION} '{code}'"]


def of_area(change: str, code: str = "S") -> list[str]:
    return [f"UPDATE {ROWS} {change} {AREA} '{code}'"]


def of_turnout(unit: str, code: str, change: str) -> list[str]:
    place = IN if unit == "area" else OF
    return [
        f"UPDATE tabulation_publishedturnout SET {change}"
        f" WHERE {STANDS} AND {unit}_id = {place.format(code)}"
    ]


@dataclass(frozen=True)
class Lie:
    """``told`` are statements, or what changes the body of the form. A finding of verify.py holds
    all of ``words``; one of the shell's holds ``shell`` (the same, where not said).
    """

    name: str
    told: list[str] | Callable[[Any], None]
    words: tuple[str, ...]
    shell: tuple[str, ...] | None = None

    def tell(self) -> None:
        if callable(self.told):
            form = PublishedForm.objects.get(superseded_in=None)
            self.told(form.body)
            form.save()
            return
        with connection.cursor() as cursor:
            for statement in self.told:
                cursor.execute(statement)
                if not cursor.rowcount:
                    raise AssertionError(f"{self.name}: nothing was altered")


def exchanged(name: str) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        items = body[name]
        items[-1], items[-2] = items[-2], items[-1]

    return change


def tolerated(body: Any) -> None:
    body["checks"][1]["tolerance"] = "50"


FORM = ("president.form.json", "hash")
FORM_SHELL = ("president.form.json", "its hash is not that of the manifest")
STANDS = "superseded_in IS NULL"
OF = "(SELECT id FROM tabulation_pollingstation WHERE code = '{}')"
IN = "(SELECT id FROM tabulation_area WHERE code = '{}')"
NUMBERED = "(SELECT id FROM tabulation_publication WHERE number = {})"
HOURS = ("president.turnout.csv", "hash")
COLUMNS = """election_id, contest_id, parent_id, status, figures, version, reason, decision,
  stations, counted, annulled, registered, registered_counted, broken, evaluated, explanations,
  reasons, hash, published_in"""

LIES = [
    Lie("a figure", of_station("figures[4] = figures[4] + 1"), (OF_SOUTH, "sums")),
    Lie(
        "two candidates' votes of a station",
        of_station("figures[4] = figures[5], figures[5] = figures[4]"),
        (OF_SOUTH, "sums"),
    ),
    Lie("voters on a list", of_station("registered = registered + 1"), (OF_SOUTH, "sums")),
    Lie("a status", of_station("status = 'annulled'"), (OF_SOUTH, "sums")),
    Lie("a version", of_station("version = 2"), (OF_SOUTH, "root")),
    Lie("a reason", of_station("reason = 'recount'"), (OF_SOUTH, "root")),
    Lie("a reason of old", of_station("reason = ''", "2/02"), (OF_SOUTH, "root")),
    Lie("a decision", of_station("decision = '8'", "2/02"), (OF_SOUTH, "root")),
    Lie(
        "that a warning was accepted with a reason",
        of_station("explanations = NULL, reasons = NULL"),
        (OF_SOUTH, "root"),
    ),
    Lie(
        "why a warning was accepted",
        of_station("reasons = E'list\\tno\\n', explanations = sha256(E'list\\tno\\n'::bytea)"),
        (OF_SOUTH, "root"),
    ),
    Lie("a reading", of_turnout("station", "2/01", "voters[1] = voters[1] + 1"), HOURS),
    Lie("an area's readings", of_turnout("area", "S", "voters[1] = voters[1] + 1"), HOURS),
    Lie("stations reporting", of_turnout("area", "AM", "reporting[1] = 3"), HOURS),
    Lie("an hour", of_turnout("station", "1/01", "hours[1] = '11:00'"), HOURS),
    Lie(
        "a reading in its own area's sum",
        [
            *of_turnout("station", "2/01", "voters[1] = voters[1] + 1"),
            *of_turnout("area", "S", "voters[1] = voters[1] + 1"),
        ],
        ("president.turnout.csv: area AM at 12:00",),
    ),
    Lie("a broken relation", of_station("broken = '{0,0}'"), (OF_SOUTH, "broken")),
    Lie("a relation evaluated", of_station("evaluated = '{1,0}'"), (OF_SOUTH, "evaluated")),
    Lie(
        "a station's name",
        ["UPDATE tabulation_pollingstation SET name = 'School' WHERE code = '2/01'"],
        (OF_SOUTH, "root"),
    ),
    Lie(
        "a station removed",
        [f"DELETE FROM tabulation_publishedfigures WHERE {STANDS} AND station_id = "
         + OF.format("2/02")],
        (OF_SOUTH, "children"),
    ),
    Lie(
        "a station added",
        [
            "INSERT INTO tabulation_pollingstation"
            " (election_id, area_id, code, name, names, address)"
            " SELECT election_id, area_id, '2/03', name, names, address"
            " FROM tabulation_pollingstation WHERE code = '2/02'",
            f"INSERT INTO tabulation_publishedfigures (station_id, code, {COLUMNS})"
            f" SELECT {OF.format('2/03')}, '2/03', {COLUMNS} FROM tabulation_publishedfigures"
            f" WHERE {STANDS} AND station_id = {OF.format('2/02')}",
        ],
        (OF_SOUTH, "children"),
    ),
    Lie(
        "two siblings with each other's rows",
        [
            f"UPDATE {ROWS} station_id = 0 {STATION} '2/01'",
            f"UPDATE {ROWS} station_id = {OF.format('2/01')}, code = '2/01' {STATION} '2/02'",
            f"UPDATE {ROWS} station_id = {OF.format('2/02')}, code = '2/02' WHERE station_id = 0",
        ],
        (OF_SOUTH, "root"),
    ),
    Lie(
        "a station in another area",
        [
            f"UPDATE {ROWS} parent_id = {IN.format('N')} {STATION} '2/01'",
            f"UPDATE tabulation_pollingstation SET area_id = {IN.format('N')} WHERE code = '2/01'",
        ],
        ("president.ledger.tsv: area N", "children"),
    ),
    Lie(
        "a row under another area",
        of_station(f"parent_id = {IN.format('N')}"),
        ("president.ledger.tsv: area N", "before the record of area S"),
    ),
    Lie(
        "a station's place among its siblings",
        of_station("code = '2/09'"),
        ("president.ledger.tsv: station 2/01", "comes after station 2/02"),
        ("president.ledger.tsv: station 2/01", "is not in the order of codes"),
    ),
    Lie(
        "a stored hash alone",
        of_station("hash = sha256('x')"),
        ("proof/2/02.json: step 1: root of S",),
        ("president/proof/2/02.json: step 1", "an entry that is in no tree"),
    ),
    Lie(
        "a stored hash of an area alone",
        of_area("hash = sha256('x')", "N"),
        ("proof/2/02.json: step 2: root of AM",),
        ("president/proof/2/02.json: step 2", "an entry that is in no tree"),
    ),
    Lie("an area's sum", of_area("figures[4] = figures[4] + 1"), (OF_SOUTH, "sums")),
    Lie("stations counted", of_area("counted = 2"), (OF_SOUTH, "sums")),
    Lie("lines filled", of_area("filled[6] = 0"), (OF_SOUTH, "filled")),
    Lie("relations broken", of_area("broken[2] = 0"), (OF_SOUTH, "broken")),
    Lie("relations evaluated", of_area("evaluated[2] = 0"), (OF_SOUTH, "evaluated")),
    Lie("an area's status", of_area("status = 'partial'"), (OF_SOUTH, "status")),
    Lie("an area's children", of_area("children = 3"), (OF_SOUTH, "children")),
    Lie("a root alone", of_area("root = sha256('x')"), (OF_SOUTH, "root")),
    Lie(
        "the national sum",
        of_area("figures[4] = figures[4] + 1", "AM"),
        ("president.ledger.tsv: head AM", "root of the contest in the manifest"),
        ("president.ledger.tsv: head AM", "its hash is not the root in the manifest"),
    ),
    Lie(
        "an area's name",
        ["UPDATE tabulation_area SET name = 'West' WHERE code = 'S'"],
        ("president.ledger.tsv: area AM", "root"),
    ),
    Lie(
        "an old figure brought back",
        [
            f"DELETE FROM tabulation_publishedfigures WHERE {STANDS} AND station_id = "
            + OF.format("1/01"),
            "UPDATE tabulation_publishedfigures SET superseded_in = NULL"
            f" WHERE superseded_in = 3 AND station_id = {OF.format('1/01')}",
        ],
        ("president.ledger.tsv: area N", "sums"),
    ),
    Lie(
        "an old figure beside the new one",
        [
            "UPDATE tabulation_publishedfigures SET superseded_in = 4"
            f" WHERE superseded_in = 3 AND station_id = {OF.format('1/01')}",
        ],
        ("president.ledger.tsv: station 1/01", "stands there twice"),
    ),
    Lie("two lines of the form", exchanged("lines"), FORM, FORM_SHELL),
    Lie("two candidates of the form", exchanged("choices"), FORM, FORM_SHELL),
    Lie("a tolerance", tolerated, FORM, FORM_SHELL),
    Lie(
        "a checkpoint",
        ["UPDATE tabulation_publication SET checkpoint ="
         " replace(checkpoint, E'\\n3\\n', E'\\n2\\n') WHERE number = 3"],
        ("manifests.jsonl: has 3 lines",),
    ),
    Lie(
        "a checkpoint's root",
        ["UPDATE tabulation_publication p SET checkpoint = split_part(p.checkpoint, E'\\n', 1)"
         " || E'\\n2\\n' || split_part(o.checkpoint, E'\\n', 3) || E'\\n\\n'"
         " || split_part(p.checkpoint, E'\\n\\n', 2)"
         " FROM tabulation_publication o WHERE p.number = 2 AND o.number = 3"],
        ("2/checkpoint", "the signature of"),
    ),
    Lie(
        "a manifest",
        ["UPDATE tabulation_publication SET manifest = replace(manifest, '\"number\":2',"
         " '\"number\":9') WHERE number = 2"],
        ("manifests.jsonl: line 2", "number"),
    ),
    Lie(
        "a document that came out with it",
        ["UPDATE tabulation_publishedfile SET body = '2', sha256 = sha256('2')"],
        ("3/files/annulled.pdf", "hash"),
    ),
    Lie(
        "a leaf of the log",
        ["UPDATE tabulation_publication SET leaf = sha256('x') WHERE number = 1"],
        ("proof/1/01.json: log", "leads to the root"),
        ("president/proof/1/01.json: log", "is not the path of the last leaf"),
    ),
    Lie(
        "the word for a publication, beside its manifest",
        ["UPDATE tabulation_publication SET status = 'unofficial-complete' WHERE number = 3"],
        ("president.json: status", "unofficial-complete"),
        (),
    ),
    Lie(
        "when it was published, beside its manifest",
        ["UPDATE tabulation_publication SET published_at = now() WHERE number = 3"],
        ("president.json: published_at",),
        (),
    ),
    Lie(
        "a root in a manifest of old",
        ["UPDATE tabulation_publication SET manifest = regexp_replace(manifest,"
         " '\"root\":\"[0-9a-f]{64}', '\"root\":\"' || repeat('0', 64)) WHERE number = 1"],
        ("1/checkpoint", "root of the log at size 1"),
    ),
    Lie(
        "the word for a publication, in its manifest",
        ["UPDATE tabulation_publication SET manifest = replace(manifest, 'unofficial-partial',"
         " 'unofficial-complete') WHERE number = 3"],
        ("3/checkpoint", "root of the log at size 3"),
    ),
]  # fmt: skip
#: The log without its last publication is the log as it was; who saved a checkpoint sees it.
REWOUND = Lie(
    "the last publication taken back",
    [
        "DELETE FROM tabulation_publishedfigures WHERE published_in = 3",
        "UPDATE tabulation_publishedfigures SET superseded_in = NULL WHERE superseded_in = 3",
        "DELETE FROM tabulation_ledgerpart WHERE number = 3",
        "DELETE FROM tabulation_publishedfile WHERE published_in = 3",
        f"DELETE FROM tabulation_filelist WHERE publication_id = {NUMBERED.format(3)}",
        "DELETE FROM tabulation_publication WHERE number = 3",
    ],
    ("saved", "is of size 3, but the log here has only 2 manifests"),
    ("saved", "is of size 3, the log has 2 manifests"),
)
REMOVED = Lie(
    "a publication taken out of the log",
    [
        "DELETE FROM tabulation_publishedfigures WHERE published_in = 1 AND superseded_in = 2",
        "UPDATE tabulation_publishedfigures SET published_in = 2 WHERE published_in = 1",
        "UPDATE tabulation_publishedform SET published_in = 2 WHERE published_in = 1",
        "DELETE FROM tabulation_ledgerpart WHERE number = 1",
        f"DELETE FROM tabulation_filelist WHERE publication_id = {NUMBERED.format(1)}",
        "DELETE FROM tabulation_publication WHERE number = 1",
    ],
    ("manifests.jsonl: line 1", "number"),
)
UNSIGNED = Lie(
    "a second signature taken away",
    ["DELETE FROM tabulation_countersignature"],
    ("4/checkpoint", "bears no signature of localhost/artsakh/certified"),
)
#: Rows that stood in publication 2 and do not any more: only its own files have them.
PAST = (
    Lie(
        "a figure of old",
        [
            "UPDATE tabulation_publishedfigures SET figures[4] = figures[4] + 1"
            f" WHERE superseded_in = 3 AND station_id = {OF.format('1/01')}",
        ],
        ("2/president.ledger.tsv: area N", "sums"),
    ),
    Lie(
        "a national sum of old",
        [
            "UPDATE tabulation_publishedfigures SET figures[4] = figures[4] + 1"
            f" WHERE superseded_in = 3 AND area_id = {IN.format('AM')}",
        ],
        ("2/president.ledger.tsv: area AM", "sums"),
    ),
    Lie(
        "an old figure that never stood",
        [
            "DELETE FROM tabulation_publishedfigures"
            f" WHERE superseded_in = 3 AND station_id = {OF.format('1/01')}",
            "UPDATE tabulation_publishedfigures SET published_in = 2"
            f" WHERE {STANDS} AND station_id = {OF.format('1/01')}",
        ],
        ("2/president.ledger.tsv: area N", "sums"),
    ),
)

#: Served nowhere, alone: whoever verifies hashes the head's record and the last manifest anew. What
#: is altered there says something only in the next publication, which is then found.
UNREAD = (
    Lie("the stored hash of the head", of_area("hash = sha256('x')", "AM"), ()),
    Lie(
        "the leaf of the newest publication",
        ["UPDATE tabulation_publication SET leaf = sha256('x') WHERE number = 3"],
        (),
    ),
)
