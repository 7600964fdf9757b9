"""Blank protocols for polling stations: the lines of the form in the paper's order, to be filled.

Each has a code that intake reads from the paper: `paper.mark_of`.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from candidates.models import Contest
from tabulation.models import Area, ContestStation, paper_of
from tabulation.paper import Line, mark_of
from tabulation.paper import Paper as Form
from tabulation.printing import common, words
from tabulation.printing.common import PDF, Paper
from tabulation.printing.qr import qr
from tabulation.printing.typesetting import typeset
from tabulation.printing.words import polling_moment
from tabulation.templatetags.results import office

#: Stations in one file.
STATIONS_IN_A_VOLUME = 500
#: The fewest boxes for digits on a line, and lines for members and for those who take copies.
LEAST_BOXES, MEMBERS, COPIES = 4, 5, 4


def blanks(contest: Contest, area: Area, language: str) -> Iterator[Paper]:
    """Blank protocols of the stations of ``contest`` in ``area``, by code, in volumes."""
    form = paper_of(contest)
    places = _places(contest, area)
    for volume in common.volumes(places.iterator(2000), places.count(), STATIONS_IN_A_VOLUME):
        with words.speaking(language, contest.election):
            data = _data(contest, form, volume.items)
        content = typeset("blank", data, at=polling_moment(contest), tagged=False)
        yield Paper(volume.named(f"{contest.code}.blank", language), PDF, content)


def _places(contest: Contest, area: Area) -> Any:
    found = ContestStation.objects.filter(
        contest=contest, station__area__lineage__contains=[area.pk]
    )
    return found.select_related("station__area").order_by("station__code")


def _data(contest: Contest, form: Form, places: list[ContestStation]) -> dict[str, Any]:
    election = contest.election
    what = words.broken(office(form))
    frame = common.frame(
        election, _("Protocol of the results of voting at a polling station"), what
    )
    return {
        "frame": {**frame, "page": _("Page %(page)s") % {"page": "{page}"}},
        "head": [what, words.name_of(election), words.polling_day(election, form.round)],
        "labels": {
            "station": _("Polling station"),
            "area": _("Area"),
            "address": _("Address"),
            "registered": _("Voters on the list"),
            "rule": _(
                "One digit a box, the last digit in the last box. Where there is nothing, write 0."
            ),
            "line": _("Line"),
            "what": _("What is counted"),
            "number": pgettext("what is counted", "Number"),
            "signed": _("Signed by the commission"),
            "at": _("Signed on, at"),
            "stamp": _("Place of the stamp"),
            "copies": _("Copies were given to"),
        },
        "stations": [_station(contest, form, place) for place in places],
        "signers": [
            *common.signers(_("Chair"), [""]),
            *common.signers(_("Secretary"), [""]),
            *common.signers(_("Member"), [""] * MEMBERS),
        ],
        "copies": COPIES,
        "words": common.signing_words(),
    }


def _station(contest: Contest, form: Form, place: ContestStation) -> dict[str, Any]:
    station = place.station
    lineage = station.area.lineage
    return {
        "code": words.code_of(station),
        "name": words.name_of(station),
        "area": words.name_of(station.area),
        "address": words.broken(station.address),
        "registered": words.figure(place.registered),
        "qr": qr(mark_of(contest.election.slug, contest.code, station.code)),
        "boxes": boxes(place.registered),
        "lines": [
            (line.number, _meaning(form, line))
            for line in form.lines
            if line.stands_in(lineage, station=True)
        ],
    }


def boxes(registered: int | None) -> int:
    """Boxes for digits: for a fifth more than are on the list, as many ballots may come."""
    return max(LEAST_BOXES, len(str((registered or 0) * 6 // 5)))


def _meaning(form: Form, line: Line) -> str:
    if line.candidate is None:
        return words.name_of(line)
    return next(words.name_of(c) for c in form.choices if c.number == line.candidate)
