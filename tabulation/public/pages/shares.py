"""The table of an outcome: votes, both shares, seats, and what became of each; and as pictures."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from candidates.fields import translated
from tabulation.arithmetic.form import ProtocolForm, share
from tabulation.outcomes.methods.terms import Outcome
from tabulation.outcomes.proposals.proposal import Proposal
from tabulation.public.charts.bars import Bars, bars, seat_rows
from tabulation.public.charts.classes import Palette
from tabulation.public.charts.mosaic import Mosaic
from tabulation.public.edition import numbered
from tabulation.public.pages.results import ChoiceRow, Result

#: Candidates with a bar; the table has all of them.
MOST_BARS = 8
HALF = Fraction(50)


@dataclass(frozen=True)
class Row:
    """A candidate or list with both shares, in percent, whichever of them decides.

    ``state``: `elected`, `advancing`, `independent`, `against`, `withdrawn`, `below` (the
    threshold), or nothing.
    """

    choice: ChoiceRow
    of_valid: Fraction | None
    of_cast: Fraction | None
    seats: int | None
    state: str


@dataclass(frozen=True)
class Shares:
    """The table of a proposal. ``outcome`` is what the rule gives where that stands: while the
    count goes on, seats would be a forecast.
    """

    proposal: Proposal
    result: Result
    outcome: Outcome | None

    @cached_property
    def both_bases(self) -> bool:
        """Whether the paper tells valid votes from ballots cast."""
        form = self.proposal.form
        return bool(form.positions("ballots_in_box") or form.positions("invalid"))

    @property
    def has_seats(self) -> bool:
        return self.outcome is not None and self.proposal.form.rule == "list"

    @property
    def decisive_base(self) -> str:
        """The base that decides: of the threshold, where lists must reach one."""
        rules = self.proposal.rules
        return rules.threshold_base or rules.base

    @cached_property
    def rows(self) -> list[Row]:
        """Most votes first."""
        count = self.proposal.count
        if count is None:
            return []
        seats, states = self._seats, self._states
        return [
            Row(
                choice,
                share(choice.votes, count.valid),
                share(choice.votes, count.cast),
                seats.get(choice.number),
                states.get(choice.number, ""),
            )
            for choice in self.result.choices
        ]

    @property
    def _seats(self) -> dict[int, int]:
        if self.outcome is None or self.proposal.count is None or not self.has_seats:
            return {}
        contenders = self.proposal.rules.contenders(self.proposal.count)
        return dict.fromkeys(contenders, 0) | dict(self.outcome.seats)

    @property
    def _states(self) -> dict[Any, str]:
        """By ballot number; where two are true, the later one is told."""
        states: dict[Any, str] = {}
        if self.outcome is not None:
            elected = "independent" if self.has_seats else "elected"
            below = [step for step in self.outcome.steps if step.code == "below"]
            states |= dict.fromkeys(self.outcome.elected, elected)
            states |= dict.fromkeys(self.outcome.advancing, "advancing")
            states |= {step.named["list"]: "below" for step in below}
        withdrawn = [choice.number for choice in self.result.choices if choice.withdrawn]
        states |= dict.fromkeys(withdrawn, "withdrawn")
        return states | {self.proposal.rules.against: "against"}


def bars_of(shares: Shares, language: str) -> Bars | None:
    """Shares of the base that decides, with half of it marked where half decides."""
    form = shares.proposal.form
    if form.rule == "list":
        return None
    choices = [row.choice for row in shares.rows[:MOST_BARS]]
    there = [(one.number, one.share) for one in choices if one.share is not None]
    mark = HALF if form.rule == "majority" else None
    return bars(there, _named(form, language), mark) if there else None


def seats_of(shares: Shares, language: str) -> Mosaic | None:
    """A mark for each seat that somebody has."""
    form = shares.proposal.form
    seats = [(row.choice.number, row.seats) for row in shares.rows if row.seats]
    if not seats:
        return None
    votes = {row.choice.number: row.choice.votes for row in shares.rows}
    in_order = [(number, votes[number]) for number in numbered(form)]
    return seat_rows(seats, _named(form, language), Palette.of(in_order))


def _named(form: ProtocolForm, language: str) -> dict[int, str]:
    return {
        number: translated(choice.name, choice.names, language)
        for number, choice in numbered(form).items()
    }
