"""The rules of the program, held against the same rules written a second time."""

from typing import Any

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from tabulation.outcomes.methods.applying import apply_rule
from tabulation.outcomes.methods.margins import gaps
from tabulation.outcomes.methods.rules import METHODS, Rules
from tabulation.outcomes.methods.standing import verdict
from tabulation.outcomes.methods.terms import Count, LotNeeded, RuleUnusable
from tabulation.outcomes.proposals.objects import _answer, _exact
from tabulation.outcomes.proposals.proposal import Answer
from tabulation.tests.support import second_margins, second_rules

PERCENTS = st.sampled_from(["0 %", "5 %", "2.5 %", "33.3 %", "50 %"])
NUMBERS = st.lists(st.integers(1, 6), max_size=3, unique=True)
ANY: dict[str, Any] = {
    "turnout": PERCENTS, "turnout_inclusive": st.booleans(), "against": st.integers(1, 6),
}  # fmt: skip
SETTINGS: dict[str, dict[str, Any]] = {
    "plurality": ANY,
    "majority": {
        **ANY, "advance": st.integers(2, 3), "tie": st.sampled_from(["lot", "all"]),
    },
    "list": {
        **ANY, "threshold": PERCENTS, "alliance_threshold": PERCENTS, "alliances": NUMBERS,
        "threshold_base": st.sampled_from(["valid", "ballots_cast"]), "independents": NUMBERS,
        "threshold_inclusive": st.booleans(),
    },
}  # fmt: skip


@st.composite
def cases(draw: Any) -> dict[str, Any]:
    rule = draw(st.sampled_from(sorted(SETTINGS)))
    settings = draw(st.fixed_dictionaries({}, optional=SETTINGS[rule]))
    if rule == "list":
        settings["method"] = draw(st.sampled_from(METHODS))
    votes = draw(st.lists(st.integers(0, 30), min_size=1, max_size=6))
    return {
        "rule": rule, "settings": settings, "votes": votes,
        "base": draw(st.sampled_from(["valid", "ballots_cast"])),
        "seats": 1 if rule == "majority" else draw(st.integers(1, 8)),
        "round": draw(st.integers(1, 2)), "invalid": draw(st.integers(0, 5)),
        "more": draw(st.integers(0, 40)), "out": draw(st.none() | st.integers(0, 30)),
        "withdrawn": draw(st.lists(st.integers(1, len(votes)), max_size=2, unique=True)),
    }  # fmt: skip


class RuleTests(SimpleTestCase):
    @given(cases())
    def test_as_the_program_applies_it(self, case: dict[str, Any]) -> None:
        votes = dict(enumerate(case["votes"], 1))
        valid = sum(votes.values())
        cast = valid + case["invalid"]
        numbers = (votes, valid, cast, cast, cast + case["more"])
        ours = Rules.of(
            case["settings"], rule=case["rule"], base=case["base"], seats=case["seats"],
            round=case["round"], withdrawn=frozenset(case["withdrawn"]),
        )  # fmt: skip
        body = {
            "rule": case["rule"], "base": case["base"], "seats": case["seats"],
            "round": case["round"], "outcome": case["settings"],
            "choices": [
                {"number": n, "status": "withdrawn" if n in case["withdrawn"] else "registered"}
                for n in votes
            ],
        }  # fmt: skip
        theirs = second_rules.Rule(body)
        count, other = Count(*numbers), second_rules.Count(*numbers)
        lots: list[list[int]] = []
        for _ in range(3):  # from tie to tie
            self.assertSame(count, ours, other, theirs, lots)
            found = apply_rule(count, ours, [tuple(lot) for lot in lots])
            if not isinstance(found, LotNeeded):
                break
            lots.append(list(found.among))
        self.assertEqual(
            second_margins.verdict(other, theirs, case["out"]),
            str(verdict(count, ours, case["out"]).value),
        )
        self.assertEqual(
            second_margins.gaps(other, theirs),
            [(gap.which, gap.difference, list(gap.candidates)) for gap in gaps(count, ours)],
        )

    def assertSame(
        self, count: Count, ours: Rules, other: Any, theirs: Any, lots: list[list[int]]
    ) -> None:
        course = second_rules.Course(theirs, other, lots)
        said = course.apply()
        found = apply_rule(count, ours, [tuple(lot) for lot in lots])
        self.assertEqual(said, _answer(Answer(found)))
        steps = [
            {"step": step.code, **{
                name: list(value) if isinstance(value, tuple) else _exact(value)
                for name, value in step.named.items()
            }}
            for step in found.steps
        ]  # fmt: skip
        mine = [{k: second_rules.exactly_as(v) for k, v in step.items()} for step in course.steps]
        self.assertEqual(mine, steps)

    def test_a_rule_that_cannot_be_applied(self) -> None:
        for rule, settings, seats in (
            ("approval", {}, 1),
            ("majority", {}, 2),
            ("list", {}, 3),
            ("list", {"turnout": "x"}, 1),
        ):
            with self.subTest(rule):
                with self.assertRaises((RuleUnusable, ValueError)):
                    apply_rule(Count({1: 1}, 1, 1), Rules.of(settings, rule=rule, seats=seats))
                body = {"rule": rule, "seats": seats, "outcome": settings, "base": "valid"}
                theirs = second_rules.Rule(body)
                with self.assertRaises(second_rules.NoRule):
                    second_rules.Course(
                        theirs, second_rules.Count({1: 1}, 1, 1, None, None), []
                    ).apply()
