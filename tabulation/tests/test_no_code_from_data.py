"""No code comes from data: nothing that is stored runs in who reads it."""

import ast
import base64
import json
import pickle
import re
import tempfile
from pathlib import Path
from unittest import mock

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache, caches
from django.core.cache.backends.db import BaseDatabaseCache
from django.db import DatabaseError, connection, transaction
from django.test import Client, SimpleTestCase, TestCase
from django.utils import timezone

from tabulation.counting import progress
from tabulation.models import record
from tabulation.staff.throttling import ThrottleCache
from tabulation.tests.support.world import PASSWORD, World, totp

#: Modules whose data are programs, by their name or in dots.
MODULES = r"(_?pickle|cPickle|pickletools|marshal|shelve|dbm|dill|cloudpickle|joblib|jsonpickle)"
#: What runs text; caches of Django that keep pickles, and the serializer of sessions that did.
DANGER = re.compile(
    rf"{MODULES}(\..*)?|(builtins\.)?(eval|exec|compile|__import__)|allow_pickle"
    r"|yaml\.(load|load_all|full_load|full_load_all|unsafe_load|unsafe_load_all)"
    r"|(.*\.)?PickleSerializer|(.*\.)?cache\.backends\.(db|file|locmem|redis|memcached).*"
)


def sources() -> list[Path]:
    """What runs in production: all but the tests."""
    folders = ("candidates", "tabulation", "static", "elections")
    files = [path for name in folders for path in (settings.BASE_DIR / name).rglob("*.py")]
    kept = [path for path in files if "tests" not in path.relative_to(settings.BASE_DIR).parts]
    return [*kept, settings.BASE_DIR / "manage.py"]


def names(node: ast.AST) -> list[str]:
    """What a node names: modules, functions, what stands in dots or in quotes."""
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom():
            return [f"{node.module}.{alias.name}" for alias in node.names]
        case ast.Name():
            return [node.id]
        case ast.Attribute():
            return [ast.unparse(node)]
        case ast.keyword(arg=str(name)):
            return [name]
        case ast.Constant(value=str(text)):
            return [text]
    return []


def dangers(source: str) -> list[str]:
    """What in a module could make a program of data."""
    found = [name for node in ast.walk(ast.parse(source)) for name in names(node)]
    return [name for name in found if DANGER.fullmatch(name)]


class SourceTests(SimpleTestCase):
    def test_nothing_makes_a_program_of_data(self) -> None:
        files = sources()
        self.assertGreater(len(files), 300)
        found = [
            f"{path.relative_to(settings.BASE_DIR)}: {bad}"
            for path in files
            for bad in dangers(path.read_text(encoding="utf-8"))
        ]
        self.assertEqual(found, [])

    def test_each_danger_is_found(self) -> None:
        for source in (
            "import pickle",
            "import os, marshal as m",
            "from shelve import open",
            "import jsonpickle.handlers",
            "from yaml import load",
            "yaml.load(x)",
            "yaml.unsafe_load(x)",
            "eval(x)",
            "run = exec",
            "builtins.eval(x)",
            "from builtins import exec as e",
            "import_module('pickle')",
            "__import__('x')",
            "numpy.load(f, allow_pickle=True)",
            "from django.contrib.sessions.serializers import PickleSerializer",
            "SESSION_SERIALIZER = 'django.contrib.sessions.serializers.PickleSerializer'",
            "B = 'django.core.cache.backends.locmem.LocMemCache'",
            "B = 'django.core.cache.backends.db.DatabaseCache'",
            "from django.core.cache.backends.filebased import FileBasedCache",
        ):
            with self.subTest(source):
                self.assertNotEqual(dangers(source), [])
        self.assertEqual(
            list(dangers("import re, json, yaml\nre.compile('a'); yaml.safe_load")), []
        )

    def test_the_settings_in_force(self) -> None:
        self.assertEqual(list(settings.CACHES), ["default"])
        backend = caches["default"]
        self.assertIsInstance(backend, ThrottleCache)
        self.assertNotIsInstance(backend, BaseDatabaseCache)
        json_only = "django.contrib.sessions.serializers.JSONSerializer"
        self.assertEqual(settings.SESSION_SERIALIZER, json_only)
        self.assertEqual(settings.SESSION_ENGINE, "tabulation.staff.session_store")


class Bomb:
    """Whoever unpickles this writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.write_text, (self.path, "ran"))


class PoisonTests(TestCase):
    """Rows that hold a pickle, written with the application's own rights, are read by the pages."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()

    def setUp(self) -> None:
        cache.clear()
        progress.forget()
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.file = Path(folder) / "ran"
        raw = pickle.dumps(Bomb(self.file))
        self.pickles = [base64.b64encode(raw).decode(), raw.decode("latin1").replace("\0", "")]
        self.addCleanup(lambda: self.assertFalse(self.file.exists()))

    def test_the_bomb_goes_off_where_it_is_unpickled(self) -> None:
        pickle.loads(base64.b64decode(self.pickles[0]))
        self.assertEqual(self.file.read_text(), "ran")
        self.file.unlink()

    def write(self, statement: str, *values: object) -> bool:
        """Whether the database let it be written."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, values)
        except DatabaseError:
            return False
        return True

    def sign_in(self, name: str = "alice") -> object:
        return self.client.post("/staff/sign-in/", {"login": name, "password": PASSWORD})

    def test_throttles(self) -> None:
        self.client.post("/staff/sign-in/", {"login": "alice", "password": "wrong"})
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = 'tabulation_throttle'::regclass AND attnum > 0"
            )
            kinds = {"key": "bytea", "times": "double precision[]"}
            self.assertEqual(
                dict(cursor.fetchall()), {**kinds, "until": "timestamp with time zone"}
            )
        for text in self.pickles:
            for column in ("times", "until"):
                self.assertFalse(self.write(f"UPDATE tabulation_throttle SET {column} = %s", text))
        self.assertTrue(self.write("UPDATE tabulation_throttle SET times = '{}'"))
        self.assertRedirects(self.sign_in(), "/staff/")
        # The worst: times of the far future. Who is named waits until the row is forgotten.
        self.client.post("/staff/sign-out/")
        self.assertTrue(
            self.write("UPDATE tabulation_throttle SET times = array_fill(9e9, ARRAY[1000])")
        )
        self.assertEqual(self.sign_in().status_code, 429)

    def test_there_is_no_table_of_pickles(self) -> None:
        tables = connection.introspection.table_names()
        self.assertEqual([name for name in tables if "cache" in name], [])

    def test_sessions(self) -> None:
        for text in self.pickles:
            self.assertRedirects(self.sign_in(), "/staff/")
            self.assertTrue(self.write("UPDATE django_session SET session_data = %s", text))
            with self.assertLogs("django.security.SuspiciousSession", "WARNING"):
                answer = self.client.get("/staff/")
            self.assertRedirects(
                answer, "/staff/sign-in/?next=/staff/", fetch_redirect_response=False
            )
            self.assertRedirects(self.sign_in(), "/staff/")
            self.client.post("/staff/sign-out/")

    def test_factors(self) -> None:
        for data in (
            *({"secret": text} for text in self.pickles),
            *self.pickles,
            [self.pickles[0]],
            {},
            {"secret": None},
        ):
            cache.clear()
            mine = Authenticator.objects.filter(user=self.world.sona, type="totp")
            mine.update(data=data)
            self.client.logout()
            self.assertRedirects(self.sign_in("sona"), "/staff/sign-in/code/")
            with self.subTest(str(data)[:20]):
                answer = self.client.post("/staff/sign-in/code/", {"code": totp()})
                self.assertContains(answer, "cannot read the secret of your authenticator app")
                self.assertEqual(self.client.get("/staff/").status_code, 302)

    def test_passkeys(self) -> None:
        """The library cannot show the page of the code, and no code runs either."""
        for data in (
            *({"name": "x", "credential": text} for text in self.pickles),
            self.pickles[0],
            {},
        ):
            Authenticator.objects.filter(user=self.world.sona, type="webauthn").delete()
            Authenticator.objects.create(user=self.world.sona, type="webauthn", data=data)
            client = Client(raise_request_exception=False)
            cache.clear()
            client.post("/staff/sign-in/", {"login": "sona", "password": PASSWORD})
            with self.subTest(str(data)[:20]), self.assertLogs("django.request", "ERROR"):
                self.assertEqual(client.get("/staff/sign-in/code/").status_code, 500)
            self.assertEqual(client.get("/staff/").status_code, 302)

    def test_events(self) -> None:
        for text in self.pickles:
            for what in ({"role": text}, {"figures": [text]}, {text: text}):
                with transaction.atomic():
                    record(act="account changed", subject="user alice", by=None, at=timezone.now(),
                           before=what, after=what)  # fmt: skip
        self.client.force_login(self.world.mariam)
        self.assertEqual(self.client.get("/staff/artsakh/events/").status_code, 200)

    def test_cookies(self) -> None:
        for text in self.pickles:
            for name in ("messages", settings.SESSION_COOKIE_NAME, "csrftoken"):
                client = Client()
                client.cookies[name] = text
                with self.subTest(name):
                    self.assertEqual(client.get("/staff/sign-in/").status_code, 200)

    def test_nothing_is_unpickled_on_the_way_in(self) -> None:
        with (
            mock.patch("pickle.loads", side_effect=AssertionError),
            mock.patch("pickle.load", side_effect=AssertionError),
            mock.patch("pickle.Unpickler", side_effect=AssertionError),
        ):
            self.sign_in("sona")
            self.client.post("/staff/sign-in/code/", {"code": totp()})
            for path in ("/staff/", "/staff/artsakh/president/progress/", "/staff/account/"):
                self.assertEqual(self.client.get(path).status_code, 200, path)
        self.assertTrue(json.loads('"and JSON is read as ever"'))
