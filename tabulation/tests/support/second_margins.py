"""What can still change an outcome, and what decides it, once more beside the program."""

from fractions import Fraction

from tabulation.tests.support.second_rules import DIVISORS, Count, Course, Rule, Tie


def verdict(count: Count, rule: Rule, out: int | None) -> str:
    """Whether all who are out, voting in the worst way, could change who is elected."""
    if out is None or rule.kind not in ("plurality", "majority"):
        return "unknown" if out is None or not lacking(count, rule, out) else "open"
    if rule.kind == "majority" and rule.seats > 1:
        return "unknown"
    if lacking(count, rule, out):
        return "open"
    votes = sorted(rule.standing(count).values(), reverse=True)
    if rule.kind == "plurality":
        return "elected" if apart(votes, rule.seats, out) else "open"
    whole_ = rule.whole(count) + out
    if 2 * votes[0] > whole_:
        return "elected"
    if 2 * (votes[0] + out) > whole_:
        return "open"
    if len(votes) == 1:
        return "unknown"
    another = rule.round == 1 and apart(votes, rule.advance, out)
    return "second round" if another else "open"


def lacking(count: Count, rule: Rule, out: int) -> bool:
    """Whether nobody stands, or too few may have taken part."""
    if not rule.standing(count):
        return True
    if rule.part("turnout") is None:
        return False
    known = count.voters is not None and count.registered is not None
    return not known or not rule.enough(count.voters or 0, (count.registered or 0) + out)


def apart(votes: list[int], places: int, out: int) -> bool:
    return len(votes) <= places or votes[places - 1] - votes[places] > out


Gap = tuple[str, Fraction, list[int]]  # what decides, by how many ballots, and whose votes


def gaps(count: Count, rule: Rule) -> list[Gap]:
    """The differences that decide a count."""
    standing, found = rule.standing(count), []
    if rule.kind == "plurality":
        found += last_place(standing, rule.seats)
    elif rule.kind == "majority" and standing:
        best = max(standing, key=lambda number: standing[number])
        above = Fraction(2 * standing[best] - rule.whole(count), 2)
        found.append(("half", abs(above), [best]))
        if above <= 0 and rule.round == 1:
            found += last_place(standing, rule.advance)
    elif rule.kind == "list":
        found += gaps_of_lists(count, rule, standing)
    part = rule.part("turnout")
    if found and part is not None and count.voters is not None:
        found.append(("turnout", abs(count.voters - part * (count.registered or 0)), []))
    return found


def last_place(standing: dict[int, int], places: int) -> list[Gap]:
    ranked = sorted(standing, key=lambda number: -standing[number])
    if len(ranked) <= places:
        return []
    last, next_ = ranked[places - 1], ranked[places]
    return [("last_place", Fraction(standing[last] - standing[next_]), [last, next_])]


def gaps_of_lists(count: Count, rule: Rule, standing: dict[int, int]) -> list[Gap]:
    found: list[Gap] = []
    for number, votes in standing.items():
        alone = Fraction(rule.whole(count), rule.seats)
        needed = alone if number in rule.alone else rule.needed(number, count)
        if needed:
            found.append(("threshold", abs(votes - needed), [number]))
    try:
        answer = Course(rule, count, [])._lists()  # whatever the turnout is
    except Tie as tie:
        return [*found, ("seat", Fraction(0), list(tie.args[0]))]
    inside = {int(n): s for n, s in answer["seats"].items() if int(n) not in answer["elected"]}
    pairs = [(a, b) for a in inside for b in inside if a != b and inside[a]]
    quotient = Fraction(sum(count.votes[n] for n in inside), sum(inside.values()) or 1)
    moved = [(moving(count, rule, inside, a, b, quotient), a, b) for a, b in pairs]
    best = min(moved, key=lambda one: one[0], default=None)
    return [*found, *([("seat", best[0], [best[1], best[2]])] if best else [])]


def moving(
    count: Count, rule: Rule, inside: dict[int, int], one: int, other: int, quotient: Fraction
) -> Fraction:
    """How many votes of one list for another would move a seat."""
    mine, theirs = count.votes[one], count.votes[other]
    if rule.method in DIVISORS:
        last = DIVISORS[rule.method](inside[one] - 1)
        following = DIVISORS[rule.method](inside[other])
        return (mine * following - theirs * last) / (last + following)
    distance = (mine - theirs) / quotient - inside[one] + inside[other]
    return quotient * (1 + distance) / 2
