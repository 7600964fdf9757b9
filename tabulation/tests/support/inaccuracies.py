"""The inaccuracies of one station in Python: what the statement of the database must say."""

from collections.abc import Sequence

from tabulation.arithmetic.rules import Figures, Term, side


def term_value(term: Term, figures: Figures) -> int | None:
    """How many ballots the term finds inaccurate; ``None`` when a side is wholly blank."""
    left, right = side(figures, term.left), side(figures, term.right)
    if left is None or right is None:
        return None
    return abs(left - right) if term.kind == "difference" else max(0, left - right)


def inaccuracies(terms: Sequence[Term], figures: Figures) -> int | None:
    """The sum of its terms, in ballots; ``None`` when none can be evaluated."""
    values = [value for term in terms if (value := term_value(term, figures)) is not None]
    return sum(values) if values else None
