"""The whole course of small counts, step by step: nothing is left out, added or said otherwise.

`known_steps.txt` holds what the rules gave when it was written, checked by hand.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import TestCase

from tabulation.outcomes.methods.applying import apply_rule
from tabulation.outcomes.methods.rules import Rules
from tabulation.outcomes.methods.terms import Count, LotNotAskedFor, RuleUnusable

KNOWN = Path(__file__).with_name("known_steps.txt")
Lots = Sequence[tuple[int, ...]]
#: Name, votes of 1, 2 ..., invalid ballots, settings, lots.
COUNTS: tuple[tuple[str, Sequence[int], int, dict[str, Any], Lots], ...] = (
    ("most votes", [30, 20, 10], 5, {"rule": "plurality"}, []),
    ("most votes of ballots cast", [30, 20], 10, {"rule": "plurality", "base": "ballots_cast"}, []),
    ("more seats than candidates", [3, 2], 0, {"rule": "plurality", "seats": 3}, []),
    ("a tie without a lot", [20, 20, 10], 0, {"rule": "plurality"}, []),
    ("a tie for the second seat", [9, 7, 7], 0, {"rule": "plurality", "seats": 2}, [(3, 2)]),
    ("above half", [51, 29, 20], 0, {"rule": "majority"}, []),
    ("exactly half", [50, 30, 20], 0, {"rule": "majority"}, []),
    ("a tie to go on", [40, 30, 30], 0, {"rule": "majority"}, [(3, 2)]),
    ("all who tie go on", [40, 30, 30], 0, {"rule": "majority", "tie": "all"}, []),
    ("all go on who fit", [40, 35, 25], 0, {"rule": "majority", "tie": "all"}, []),
    ("alone, and against", [40, 60], 0, {"rule": "majority", "against": 2}, []),
    ("nobody to choose from", [40], 0, {"rule": "majority", "against": 1}, []),
    ("nobody voted", [0, 0, 0], 0, {"rule": "majority"}, [(2, 1, 3)]),
    ("halves in a second round", [50, 50], 0, {"rule": "majority", "round": 2}, [(2, 1)]),
    ("a second round without half", [40, 40, 20], 0, {"rule": "majority", "round": 2}, []),
    ("turnout reached", [60, 15], 0, {"rule": "majority", "turnout": "75 %"}, []),
    ("turnout only reached", [60, 15], 0,
     {"rule": "majority", "turnout": "75 %", "turnout_inclusive": False}, []),
    ("whole parts and remainders", [60, 25, 15], 0,
     {"rule": "list", "method": "largest_remainder", "seats": 4, "threshold": "10 %"}, []),
    ("a tie of remainders", [30, 15, 15], 0,
     {"rule": "list", "method": "largest_remainder", "seats": 2}, [(3, 2)]),
    ("highest averages", [53, 24, 13, 10], 0,
     {"rule": "list", "method": "dhondt", "seats": 5, "threshold": "11 %",
      "threshold_inclusive": False}, []),
    ("a tie of quotients", [20, 10], 0, {"rule": "list", "method": "dhondt", "seats": 2},
     [(2, 1)]),
    ("odd divisors", [80, 20], 5,
     {"rule": "list", "method": "modified_sainte_lague", "seats": 3,
      "threshold_base": "ballots_cast", "alliances": [2], "alliance_threshold": "15 %"}, []),
    ("divisors 1, 3, 5", [53, 24, 13], 0, {"rule": "list", "method": "sainte_lague", "seats": 4},
     []),
    ("an independent", [50, 30, 15, 5], 0,
     {"rule": "list", "method": "dhondt", "seats": 5, "independents": [2, 4]}, []),
    ("no list reaches", [60, 40], 0,
     {"rule": "list", "method": "dhondt", "seats": 2, "threshold": "70 %"}, []),
)  # fmt: skip


def course(
    votes: Sequence[int], invalid: int, settings: dict[str, Any], lots: Lots
) -> Iterator[str]:
    """Each step on a line, then what it came to."""
    valid = sum(votes)
    counted = Count(dict(enumerate(votes, 1)), valid, valid + invalid, valid + invalid, 100)
    named = {"rule", "base", "seats", "round"}
    details = {name: value for name, value in settings.items() if name not in named}
    rules = Rules.of(details, **{k: v for k, v in settings.items() if k in named})
    found = apply_rule(counted, rules, lots)
    for step in found.steps:
        yield " ".join([step.code, *(f"{name}={value}" for name, value in step.named.items())])
    said = {name: value for name, value in vars(found).items() if name != "steps"}
    yield " ".join(["=>", type(found).__name__, *(f"{k}={v}" for k, v in said.items())])


class KnownStepsTests(TestCase):
    maxDiff = None

    def test_every_step_of_every_count(self) -> None:
        known = KNOWN.read_text(encoding="utf-8").split("\n\n")
        self.assertEqual(len(known), len(COUNTS))
        for expected, (name, *counted) in zip(known, COUNTS, strict=True):
            with self.subTest(name):
                self.assertEqual("\n".join([name, *course(*counted)]), expected.strip())

    def test_a_lot_that_nothing_asked_for(self) -> None:
        with self.assertRaises(LotNotAskedFor) as refused:
            list(course([3, 2], 0, {"rule": "plurality"}, [(2, 1), (1, 2)]))
        self.assertEqual(str(refused.exception), "No tie asks for the lot 2, 1.")

    def test_turnout_that_nobody_knows(self) -> None:
        told = (
            "This contest requires a minimum turnout. The number of voters or of"
            " registered voters is missing."
        )
        rules = Rules.of({"turnout": "50 %"}, rule="plurality")
        for voters, registered in ((None, 10), (10, None)):
            with self.subTest(voters), self.assertRaises(RuleUnusable) as refused:
                apply_rule(Count({1: 1}, 1, 1, voters, registered), rules)
            self.assertEqual(str(refused.exception), told)
