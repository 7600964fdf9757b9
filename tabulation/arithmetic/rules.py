"""Control relations and inaccuracies of a protocol: pure arithmetic, exact, no Django.

Figures are one array in the paper's order; a position counts from 1, as in SQL. A blank is
``None``. Inside a side with any filled line a blank counts 0; a side wholly blank makes the
relation "not evaluated". A side with no lines at all is the number 0 ("lost ballots = 0").
Each rule is an SQL expression over the same array, for whole sets; a property test holds it to the
same in Python. No function in it takes a line an argument: PostgreSQL passes 100 at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

#: Of a form with more lines PostgreSQL stores the figures compressed, or beside the row.
SHORT = 100

Figures = Sequence[int | None]
Positions = tuple[int, ...]
Operator = Literal["==", ">=", "<="]
TermKind = Literal["difference", "excess"]
TERMS: dict[str, TermKind] = {"difference": "difference", "excess": "excess"}
OPERATORS: tuple[Operator, ...] = ("==", ">=", "<=")


@dataclass(frozen=True)
class Relation:
    """``left operator right``, both sums of lines, missed by no more than the tolerance.

    ``tolerance`` is in ballots, or in percent of the right side when ``percent`` is true.
    """

    left: Positions
    operator: Operator
    right: Positions
    tolerance: Decimal = Decimal(0)
    percent: bool = False


@dataclass(frozen=True)
class Term:
    """One term of the inaccuracy formula: ``|left - right|`` or ``max(0, left - right)``."""

    kind: TermKind
    left: Positions
    right: Positions


def side(figures: Figures, positions: Positions) -> int | None:
    """The sum of the lines at ``positions``; ``None`` when there are lines and all are blank."""
    filled = [value for p in positions if (value := figures[p - 1]) is not None]
    return sum(filled) if filled or not positions else None


def holds(relation: Relation, figures: Figures) -> bool | None:
    """Whether the relation holds; ``None`` when a side is wholly blank: not evaluated."""
    left, right = side(figures, relation.left), side(figures, relation.right)
    if left is None or right is None:
        return None
    allowed = Fraction(relation.tolerance)
    if relation.percent:
        allowed = allowed * right / 100
    missed = {"==": abs(left - right), ">=": right - left, "<=": left - right}
    return missed[relation.operator] <= allowed


def unpacked(table: str, columns: str, where: str, lines: int) -> str:
    """``table``, or of a long form a subquery in its place: the rows ``where``, with the
    ``columns`` and figures unpacked once. Else every subscript would unpack them anew.

    ``columns`` and ``where`` are of the alias ``f``.
    """
    if lines <= SHORT:
        return table
    return f"(SELECT {columns}, f.figures[:] AS figures FROM {table} f WHERE {where} OFFSET 0)"  # noqa: S608  # literals of the callers


def side_sql(column: str, positions: Positions) -> str:
    """`side` over the array ``column``, as SQL; NULL where the side is wholly blank."""
    if not positions:
        return "0::bigint"
    if len(positions) == 1:
        return f"{column}[{int(positions[0])}]::bigint"
    lines = [f"{column}[{int(p)}]" for p in positions]
    total = " + ".join(f"coalesce({line}, 0)::bigint" for line in lines)
    return f"CASE WHEN {_filled(lines)} THEN {total} END"


def _filled(values: Sequence[str]) -> str:
    """Whether any of the SQL ``values`` is not NULL. `coalesce` takes any number of them."""
    return f"coalesce({', '.join(values)}) IS NOT NULL"


def relation_sql(relation: Relation, column: str) -> str:
    """`holds` as an SQL boolean over the array ``column``; NULL: not evaluated."""
    left = f"({side_sql(column, relation.left)})"
    right = f"({side_sql(column, relation.right)})"
    missed = {"==": f"abs({left} - {right})", ">=": f"{right} - {left}", "<=": f"{left} - {right}"}
    allowed = f"{relation.tolerance:f}"
    if relation.percent:
        return f"(({missed[relation.operator]}) * 100 <= {allowed} * {right})"
    return f"(({missed[relation.operator]}) <= {allowed})"


def evaluated_sql(relation: Relation, column: str) -> str:
    """Whether `holds` has an answer, as an SQL boolean: some line of each side is filled."""
    sides = [
        _filled([f"{column}[{int(p)}]" for p in positions])
        for positions in (relation.left, relation.right)
        if positions
    ]
    return f"({' AND '.join(sides) or 'true'})"


def inaccuracies_sql(terms: Sequence[Term], column: str) -> str:
    """The inaccuracies of one station, the sum of its terms in ballots, as an SQL bigint over the
    array ``column``. A term that cannot be evaluated adds nothing; NULL: none can be.

    Electoral Code of Armenia, summarising of the voting results: the size of the inaccuracies is a
    sum of the differences between numbers that should agree.
    """
    values = []
    for term in terms:
        gap = f"({side_sql(column, term.left)}) - ({side_sql(column, term.right)})"
        # greatest() ignores NULL, so the blank side is asked for before it.
        excess = f"CASE WHEN {gap} IS NOT NULL THEN greatest(0, {gap}) END"
        values.append(f"abs({gap})" if term.kind == "difference" else excess)
    if not values:
        return "NULL::bigint"
    total = " + ".join(f"coalesce({value}, 0)" for value in values)
    return f"CASE WHEN {_filled(values)} THEN {total} END"
