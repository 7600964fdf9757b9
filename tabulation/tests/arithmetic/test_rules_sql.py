"""The SQL of control relations and inaccuracies, as text: what it computes, test_rules asks."""

from decimal import Decimal

from django.test import SimpleTestCase

from tabulation.arithmetic.rules import (
    OPERATORS,
    SHORT,
    TERMS,
    Relation,
    Term,
    evaluated_sql,
    inaccuracies_sql,
    relation_sql,
    side_sql,
    unpacked,
)

BOTH = "coalesce(f[1], f[2]) IS NOT NULL"
SUM = f"CASE WHEN {BOTH} THEN coalesce(f[1], 0)::bigint + coalesce(f[2], 0)::bigint END"


class SqlTests(SimpleTestCase):
    def test_the_words_of_an_election_folder(self) -> None:
        self.assertEqual(OPERATORS, ("==", ">=", "<="))
        self.assertEqual(TERMS, {"difference": "difference", "excess": "excess"})
        for frozen in (Relation((1,), "==", (2,)), Term("excess", (1,), (2,))):
            with self.assertRaises(AttributeError):
                frozen.left = ()  # type: ignore[misc]
            self.assertEqual({frozen, frozen}, {frozen})

    def test_a_long_form_is_unpacked_once(self) -> None:
        self.assertEqual(SHORT, 100)
        self.assertEqual(unpacked("t", "f.a", "f.b = 1", 100), "t")
        self.assertEqual(
            unpacked("t", "f.a", "f.b = 1", 101),
            "(SELECT f.a, f.figures[:] AS figures FROM t f WHERE f.b = 1 OFFSET 0)",
        )

    def test_a_side(self) -> None:
        self.assertEqual(side_sql("f", ()), "0::bigint")
        self.assertEqual(side_sql("f", (3,)), "f[3]::bigint")
        self.assertEqual(side_sql("f", (1, 2)), SUM)

    def test_a_relation(self) -> None:
        for operator, missed in (
            ("==", f"abs(({SUM}) - (f[3]::bigint))"),
            (">=", f"(f[3]::bigint) - ({SUM})"),
            ("<=", f"({SUM}) - (f[3]::bigint)"),
        ):
            with self.subTest(operator):
                relation = Relation((1, 2), operator, (3,), Decimal("1E+1"))  # type: ignore[arg-type]
                self.assertEqual(relation_sql(relation, "f"), f"(({missed}) <= 10)")
        percent = Relation((1,), "<=", (2,), Decimal("2.5"), percent=True)
        self.assertEqual(
            relation_sql(percent, "f"),
            "(((f[1]::bigint) - (f[2]::bigint)) * 100 <= 2.5 * (f[2]::bigint))",
        )

    def test_whether_it_is_evaluated(self) -> None:
        self.assertEqual(
            evaluated_sql(Relation((1, 2), "==", (3,)), "f"),
            f"({BOTH} AND coalesce(f[3]) IS NOT NULL)",
        )
        one_side = evaluated_sql(Relation((1, 2), "==", ()), "f")
        self.assertEqual(one_side, f"({BOTH})")
        self.assertEqual(evaluated_sql(Relation((), "==", ()), "f"), "(true)")

    def test_inaccuracies(self) -> None:
        self.assertEqual(inaccuracies_sql([], "f"), "NULL::bigint")
        gap = "(f[1]::bigint) - (f[2]::bigint)"
        excess = f"CASE WHEN {gap} IS NOT NULL THEN greatest(0, {gap}) END"
        terms = [Term("difference", (1,), (2,)), Term("excess", (1,), (2,))]
        self.assertEqual(
            inaccuracies_sql(terms, "f"),
            f"CASE WHEN coalesce(abs({gap}), {excess}) IS NOT NULL"
            f" THEN coalesce(abs({gap}), 0) + coalesce({excess}, 0) END",
        )
