"""Stations about which something is still open: not counted, or with a correction under way."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.models import ContestStation, Protocol


@dataclass(frozen=True)
class OpenStation:
    """``counts``: an earlier version of its protocol counts, or was annulled."""

    code: str
    name: str
    counts: bool


def open_stations(contest: Contest) -> list[OpenStation]:
    """Those of ``contest`` by code, in one query."""
    own = Protocol.objects.filter(contest=OuterRef("contest"), station=OuterRef("station"))
    places = ContestStation.objects.filter(contest=contest).annotate(
        counts=Exists(own.filter(status__in=lifecycle.IN_FORCE)),
        in_work=Exists(own.filter(status__in=lifecycle.IN_WORK)),
    )
    found = places.filter(Q(counts=False) | Q(in_work=True)).order_by("station__code")
    rows = found.values_list("station__code", "station__name", "counts")
    return [OpenStation(*row) for row in rows]
