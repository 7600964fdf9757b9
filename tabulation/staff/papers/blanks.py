"""Blank protocols for polling stations: the lines of the form in the paper's order, to be filled.

Each has a code that intake reads from the paper: `paper.mark_of`.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from candidates.models import Contest
from tabulation.arithmetic.form import Line, ProtocolForm, mark_of
from tabulation.languages.formatting import office
from tabulation.models import Area, ContestStation, form_of
from tabulation.printing import parts, wording
from tabulation.printing.parts import PDF, PrintedFile, qr
from tabulation.printing.typesetting import typeset
from tabulation.printing.wording import polling_moment

#: Stations in one file.
STATIONS_IN_A_VOLUME = 500
#: The fewest boxes for digits on a line, and lines for members and for those who take copies.
LEAST_BOXES, MEMBERS, COPIES = 4, 5, 4


def blanks(contest: Contest, area: Area, language: str) -> Iterator[PrintedFile]:
    """Blank protocols of the stations of ``contest`` in ``area``, by code, in volumes."""
    form = form_of(contest)
    found = contest.stations.filter(station__area__lineage__contains=[area.pk])
    places = found.select_related("station__area").order_by("station__code")
    for volume in parts.volumes(places.iterator(2000), places.count(), STATIONS_IN_A_VOLUME):
        with wording.speaking(language, contest.election):
            data = _data(contest, form, volume.items)
        content = typeset("blank", data, at=polling_moment(contest), tagged=False)
        yield PrintedFile(volume.named(f"{contest.code}.blank", language), PDF, content)


def _data(contest: Contest, form: ProtocolForm, places: list[ContestStation]) -> dict[str, object]:
    election = contest.election
    what = wording.broken(office(form))
    frame = parts.frame(election, _("Protocol of the results of voting at a polling station"), what)
    return {
        "frame": {**frame, "page": _("Page %(page)s") % {"page": "{page}"}},
        "head": [what, wording.name_of(election), wording.polling_day(election, form.round)],
        "labels": {
            "station": _("Polling station"),
            "area": _("Area"),
            "address": _("Address"),
            "registered": _("Voters on the list"),
            "rule": _(
                "Write one digit in each box. Write the last digit in the last box. If the number"
                " is zero, write 0."
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
            *parts.signers(_("Chair"), [""]),
            *parts.signers(_("Secretary"), [""]),
            *parts.signers(_("Member"), [""] * MEMBERS),
        ],
        "copies": COPIES,
        "words": parts.signing_words(),
    }


def _station(contest: Contest, form: ProtocolForm, place: ContestStation) -> dict[str, object]:
    station = place.station
    lineage = station.area.lineage
    return {
        "code": wording.code_of(station),
        "name": wording.name_of(station),
        "area": wording.name_of(station.area),
        "address": wording.broken(station.address),
        "registered": wording.figure(place.registered),
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


def _meaning(form: ProtocolForm, line: Line) -> str:
    if line.candidate is None:
        return wording.name_of(line)
    return next(wording.name_of(c) for c in form.choices if c.number == line.candidate)
