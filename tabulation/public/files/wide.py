"""The wide table: one row a station, one column a line of the paper."""

from collections.abc import Iterable, Iterator

from candidates.models import Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger.reading import Unit
from tabulation.public.files.statement import cell, noticed, on_ballot, safe

#: Of the table: one more whenever its columns or cells change.
CSV_VERSION = 1
#: What precedes the lines of the paper: name, type of Table Schema, and what it says.
COLUMNS = (
    ("unit", "string", "station, or area where the file is of one"),
    ("code", "string", "the unit's code; a text, in which leading zeros, dots and slashes matter"),
    ("name", "string", "the unit's name"),
    ("status", "string", "not counted, partial (of an area), counted, or annulled"),
    ("unchanged_since", "integer", "the publication since which all of the row stands"),
    ("stations_expected", "integer", "stations: 1 for a station"),
    ("stations_reported", "integer", "of these, how many are counted"),
    ("stations_annulled", "integer", "of these, how many are annulled; they are in no sum"),
    ("version", "integer", "which version of the station's protocol; none while not counted"),
    ("reason", "string", "why it is not the first version, or was annulled"),
    ("decision", "string", "number of the decision behind the reason"),
)
#: The last column, in files of an election that has one.
NOTICE = ("notice", "string", "what every reader of these figures must know")


def _row(form: ProtocolForm, unit: Unit) -> list[object]:
    figures = unit.figures or form.blank
    return [
        unit.kind,
        unit.code,
        safe(unit.name),
        unit.status,
        unit.since,
        unit.stations,
        unit.counted,
        unit.annulled,
        "" if unit.version is None else unit.version,
        safe(unit.reason),
        safe(unit.decision),
        *(
            cell(figure, stands=stands)
            for figure, stands in zip(figures, on_ballot(form, unit), strict=True)
        ),
    ]


def csv_lines(form: ProtocolForm, election: Election, units: Iterable[Unit]) -> Iterator[str]:
    """The table as text: each unit, its state, then the lines of the paper by key."""
    header = [*(name for name, _type, _what in COLUMNS), *(line.key for line in form.lines)]
    return noticed(election, header, (_row(form, unit) for unit in units))
