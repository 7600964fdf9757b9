"""The receipt of a delivery: the papers of a territorial commission, handed over and received."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from candidates.models import Contest
from tabulation.models import Area, ContestStation, Protocol, Receipt
from tabulation.printing import common, words
from tabulation.printing.common import PDF, Paper
from tabulation.printing.typesetting import typeset
from tabulation.templatetags.results import office

#: Stations in one file.
STATIONS_IN_A_VOLUME = 1_000


def receipts(contest: Contest, area: Area, language: str, *, at: datetime) -> Iterator[Paper]:
    """Every station of ``area``, by code, with what intake had received by ``at``, in volumes."""
    places = ContestStation.objects.filter(
        contest=contest, station__area__lineage__contains=[area.pk]
    ).select_related("station")
    ordered = places.order_by("station__code").iterator(2000)
    for volume in common.volumes(ordered, places.count(), STATIONS_IN_A_VOLUME):
        with words.speaking(language, contest.election):
            data = _data(contest, area, volume, at)
        content = typeset("receipt", data, at=at, tagged=False)
        yield Paper(volume.named(f"{contest.code}.receipts", language), PDF, content)


def _data(
    contest: Contest, area: Area, volume: common.Volume[ContestStation], at: datetime
) -> dict[str, Any]:
    election, what = contest.election, words.broken(office(contest))
    where = f"{words.code_of(area)} {words.name_of(area)}"
    came = _arrivals(contest, [place.station_id for place in volume.items])
    stations = [
        [words.code_of(p.station), words.name_of(p.station), *_came(came.get(p.station_id))]
        for p in volume.items
    ]
    return {
        "frame": common.frame(election, _("Receipt of protocols delivered"), f"{where} · {what}"),
        "head": [where, what, words.name_of(election), *volume.line()],
        "facts": [
            (_("Printed"), words.moment(at)),
            (_("Polling stations"), words.figure(len(stations))),
            (_("Logged at intake"), words.figure(len(came))),
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
        "blanks": [_("Papers handed over, in all"), _("Day and time")],
        "signed": {
            "title": _("Signatures"),
            "rows": [
                *common.signers(_("Handed over by"), [""]),
                *common.signers(_("Received by"), [""]),
            ],
            "words": common.signing_words(),
        },
    }


def _arrivals(contest: Contest, stations: list[int]) -> dict[int, Protocol]:
    """What is here of the stations: of each the newest paper that was not set aside."""
    found = Protocol.objects.filter(contest=contest, station__in=stations)
    here = found.newest_first().select_related("receipt").order_by("version")
    return {protocol.station_id: protocol for protocol in here}


def _came(protocol: Protocol | None) -> tuple[str, str]:
    if protocol is None:
        return words.DASH, ""
    receipt: Receipt | None = getattr(protocol, "receipt", None)
    condition = str(receipt.get_condition_display()) if receipt else ""
    return words.short_moment(protocol.received_at), condition
