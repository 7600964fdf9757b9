"""For tests of what is served ready: a pack in a folder of its own, and requests as gunicorn's."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.signals import request_started
from django.db import close_old_connections
from django.test import TestCase

from tabulation.public.packing.following import Follower
from tabulation.tests.support.world import NORTH, SOUTH, World

HOST = "localhost"


@dataclass(frozen=True)
class Reply:
    """What a WSGI application answered; header names in lower case."""

    status: str
    headers: dict[str, str]
    body: bytes


def ask(application: Any, path: str, method: str = "GET", **environ: Any) -> Reply:
    """``path`` as it comes out of the request line: decoded bytes, each a character."""
    started: list[Any] = []
    path, _mark, query = path.partition("?")
    chunks = application(
        {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path.encode().decode("latin-1"),
            "QUERY_STRING": query,
            "HTTP_HOST": HOST,
            "SERVER_NAME": HOST,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            **environ,
        },
        lambda status, headers: started.append((status, headers)),
    )
    body = b"".join(chunks)
    ((status, headers),) = started
    lowered = {name.lower(): value for name, value in headers}
    assert len(lowered) == len(headers), "a header twice"
    return Reply(status, lowered, body)


class PackTestCase(TestCase):
    """The small world with two publications, and a folder for its pack."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication("the first")
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication("the second")

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "documents.pack"
        self.said: list[str] = []
        # A request must not close the connection, whose transaction is the test's.
        request_started.disconnect(close_old_connections)
        self.addCleanup(request_started.connect, close_old_connections)

    def follower(self) -> Follower:
        return Follower(self.path, self.said.append)

    def pack_all(self) -> None:
        follower = self.follower()
        while follower.turn():
            pass
        self.assertFalse(follower.trouble)

    def change_south(self) -> None:
        self.world.corrected(self.world.stations[1], (200, 151, 6, 100, 40, 5))
        self.world.publication()
