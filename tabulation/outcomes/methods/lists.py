"""Seats for lists: who reaches the threshold, the independents, then the division."""

from fractions import Fraction

from tabulation.outcomes.methods.course import Course, decided
from tabulation.outcomes.methods.dividing import DIVISIONS
from tabulation.outcomes.methods.rules import Rules
from tabulation.outcomes.methods.terms import Count, Outcome, OutcomeKind, RuleUnusable
from tabulation.outcomes.methods.texts import gettext_noop


@decided
def lists(count: Count, rules: Rules, course: Course) -> Outcome:
    """Seats in proportion to votes, among the lists that reach their threshold.

    An independent who reaches valid votes / seats takes one seat, and these votes leave the
    division. That is Romania's law for the European Parliament (Law 33/2007), which lets such
    independents take part in d'Hondt and then gives them one seat: d'Hondt never gives less than
    the whole part of votes * seats / all votes, so whoever reaches the quotient has that one.
    """
    if rules.method not in DIVISIONS:
        raise RuleUnusable(
            gettext_noop(
                "The settings of this contest do not name the method for dividing the seats."
            )
        )
    standing = rules.contenders(count)
    for number in count.votes:
        if number in rules.withdrawn:
            course.say("withdrawn", candidate=number, votes=count.votes[number])
    independents = _independents(count, rules, course, standing)
    inside = _reaching(count, rules, course, standing)
    seats = rules.seats - len(independents)
    given = dict.fromkeys(independents, 1)
    if seats and inside:
        course.say("division", votes=sum(inside.values()), seats=seats)
        given |= DIVISIONS[rules.method](inside, seats, course)
    if not given:
        course.say("no_list")
        return Outcome(OutcomeKind.FAILED)
    shown = [(number, given[number]) for number in count.votes if number in given]
    for number, mine in shown:
        course.say("seats", list=number, seats=mine)
    vacant = rules.seats - sum(given.values())
    return Outcome(
        OutcomeKind.ELECTED, elected=tuple(independents), seats=tuple(shown), vacant=vacant
    )


def _independents(
    count: Count, rules: Rules, course: Course, standing: dict[int, int]
) -> list[int]:
    alone = {number: votes for number, votes in standing.items() if number in rules.independents}
    if not alone:
        return []
    base = count.base(rules.base)
    quotient = Fraction(base, rules.seats)
    course.say("independent_quotient", base=base, seats=rules.seats, quotient=quotient)
    reaching = {number: votes for number, votes in alone.items() if votes and votes >= quotient}
    for number, votes in alone.items():
        if number not in reaching:
            course.say("independent_below", candidate=number, votes=votes)
    elected = course.first(reaching, rules.seats)
    for number in elected:
        course.say("independent_seat", candidate=number, votes=alone[number])
    return elected


def _reaching(
    count: Count, rules: Rules, course: Course, standing: dict[int, int]
) -> dict[int, int]:
    """The lists that take part in the division. One without a vote never does."""
    base = count.base(rules.threshold_base or rules.base)
    inclusive = int(rules.threshold_inclusive)
    needs = {"threshold": rules.threshold}
    if rules.alliances:
        needs["alliance_threshold"] = rules.of_alliances
    for code, part in needs.items():
        course.say(code, base=base, needed=part, least_votes=part * base, inclusive=inclusive)
    inside = {}
    for number, votes in standing.items():
        if number in rules.independents:
            continue
        needed = rules.needed(number, count)
        reaches = votes > needed or (rules.threshold_inclusive and votes == needed)
        share = Fraction(votes, base) if base else Fraction(0)
        code = "reaches" if reaches and votes else "below"
        course.say(code, list=number, votes=votes, share=share)
        if reaches and votes:
            inside[number] = votes
    return inside
