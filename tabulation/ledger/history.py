"""What a station was said to have counted: every row the ledger ever had of it, and its reasons."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from candidates.models import Contest
from tabulation.ledger.differences import StationState, state_of
from tabulation.ledger.reading import at_places, figures_in
from tabulation.models import Publication, PublishedFigures

CHUNK = 2_000


@dataclass(frozen=True)
class Version:
    """A station as publication ``number`` and those after it, but for the next version, have it."""

    number: int
    published_at: datetime
    station: StationState

    @property
    def before(self) -> int:
        """Number of the publication before; 0: there is none."""
        return self.number - 1


def versions_of_stations(
    publication: Publication, contest: Contest, codes: Iterable[str]
) -> dict[str, list[Version]]:
    """All that was published of stations up to ``publication``, by code, newest first. Two queries,
    however many stations.
    """
    rows = list(
        PublishedFigures.objects.filter(
            at_places("station", publication, codes),
            contest=contest,
            published_in__lte=publication.number,
        ).order_by("-published_in")
    )
    numbers = {row.published_in for row in rows}
    siblings = Publication.objects.filter(election=publication.election_id, number__in=numbers)
    times = dict(siblings.values_list("number", "published_at"))
    found: dict[str, list[Version]] = {}
    for row in rows:
        state = state_of(row.status, row.figures, row.version, row.reason, row.decision)
        version = Version(row.published_in, times[row.published_in], state)
        found.setdefault(row.code, []).append(version)
    return found


def every_reason(publication: Publication, contest: Contest) -> Iterator[str]:
    """The lines of the accepted warnings' reasons, each after its station's code and a TAB.

    Without the code they are what field 10 of the station's record is the hash of. What was
    published before the texts were kept is not there.
    """
    rows: Any = figures_in(publication, contest).filter(reasons__isnull=False)
    explained = rows.order_by("code").values_list("code", "reasons")
    for code, reasons in explained.iterator(chunk_size=CHUNK):
        yield "".join(f"{code}\t{line}\n" for line in reasons.split("\n")[:-1])
