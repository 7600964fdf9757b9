"""What the rules are asked and what they answer: a count, an outcome, a lot, and the steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tabulation.outcomes.methods.texts import Filled, Value

#: An ordered list of those who tied, as it was drawn: the first drawn comes first.
Lot = tuple[int, ...]


class RuleUnusable(ValueError):
    """The rule of the contest cannot be applied: it lacks something, or the figures do.

    ``why`` is the sentence that says so.
    """

    def __init__(self, text: str, **values: object) -> None:
        self.why = Filled(text, **values)
        super().__init__(self.why)


class LotNotAskedFor(ValueError):
    """A recorded lot that decides no tie of this count."""


class OutcomeKind(StrEnum):
    """What the commission may decide; whether inaccuracies make it invalid is asked apart."""

    ELECTED = "elected"
    SECOND_ROUND = "second round"
    #: It did not take place, or nobody has enough.
    FAILED = "failed"


@dataclass(frozen=True)
class Count:
    """The sums a rule is applied to. ``votes``: by ballot number, of every line of the ballot.

    ``voters`` and ``registered`` are needed only where the law wants a turnout.
    """

    votes: Mapping[int, int]
    valid: int
    cast: int
    voters: int | None = None
    registered: int | None = None

    def base(self, name: str) -> int:
        """What a share is a share of: ``valid`` votes or ``ballots_cast``."""
        return self.valid if name == "valid" else self.cast


@dataclass(frozen=True)
class Step:
    """One step of the computation: its code, and its numbers by name.

    ``candidate``, ``candidates`` and ``list`` are ballot numbers; shares are parts of 1;
    ``inclusive`` is 1 where reaching the number exactly is enough.
    """

    code: str
    named: Mapping[str, Value | tuple[Value, ...]]


@dataclass(frozen=True)
class Outcome:
    """What the rule makes of a count. Numbers are ballot numbers.

    ``elected`` and ``advancing``: most votes first. ``seats``: of each list in the division and of
    each independent elected. ``vacant``: places nobody is there to take.
    """

    kind: OutcomeKind
    elected: tuple[int, ...] = ()
    advancing: tuple[int, ...] = ()
    seats: tuple[tuple[int, int], ...] = ()
    vacant: int = 0
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class LotNeeded:
    """The rule stops: ``places`` go to some of ``among``, who are equal, and a lot says to whom."""

    among: tuple[int, ...]
    places: int
    steps: tuple[Step, ...] = ()
