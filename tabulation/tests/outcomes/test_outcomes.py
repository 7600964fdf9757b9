"""Can what is still out change it? Known cases, and against every way the rest can vote."""

from itertools import product
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from tabulation.outcomes.methods.rules import Rules
from tabulation.outcomes.methods.standing import Verdict, verdict
from tabulation.outcomes.methods.terms import Count


def of(rule: str, votes: list[int], outstanding: int | None, base: int | None = None) -> str:
    base = sum(votes) if base is None else base
    return verdict(Count(dict(enumerate(votes, 1)), base, base), Rules(rule), outstanding)


class VerdictTests(TestCase):
    def test_known_cases(self) -> None:
        for rule, votes, outstanding, expected in (
            ("plurality", [60, 40], 19, "elected"),
            ("plurality", [60, 40], 20, "open"),
            ("plurality", [50, 50], 0, "open"),
            ("plurality", [50], 1_000, "elected"),
            ("majority", [60, 40], 19, "elected"),
            ("majority", [60, 40], 20, "open"),
            ("majority", [50, 50], 0, "second round"),
            ("majority", [40, 35, 25], 0, "second round"),
            ("majority", [40, 35, 25], 9, "second round"),
            ("majority", [40, 35, 25], 10, "open"),
            ("majority", [40, 30, 30], 0, "open"),
            ("majority", [], 10, "open"),
            ("list", [60, 40], 0, "unknown"),
            ("majority", [60, 40], None, "unknown"),
        ):
            with self.subTest(rule=rule, votes=votes, outstanding=outstanding):
                self.assertEqual(of(rule, votes, outstanding), expected)

    def test_the_base_counts_invalid_ballots_where_the_law_says_so(self) -> None:
        self.assertEqual(of("majority", [51, 49], 0), "elected")
        self.assertEqual(of("majority", [51, 49], 0, base=102), "second round")

    def test_nothing_is_said_of_what_no_rule_decides(self) -> None:
        self.assertEqual(of("majority", [40], 0, base=100), "unknown")
        self.assertEqual(of("majority", [51], 0, base=100), "elected")
        several = Count({1: 60, 2: 50, 3: 1}, 100, 100)
        self.assertEqual(verdict(several, Rules("majority", seats=2), 0), "unknown")

    @given(
        st.sampled_from(["plurality", "majority"]),
        st.lists(st.integers(0, 6), min_size=1, max_size=3),
        st.integers(0, 2),
        st.integers(0, 5),
    )
    def test_whatever_is_decided_stays_so_however_the_rest_votes(
        self, rule: str, votes: list[int], invalid: int, outstanding: int
    ) -> None:
        """And whatever is open can come out in at least two ways."""
        ends = {
            end(rule, votes, invalid, more)
            for more in product(range(outstanding + 1), repeat=len(votes) + 1)
            if sum(more) <= outstanding
        }
        found = Verdict(of(rule, votes, outstanding, sum(votes) + invalid))
        if found is Verdict.OPEN:
            # A tie ends in a lot, which is an end of its own: nobody knows who.
            self.assertTrue(len(ends) > 1 or "lot" in next(iter(ends)))
        elif found is Verdict.UNKNOWN:
            self.assertEqual((rule, len(votes)), ("majority", 1))
        else:
            self.assertEqual(len(ends), 1)
            self.assertEqual(next(iter(ends))[0], str(found))


def end(rule: str, votes: list[int], invalid: int, more: tuple[int, ...]) -> tuple[object, ...]:
    """How it ends when ``more`` votes come for each, the last of them being invalid ballots."""
    total = [a + b for a, b in zip(votes, more, strict=False)]
    base = sum(total) + invalid + more[-1]
    if rule == "majority":
        winner = [i for i, mine in enumerate(total) if 2 * mine > base]
        if winner:
            return ("elected", *winner)
    return ("elected" if rule == "plurality" else "second round", *first(total, rule))


def first(total: list[int], rule: str) -> tuple[object, ...]:
    places = 1 if rule == "plurality" else 2
    order = sorted(range(len(total)), key=lambda i: -total[i])
    if len(order) > places and total[order[places - 1]] == total[order[places]]:
        return ("lot",)
    return (frozenset(order[:places]),)
