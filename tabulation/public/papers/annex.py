"""The annex of a protocol: every polling station of a contest, a row each, in numbered volumes."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from candidates.models import Contest
from tabulation.arithmetic.form import Line, ProtocolForm
from tabulation.languages.formatting import office
from tabulation.ledger import reading
from tabulation.ledger.reading import Unit
from tabulation.printing import parts, wording
from tabulation.printing.parts import PDF, PrintedFile
from tabulation.printing.typesetting import typeset
from tabulation.public.papers import figures

#: Stations in one volume: some hundred sheets to be bound, and a quarter of a gigabyte to typeset.
STATIONS_IN_A_VOLUME = 5_000
#: For a candidate who is not on the ballot of a station.
ABSENT = "x"
#: Room for the lines of the form beside code, name and state, and the least a figure needs, in mm.
ROOM, LEAST, MOST = 172, 9, 20


def annex(
    published: Any, contest: Contest, form: ProtocolForm, language: str
) -> Iterator[PrintedFile]:
    """The volumes as PDFs in ``language``, in the order of the stations' codes, made one by one."""
    head = reading.unit_of_head(published, contest)
    node = reading.node_of(published, contest, head)
    stations = reading.everything(published, contest)
    for volume in parts.volumes(stations, head.stations, STATIONS_IN_A_VOLUME):
        with wording.speaking(language, published.election):
            data = _data(published, contest, form, node, volume, head)
        content = typeset("annex", data, at=published.published_at, tagged=False)
        yield PrintedFile(volume.named(f"{contest.code}.annex", language), PDF, content)


def _data(
    published: Any,
    contest: Contest,
    form: ProtocolForm,
    node: str,
    volume: parts.Volume[Unit],
    head: Unit,
) -> dict[str, Any]:
    election, what = published.election, wording.broken(office(form))
    frame = parts.frame(
        election,
        _("Annex: the results of every polling station"),
        what,
        edition=parts.publication_line(published, contest),
        node=node,
        node_label=_("Root hash of the contest in this publication"),
        address=parts.absolute("publication", wording.spoken(), election.slug, published.number),
    )
    wide = max(LEAST, min(MOST, ROOM // len(form.lines)))
    return {
        "frame": frame,
        "head": [
            what,
            wording.name_of(election),
            wording.polling_day(election, form.round),
            *volume.line(),
        ],
        "legend": [(line.number, _meaning(form, line)) for line in form.lines],
        "marks": [
            _("%(dash)s means that there is no figure or that the line is blank.")
            % {"dash": wording.DASH},
            _("%(mark)s means that this line is not on the ballot here.") % {"mark": ABSENT},
        ],
        "columns": [_("Code"), _("Polling station"), _("State"), *(x.number for x in form.lines)],
        "widths": [20, 45, 26, *([wide] * len(form.lines))],
        "rows": _rows(form, volume.items),
        "whole": _rows(form, [head])[0] if volume.is_last else [],
    }


def _meaning(form: ProtocolForm, line: Line) -> str:
    if line.candidate is None:
        return wording.name_of(line)
    return next(wording.name_of(c) for c in form.choices if c.number == line.candidate)


def _rows(form: ProtocolForm, units: list[Unit]) -> list[list[str]]:
    """A row each. A figure is put into words once, however often it comes."""
    figure = cache(wording.figure)
    rows = []
    for unit in units:
        cells = [
            figure(value) if line.stands_in(unit.lineage, station=unit.is_station) else ABSENT
            for line, value in zip(form.lines, unit.figures or form.blank, strict=True)
        ]
        rows.append([*_named(unit), figures.state_of(unit), *cells])
    return rows


def _named(unit: Unit) -> tuple[str, str]:
    if not unit.is_station:
        return "", _("In all")
    return wording.code_of(unit), wording.name_of(unit)
