"""The paper form of one contest as plain data: its lines, relations and candidates. No Django.

The same object is built from the election's rows for staff, and read back from a publication,
where it is frozen, for the public. It knows which line means what, so that "voters" or "valid"
is asked for by role and never by number.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tabulation.arithmetic.rules import Figures, Relation, Term, holds, side

#: Lines of a form at most: what is tried from typing to the last export.
MOST_LINES = 1_000

ROLES = (
    "registered",
    "voters",
    "ballots_received",
    "ballots_unused",
    "ballots_in_box",
    "invalid",
    "valid",
    "votes",
)


@dataclass(frozen=True)
class Line:
    """One numbered line of the protocol. ``key`` names it in files and relations."""

    key: str
    number: str
    name: str
    role: str = ""
    candidate: int | None = None
    names: dict[str, str] = field(default_factory=dict)
    #: Lineages (ids of areas, root first) of the areas where it stands; none: everywhere.
    scope: tuple[tuple[int, ...], ...] = ()

    def stands_in(self, lineage: Sequence[int], *, station: bool) -> bool:
        """Whether it is on the ballot of a station with this lineage, or somewhere in an area."""
        return not self.scope or any(
            tuple(lineage[: len(area)]) == area[: len(lineage)]
            and (not station or len(area) <= len(lineage))
            for area in self.scope
        )


@dataclass(frozen=True)
class Choice:
    """A candidate as published: ballot number (``None``: withdrew before printing) and name."""

    number: int | None
    name: str
    status: str = "registered"
    occupation: str = ""
    nominator: str = ""
    withdrawn_on: str = ""
    names: dict[str, str] = field(default_factory=dict)
    occupations: dict[str, str] = field(default_factory=dict)
    nominators: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """A control relation with its name and what each role is told when it is broken."""

    code: str
    name: str
    severity: str
    left: tuple[int, ...]
    operator: str
    right: tuple[int, ...]
    tolerance: str = "0"
    percent: bool = False
    names: dict[str, str] = field(default_factory=dict)
    #: What is said to a clerk, and to a supervisor with what to do; empty: something general.
    for_clerk: str = ""
    for_supervisor: str = ""
    action: str = ""
    for_clerks: dict[str, str] = field(default_factory=dict)
    for_supervisors: dict[str, str] = field(default_factory=dict)
    actions: dict[str, str] = field(default_factory=dict)

    @property
    def relation(self) -> Relation:
        return Relation(
            self.left,
            self.operator,  # type: ignore[arg-type]  # checked by the database
            self.right,
            Decimal(self.tolerance),
            self.percent,
        )

    def holds(self, figures: Figures) -> bool | None:
        """Whether the figures satisfy it; ``None``: not evaluated, a side is wholly blank."""
        return holds(self.relation, figures)


@dataclass(frozen=True)
class ProtocolForm:
    """The form of one contest: what the figures at each position mean, and how they are judged."""

    contest: str
    office: str
    rule: str
    base: str
    seats: int
    round: int
    lines: tuple[Line, ...]
    choices: tuple[Choice, ...]
    checks: tuple[Check, ...] = ()
    terms: tuple[Term, ...] = ()
    offices: dict[str, str] = field(default_factory=dict)
    #: Details of the rule, as `outcomes.Rules` reads them.
    outcome: dict[str, Any] = field(default_factory=dict)

    @property
    def blank(self) -> tuple[None, ...]:
        """The figures of a paper nobody has filled."""
        return (None,) * len(self.lines)

    def positions(self, role: str) -> tuple[int, ...]:
        """Positions (from 1) of the lines with ``role``, in paper order."""
        return tuple(i for i, line in enumerate(self.lines, 1) if line.role == role)

    def total(self, role: str, figures: Figures) -> int | None:
        """The figure on the line with ``role``; ``None`` when blank or not on this form."""
        positions = self.positions(role)
        return side(figures, positions) if positions else None

    def valid(self, figures: Figures) -> int | None:
        """Valid votes: the line that says so, else the sum of the votes."""
        role = "valid" if self.positions("valid") else "votes"
        return self.total(role, figures)

    def cast(self, figures: Figures) -> int | None:
        """Ballots cast: the line "ballots in the box", else valid plus invalid."""
        if self.positions("ballots_in_box"):
            return self.total("ballots_in_box", figures)
        parts = [self.valid(figures), self.total("invalid", figures)]
        filled = [part for part in parts if part is not None]
        return sum(filled) if filled else None

    def base_total(self, figures: Figures) -> int | None:
        """What a share is a share of: valid votes or ballots cast, as the election says."""
        return self.valid(figures) if self.base == "valid" else self.cast(figures)

    def votes(self, figures: Figures) -> dict[int, int | None]:
        """Votes by ballot number, in paper order."""
        return {
            line.candidate: figures[i]
            for i, line in enumerate(self.lines)
            if line.candidate is not None
        }

    def broken(self, figures: Figures, severity: str) -> list[Check]:
        """The relations of ``severity`` (error or warning) that these figures break, in order."""
        return [c for c in self.checks if c.severity == severity and c.holds(figures) is False]

    def as_json(self) -> dict[str, Any]:
        """A JSON object from which `ProtocolForm.from_json` makes the same form again."""
        return asdict(self, dict_factory=_without_empty_additions)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "ProtocolForm":
        fields = dict(body)
        fields["lines"] = tuple(
            Line(**{**line, "scope": tuple(tuple(area) for area in line["scope"])})
            for line in body["lines"]
        )
        fields["choices"] = tuple(Choice(**choice) for choice in body["choices"])
        fields["checks"] = tuple(
            Check(**{**check, "left": tuple(check["left"]), "right": tuple(check["right"])})
            for check in body["checks"]
        )
        fields["terms"] = tuple(
            Term(term["kind"], tuple(term["left"]), tuple(term["right"])) for term in body["terms"]
        )
        return cls(**fields)


#: What came to the form after forms had been published: left out where empty, or an unchanged
#: form would have other bytes, and another hash, than it was published with.
ADDITIONS = {
    *("occupations", "nominators", "for_clerks", "for_supervisors", "actions"),
    "outcome",
}


def _without_empty_additions(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in pairs if value or name not in ADDITIONS}


def share(part: int | None, whole: int | None) -> Fraction | None:
    """``part`` of ``whole`` in percent, exact; ``None`` when either is unknown or whole is 0."""
    return None if part is None or not whole else Fraction(100 * part, whole)


#: What the code on a blank protocol begins with; the number is of this way to write it.
MARK = "hashvark:1/"


def mark_of(election: str, contest: str, station: str) -> str:
    """The text in the code printed on a station's blank protocol: `hashvark:1/E/C/4/13`.

    The station's code comes last: it alone may have slashes.
    """
    return f"{MARK}{election}/{contest}/{station}"


def read_mark(text: str) -> tuple[str, str, str] | None:
    """Election, contest and station of a scanned code; ``None``: it is something else."""
    parts = text.removeprefix(MARK).split("/", 2)
    if not text.startswith(MARK) or len(parts) != 3:
        return None
    election, contest, station = parts
    return election, contest, station
