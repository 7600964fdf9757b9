"""The stations of a contest filtered and sorted by what was counted in them, from the ledger alone.

Lines of the paper are subscripts of `figures`, written out from the form; names and areas of the
stations are read by key afterwards (see `reading._rows`). `documents.station_list` says the same of
one station in Python, and a property test holds the two together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.arithmetic.rules import side_sql, unpacked
from tabulation.database.statements import fetch
from tabulation.ledger.reading import Unit, figures_in, units_by_place
from tabulation.models import Area, Publication

#: Any relation at all, where one is asked for by its code.
ANY_RELATION = "*"
CHUNK = 2000

#: Each step names what the next one uses; OFFSET 0 keeps the planner from writing a step out again
#: wherever it is named.
STATIONS = """(
  SELECT *, {firsts} AS firsts FROM (
    SELECT *, {totals} FROM (
      SELECT station_id, code, parent_id, status, version, broken, figures IS NOT NULL AS typed,
        {named}
      FROM {ledger} f
      WHERE contest_id = %(contest)s AND station_id IS NOT NULL AND published_in <= %(number)s
        AND (superseded_in IS NULL OR superseded_in > %(number)s)
      OFFSET 0
    ) AS added_up OFFSET 0
  ) AS compared OFFSET 0
) AS station"""
#: All that match, in order; and one page of them, or the last, with how many there are in all.
MATCHING = "SELECT station_id FROM {stations} WHERE {conditions} ORDER BY {column} {order}"
PAGE = """
WITH matching AS MATERIALIZED (
  SELECT station_id, code, {column} AS sorted_by FROM {stations} WHERE {conditions}
), counted AS (SELECT count(*) AS total FROM matching)
SELECT total, ARRAY(
  SELECT station_id FROM matching ORDER BY sorted_by {order} LIMIT %(size)s
  OFFSET (SELECT least(%(first)s, (greatest(total, 1) - 1) / %(size)s * %(size)s) FROM counted)
) FROM counted"""
#: Exact for any figures of a station: two fractions that differ do so before the twentieth decimal.
PERCENT = "{part}::numeric(40, 20) * 100 / nullif({whole}, 0)"
VALID_OR_INVALID = """CASE WHEN num_nonnulls(valid, invalid) > 0
  THEN coalesce(valid, 0) + coalesce(invalid, 0) END"""
#: The rank of the station's area by its code, out of two arrays: no table is joined.
AREA = "(%(ranks)s::integer[])[width_bucket(parent_id, %(areas)s::bigint[])]"


@dataclass(frozen=True)
class StationFilter:
    """Which stations are wanted; by default all. Shares and turnout are in percent, both included.

    ``area``: those below the area of this code. ``breaks``: those that break the relation of this
    code, or any (`ANY_RELATION`). ``leader``: the ballot number of who has most votes there.
    """

    area: str = ""
    status: str = ""
    corrected: bool = False
    breaks: str = ""
    leader: int | None = None
    turnout_from: Decimal | None = None
    turnout_to: Decimal | None = None
    share_from: Decimal | None = None
    share_to: Decimal | None = None
    invalid_from: Decimal | None = None
    invalid_to: Decimal | None = None
    over: bool = False


def areas_of(contest: Contest) -> list[Area]:
    """Every area of a contest, those nearest its head first, by code."""
    inside = Area.objects.filter(lineage__contains=[contest.constituency.area_id])
    return sorted(inside, key=lambda area: (len(area.lineage), area.code))


class Page(NamedTuple):
    """Some of the stations that match, and how many match in all."""

    units: list[Unit]
    total: int


@dataclass(frozen=True)
class Listing:
    """Stations that are ``wanted``, in the order of a column; read only when they are asked for.

    ``areas`` are those of the contest (`areas_of`).
    """

    publication: Publication
    contest: Contest
    form: ProtocolForm
    areas: Sequence[Area]
    wanted: StationFilter = StationFilter()
    order: str = "code"

    def order_by(self, *columns: str) -> "Listing":
        """By the first of the ``columns`` (see `columns_of`), backwards after a minus sign.

        Stations without such a figure come last either way, and equal ones by their codes.
        """
        return replace(self, order=(columns or ("code",))[0])

    def page(self, number: int, size: int) -> "Page":
        """The stations of a page of ``size``, or of the last page; pages count from 1."""
        ((total, keys),) = self._read(PAGE, first=(number - 1) * size, size=size)
        return Page(self._units(keys), total)

    def everything(self) -> Iterator[Unit]:
        """All of them, some thousand at a time: rows of a ledger do not change meanwhile."""
        keys = [key for (key,) in self._read(MATCHING)]
        for first in range(0, len(keys), CHUNK):
            yield from self._units(keys[first : first + CHUNK])

    def _read(self, statement: str, **values: int) -> list[Any]:
        """Made of our words and of places on the form; all that anybody typed is in the values."""
        columns = columns_of(self.form)
        direction = "DESC" if self.order.startswith("-") else "ASC"
        sql = statement.format(
            stations=_stations(self.form),
            conditions=" AND ".join(_conditions(self.wanted, columns, self.form)),
            column=columns[self.order.removeprefix("-")],
            order=f"{direction} NULLS LAST, code",
        )
        return fetch(sql, {**self._values, **values})

    def _units(self, keys: list[int]) -> list[Unit]:
        rows = figures_in(self.publication, self.contest).filter(station__in=keys)
        return units_by_place(rows, keys)

    @property
    def _values(self) -> dict[str, Any]:
        by_code = sorted(self.areas, key=lambda area: area.code)
        ranks = {area.pk: rank for rank, area in enumerate(by_code)}
        top = [area.pk for area in self.areas if area.code == self.wanted.area]
        return {
            **vars(self.wanted),
            "contest": self.contest.pk,
            "number": self.publication.number,
            "inside": [area.pk for area in self.areas if set(top) & set(area.lineage)],
            "areas": sorted(ranks),
            "ranks": [ranks[pk] for pk in sorted(ranks)],
        }


def _stations(form: ProtocolForm) -> str:
    """Each station of a contest with its totals, its votes, and the most votes of anybody."""
    votes = {f"votes{position}": f"figures[{position}]" for position in _votes(form)}
    named = {
        "registered": _total(form, "registered"),
        "voters": _total(form, "voters"),
        "invalid": _total(form, "invalid"),
        "valid": _total(form, "valid" if form.positions("valid") else "votes"),
        "box": _total(form, "ballots_in_box"),
        "breaches": " + ".join(f"broken[{i}]" for i, _c in enumerate(form.checks, 1)) or "0",
        **votes,
    }
    # As `ProtocolForm.cast` and `ProtocolForm.base_total` say.
    cast = "box" if form.positions("ballots_in_box") else VALID_OR_INVALID
    totals = {
        "best": f"greatest({', '.join(['NULL::bigint', *votes])})",
        "ballots": cast,
        "base": "valid" if form.base == "valid" else cast,
    }
    # How many have the most votes.
    firsts = " + ".join(f"coalesce(({line} = best)::integer, 0)" for line in votes) or "0"
    ledger = unpacked(
        "tabulation_publishedfigures",
        "f.contest_id, f.station_id, f.code, f.parent_id, f.status, f.version, f.broken,"
        " f.published_in, f.superseded_in",
        "f.contest_id = %(contest)s AND f.station_id IS NOT NULL",
        len(form.lines),
    )
    return STATIONS.format(named=_named(named), totals=_named(totals), firsts=firsts, ledger=ledger)


def _named(expressions: dict[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in expressions.items())


def columns_of(form: ProtocolForm) -> dict[str, str]:
    """What stations can be sorted by, as SQL over `_stations`."""
    votes = _votes(form)
    lines = [f"votes{position}" for position in votes]
    others = ", ".join(f"CASE WHEN {line} < best THEN {line} END" for line in lines)
    alone = "best > 0 AND firsts = 1"
    whose = " ".join(f"WHEN votes{position} THEN {number}" for position, number in votes.items())
    return {
        "code": "code",
        "area": AREA,
        "status": 'status COLLATE "C"',
        "registered": "registered",
        "voters": "voters",
        "turnout": PERCENT.format(part="voters", whole="registered"),
        "invalid": PERCENT.format(part="invalid", whole="ballots"),
        "leader": f"CASE WHEN {alone} THEN CASE best {whose or 'WHEN 0 THEN 0'} END END",
        "share": f"CASE WHEN {alone} THEN {PERCENT.format(part='best', whole='base')} END",
        "margin": "CASE WHEN best > 0 THEN best - CASE WHEN firsts > 1 THEN best"
        f" ELSE greatest(NULL::bigint, {others or 'NULL'}) END END",
        "breaches": "CASE WHEN typed THEN breaches END",
        "version": "version",
    }


def _conditions(wanted: StationFilter, columns: dict[str, str], form: ProtocolForm) -> list[str]:
    """What must be true of a station, as SQL with the names of `StationFilter` for its values."""
    bounds = [
        f"{columns[column]} {sign} %({column}_{end})s"
        for column in ("turnout", "share", "invalid")
        for end, sign in (("from", ">="), ("to", "<="))
        if getattr(wanted, f"{column}_{end}") is not None
    ]
    conditions = {
        "parent_id = ANY (%(inside)s)": wanted.area,
        "status = %(status)s": wanted.status,
        "version > 1": wanted.corrected,
        _breaks(wanted.breaks, form): wanted.breaks,
        f"{columns['leader']} = %(leader)s": wanted.leader is not None,
        "registered > 0 AND voters > registered": wanted.over,
    }
    return ["true", *bounds, *(condition for condition, wish in conditions.items() if wish)]


def _breaks(code: str, form: ProtocolForm) -> str:
    """A relation that the form does not have is broken nowhere."""
    if code == ANY_RELATION:
        return "breaches > 0"
    places = [i for i, check in enumerate(form.checks, 1) if check.code == code]
    return f"broken[{places[0]}] > 0" if places else "false"


def _votes(form: ProtocolForm) -> dict[int, int]:
    """Ballot numbers of the candidates by the positions of their lines."""
    return {
        position: line.candidate
        for position, line in enumerate(form.lines, 1)
        if line.candidate is not None
    }


def _total(form: ProtocolForm, role: str) -> str:
    """`ProtocolForm.total` as SQL."""
    positions = form.positions(role)
    return side_sql("figures", positions) if positions else "NULL::bigint"
