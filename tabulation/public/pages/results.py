"""A unit's figures read through the form: what a page, a picture or a row of a table shows."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from tabulation.arithmetic.commitments.sumtree import unescaped
from tabulation.arithmetic.form import Check, Choice, Line, ProtocolForm, share
from tabulation.ledger.reading import Unit
from tabulation.outcomes.proposals import doubts
from tabulation.public.edition import numbered
from tabulation.public.files import statement

#: Roles that turnout and shares are made of.
BASES = ("registered", "voters", "ballots_in_box", "invalid", "valid")


@dataclass(frozen=True)
class ChoiceRow(Choice):
    """A candidate's line in a results table."""

    number: int
    on_ballot: bool = True
    votes: int | None = None
    share: Fraction | None = None

    @property
    def withdrawn(self) -> bool:
        return self.status == "withdrawn"


@dataclass(frozen=True)
class CheckRow(Check):
    """A control relation, with what it says of one unit."""

    broken: int = 0
    evaluated: int = 0
    #: Of a station: why the broken relation was accepted, each reason once.
    reasons: tuple[str, ...] = ()


def reasons_of(unit: Unit) -> dict[str, tuple[str, ...]]:
    """Why the warnings of a station were accepted, by the code of the relation.

    Both clerks said why; where they said the same it stands there once.
    """
    found: dict[str, tuple[str, ...]] = {}
    for line in unit.reasons.split("\n")[:-1]:
        code, reason = line.split("\t")
        others = found.get(code, ())
        found[code] = tuple(dict.fromkeys([*others, unescaped(reason)]))
    return found


@dataclass(frozen=True)
class Result:
    """A unit's figures read through the form: what a page or a row of a table shows."""

    unit: Unit
    form: ProtocolForm

    @cached_property
    def figures(self) -> tuple[int | None, ...]:
        return self.unit.figures or self.form.blank

    @cached_property
    def counts(self) -> bool:
        """Whether the figures are part of the sums: neither uncounted nor annulled."""
        return self.unit.counted > 0

    @cached_property
    def registered(self) -> int | None:
        return self.form.total("registered", self.figures)

    @cached_property
    def voters(self) -> int | None:
        return self.form.total("voters", self.figures)

    @cached_property
    def turnout(self) -> Fraction | None:
        return share(self.voters, self.registered)

    @cached_property
    def invalid(self) -> int | None:
        return self.form.total("invalid", self.figures)

    @cached_property
    def valid(self) -> int | None:
        return self.form.valid(self.figures)

    @cached_property
    def progress(self) -> Fraction | None:
        return share(self.unit.counted + self.unit.annulled, self.unit.stations)

    @cached_property
    def registered_progress(self) -> Fraction | None:
        return share(self.unit.registered_counted, self.unit.registered)

    @cached_property
    def choices(self) -> list[ChoiceRow]:
        """Candidates on the ballot: by votes once there are any, else in ballot order."""
        base = self.form.base_total(self.figures)
        votes = self.form.votes(self.figures)
        absent = {
            line.candidate
            for line, stands in zip(
                self.form.lines, statement.on_ballot(self.form, self.unit), strict=True
            )
            if not stands
        }
        rows = [
            ChoiceRow(
                **vars(choice),
                on_ballot=number not in absent,
                votes=votes.get(number),
                share=share(votes.get(number), base),
            )
            for number, choice in numbered(self.form).items()
        ]
        return sorted(rows, key=lambda row: (not row.on_ballot, -(row.votes or 0)))

    @cached_property
    def withdrawn(self) -> list[tuple[Choice, date]]:
        """Who was registered and withdrew before the ballots were printed, with the day."""
        return [
            (choice, date.fromisoformat(choice.withdrawn_on))
            for choice in self.form.choices
            if choice.number is None
        ]

    @cached_property
    def leader(self) -> ChoiceRow | None:
        """Who has most votes here; ``None`` while nobody has any, and when the first tie."""
        first = self.choices[0] if self.choices else None
        return None if first is None or not first.votes or self.tied else first

    @cached_property
    def tied(self) -> bool:
        """Whether the first two have equally many votes, and have some."""
        first, second, *_others = [*self.choices, None, None]
        return bool(first and second and first.votes and first.votes == second.votes)

    @cached_property
    def second(self) -> ChoiceRow | None:
        """Who comes after the leader; ``None`` without a leader, and where nobody else stands."""
        others = [row for row in self.choices[1:] if row.on_ballot]
        return others[0] if self.leader and others else None

    @cached_property
    def margin(self) -> int | None:
        """By how many votes the leader is ahead of the second; ``None`` without these two."""
        if self.leader is None or self.second is None:
            return None
        return (self.leader.votes or 0) - (self.second.votes or 0)

    @cached_property
    def gaps(self) -> list[tuple[Line, int]]:
        """Lines behind turnout and shares that some counted stations left blank, and how many.

        Their sum, and what is divided by it, then speaks of fewer stations than the others.
        """
        return doubts.blanks_in(self.form, self.unit, BASES)

    @cached_property
    def doubtful(self) -> bool:
        """Whether nobody can say what the sums decide: `doubts.is_doubtful`."""
        return doubts.is_doubtful(self.form, self.unit)

    @property
    def base_gaps(self) -> list[tuple[Line, int]]:
        """The `gaps` of what must be exceeded by half; none where half decides nothing."""
        return doubts.blanks_in_base(self.form, self.unit)

    @cached_property
    def lines(self) -> list[tuple[Any, int | None]]:
        """Each line of the paper that is not a candidate's, with its figure."""
        pairs = zip(self.form.lines, self.figures, strict=True)
        return [(line, value) for line, value in pairs if line.candidate is None]

    @cached_property
    def checks(self) -> list[CheckRow]:
        unit, reasons = self.unit, reasons_of(self.unit)
        return [
            CheckRow(
                **vars(c),
                broken=unit.broken[i],
                evaluated=unit.evaluated[i],
                reasons=reasons.get(c.code, ()),
            )
            for i, c in enumerate(self.form.checks)
        ]
