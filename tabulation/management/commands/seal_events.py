import time
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser
from django.db import connection
from django.utils import timezone

from tabulation.ledger import sealing
from tabulation.ledger.signing import SigningRefused
from tabulation.management.commands._command import DatabaseCommand
from tabulation.models import Seal
from tabulation.outcomes.certification.motions import expire_due


def seconds(text: str) -> float:
    if not 1 <= float(text) <= 86_400:
        raise ArgumentTypeError("between 1 and 86400 seconds")
    return float(text)


class Command(DatabaseCommand):
    refusals = (SigningRefused,)
    help = (
        "Seal the events that no seal covers yet: a signed statement that they stand so. Once, or"
        " again and again with --every, until Ctrl-C. Every publication seals them, too. Several"
        " sealers wait for each other. Before it, acts that were not confirmed in time expire."
        " Exit status 1 without a signing key."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every", type=seconds, metavar="SECONDS", help="go on sealing, such as every 60"
        )

    def handle(self, *, every: float | None, **options: Any) -> None:
        try:
            seal = self._seal()
            if every is None and seal is None:
                self.stdout.write("Nothing to seal.")
            while every is not None:
                # Nothing is held open while there is nothing to do.
                connection.close()
                time.sleep(every)
                self._seal()
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _seal(self) -> Seal | None:
        expire_due(at=timezone.now())
        seal = sealing.seal(at=timezone.now())
        if seal is not None:
            events = "1 event" if seal.count == 1 else f"{seal.count} events"
            self.stdout.write(f"Seal {seal.number} of {events}: {bytes(seal.hash).hex()}")
        return seal
