"""Rules that elect persons: most votes, or more than half."""

from fractions import Fraction

from tabulation.outcomes.methods.course import Course, decided
from tabulation.outcomes.methods.rules import Rules
from tabulation.outcomes.methods.terms import Count, Outcome, OutcomeKind


@decided
def plurality(count: Count, rules: Rules, course: Course) -> Outcome:
    """The candidates with most votes take the seats."""
    standing = _standing(count, rules, course)
    if not standing:
        return _nobody(course, standing)
    course.say("places", places=rules.seats)
    elected = course.first(standing, rules.seats)
    for number in elected:
        course.say("place", candidate=number, votes=standing[number])
    vacant = rules.seats - len(elected)
    if vacant:
        course.say("fewer_than_places", standing=len(standing), places=rules.seats)
    return Outcome(OutcomeKind.ELECTED, elected=tuple(elected), vacant=vacant)


@decided
def majority(count: Count, rules: Rules, course: Course) -> Outcome:
    """More than half of the base elects. Else those with most votes of the first round meet in
    another; who stands alone, for and against, is not elected.
    """
    standing = _standing(count, rules, course)
    if not standing:
        return _nobody(course, standing)
    elected = _above_half(count, rules, course, standing)
    if elected is not None:
        return Outcome(OutcomeKind.ELECTED, elected=(elected,))
    if len(standing) == 1:
        return Outcome(OutcomeKind.FAILED)
    if rules.round > 1:
        return _of_halves(count.base(rules.base), standing, course)
    course.say("places", places=rules.advance)
    advancing = _advancing(rules, course, standing)
    for number in advancing:
        course.say("place", candidate=number, votes=standing[number])
    return Outcome(OutcomeKind.SECOND_ROUND, advancing=tuple(advancing))


def _of_halves(base: int, standing: dict[int, int], course: Course) -> Outcome:
    """The last round: two who have exactly half of the base each are decided by lot. Where most
    votes are enough, a second round is `plurality`.
    """
    halves = [number for number, votes in standing.items() if base and 2 * votes == base]
    if len(halves) < 2:
        return Outcome(OutcomeKind.FAILED)
    return Outcome(OutcomeKind.ELECTED, elected=tuple(course.some(halves, 1, Fraction(base, 2))))


def _standing(count: Count, rules: Rules, course: Course) -> dict[int, int]:
    """Who can be elected, with their votes; everybody's share of the base becomes a step."""
    base = count.base(rules.base)
    course.say("of_valid_votes" if rules.base == "valid" else "of_ballots_cast", base=base)
    for number, votes in sorted(count.votes.items(), key=lambda one: -one[1]):
        if number in rules.withdrawn:
            course.say("withdrawn", candidate=number, votes=votes)
            continue
        code = "against" if number == rules.against else "votes"
        share = Fraction(votes, base) if base else Fraction(0)
        course.say(code, candidate=number, votes=votes, share=share)
    return rules.contenders(count)


def _above_half(count: Count, rules: Rules, course: Course, standing: dict[int, int]) -> int | None:
    """Who has more than half of the base: exactly half is not enough."""
    half = Fraction(count.base(rules.base), 2)
    course.say("half", half=half)
    number = max(standing, key=lambda one: standing[one])
    if standing[number] > half:
        course.say("above_half", candidate=number, votes=standing[number])
        return number
    course.say("nobody_above_half", most=standing[number])
    return None


def _advancing(rules: Rules, course: Course, standing: dict[int, int]) -> list[int]:
    """The first two, or as many as the law says; with ``tie`` "all" also who ties for the last."""
    ranked = sorted(standing, key=lambda number: -standing[number])
    if rules.tie == "lot" or len(ranked) <= rules.advance:
        return course.first(standing, rules.advance)
    last = standing[ranked[rules.advance - 1]]
    advancing = [number for number in ranked if standing[number] >= last]
    if len(advancing) > rules.advance:
        tied = tuple(number for number in advancing if standing[number] == last)
        course.say("tie_all", value=last, candidates=tied)
    return advancing


def _nobody(course: Course, standing: dict[int, int]) -> Outcome:
    course.say("nobody_to_choose_from", standing=len(standing))
    return Outcome(OutcomeKind.FAILED)
