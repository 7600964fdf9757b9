"""gunicorn with one worker of few threads, for a database that will hang."""

import http.client
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from django.conf import settings

from tabulation.management.benchmarks.deployment import process
from tabulation.management.commands._nginx import free_port, wait_for

#: Seconds: far above what is promised, far below for ever.
SOON = 20
THREADS = 3


class Served:
    """A web server on a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str) -> tuple[int, str, float]:
        """Status, body, and how many seconds they took."""
        begun = time.monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as asked:
            asked.request("GET", path)
            answer = asked.getresponse()
            body = answer.read().decode()
        return answer.status, body, time.monotonic() - begun


@contextmanager
def served(environment: dict[str, str]) -> Iterator[Served]:
    port = free_port()
    command = (sys.executable, "-m", "gunicorn", "tabulation.wsgi", "--log-level", "critical")
    bind = ("--bind", f"127.0.0.1:{port}", "--chdir", str(settings.BASE_DIR))
    environment = {**environment, "PGAPPNAME": f"hanging-{port}"}
    with process(environment, *command, *bind, "--workers", "1", "--threads", str(THREADS)) as web:
        wait_for(web, port, answer=True)
        yield Served(port)
