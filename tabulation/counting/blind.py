"""Whose typed figures may be shown: while somebody may type blind, nobody reads the others'."""

from collections import Counter
from collections.abc import Collection, Sequence

from candidates.models import Election
from tabulation.arithmetic import lifecycle
from tabulation.models import Protocol, Seat

#: What an event of a protocol says of its figures: the lines, and why odd ones stand.
WITHHELD = frozenset({"figures", "reasons"})


def may_be_shown(
    election: Election, stations: Collection[str], until: Collection[str] = lifecycle.UNSETTLED
) -> list[Protocol]:
    """The versions of these stations (codes) whose typed figures may be read.

    Those that are in none of the statuses ``until``. One that was set aside: only if as many people
    as the election asks for had finished it, and no later version of the same paper is in one of
    ``until``. Ask after reading what is shown: then nothing is that is typed again meanwhile.
    """
    versions = list(
        Protocol.objects.filter(station__election=election, station__code__in=stations)
        .select_related("contest__election", "station")
        .order_by("version")
    )
    newest = {(version.contest_id, version.station_id): version.status for version in versions}
    finished = _finished(election, [v for v in versions if v.status == lifecycle.SET_ASIDE])

    def shown(version: Protocol) -> bool:
        if version.status in until or version.status != lifecycle.SET_ASIDE:
            return version.status not in until
        return (
            version.pk in finished and newest[version.contest_id, version.station_id] not in until
        )

    return [version for version in versions if shown(version)]


def _finished(election: Election, versions: Sequence[Protocol]) -> set[int]:
    """Those that as many people finished as the election asks for; nobody sits at one twice."""
    if not versions:
        return set()
    seats = Seat.objects.filter(protocol__in=versions, entries__isnull=False).distinct()
    typed = Counter(seats.values_list("protocol", flat=True))
    return {protocol for protocol, people in typed.items() if people >= election.entries_required}
