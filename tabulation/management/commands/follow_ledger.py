import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection

from tabulation.database.limits import FOLLOWING
from tabulation.management.commands._command import DatabaseCommand, seconds
from tabulation.public.mirror.folder import Folder, MirrorRefused
from tabulation.public.mirror.following import Follower


class Command(DatabaseCommand):
    help = (
        "Keep this host's mirror of the public site as new as the newest publication: what"
        " everybody asks for within a second, then the areas that changed, then the rest. Says one"
        " line a turn that did something; goes on until Ctrl-C, whatever the database does. One a"
        " host: nginx serves the mirror, and asks Django for what is not in it."
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
            "--once", action="store_true", help="make everything of what is published, and end"
        )

    def handle(self, *, every: float, once: bool, **options: Any) -> None:
        folder = Folder(settings.MIRROR)
        try:
            with folder.alone(), connection.waiting(FOLLOWING):  # type: ignore[attr-defined]  # of our backend
                follower = Follower(folder, self.say)
                _follow(follower, every, once=once)
        except MirrorRefused as refused:
            raise CommandError(f"{refused} The folder is named by HASHVARK_MIRROR.") from refused
        except KeyboardInterrupt:
            self.say("Stopped.")
            return
        if follower.trouble:
            raise CommandError("The mirror is not new; the reason stands above.")


def _follow(follower: Follower, every: float, *, once: bool) -> None:
    while True:
        more = follower.turn()
        if once and not more:
            return
        if not more:
            time.sleep(every)
