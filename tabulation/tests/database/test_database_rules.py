"""The database's rules are those of the files, each in both."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.resources import files
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.migrations import RunSQL
from django.test import TestCase

from tabulation.database import rules

OF_CANDIDATES = files("candidates") / "sql"

FUNCTIONS = """
SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid) FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prokind <> 'a'
  AND NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')"""
TRIGGERS = """
SELECT t.tgname || ' on ' || c.relname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal"""
CONSTRAINTS = """
SELECT n.conname || ' on ' || c.relname, pg_get_constraintdef(n.oid) || ' ' || n.convalidated::text
FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid
WHERE c.relnamespace = 'public'::regnamespace AND n.contype IN ('c', 'f', 'u', 'x')"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
COLUMNS = """
SELECT a.attname || ' of ' || c.relname,
  format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' '
    || pg_get_expr(d.adbin, c.oid)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND a.attgenerated <> ''"""
KINDS = {
    "function": FUNCTIONS,
    "trigger": TRIGGERS,
    "constraint": CONSTRAINTS,
    "index": INDEXES,
    "column": COLUMNS,
}
#: How Django ends the names that it makes up itself, for keys and for the values of a type.
MADE_UP = re.compile(r"_(key|uniq|check|fk(_\w+)?)$")


def execute(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def definitions() -> dict[str, str]:
    """What the database says of its own rules: ``trigger form_is_fixed on ...`` and how it is."""
    return {
        f"{kind} {name}": text for kind, query in KINDS.items() for name, text in execute(query)
    }


def all_files() -> dict[str, str]:
    """The files in the order in which the migrations apply them."""
    candidates = {path.name: path.read_text("utf-8") for path in OF_CANDIDATES.iterdir()}
    return candidates | {
        f"{name}.sql": rules.read(name) for name in (*rules.RULES, *rules.CONSTRAINTS)
    }


def drop_every_rule(texts: list[str]) -> None:
    """All functions, with the triggers and columns that need them, and what ``texts`` constrain."""
    for name, _ in execute(FUNCTIONS):
        execute(f"DROP FUNCTION {name} CASCADE")
    for name, _ in execute(TRIGGERS):
        execute("DROP TRIGGER {} ON {}".format(*name.split(" on ")))
    for name, _ in execute(COLUMNS):
        execute("ALTER TABLE {1} DROP COLUMN {0} CASCADE".format(*name.split(" of ")))
    added = set(re.findall(r"ADD CONSTRAINT (\w+)", "".join(texts)))
    tables = dict(name.split(" on ") for name, _ in execute(CONSTRAINTS))
    for name in sorted(added & set(tables)):
        execute(f"ALTER TABLE {tables[name]} DROP CONSTRAINT IF EXISTS {name} CASCADE")


def differences(texts: list[str]) -> set[str]:
    """The names of what is other, or only, in the database or in a database made of ``texts``."""
    before = definitions()
    with transaction.atomic():
        drop_every_rule(texts)
        for text in texts:
            execute(text)
        after = definitions()
        transaction.set_rollback(True)
    return {name for name, _ in before.items() ^ after.items()}


class RuleTestCase(TestCase):
    """As the owner of the tables, in transactions that are undone."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.enterClassContext(connection.as_owner())
        super().setUpClass()


class SameTests(RuleTestCase):
    def test_the_database_is_what_the_files_make(self) -> None:
        self.assertEqual(differences(list(all_files().values())), set())

    def test_there_are_rules_to_compare(self) -> None:
        names = definitions().keys()
        self.assertIn("function protocol_agrees()", names)
        self.assertIn("trigger evidence_stays on tabulation_event", names)
        self.assertIn("trigger form_is_fixed on candidates_candidate", names)
        self.assertIn("constraint figures_reasons_are_hashed on tabulation_publishedfigures", names)
        self.assertIn("constraint contest_turnout_hours_in_order on candidates_contest", names)
        self.assertIn("column search of tabulation_area", names)

    def test_each_rule_can_be_applied_again(self) -> None:
        before = definitions()
        for name in rules.RULES:
            execute(rules.read(name))
        self.assertEqual(definitions(), before)

    def test_a_constraint_is_of_a_model_or_of_a_file(self) -> None:
        self.assertEqual(self.constraints_of_nobody(), set())
        execute("ALTER TABLE tabulation_seal ADD CONSTRAINT odd CHECK (number > 0)")
        self.assertEqual(self.constraints_of_nobody(), {"odd"})

    def constraints_of_nobody(self) -> set[str]:
        """Neither models nor files know them; or the files alone know them, and they are gone."""
        of_models = {c.name for model in apps.get_models() for c in model._meta.constraints}
        of_files = set(re.findall(r"ADD CONSTRAINT (\w+)", "".join(all_files().values())))
        there = {name.split(" on ")[0] for name, _ in execute(CONSTRAINTS)}
        others = {name for name in there if not MADE_UP.search(name)}
        return (others - of_models) ^ of_files


class AlteredDatabaseTests(RuleTestCase):
    """What somebody alters past the files is found, and named."""

    @contextmanager
    def found(self, *names: str) -> Iterator[None]:
        with transaction.atomic():
            yield
            self.assertEqual(differences(list(all_files().values())), set(names))
            transaction.set_rollback(True)

    def test_a_function_that_does_less(self) -> None:
        with self.found("function protocol_moves()"):
            execute(
                "CREATE OR REPLACE FUNCTION protocol_moves() RETURNS trigger LANGUAGE plpgsql"
                " SET search_path = public, pg_temp AS 'BEGIN RETURN NEW; END'"
            )

    def test_a_function_that_trusts_temporary_tables(self) -> None:
        with self.found("function seals_in_a_row()"):
            execute("ALTER FUNCTION seals_in_a_row() RESET search_path")

    def test_a_function_nobody_knows(self) -> None:
        with self.found("function quiet()"):
            execute("CREATE FUNCTION quiet() RETURNS integer LANGUAGE sql AS 'SELECT 1'")

    def test_a_trigger_that_is_gone_asleep_or_narrower(self) -> None:
        table = "tabulation_event"
        for statement in (
            f"DROP TRIGGER evidence_stays ON {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER evidence_stays",
            f"CREATE OR REPLACE TRIGGER evidence_stays BEFORE DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION evidence_stays()",
        ):
            with self.subTest(statement), self.found(f"trigger evidence_stays on {table}"):
                execute(statement)

    def test_a_trigger_nobody_knows(self) -> None:
        with self.found("trigger twice on tabulation_event"):
            execute(
                "CREATE TRIGGER twice BEFORE INSERT ON tabulation_event"
                " FOR EACH ROW EXECUTE FUNCTION events_in_a_row()"
            )

    def test_a_constraint_that_asks_less(self) -> None:
        with self.found("constraint published_file_has_its_hash on tabulation_publishedfile"):
            execute(
                "ALTER TABLE tabulation_publishedfile"
                " DROP CONSTRAINT published_file_has_its_hash,"
                " ADD CONSTRAINT published_file_has_its_hash CHECK (length(sha256) = 32)"
            )


class AlteredFilesTests(RuleTestCase):
    def test_a_file_that_is_missing(self) -> None:
        texts = all_files()
        for name, found in (
            ("protocol_moves.sql", {
                "function protocol_moves()", "trigger protocol_moves on tabulation_protocol",
            }),
            ("record_text.sql", {"function record_text(text)"}),
            ("search_columns.sql", {
                "column search of tabulation_area", "index area_search",
                "column search of tabulation_pollingstation", "index station_search",
            }),
        ):  # fmt: skip
            with self.subTest(name):
                others = [text for file, text in texts.items() if file != name]
                self.assertEqual(differences(others), found)

    def test_a_file_of_something_that_is_not_in_the_database(self) -> None:
        more = (
            "CREATE FUNCTION unheard_of() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';"
            "CREATE TRIGGER unheard_of BEFORE INSERT ON tabulation_seal"
            " FOR EACH ROW EXECUTE FUNCTION unheard_of();"
        )
        found = {"function unheard_of()", "trigger unheard_of on tabulation_seal"}
        self.assertEqual(differences([*all_files().values(), more]), found)

    def test_a_file_that_says_otherwise(self) -> None:
        texts = all_files()
        texts["lock_turnout.sql"] = texts["lock_turnout.sql"].replace("'turnout '", "'another '")
        self.assertEqual(
            differences(list(texts.values())), {"function lock_turnout(bigint,bigint)"}
        )


class FileTests(TestCase):
    def test_every_file_is_listed_once_and_applied_by_the_first_migration(self) -> None:
        listed = (*rules.RULES, *rules.CONSTRAINTS)
        self.assertEqual(sorted(listed), sorted(path.stem for path in rules.FOLDER.iterdir()))
        applied = [
            operation.sql
            for app in ("candidates", "tabulation.database")
            for operation in import_module(f"{app}.migrations.0001_initial").Migration.operations
            if isinstance(operation, RunSQL)
        ]
        self.assertEqual(applied, list(all_files().values()))

    def test_each_says_what_it_is_for(self) -> None:
        for name, text in all_files().items():
            with self.subTest(name):
                self.assertRegex(text, r"\A(-- .{1,97}\n)+(CREATE|ALTER)")

    def test_a_rule_is_one_function_and_is_named_after_it(self) -> None:
        for name in rules.RULES:
            with self.subTest(name):
                text = rules.read(name)
                made = re.findall(r"^CREATE OR REPLACE FUNCTION (\w+)", text, re.M)
                self.assertEqual(made, [name])
                fired = re.findall(r"^ *(?:FOR EACH .*)?EXECUTE FUNCTION (\w+)", text, re.M)
                self.assertLessEqual(set(fired), {name})


class PlansTests(TestCase):
    def test_what_forbids_nested_loops_compiles_nothing(self) -> None:
        """A plan without them may look so dear that the server compiles it for seconds."""
        forbid = {n: text for n, text in execute(FUNCTIONS) if "enable_nestloop" in text}
        self.assertGreater(len(forbid), 2)
        for name, text in forbid.items():
            with self.subTest(name):
                self.assertIn("SET jit TO 'off'", text)
