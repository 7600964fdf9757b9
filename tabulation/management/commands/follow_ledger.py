import fcntl
import os
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from tabulation.management.commands._command import DatabaseCommand
from tabulation.public.packing.following import Follower


def seconds(text: str) -> float:
    if not 0.1 <= float(text) <= 60:
        raise ArgumentTypeError("between 0.1 and 60 seconds")
    return float(text)


class Command(DatabaseCommand):
    help = (
        "Keep this host's pack of ready documents as new as the newest publication: the pages that"
        " everybody asks for within a second, then the areas that changed. Says one line a pack;"
        " goes on until Ctrl-C, whatever the database does. One a host: the web processes read the"
        " pack, and answer by Django what is not in it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every",
            type=seconds,
            default=0.5,
            metavar="SECONDS",
            help="how often to look for a new publication (default: %(default)s)",
        )
        parser.add_argument(
            "--once", action="store_true", help="write one whole pack of what is published and end"
        )

    def handle(self, *, every: float, once: bool, **options: Any) -> None:
        path: Path = settings.PACK
        with alone_at(path):
            follower = Follower(path, self._say)
            try:
                while True:
                    more = follower.turn()
                    if once and not more:
                        break
                    if not more:
                        time.sleep(every)
            except KeyboardInterrupt:
                self._say("Stopped.")
                return
        if follower.trouble:
            raise CommandError("There is no new pack; the reason stands above.")

    def _say(self, what: str) -> None:
        self.stdout.write(what)
        self.stdout.flush()


@contextmanager
def alone_at(path: Path) -> Iterator[None]:
    """Raises CommandError when another follower keeps this pack, or nothing can be written."""
    try:
        lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CommandError(
            f"Cannot write beside {path} ({error.strerror}). Make its folder writable, or name"
            " another file in HASHVARK_PACK."
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"Another follow_ledger keeps {path}: one is enough.") from None
        yield
    finally:
        os.close(lock)
