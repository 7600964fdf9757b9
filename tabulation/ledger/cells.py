"""What a picture says of every unit of a contest: who leads, by how much, how many took part.

One statement reads the ledger, and the database reads the figures; nothing is joined to it, and no
station becomes an object of its own. Names of places are read by key, for areas alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.arithmetic.rules import side_sql, unpacked
from tabulation.ledger.reading import standing
from tabulation.models import Area, AreaShape, Publication, PublishedFigures

#: An area by its names, without its figures.
NamedArea = Area
#: Rows fetched at a time.
BATCH = 2_000


@dataclass(frozen=True)
class Cell:
    """One unit in a picture. ``area`` is the id of the station's area, or of the area itself.

    ``leader``: ballot number of who has most votes; ``None`` while nobody has any, and when the
    first are ``tied``. ``margin`` and ``turnout``: steps from 1 of the bounds asked for; the margin
    is in percent of what shares are of, the turnout in percent of the registered (``None``: no
    list). ``counted``: stations counted, of ``stations``; ``voters`` and ``registered`` as summed.
    """

    area: int
    code: str
    status: str
    leader: int | None
    tied: bool
    margin: int
    turnout: int | None
    voters: int | None
    registered: int | None
    stations: int
    counted: int


@dataclass(frozen=True)
class Tally:
    """How many stations directly in the area with this id say the same."""

    area: int
    status: str
    leader: int | None
    tied: bool
    margin: int
    turnout: int | None
    stations: int


@dataclass(frozen=True)
class Steps:
    """From which percents on the second step of the margin and of turnout begins, and so on."""

    margin: Sequence[int]
    turnout: Sequence[int]


def cells_of_stations(
    publication: Publication,
    contest: Contest,
    form: ProtocolForm,
    steps: Steps,
    inside: Sequence[int] | None = None,
) -> list[Cell]:
    """The stations by code; ``inside``: only those directly in the areas with these ids."""
    where = "f.station_id IS NOT NULL"
    if inside is not None:
        where += " AND f.parent_id = ANY (%(inside)s)"
    return _cells(publication, contest, form, steps, "f.parent_id", where, inside)


def cells_of_areas(
    publication: Publication, contest: Contest, form: ProtocolForm, steps: Steps
) -> dict[int, Cell]:
    """Every area of the contest by its id, in the order of codes."""
    cells = _cells(publication, contest, form, steps, "f.area_id", "f.area_id IS NOT NULL", None)
    return {cell.area: cell for cell in cells}


def tallies(
    publication: Publication, contest: Contest, form: ProtocolForm, steps: Steps
) -> list[Tally]:
    """The stations counted by what they say, area by area: sums of the database."""
    statement = f"""
        SELECT area, status, {_said(steps)}, count(*)
        FROM ({_read(form, "f.parent_id", "f.station_id IS NOT NULL")}) one
        GROUP BY 1, 2, 3, 4, 5, 6"""  # noqa: S608  # positions and names of ours
    return [Tally(*row) for row in _rows(statement, _keys(publication, contest))]


def grid_of_stations(
    publication: Publication, contest: Contest, form: ProtocolForm, number: int, grid: int
) -> tuple[dict[tuple[int, int], int], int, int]:
    """How many counted stations stand at (turnout, share of candidate ``number``).

    Both in steps of which ``grid`` are 100 percent, rounded down; more than that stands at 100.
    Then how many counted stations have no place, for want of a list or of votes, and how many are
    not counted.
    """
    read = _Figures(form)
    position = next(i for i, line in enumerate(form.lines, 1) if line.candidate == number)
    places = ", ".join(
        # least() ignores NULL: what cannot be divided would stand at 100.
        f"CASE WHEN {part} IS NOT NULL AND {whole} > 0"
        f" THEN least({grid}::bigint * {part} / {whole}, {grid}) END"
        for part, whole in ((read.voters, read.registered), (f"f.figures[{position}]", read.base))
    )
    statement = f"""
        SELECT status, x, y, count(*) FROM (
          SELECT f.status, {places} FROM {rows_of(form, STATIONS)} f
          WHERE {STANDS} AND {STATIONS}
        ) one (status, x, y) GROUP BY status, x, y"""  # noqa: S608  # positions and names of ours
    counts: dict[tuple[int, int], int] = {}
    nowhere = waiting = 0
    for status, x, y, stations in _rows(statement, _keys(publication, contest)):
        if status != "counted":
            waiting += stations
        elif x is None or y is None:
            nowhere += stations
        else:
            counts[x, y] = stations
    return counts, nowhere, waiting


def figures_of_head(publication: Publication, contest: Contest) -> tuple[int | None, ...]:
    """The sums of the whole contest; empty while nothing is counted."""
    head = PublishedFigures.objects.filter(contest=contest, area=contest.constituency.area_id)
    return tuple(standing(head, publication).values_list("figures", flat=True).first() or ())


def places_below(contest: Contest, *areas: int) -> dict[int, NamedArea]:
    """The areas with these ids, the contest's head by default, and all below them: by id, in the
    order of codes.
    """
    tops = list(areas or [contest.constituency.area_id])
    return _places(Area.objects.filter(election=contest.election_id, lineage__overlap=tops))


def places(ids: Iterable[int]) -> dict[int, NamedArea]:
    """Areas by their ids."""
    return _places(Area.objects.filter(pk__in=list(ids)))


def _places(areas: QuerySet[Area]) -> dict[int, NamedArea]:
    """By their ids in the order of codes, without what no reader of names asks for."""
    found = areas.only("code", "name", "names", "lineage")
    return {area.pk: area for area in sorted(found, key=lambda area: area.code.encode())}


def shapes_of(contest: Contest) -> dict[int, dict[str, object]]:
    """GeoJSON geometries of the contest's areas that have one, by the area's id."""
    shapes = AreaShape.objects.filter(area__election=contest.election_id)
    return dict(shapes.values_list("area_id", "geometry"))


def course(publication: Publication, contest: Contest) -> Iterator[tuple[Any, Any]]:
    """Each publication up to this one, oldest first, with the contest's head as it stood.

    Not those in which the contest was not there yet. The head is a row of the ledger.
    """
    head = contest.constituency.area_id
    rows = PublishedFigures.objects.filter(contest=contest, area=head).defer(
        "hash", "root", "broken", "evaluated", "filled"
    )
    changes = {row.published_in: row for row in rows}
    past = Publication.objects.filter(election=publication.election_id)
    in_force = None
    for one in (
        past.filter(number__lte=publication.number)
        .order_by("number")
        .defer("manifest", "checkpoint")
    ):
        in_force = changes.get(one.number, in_force)
        if in_force is not None:
            yield one, in_force


LEDGER = PublishedFigures._meta.db_table
STANDS = """f.contest_id = %(contest)s AND f.published_in <= %(number)s
            AND (f.superseded_in IS NULL OR f.superseded_in > %(number)s)"""
STATIONS = "f.station_id IS NOT NULL"


def rows_of(form: ProtocolForm, where: str) -> str:
    """What stands ``where``, as SQL to read from; the same is to be asked of its rows again."""
    columns = (
        "f.contest_id, f.area_id, f.station_id, f.parent_id, f.code, f.status, f.stations,"
        " f.counted, f.published_in, f.superseded_in"
    )
    return unpacked(LEDGER, columns, f"{STANDS} AND {where}", len(form.lines))


def _keys(publication: Publication, contest: Contest) -> dict[str, Any]:
    return {"contest": contest.pk, "number": publication.number}


def _rows(statement: str, keys: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, keys)
        while rows := cursor.fetchmany(BATCH):
            yield from rows


def _cells(
    publication: Publication,
    contest: Contest,
    form: ProtocolForm,
    steps: Steps,
    area: str,
    where: str,
    inside: Sequence[int] | None,
) -> list[Cell]:
    statement = f"""
        SELECT area, code, status, {_said(steps)}, voters, registered, stations, counted
        FROM ({_read(form, area, where)}) one ORDER BY code"""  # noqa: S608  # positions and names of ours
    keys = {**_keys(publication, contest), "inside": list(inside or ())}
    return [Cell(*row) for row in _rows(statement, keys)]


def _read(form: ProtocolForm, area: str, where: str) -> str:
    """SQL of the rows ``where``, with the most and second most votes, and what `_said` needs.

    OFFSET 0 keeps the steps apart: else each figure would be compared with all others in words,
    and the statement of a long ballot would be as long as its square.
    """
    read = _Figures(form)
    pairs = list(zip(read.numbers, read.votes, strict=True))
    return f"""
          SELECT *,
            {" + ".join(f"coalesce(({votes} = most)::int, 0)" for votes in read.votes)} AS firsts,
            CASE {" ".join(f"WHEN {votes} = most THEN {number}" for number, votes in pairs)} END
              AS first,
            -- Who leads alone is out of the second's way; who tie have no use for a second.
            coalesce(greatest({", ".join(f"nullif({votes}, most)" for votes in read.votes)}), 0)
              AS second
          FROM (
            SELECT {area} AS area, f.code, f.status, f.stations, f.counted, f.figures,
              greatest({", ".join(read.votes)}) AS most,
              coalesce(nullif({read.base}, 0), {read.all_votes}) AS base,
              {read.voters} AS voters, {read.registered} AS registered
            FROM {rows_of(form, where)} f WHERE {STANDS} AND {where} OFFSET 0
          ) f OFFSET 0"""  # noqa: S608  # positions and names of ours


def _said(steps: Steps) -> str:
    """SQL of what the figures of such a row say: leader, tied, margin and turnout of `Cell`."""
    return f"""
          CASE WHEN most > 0 AND firsts = 1 THEN first END,
          coalesce(most > 0 AND firsts > 1, false),
          CASE WHEN most > 0 AND firsts = 1
            THEN {_step("100 * (most - second)", "base", steps.margin)} ELSE 0 END,
          CASE WHEN registered > 0 AND voters IS NOT NULL
            THEN {_step("100 * voters", "registered", steps.turnout)} END"""


def _step(hundredfold: str, whole: str, bounds: Sequence[int]) -> str:
    """SQL of the step that ``hundredfold`` / ``whole`` percent is in; whole numbers throughout."""
    return " + ".join(["1", *(f"({hundredfold} >= {b} * {whole})::int" for b in bounds)])


class _Figures:
    """SQL of what `ProtocolForm` asks of figures, for those of a row ``f``; NULL is blank."""

    def __init__(self, form: ProtocolForm) -> None:
        lines = list(enumerate(form.lines, 1))
        of_candidates = [(i, line.candidate) for i, line in lines if line.candidate is not None]
        # Of a contest without candidates nobody leads, rather than that the statement is wrong.
        self.votes = [f"f.figures[{i}]" for i, _number in of_candidates] or ["NULL::bigint"]
        self.numbers = [int(number) for _i, number in of_candidates] or [0]
        self.all_votes = _side(tuple(i for i, _number in of_candidates))
        self.voters = _side(form.positions("voters"))
        self.registered = _side(form.positions("registered"))
        valid = _side(form.positions("valid" if form.positions("valid") else "votes"))
        box = form.positions("ballots_in_box")
        self.base = (
            valid
            if form.base == "valid"
            else _side(box)
            if box
            else _sum(valid, _side(form.positions("invalid")))
        )


def _side(positions: tuple[int, ...]) -> str:
    """The sum of the lines at ``positions``: a blank counts nothing; all blank, or none: NULL."""
    return f"({side_sql('f.figures', positions)})" if positions else "NULL::bigint"


def _sum(left: str, right: str) -> str:
    rest = f"CASE WHEN {left} IS NULL THEN 0 ELSE coalesce({right}, 0) END"
    return f"(coalesce({left}, {right}) + {rest})"
