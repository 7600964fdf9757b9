"""What must hold of every election, and the same rules written apart for 10,000 random ones."""

from collections.abc import Sequence
from itertools import permutations, product
from math import ceil, floor
from random import Random
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from tabulation.outcomes.methods.applying import apply_rule
from tabulation.outcomes.methods.margins import reach
from tabulation.outcomes.methods.rules import METHODS, Rules
from tabulation.outcomes.methods.standing import Verdict, verdict
from tabulation.outcomes.methods.terms import Count, LotNeeded, Outcome
from tabulation.tests.support import naive_outcomes
from tabulation.tests.support.naive_outcomes import Case
from tabulation.tests.support.steps import STEPS

DIVISORS = [method for method in METHODS if method != "largest_remainder"]
votes_ = st.lists(st.integers(0, 40), min_size=1, max_size=6)
rules_ = st.builds(
    lambda rule, method, seats, round_, base: Rules.of(
        {"method": method} if rule == "list" else {},
        rule=rule,
        seats=1 if rule == "majority" else seats,
        round=round_,
        base=base,
    ),
    st.sampled_from(["plurality", "majority", "list"]),
    st.sampled_from(METHODS),
    st.integers(1, 12),
    st.integers(1, 2),
    st.sampled_from(["valid", "ballots_cast"]),
)


def counted(votes: list[int], invalid: int = 0) -> Count:
    return Count(dict(enumerate(votes, 1)), sum(votes), sum(votes) + invalid)


def renamed(found: Outcome | LotNeeded, names: dict[int, int]) -> tuple[object, ...]:
    """What was found, in no order, with other names."""
    if isinstance(found, LotNeeded):
        return ("lot", {names[n] for n in found.among}, found.places)
    seats = {names[n]: mine for n, mine in found.seats}
    elected, on = {names[n] for n in found.elected}, {names[n] for n in found.advancing}
    return (found.kind, elected, on, seats, found.vacant)


class PropertyTests(TestCase):
    @given(votes_, rules_, st.integers(0, 5), st.randoms(use_true_random=False))
    def test_exchanging_names_exchanges_results(
        self, votes: list[int], rules: Rules, invalid: int, random: Random
    ) -> None:
        numbers = list(range(1, len(votes) + 1))
        other = random.sample(numbers, len(numbers))
        names = dict(zip(numbers, other, strict=True))
        count = counted(votes, invalid)
        exchanged = Count({names[n]: v for n, v in count.votes.items()}, count.valid, count.cast)
        same = dict(zip(numbers, numbers, strict=True))
        self.assertEqual(
            renamed(apply_rule(exchanged, rules), same), renamed(apply_rule(count, rules), names)
        )

    @given(votes_, st.sampled_from(DIVISORS), st.integers(1, 20))
    def test_one_more_seat_takes_none_away_under_divisor_methods(
        self, votes: list[int], method: str, seats: int
    ) -> None:
        fewer, more = (
            apply_rule(counted(votes), Rules.of({"method": method}, rule="list", seats=n))
            for n in (seats, seats + 1)
        )
        if isinstance(fewer, Outcome) and isinstance(more, Outcome):
            for number, mine in fewer.seats:
                self.assertGreaterEqual(dict(more.seats)[number], mine)

    def test_one_more_seat_may_take_one_away_by_largest_remainder(self) -> None:
        """The Alabama paradox: why the property above is not asked of that method."""
        found = [
            apply_rule(
                counted([6, 6, 2]), Rules.of({"method": METHODS[0]}, rule="list", seats=seats)
            )
            for seats in (10, 11)
        ]
        self.assertEqual([dict(one.seats)[3] for one in found], [2, 1])

    @given(votes_, st.sampled_from(METHODS), st.integers(1, 20))
    def test_every_seat_is_given_once(self, votes: list[int], method: str, seats: int) -> None:
        found = apply_rule(counted(votes), Rules.of({"method": method}, rule="list", seats=seats))
        if isinstance(found, Outcome) and sum(votes):
            self.assertEqual(sum(dict(found.seats).values()), seats)
            self.assertEqual(found.vacant, 0)

    @given(votes_, st.sampled_from(METHODS), st.integers(1, 12))
    def test_equal_lists_have_equal_seats_or_a_lot(
        self, votes: list[int], method: str, seats: int
    ) -> None:
        found = apply_rule(counted(votes), Rules.of({"method": method}, rule="list", seats=seats))
        if isinstance(found, Outcome):
            given = dict(found.seats)
            for one, mine in enumerate(votes, 1):
                for other, theirs in enumerate(votes, 1):
                    if mine == theirs:
                        self.assertEqual(given.get(one), given.get(other))

    @given(votes_, rules_, st.integers(0, 5), st.randoms(use_true_random=False))
    def test_one_lot_is_enough_and_whoever_was_drawn_is_in(
        self, votes: list[int], rules: Rules, invalid: int, random: Random
    ) -> None:
        count = counted(votes, invalid)
        found = apply_rule(count, rules)
        for step in found.steps:
            self.assertEqual(tuple(step.named), STEPS[step.code])
        if isinstance(found, LotNeeded):
            self.assertGreater(len(found.among), found.places)
            self.assertGreater(found.places, 0)
            lot = tuple(random.sample(found.among, len(found.among)))
            ended = apply_rule(count, rules, [lot])
            self.assertIsInstance(ended, Outcome)
            if not ended.seats:
                inside = {*ended.elected, *ended.advancing}
                self.assertEqual(inside & set(lot), set(lot[: found.places]))


class StillOutTests(TestCase):
    """What is called decided, against `apply_rule` for every way those who are out can vote."""

    @given(
        st.sampled_from(["plurality", "majority"]),
        st.integers(1, 2),
        st.sampled_from([None, 1]),
        st.sampled_from(["", "50 %"]),
        st.lists(st.integers(0, 6), min_size=1, max_size=3),
        st.integers(0, 2),
        st.integers(0, 4),
    )
    def test_what_is_decided_stays_so(
        self, rule: str, round_: int, against: int | None, turnout: str, votes: list[int],
        invalid: int, outstanding: int,
    ) -> None:  # fmt: skip
        details: dict[str, object] = {"against": against} if against else {}
        details |= {"turnout": turnout} if turnout else {}
        rules = Rules.of(details, rule=rule, round=round_, base="ballots_cast")
        now = self.count(votes, invalid, [0] * (len(votes) + 1), 0)
        said = verdict(now, rules, outstanding)
        if said not in (Verdict.ELECTED, Verdict.SECOND_ROUND):
            return
        for more in product(range(outstanding + 1), repeat=len(votes) + 1):
            if sum(more) <= outstanding:
                end = apply_rule(self.count(votes, invalid, more, outstanding), rules)
                self.assertIsInstance(end, Outcome)
                self.assertEqual(end.kind.value, said.value)
                found = end.elected if said == Verdict.ELECTED else end.advancing
                first = apply_rule(now, rules)
                expected = first.elected if said == Verdict.ELECTED else first.advancing
                self.assertEqual(set(found), set(expected))

    def count(self, votes: list[int], invalid: int, more: Sequence[int], outstanding: int) -> Count:
        """``more`` votes for each, the last of them invalid; 20 stand on the lists."""
        total = [mine + new for mine, new in zip(votes, more, strict=False)]
        cast = sum(total) + invalid + more[-1]
        return Count(dict(enumerate(total, 1)), sum(total), cast, cast, 20 + outstanding)


class FewestVotesTests(TestCase):
    @given(
        st.lists(st.integers(1, 30), min_size=2, max_size=4),
        st.sampled_from(METHODS),
        st.integers(1, 8),
    )
    def test_fewer_votes_than_the_difference_move_no_seat_and_as_many_do(
        self, votes: list[int], method: str, seats: int
    ) -> None:
        """Votes of one list for another, of every list for every other."""
        rules = Rules.of({"method": method}, rule="list", seats=seats)
        # A hundredfold: the difference need not be whole.
        votes = [100 * mine for mine in votes]
        before = apply_rule(counted(votes), rules)
        gap = reach(0, counted(votes), rules).gap
        self.assertEqual(gap.which, "seat")
        if isinstance(before, LotNeeded):
            self.assertEqual(gap.difference, 0)
            return
        for one, other in permutations(range(len(votes)), 2):
            moved = min(ceil(gap.difference) - 1, votes[one] - 1)
            after = apply_rule(self.moved(votes, one, other, moved), rules)
            self.assertEqual(after.seats, before.seats)
        one, other = (number - 1 for number in gap.candidates)
        moved = floor(gap.difference) + 1
        if moved < votes[one]:
            after = apply_rule(self.moved(votes, one, other, moved), rules)
            self.assertNotEqual(getattr(after, "seats", "a lot"), before.seats)

    def moved(self, votes: list[int], one: int, other: int, many: int) -> Count:
        total = list(votes)
        total[one], total[other] = total[one] - many, total[other] + many
        return counted(total)


class AgainstAnotherTests(TestCase):
    """Bounded: 10,000 elections of at most seven lists and twelve seats take some seconds."""

    def test_10_000_random_elections(self) -> None:
        random = Random(20120719)
        kinds: dict[object, int] = {}
        for number in range(10_000):
            case = self.random_case(random)
            found = self.check(number, case)
            if isinstance(found, LotNeeded):
                lot = tuple(random.sample(found.among, len(found.among)))
                case.lots = [lot]
                self.assertIsInstance(self.check(number, case), Outcome)
            kind = "lot" if isinstance(found, LotNeeded) else found.kind
            kinds[case.rule, str(kind)] = kinds.get((case.rule, str(kind)), 0) + 1
        # Nothing above was trivial: every rule came to every end it has.
        ends = [("plurality", "elected"), ("plurality", "lot"), ("plurality", "failed")]
        ends += [("majority", kind) for kind in ("elected", "second round", "failed", "lot")]
        ends += [("list", kind) for kind in ("elected", "failed", "lot")]
        self.assertEqual({end for end in ends if kinds.get(end, 0) < 50}, set())

    def check(self, number: int, case: Case) -> Outcome | LotNeeded:
        count = Count(case.votes, case.valid, case.cast, case.voters, case.registered)
        found = apply_rule(count, self.rules(case), case.lots)
        if isinstance(found, LotNeeded):
            said: tuple[object, ...] = ("lot", frozenset(found.among), found.places)
        else:
            elected, on = frozenset(found.elected), frozenset(found.advancing)
            said = (found.kind.value, elected, on, dict(found.seats))
        self.assertEqual(said, naive_outcomes.outcome(case), (number, case))
        return found

    def rules(self, case: Case) -> Rules:
        details: dict[str, object] = {}
        if case.against:
            details["against"] = case.against
        if case.turnout:
            details["turnout"] = f"{case.turnout} %"
        if case.rule == "list":
            details |= {
                "method": case.method,
                "threshold": f"{case.threshold} %",
                "alliance_threshold": f"{case.alliance_threshold} %",
                "threshold_inclusive": case.inclusive,
                "alliances": sorted(case.alliances),
                "independents": sorted(case.independents),
            }
        return Rules.of(
            details,
            rule=case.rule,
            seats=case.seats,
            round=case.round,
            base="ballots_cast" if case.on_cast else "valid",
            withdrawn=frozenset(case.withdrawn),
        )

    def random_case(self, random: Random) -> Case:
        """Few votes, so that many tie; now and then many."""
        numbers = random.sample(range(1, 50), random.randint(1, 7))
        most = random.choice([3, 12, 60, 100_000])
        votes = {n: random.randint(0, most) for n in numbers}
        valid = sum(votes.values())
        rule = random.choice(["plurality", "majority", "list"])
        cast = valid + random.choice([0, 0, 1, random.randint(0, most)])
        case = Case(rule, votes, valid, cast, on_cast=random.random() < 0.5)
        case.seats = 1 if rule == "majority" else random.randint(1, 12)
        case.round = random.randint(1, 2)
        case.against = random.choice([0, 0, 0, random.choice(numbers)])
        case.withdrawn = {n for n in numbers if random.random() < 0.05}
        case.method = random.choice(METHODS)
        case.threshold = random.choice([0, 5, 10, 25])
        case.alliance_threshold = random.choice([7, 15, 50])
        case.inclusive = random.random() < 0.7
        case.alliances = {n for n in numbers if random.random() < 0.2}
        case.independents = {n for n in numbers if random.random() < 0.15} - case.alliances
        case.registered = cast * 2 + 1
        case.voters = random.randint(cast, case.registered)
        case.turnout = random.choice([0, 0, 60])
        return case
