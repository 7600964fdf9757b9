"""The demonstration as a newcomer runs it: from nothing to a page, stopped, gone on with."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase

from tabulation.tests.support.tags import slow
from tabulation.tests.support.waiting import eventually


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@slow
@unittest.skipUnless(settings.EMBEDDED, "the demonstration has a PostgreSQL of its own")
class DemoTests(SimpleTestCase):
    """In a copy of the tree, so that the data of whoever runs the tests is left alone."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="demo-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=settings.BASE_DIR, capture_output=True, text=True, check=True,
        ).stdout.splitlines()  # fmt: skip
        for name in listed:
            source, target = settings.BASE_DIR / name, self.folder / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        self.port = free_port()
        self.log = self.folder / "demo.log"

    def start(self, *options: str) -> "subprocess.Popen[bytes]":
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HASHVARK_")}
        with self.log.open("wb") as log:
            demo = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--port", str(self.port), *options],
                cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.addCleanup(self.end, demo)
        return demo

    def end(self, demo: "subprocess.Popen[bytes]") -> None:
        if demo.poll() is None:
            os.killpg(demo.pid, signal.SIGKILL)
            demo.wait()

    def page(self, path: str, demo: "subprocess.Popen[bytes]", seconds: float = 60) -> str:
        def answers() -> bool:
            with suppress(urllib.error.URLError), urllib.request.urlopen(address) as answer:
                self.answered = answer.read().decode()
            return bool(self.answered)

        self.answered, address = "", f"http://127.0.0.1:{self.port}{path}"
        eventually(lambda: answers() or demo.poll() is not None, seconds)
        self.assertTrue(self.answered, f"The demonstration said:\n{self.log.read_text()}")
        return self.answered

    def stop(self, demo: "subprocess.Popen[bytes]") -> None:
        os.killpg(demo.pid, signal.SIGINT)
        self.assertEqual(demo.wait(20), 0)
        self.assertEqual(self.left(), "", "still running after the stop")

    def left(self) -> str:
        """Command lines that name the folder: none may be left when the command has ended."""
        return subprocess.run(
            ["pgrep", "-af", str(self.folder)], capture_output=True, text=True, check=False
        ).stdout

    def test_from_nothing_to_a_page_and_on_again(self) -> None:
        demo = self.start()
        page = self.page("/en/nkr-2012/", demo)
        self.assertIn("47,085", page)
        self.assertIn("Publication 2", page)
        first = self.page("/en/nkr-2012/publications/1/", demo)
        self.assertIn("Preliminary, partial", first)
        said = self.log.read_text()
        self.assertIn(f"http://localhost:{self.port}/", said)
        self.assertTrue(re.search(r"intake +password: \S{12}\n", said))
        self.assertTrue(re.search(r"clerk-1 +password: \S{12}\n", said))
        self.assertTrue(re.search(r"member +password: \S{12}   TOTP seed: [A-Z2-7]{32}\n", said))
        code = subprocess.run(
            [sys.executable, "manage.py", "demo_code", "member"],
            cwd=self.folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        self.assertRegex(code.stdout, r"^\d{6}\n$")
        self.stop(demo)
        again = self.start()
        self.assertIn("Publication 2", self.page("/en/nkr-2012/", again))
        self.assertNotIn("Loading", self.log.read_text())
        for line in self.left().splitlines():
            if "gunicorn" in line:
                # Ctrl-C in the terminal reaches its group: the web server is told once, by us.
                self.assertNotEqual(os.getpgid(int(line.split()[0])), demo.pid)
                self.assertNotEqual(os.getpgid(int(line.split()[0])), again.pid)
        self.stop(again)
        anew = self.start("--reset")
        self.assertIn("Publication 2", self.page("/en/nkr-2012/", anew))
        self.assertIn("Loading nkr-2012", self.log.read_text())
        self.stop(anew)

    def test_a_busy_port_is_told(self) -> None:
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", self.port))
            busy.listen()
            demo = self.start()
            self.assertEqual(demo.wait(30), 1)
        self.assertIn("choose another with --port", self.log.read_text())
