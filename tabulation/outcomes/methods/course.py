"""The course of one computation: its steps, the lots it may use, and the ties it meets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import wraps

from tabulation.outcomes.methods.rules import Rules
from tabulation.outcomes.methods.terms import (
    Count,
    Lot,
    LotNeeded,
    LotNotAskedFor,
    Outcome,
    OutcomeKind,
    RuleUnusable,
    Step,
)
from tabulation.outcomes.methods.texts import Value, gettext_noop


class _Tie(Exception):
    """A tie that no recorded lot decides."""

    def __init__(self, among: Sequence[int], places: int) -> None:
        super().__init__(among, places)
        self.among, self.places = tuple(among), places


class Course:
    """Collects the steps; decides ties by the lots that are recorded, and by nothing else."""

    def __init__(self, lots: Sequence[Lot]) -> None:
        self.steps: list[Step] = []
        self.unused = list(lots)

    def say(self, code: str, /, **named: Value | tuple[Value, ...]) -> None:
        self.steps.append(Step(code, named))

    def first(self, worth: Mapping[int, Value], places: int) -> list[int]:
        """The ``places`` with the highest ``worth``, highest first; equal ones in the order given.

        Raises a tie when those at the last place are more than the places left for them.
        """
        ranked = sorted(worth, key=lambda number: Fraction(-worth[number]))
        if len(ranked) <= places:
            return ranked
        if not places:
            return []
        last = worth[ranked[places - 1]]
        safe = [number for number in ranked if worth[number] > last]
        tied = [number for number in ranked if worth[number] == last]
        return safe + self.some(tied, places - len(safe), last)

    def some(self, tied: Sequence[int], places: int, worth: Value) -> list[int]:
        """``places`` of those who are ``tied`` with ``worth``: all if they fit, else by lot."""
        if len(tied) <= places:
            return list(tied)
        self.say("tie", places=places, value=worth, candidates=tuple(tied))
        for lot in self.unused:
            if sorted(lot) == sorted(tied):
                self.unused.remove(lot)
                self.say("lot", candidates=lot)
                return list(lot[:places])
        raise _Tie(tied, places)


Ruled = Callable[[Count, Rules, Course], Outcome]


def decided(rule: Ruled) -> Callable[[Count, Rules, Sequence[Lot]], Outcome | LotNeeded]:
    """Make a rule, which writes its steps into a course, one that answers with them.

    First comes the turnout that the law may want: where it is missed the election failed.
    Raises LotNotAskedFor when a recorded lot decided nothing.
    """

    @wraps(rule)
    def run(count: Count, rules: Rules, lots: Sequence[Lot] = ()) -> Outcome | LotNeeded:
        course = Course(lots)
        found: Outcome | LotNeeded
        try:
            found = failed_by_turnout(count, rules, course) or rule(count, rules, course)
        except _Tie as tie:
            found = LotNeeded(tie.among, tie.places)
        if course.unused:
            drawn = ", ".join(str(number) for number in course.unused[0])
            raise LotNotAskedFor(f"No tie asks for the lot {drawn}.")
        return replace(found, steps=tuple(course.steps))

    return run


def failed_by_turnout(count: Count, rules: Rules, course: Course) -> Outcome | None:
    if rules.turnout is None:
        return None
    if count.voters is None or count.registered is None:
        raise RuleUnusable(
            gettext_noop(
                "This contest requires a minimum turnout. The number of voters or of"
                " registered voters is missing."
            )
        )
    reached = rules.enough_turnout(count.voters, count.registered)
    code = "turnout_reached" if reached else "turnout_missed"
    course.say(
        code,
        voters=count.voters,
        registered=count.registered,
        needed=rules.turnout,
        inclusive=int(rules.turnout_inclusive),
    )
    return None if reached else Outcome(OutcomeKind.FAILED)
