"""The annex of a protocol: every polling station of a contest, a row each, in numbered volumes."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from candidates.models import Contest
from tabulation import publication
from tabulation.paper import Line
from tabulation.paper import Paper as Form
from tabulation.printing import common, words
from tabulation.printing.common import PDF, Paper
from tabulation.printing.published import figures
from tabulation.printing.typesetting import typeset
from tabulation.publication import Unit
from tabulation.templatetags.results import office

#: Stations in one volume: some hundred sheets to be bound, and a quarter of a gigabyte to typeset.
STATIONS_IN_A_VOLUME = 5_000
#: For a candidate who is not on the ballot of a station.
ABSENT = "x"
#: Room for the lines of the form beside code, name and state, and the least a figure needs, in mm.
ROOM, LEAST, MOST = 172, 9, 20


def annex(published: Any, contest: Contest, form: Form, language: str) -> Iterator[Paper]:
    """The volumes as PDFs in ``language``, in the order of the stations' codes, made one by one."""
    head = publication.unit_of_head(published, contest)
    node = publication.node_of(published, contest, head)
    stations = publication.everything(published, contest)
    for volume in common.volumes(stations, head.stations, STATIONS_IN_A_VOLUME):
        with words.speaking(language, published.election):
            data = _data(published, contest, form, node, volume, head)
        content = typeset("annex", data, at=published.published_at, tagged=False)
        yield Paper(volume.named(f"{contest.code}.annex", language), PDF, content)


def _data(
    published: Any,
    contest: Contest,
    form: Form,
    node: str,
    volume: common.Volume[Unit],
    head: Unit,
) -> dict[str, Any]:
    election, what = published.election, words.broken(office(form))
    frame = common.frame(
        election,
        _("Annex: the results of every polling station"),
        what,
        edition=common.publication_line(published, contest),
        node=node,
        node_label=_("Root hash of the contest in this publication"),
        address=common.absolute("publication", words.spoken(), election.slug, published.number),
    )
    wide = max(LEAST, min(MOST, ROOM // len(form.lines)))
    return {
        "frame": frame,
        "head": [
            what,
            words.name_of(election),
            words.polling_day(election, form.round),
            *volume.line(),
        ],
        "legend": [(line.number, _meaning(form, line)) for line in form.lines],
        "marks": [
            _("%(dash)s: not there, or left blank.") % {"dash": words.DASH},
            _("%(mark)s: not on the ballot here.") % {"mark": ABSENT},
        ],
        "columns": [_("Code"), _("Polling station"), _("State"), *(x.number for x in form.lines)],
        "widths": [20, 45, 26, *([wide] * len(form.lines))],
        "rows": _rows(form, volume.items),
        "whole": _rows(form, [head])[0] if volume.is_last else [],
    }


def _meaning(form: Form, line: Line) -> str:
    if line.candidate is None:
        return words.name_of(line)
    return next(words.name_of(c) for c in form.choices if c.number == line.candidate)


def _rows(form: Form, units: list[Unit]) -> list[list[str]]:
    """A row each. A figure is put into words once, however often it comes."""
    figure = cache(words.figure)
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
    return words.code_of(unit), words.name_of(unit)
