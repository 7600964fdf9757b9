"""A candidate: the votes in the whole, and where they are many and few."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm, share
from tabulation.ledger import cells, reading
from tabulation.ledger.cells import NamedArea
from tabulation.ledger.reading import AreaSums
from tabulation.public.document import Page, UnknownAddress
from tabulation.public.edition import Edition
from tabulation.public.pages.results import Result

#: Areas of the lowest level shown at each end, where there are more than twice as many.
ENDS = 15


@dataclass(frozen=True)
class Place:
    """What a candidate has in an area. ``share`` is in percent, ``against`` in percentage points:
    by how much it is above the share in the whole. ``rank``: 1 for most votes there.
    """

    code: str
    name: str
    names: dict[str, str]
    votes: int
    share: Fraction
    against: Fraction
    rank: int
    counted: int
    stations: int


def candidate_page(edition: Edition, contest: Contest, form: ProtocolForm, candidate: int) -> Page:
    """Where a candidate is strong and where weak: in each area below the head, and at the ends."""
    choice = next((choice for choice in form.choices if choice.number == candidate), None)
    if choice is None:
        raise UnknownAddress
    head = edition.head(contest)
    result = Result(head, form)
    whole = next(row for row in result.choices if row.number == candidate)
    areas = reading.sums_by_area(edition.published, contest)
    shares = _shares(form, candidate, areas)
    first = [area for area in areas if area.parent == head.lineage[-1]]
    lowest = _lowest(areas)
    ends = _ends(lowest, shares) if len(lowest) > len(first) else []
    names = cells.places({area.id for area in (*first, *ends)})
    base = whole.share or Fraction(0)

    def places(areas: Iterable[AreaSums]) -> list[Place]:
        """Strongest first, without areas where nothing counts or the candidate does not stand."""
        found = [
            _place(form, candidate, area, names[area.id], shares[area.id], base)
            for area in areas
            if area.id in shares
        ]
        return sorted(found, key=lambda place: (-place.share, place.code))

    return edition.page(
        "candidate",
        contest,
        form,
        result=result,
        choice=choice,
        whole=whole,
        places=places(first),
        strong=places(ends[:ENDS]),
        weak=places(ends[ENDS:])[::-1],
        compared=len(lowest),
    )


def _shares(form: ProtocolForm, number: int, areas: Iterable[AreaSums]) -> dict[int, Fraction]:
    """By area, the candidate's share in percent, where there is one."""
    found = {}
    for area in areas:
        if area.figures:
            votes = form.votes(area.figures)[number]
            part = share(votes, form.base_total(area.figures))
            if part is not None:
                found[area.id] = part
    return found


def _lowest(areas: Iterable[AreaSums]) -> list[AreaSums]:
    """Areas without an area in them."""
    areas = list(areas)
    parents = {area.parent for area in areas}
    return [area for area in areas if area.id not in parents]


def _ends(areas: Iterable[AreaSums], shares: Mapping[int, Fraction]) -> list[AreaSums]:
    """The strongest and the weakest, strongest first; none where they would be almost all."""
    counted = sorted((a for a in areas if a.id in shares), key=lambda a: (-shares[a.id], a.code))
    return [*counted[:ENDS], *counted[-ENDS:]] if len(counted) > 2 * ENDS else []


def _place(
    form: ProtocolForm,
    number: int,
    area: AreaSums,
    name: NamedArea,
    part: Fraction,
    whole: Fraction,
) -> Place:
    votes = form.votes(area.figures)
    own = votes[number] or 0
    return Place(
        area.code,
        name.name,
        name.names,
        own,
        part,
        part - whole,
        1 + sum((other or 0) > own for other in votes.values()),
        area.counted,
        area.stations,
    )
