"""The sums of every area of a contest at once, without what a page of one area needs."""

from dataclasses import dataclass

from candidates.models import Contest
from tabulation.ledger.reading import figures_in
from tabulation.models import Publication


@dataclass(frozen=True)
class AreaSums:
    """An area's sums, as published. ``id`` and ``parent`` are keys of areas."""

    id: int
    parent: int | None
    code: str
    stations: int
    counted: int
    figures: tuple[int | None, ...]


def sums_by_area(publication: Publication, contest: Contest) -> list[AreaSums]:
    """Every area of ``contest``, by code, in one query; figures are empty while nothing counts."""
    found = figures_in(publication, contest).filter(area__isnull=False).order_by("code")
    columns = found.values_list("area_id", "parent_id", "code", "stations", "counted", "figures")
    return [
        AreaSums(pk, parent, code, stations, counted, tuple(figures or ()))
        for pk, parent, code, stations, counted, figures in columns
    ]
