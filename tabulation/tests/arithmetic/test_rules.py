"""Control relations and inaccuracies: the arithmetic, and the same in SQL."""

from decimal import Decimal

from django.db import connection
from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tabulation.arithmetic.rules import (
    Relation,
    Term,
    evaluated_sql,
    holds,
    inaccuracies_sql,
    relation_sql,
    side,
)
from tabulation.tests.support.inaccuracies import inaccuracies
from tabulation.tests.support.rule_strategies import figures_, positions, relations

terms = st.lists(
    st.builds(Term, st.sampled_from(["difference", "excess"]), positions, positions), max_size=3
)


class ArithmeticTests(SimpleTestCase):
    def test_a_blank_counts_nothing_inside_a_side_that_has_a_figure(self) -> None:
        self.assertEqual(side([None, 7, 0], (1, 2)), 7)

    def test_a_side_wholly_blank_makes_a_relation_not_evaluated(self) -> None:
        self.assertIsNone(holds(Relation((1,), ">=", (2,)), [None, 7]))

    def test_zero_is_a_figure_and_blank_is_not(self) -> None:
        self.assertIs(holds(Relation((1,), "==", (2,)), [0, 0]), True)
        self.assertIsNone(holds(Relation((1,), "==", (2,)), [None, None]))

    def test_a_side_without_lines_is_the_number_0(self) -> None:
        self.assertIs(holds(Relation((1,), "==", ()), [2]), False)
        self.assertIs(holds(Relation((1,), "==", ()), [0]), True)

    def test_each_operator(self) -> None:
        for operator, expected in (("==", False), (">=", False), ("<=", True)):
            with self.subTest(operator):
                self.assertIs(holds(Relation((1,), operator, (2,)), [5, 6]), expected)
                other = operator == ">="
                self.assertIs(holds(Relation((1,), operator, (2,)), [6, 5]), other)

    def test_a_tolerance_in_ballots_is_inclusive(self) -> None:
        relation = Relation((1,), "==", (2,), Decimal(3))
        self.assertIs(holds(relation, [100, 97]), True)
        self.assertIs(holds(relation, [100, 96]), False)

    def test_a_tolerance_in_percent_is_of_the_right_side_and_exact(self) -> None:
        relation = Relation((1,), "==", (2,), Decimal("2.5"), percent=True)
        self.assertIs(holds(relation, [205, 200]), True)
        self.assertIs(holds(relation, [206, 200]), False)

    def test_inaccuracies_add_differences_and_excesses(self) -> None:
        formula = [Term("difference", (1,), (2, 3)), Term("excess", (2,), (1,))]
        self.assertEqual(inaccuracies(formula, [10, 12, 1]), 3 + 2)
        self.assertEqual(inaccuracies(formula, [10, 8, 1]), 1 + 0)

    def test_a_term_that_cannot_be_evaluated_adds_nothing(self) -> None:
        formula = [Term("difference", (1,), (2,)), Term("excess", (3,), (1,))]
        self.assertEqual(inaccuracies(formula, [10, None, 12]), 2)
        self.assertIsNone(inaccuracies(formula, [None, 1, 1]))


class SameInSqlTests(TestCase):
    @given(st.lists(figures_, min_size=1, max_size=8), relations)
    @settings(max_examples=150, deadline=None)
    def test_relations(self, rows: list[list[int | None]], relation: Relation) -> None:
        self.assertEqual(
            self._evaluate(relation_sql(relation, "f"), rows),
            [holds(relation, row) for row in rows],
        )
        self.assertEqual(
            self._evaluate(evaluated_sql(relation, "f"), rows),
            [holds(relation, row) is not None for row in rows],
        )

    @given(st.lists(figures_, min_size=1, max_size=8), terms)
    @settings(max_examples=150, deadline=None)
    def test_inaccuracies(self, rows: list[list[int | None]], formula: list[Term]) -> None:
        self.assertEqual(
            self._evaluate(inaccuracies_sql(formula, "f"), rows),
            [inaccuracies(formula, row) for row in rows],
        )

    def _evaluate(self, sql: str, rows: list[list[int | None]]) -> list[object]:
        values = ", ".join(["(%s, %s::integer[])"] * len(rows))
        params = [value for i, row in enumerate(rows) for value in (i, row)]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {sql} FROM (VALUES {values}) v (i, f) ORDER BY i", params)
            return [value for (value,) in cursor.fetchall()]
