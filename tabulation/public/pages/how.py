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


def how_page(edition: Edition) -> Page:
    """Lines, relations, bases and rule of each contest, and what is done with a protocol."""
    parts = [
        {
            "contest": contest,
            "form": form,
            "relations": [
                Formula(check, _sum(form, check.left), _sum(form, check.right))
                for check in form.checks
            ],
            "terms": terms_of(form),
            **_bases(form),
        }
        for contest, form in edition.contests
    ]
    return Page("public/how.html", edition.election, {"parts": parts})


def terms_of(form: ProtocolForm) -> list[dict[str, Any]]:
    """How far counts differ that should agree, by term; empty where the form has no formula."""
    return [
        {"kind": term.kind, "left": _sum(form, term.left), "right": _sum(form, term.right)}
        for term in form.terms
    ]


def _sum(form: ProtocolForm, positions: Sequence[int]) -> Sum:
    votes = form.positions("votes")
    all_votes = bool(votes) and set(votes) <= set(positions)
    lines = (form.lines[p - 1] for p in positions)
    shown = tuple(line for line in lines if not (all_votes and line.role == "votes"))
    return Sum(shown, all_votes)


def _bases(form: ProtocolForm) -> dict[str, Any]:
    """The lines behind turnout and shares, where the paper has such lines."""

    def line(role: str) -> Line | None:
        positions = form.positions(role)
        return form.lines[positions[0] - 1] if positions else None

    return {
        "registered": line("registered"),
        "voters": line("voters"),
        "valid": line("valid"),
        "in_box": line("ballots_in_box"),
        "has_votes": bool(form.positions("votes")),
    }
