import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from tabulation.management.commands._command import DatabaseCommand, seconds
from tabulation.public.mirror.watching import PATIENCE, Watchdog


class Command(DatabaseCommand):
    help = (
        "Watch over follow_ledger: where it has not confirmed the mirror for some time although the"
        " database answers, take the mirror away from nginx, which then asks Django for everything:"
        " a follower that hangs must not freeze the results. Without the database the mirror stays."
        " Goes on until Ctrl-C. One a host."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--patience",
            type=seconds,
            default=PATIENCE,
            metavar="SECONDS",
            help="how long the follower may be silent (default: %(default)s)",
        )

    def handle(self, *, patience: float, **options: Any) -> None:
        watchdog = Watchdog(settings.MIRROR, patience, self.say)
        try:
            while True:
                watchdog.look()
                time.sleep(min(1.0, patience / 4))
        except KeyboardInterrupt:
            self.say("Stopped.")
