"""How the results are made: told from the election's own form, so that it is never out of date."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tabulation.arithmetic.form import Check, Line, ProtocolForm
from tabulation.public.document import Page
from tabulation.public.edition import Edition


@dataclass(frozen=True)
class Sum:
    """One side of a relation: the candidates' votes as one, where all of them are in it."""

    lines: tuple[Line, ...]
    all_votes: bool

    @property
    def is_many(self) -> bool:
        """Whether it wants brackets after a minus."""
        return len(self.lines) + self.all_votes > 1

    @property
    def is_nothing(self) -> bool:
        return not self.lines and not self.all_votes


@dataclass(frozen=True)
class Formula:
    """A control relation as its form has it; ``allowed``: by how much it may be missed."""

    check: Check
    left: Sum
    right: Sum

    @property
    def allowed(self) -> str:
        """A number of ballots, or a percentage of the right side; empty: nothing."""
        return "" if self.check.tolerance == "0" else self.check.tolerance


@dataclass(frozen=True)
class Inaccuracy:
    """One term of how far counts differ that should agree."""

    kind: str
    left: Sum
    right: Sum


def how_page(edition: Edition) -> Page:
    """Lines, relations, bases and rule of each contest, and what is done with a protocol."""
    parts = [
        {
            "contest": contest,
            "paper": paper,
            "relations": [
                Formula(check, _sum(paper, check.left), _sum(paper, check.right))
                for check in paper.checks
            ],
            "terms": terms_of(paper),
            **_bases(paper),
        }
        for contest, paper in edition.contests
    ]
    return Page("public/how.html", edition.election, {"parts": parts})


def terms_of(paper: ProtocolForm) -> list[Inaccuracy]:
    """The formula of inaccuracies, term by term; empty where the form has none."""
    return [
        Inaccuracy(term.kind, _sum(paper, term.left), _sum(paper, term.right))
        for term in paper.terms
    ]


def _sum(paper: ProtocolForm, positions: Sequence[int]) -> Sum:
    votes = paper.positions("votes")
    all_votes = bool(votes) and set(votes) <= set(positions)
    lines = (paper.lines[p - 1] for p in positions)
    shown = tuple(line for line in lines if not (all_votes and line.role == "votes"))
    return Sum(shown, all_votes)


def _bases(paper: ProtocolForm) -> dict[str, Any]:
    """The lines behind turnout and shares, where the paper has such lines."""

    def line(role: str) -> Line | None:
        positions = paper.positions(role)
        return paper.lines[positions[0] - 1] if positions else None

    return {
        "registered": line("registered"),
        "voters": line("voters"),
        "valid": line("valid"),
        "in_box": line("ballots_in_box"),
        "has_votes": bool(paper.positions("votes")),
    }
