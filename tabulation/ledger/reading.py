"""Read any publication, from the ledger: units, what lies under them, the form they follow."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, F, Func, Min, Model, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.models import Area, PollingStation, Publication, PublishedFigures, PublishedForm

M = TypeVar("M", bound=Model)


class UnknownUnit(LookupError):
    """No such contest, area or station in this publication."""


@dataclass(frozen=True)
class Unit:
    """A station or an area as published. Counts and sums are ``PublishedFigures``'s, in its units.

    ``figures`` is empty while nothing is counted (``figures or form.blank`` is a whole array).
    ``lineage``: ids of the areas from the root down to the area, or to the station's area.
    ``since`` is the number of the publication that wrote the row, ``until`` that of the one that
    replaced it (``None``: it stands).
    """

    kind: str
    code: str
    name: str
    names: dict[str, str]
    level: str
    levels: dict[str, str]
    address: str
    lineage: tuple[int, ...]
    status: str
    figures: tuple[int | None, ...]
    #: Per line, how many stations filled it; empty for a station.
    filled: tuple[int, ...]
    version: int | None
    reason: str
    decision: str
    stations: int
    counted: int
    annulled: int
    registered: int | None
    registered_counted: int | None
    broken: tuple[int, ...]
    evaluated: tuple[int, ...]
    since: int
    until: int | None
    #: Of a station, why broken warnings were accepted: the lines of docs/verification.md.
    reasons: str = ""

    @property
    def is_station(self) -> bool:
        return self.kind == "station"

    @property
    def missing(self) -> int:
        """Stations not counted yet."""
        return self.stations - self.counted - self.annulled

    @property
    def registered_missing(self) -> int | None:
        """Registered voters at stations that are not counted, or annulled; ``None`` where no list
        is kept.
        """
        if self.registered is None:
            return None
        return self.registered - (self.registered_counted or 0)


def election_or_none(slug: str) -> Election | None:
    return Election.objects.filter(slug=slug).first()


def publications(election: Election) -> QuerySet[Publication]:
    """All publications of an election, newest first."""
    return election.publications.order_by("-number")


def latest(election: Election) -> Publication | None:
    return publications(election).first()


def publication_or_none(election: Election, number: int) -> Publication | None:
    return election.publications.filter(number=number).first()


def published_contests(publication: Publication) -> list[tuple[Contest, ProtocolForm]]:
    """The contests in ``publication``, each with its form as frozen there."""
    forms = (
        standing(PublishedForm.objects.all(), publication)
        .filter(election_id=publication.election_id)
        .select_related("contest__constituency")
        .order_by("contest__round", "contest__code")
    )
    return [(form.contest, ProtocolForm.from_json(form.body)) for form in forms]


def covered_since(contest: Contest) -> int:
    """The first publication with the contest: all after it have it, too. 0: there is none yet."""
    forms = PublishedForm.objects.filter(contest=contest)
    first: int | None = forms.aggregate(first=Min("published_in"))["first"]
    return first or 0


def unit_of_head(publication: Publication, contest: Contest) -> Unit:
    """The whole contest: its national result, when it covers the country."""
    return _one(_rows(publication, contest).filter(area=contest.constituency.area_id))


def unit_of_area(publication: Publication, contest: Contest, code: str) -> Unit:
    """An area by its code. Raises UnknownUnit."""
    return _one(_rows(publication, contest).filter(area=place_id(Area, publication, code)))


def unit_of_station(publication: Publication, contest: Contest, code: str) -> Unit:
    """A station by its code. Raises UnknownUnit."""
    return _one(
        _rows(publication, contest).filter(station=place_id(PollingStation, publication, code))
    )


def areas(publication: Publication, contest: Contest, codes: Iterable[str]) -> dict[str, Unit]:
    """Those of these areas that there are, by code."""
    return _by_code(publication, contest, codes, "area")


def stations(publication: Publication, contest: Contest, codes: Iterable[str]) -> dict[str, Unit]:
    """Those of these stations that there are, by code."""
    return _by_code(publication, contest, codes, "station")


def _by_code(
    publication: Publication, contest: Contest, codes: Iterable[str], kind: str
) -> dict[str, Unit]:
    rows = _rows(publication, contest).filter(at_places(kind, publication, codes))
    return {unit.code: unit for unit in map(_unit, rows)}


@dataclass
class Inside:
    """What lies directly in an area, by code: its areas, some of its stations, and how many
    stations there are.
    """

    areas: list[Unit] = field(default_factory=list)
    stations: list[Unit] = field(default_factory=list)
    count: int = 0


def inside(
    publication: Publication, contest: Contest, areas: Iterable[Unit], *, first: int, most: int
) -> dict[str, Inside]:
    """What lies directly in each of these areas, by their codes; ``most`` of its stations."""
    codes: dict[int | None, str] = {area.lineage[-1]: area.code for area in areas}
    found = {code: Inside() for code in codes.values()}
    rows = _rows(publication, contest).filter(parent__in=list(codes))
    for row in rows.filter(area__isnull=False):
        found[codes[row.parent_id]].areas.append(_unit(row))
    stations = rows.filter(station__isnull=False)
    for parent, count in stations.order_by().values_list("parent_id").annotate(Count("pk")):
        found[codes[parent]].count = count
    # No page so far on is asked of the database: its numbers end at some place.
    if any(first < one.count for one in found.values()):
        place = Window(RowNumber(), partition_by="parent_id", order_by="code")
        shown = stations.annotate(place=place).filter(place__gt=first, place__lte=first + most)
        for row in shown:
            found[codes[row.parent_id]].stations.append(_unit(row))
    return found


def node_of(publication: Publication, contest: Contest, unit: Unit) -> str:
    """The hash of an area in the sum tree, in hexadecimal; the head's is the contest's root, as it
    is signed where the publication is.
    """
    if publication.manifest and unit.lineage[-1] == contest.constituency.area_id:
        bound = json.loads(publication.manifest)["contests"]
        return str(next(one["root"] for one in bound if one["contest"] == contest.code))
    rows = figures_in(publication, contest)
    return bytes(rows.values_list("hash", flat=True).get(area=unit.lineage[-1])).hex()


def areas_below(publication: Publication, contest: Contest, code: str) -> list[Unit]:
    """The areas directly below the area ``code``, by code."""
    return [_unit(row) for row in _inside(publication, contest, code, area__isnull=False)]


def has_stations(publication: Publication, contest: Contest, code: str) -> bool:
    """Whether any station lies directly in the area ``code``, not in one below it."""
    return _inside(publication, contest, code, station__isnull=False).exists()


def without_a_list(publication: Publication, contest: Contest) -> bool:
    """Whether any station that is not counted keeps no list, so that nobody knows what is out."""
    out = figures_in(publication, contest).filter(station__isnull=False, status="not counted")
    return out.filter(registered=None).exists()


def registered_annulled(publication: Publication, contest: Contest) -> int:
    """Voters on the lists of the stations whose results are annulled: nothing more comes there."""
    annulled = figures_in(publication, contest).filter(station__isnull=False, status="annulled")
    return annulled.aggregate(voters=Sum("registered"))["voters"] or 0


def states_of_areas(publication: Publication, contest: Contest) -> list[tuple[str, int]]:
    """Each area's code and since which publication it stands, those nearest the head first.

    Whatever changes in an area or below it writes the area's row anew, so the number is enough to
    know whether anything did.
    """
    areas = Area.objects.filter(election=publication.election_id)
    depth = dict(areas.values_list("pk", "lineage__len"))
    found = figures_in(publication, contest).filter(area__isnull=False).order_by("code")
    nearest = sorted(
        found.values_list("area_id", "code", "published_in"), key=lambda row: depth[row[0]]
    )
    return [(code, since) for _area, code, since in nearest]


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


def states_of_stations(publication: Publication, contest: Contest) -> list[tuple[str, int]]:
    """Each station's code and since which publication it stands, by code."""
    stations = figures_in(publication, contest).filter(station__isnull=False).order_by("code")
    return list(stations.values_list("code", "published_in"))


def stations_by_area(
    publication: Publication, contest: Contest, more_than: int = 0
) -> dict[str, int]:
    """By code, how many stations lie directly in the areas that have ``more_than`` so many."""
    counts = (
        figures_in(publication, contest)
        .filter(station__isnull=False)
        .values_list("parent_id")
        .annotate(stations=Count("pk"))
        .filter(stations__gt=more_than)
        .order_by()
    )
    codes = dict(Area.objects.filter(election=publication.election_id).values_list("pk", "code"))
    return {codes[area]: stations for area, stations in counts}


def everything(
    publication: Publication, contest: Contest, *, below: str | None = None, kind: str = "station"
) -> Iterator[Unit]:
    """All stations (or areas) of a contest in code order, read from a server-side cursor.

    ``below`` limits them to the subtree of that area.
    """
    rows = _rows(publication, contest).filter(**{f"{kind}__isnull": False})
    if below is not None:
        area = Area.objects.filter(election=publication.election_id, code=below).first()
        if area is None:
            raise UnknownUnit(below)
        under = Area.objects.filter(lineage__contains=[area.pk]).values_list("pk", flat=True)
        rows = rows.filter(**{"parent__in" if kind == "station" else "area__in": list(under)})
    return (_unit(row) for row in rows.iterator(chunk_size=2000))


def units_by_place(rows: "QuerySet[PublishedFigures]", places: list[int]) -> list[Unit]:
    """The units of ledger rows, all of stations or all of areas, in the order of their places."""
    read = rows.prefetch_related("station__area", "area")
    found = {row.station_id or row.area_id: row for row in read}
    return [_unit(found[place]) for place in places if place in found]


def standing(rows: "QuerySet[M]", publication: Publication) -> "QuerySet[M]":
    """Ledger rows that stood in ``publication``."""
    return rows.filter(
        Q(superseded_in__isnull=True) | Q(superseded_in__gt=publication.number),
        published_in__lte=publication.number,
    )


def figures_in(publication: Publication, contest: Contest) -> "QuerySet[PublishedFigures]":
    """Rows of a contest that stood in ``publication``."""
    return standing(PublishedFigures.objects.filter(contest=contest), publication)


def _rows(publication: Publication, contest: Contest) -> "QuerySet[PublishedFigures]":
    """Ledger rows; their places are read by key after them, never joined.

    A large load or publication may be analysed before it is committed. The database then takes
    both tables for empty, and a join would compare each row with each.
    """
    rows = figures_in(publication, contest)
    return rows.prefetch_related("station__area", "area").order_by("code")


def _inside(
    publication: Publication, contest: Contest, code: str, **which: bool
) -> "QuerySet[PublishedFigures]":
    """What lies directly in the area ``code``."""
    return _rows(publication, contest).filter(parent=place_id(Area, publication, code), **which)


def place_id(of: "type[Area | PollingStation]", publication: Publication, code: str) -> Any:
    """The key of the area or station ``code``, found inside the query that asks for it."""
    found: QuerySet[Any] = of._default_manager.filter(election=publication.election_id, code=code)
    return found.values("pk")[:1]


def at_places(kind: str, publication: Publication, codes: Iterable[str]) -> Func:
    """The condition that a row is of one of these stations (or areas: ``kind``).

    Their keys are an array, found once: a subquery with IN becomes a join, which compares each row
    with each while the database takes both tables for empty.
    """
    of = {"station": PollingStation, "area": Area}[kind]
    found: QuerySet[Any] = of._default_manager.filter(election=publication.election_id)
    return Func(
        F(kind),
        ArraySubquery(found.filter(code__in=list(codes)).values("pk")),
        template="%(expressions)s)",
        arg_joiner=" = ANY (",
        output_field=BooleanField(),
    )


def _one(rows: "QuerySet[PublishedFigures]") -> Unit:
    if (row := rows.first()) is None:
        raise UnknownUnit
    return _unit(row)


def _unit(row: PublishedFigures) -> Unit:
    place: Any = row.station or row.area
    area: Any = row.station.area if row.station else row.area
    return Unit(
        kind="station" if row.station else "area",
        code=place.code,
        name=place.name,
        names=place.names,
        level=getattr(place, "level", ""),
        levels=getattr(place, "levels", {}),
        address=getattr(place, "address", ""),
        lineage=tuple(area.lineage),
        status=row.status,
        figures=tuple(row.figures or ()),
        filled=tuple(row.filled or ()),
        version=row.version,
        reason=row.reason,
        decision=row.decision,
        stations=row.stations,
        counted=row.counted,
        annulled=row.annulled,
        registered=row.registered,
        registered_counted=row.registered_counted,
        broken=tuple(row.broken),
        evaluated=tuple(row.evaluated),
        since=row.published_in,
        until=row.superseded_in,
        reasons=row.reasons or "",
    )
