"""What is deployed, as the measurements run it: against the database that is connected to here."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from psycopg.conninfo import make_conninfo

from tabulation.management.commands._nginx import end, wait_for

#: As in docs/deploy.md.
GUNICORN = ("--workers", "4", "--threads", "4")
MANAGE = (sys.executable, str(settings.BASE_DIR / "manage.py"))
#: Seconds for making the first whole mirror.
FIRST_MIRROR = 1200


def environment_of(scratch: Path) -> dict[str, str]:
    """Of a deployment whose database is the one that is connected to here."""
    connection.ensure_connection()
    known = connection.connection.info
    password = {"password": known.password} if known.password else {}
    return {
        **os.environ,
        "DATABASE_URL": make_conninfo(known.dsn, **password),
        "HASHVARK_SECRET_KEY": secrets.token_urlsafe(50),
        "HASHVARK_SIGNING_KEY": str(settings.SIGNING_KEY),
        "HASHVARK_ORIGIN": settings.ORIGIN,
        "HASHVARK_HOSTS": "localhost,127.0.0.1",
        "HASHVARK_HTTPS": "0",
        "HASHVARK_DEBUG": "0",
        "HASHVARK_STATIC_ROOT": str(scratch / "static"),
        "HASHVARK_MIRROR": str(scratch / "mirror"),
        "HASHVARK_MADE": str(scratch / "made"),
    }


@contextmanager
def process(environment: dict[str, str], *command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process in a group of its own; at the end it is gone, and was there until then."""
    started = subprocess.Popen(  # noqa: S603  # our own interpreter and constants
        command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield started
        if started.poll() is not None:
            raise CommandError(f"{command[2]} ended unexpectedly. Read its messages above.")
    finally:
        end(started, 40)


@contextmanager
def gunicorn(environment: dict[str, str], port: int) -> Iterator[None]:
    """The web server, from when it answers."""
    command = (sys.executable, "-m", "gunicorn", "tabulation.wsgi", "--log-level", "warning")
    bind = ("--bind", f"127.0.0.1:{port}", "--chdir", str(settings.BASE_DIR))
    with process(environment, *command, *bind, *GUNICORN) as server:
        wait_for(server, port, answer=True)
        yield


def manage(environment: dict[str, str], *words: str) -> None:
    """Run a command of manage.py. Raises CommandError when it fails."""
    done = subprocess.run(  # noqa: S603  # our own interpreter and constants
        [*MANAGE, *words], env=environment, stdout=subprocess.DEVNULL, timeout=FIRST_MIRROR
    )
    if done.returncode:
        raise CommandError(f"manage.py {words[0]} failed. Read its messages above.")
