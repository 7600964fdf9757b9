"""The long (tidy) table: one row for each station and line of the paper."""

from collections.abc import Iterable, Iterator, Sequence

from candidates.models import Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger.reading import Unit
from tabulation.public.files.statement import NOT_ON_BALLOT, noticed, on_ballot, safe

#: Of the table: one more whenever its columns or cells change.
LONG_VERSION = 1
#: Why a row has no figure.
NOT_COUNTED, BLANK, ABSENT = "not counted", "blank", "not on ballot"
#: Name, type of Table Schema, and what it says.
COLUMNS = (
    ("unit", "string", "always station, or area where the file is of one"),
    ("code", "string", "the unit's code; a text, in which leading zeros, dots and slashes matter"),
    ("name", "string", "the unit's name"),
    ("area_code", "string", "code of the area that the unit lies directly in"),
    ("status", "string", "not counted, partial (of an area), counted, or annulled (in no sum)"),
    ("line_number", "string", "the line's number as printed on the paper"),
    ("line_key", "string", "the line's name in files"),
    ("role", "string", "what the line means to the system; none where it means nothing special"),
    ("candidate_number", "integer", "number on the ballot, where the line is a candidate's"),
    ("candidate_name", "string", "name of that candidate"),
    ("figure", "integer", "the figure; - where the candidate is not on the ballot"),
    ("missing", "string", "why there is no figure: not counted, blank, or not on ballot"),
)


def long_lines(
    form: ProtocolForm, election: Election, units: Iterable[Unit], areas: dict[int, str]
) -> Iterator[str]:
    """The table as text. ``areas``: codes by the ids that lineages are made of."""
    names = {choice.number: choice.name for choice in form.choices}
    fixed = [
        (
            safe(line.number),
            line.key,
            line.role,
            "" if line.candidate is None else line.candidate,
            "" if line.candidate is None else safe(names.get(line.candidate, "")),
        )
        for line in form.lines
    ]
    header = [name for name, _type, _what in COLUMNS]
    return noticed(election, header, _rows(form, units, areas, fixed))


def _rows(
    form: ProtocolForm,
    units: Iterable[Unit],
    areas: dict[int, str],
    fixed: Sequence[tuple[object, ...]],
) -> Iterator[list[object]]:
    for unit in units:
        above = unit.lineage if unit.is_station else unit.lineage[:-1]
        area = areas.get(above[-1], "") if above else ""
        start = (unit.kind, unit.code, safe(unit.name), area, unit.status)
        figures = unit.figures or form.blank
        counted = bool(unit.figures)
        for line, figure, stands in zip(fixed, figures, on_ballot(form, unit), strict=True):
            yield [*start, *line, *_figure(figure, stands, counted)]


def _figure(figure: int | None, stands: bool, counted: bool) -> tuple[object, str]:
    """The figure and why there is none."""
    if figure is not None:
        return figure, ""
    if not stands:
        return NOT_ON_BALLOT, ABSENT
    return "", BLANK if counted else NOT_COUNTED
