"""The receipt of a delivery: the papers of a territorial commission, handed over and received."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from candidates.models import Contest
from tabulation.languages.formatting import office
from tabulation.models import Area, ContestStation, Protocol, Receipt
from tabulation.printing import parts, wording
from tabulation.printing.parts import PDF, PrintedFile
from tabulation.printing.typesetting import typeset

#: Stations in one file.
STATIONS_IN_A_VOLUME = 1_000


def receipts(contest: Contest, area: Area, language: str, *, at: datetime) -> Iterator[PrintedFile]:
    """Every station of ``area``, by code, with what intake had received by ``at``, in volumes."""
    found = contest.stations.filter(station__area__lineage__contains=[area.pk])
    places = found.select_related("station").order_by("station__code")
    for volume in parts.volumes(places.iterator(2000), places.count(), STATIONS_IN_A_VOLUME):
        with wording.speaking(language, contest.election):
            data = _data(contest, area, volume, at)
        content = typeset("receipt", data, at=at, tagged=False)
        yield PrintedFile(volume.named(f"{contest.code}.receipts", language), PDF, content)


def _data(
    contest: Contest, area: Area, volume: parts.Volume[ContestStation], at: datetime
) -> dict[str, object]:
    election, what = contest.election, wording.broken(office(contest))
    where = f"{wording.code_of(area)} {wording.name_of(area)}"
    came = _arrivals(contest, [place.station_id for place in volume.items])
    stations = [
        [wording.code_of(p.station), wording.name_of(p.station), *_came(came.get(p.station_id))]
        for p in volume.items
    ]
    return {
        "frame": parts.frame(election, _("Receipt of protocols delivered"), f"{where} · {what}"),
        "head": [where, what, wording.name_of(election), *volume.line()],
        "facts": [
            (pgettext("heading", "Printed"), wording.moment(at)),
            (_("Polling stations"), wording.figure(len(stations))),
            (_("Logged at intake"), wording.figure(len(came))),
        ],
        "header": [
            _("Code"),
            _("Polling station"),
            _("Logged at intake"),
            _("Condition"),
            _("Handed over"),
            _("Time"),
            _("Signature"),
        ],
        "rows": stations,
        "blanks": [_("Total paper protocols handed over"), _("Day and time")],
        "signed": {
            "title": _("Signatures"),
            "rows": [
                *parts.signers(_("Handed over by"), [""]),
                *parts.signers(_("Received by"), [""]),
            ],
            "words": parts.signing_words(),
        },
    }


def _arrivals(contest: Contest, stations: list[int]) -> dict[int, Protocol]:
    """What is here of the stations: of each the newest paper that was not set aside."""
    found = Protocol.objects.filter(contest=contest, station__in=stations)
    here = found.newest_first().select_related("receipt").order_by("version")
    return {protocol.station_id: protocol for protocol in here}


def _came(protocol: Protocol | None) -> tuple[str, str]:
    if protocol is None:
        return wording.DASH, ""
    receipt: Receipt | None = getattr(protocol, "receipt", None)
    condition = str(receipt.get_condition_display()) if receipt else ""
    return wording.short_moment(protocol.received_at), condition
