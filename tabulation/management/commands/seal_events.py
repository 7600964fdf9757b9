from typing import Any

from django.utils import timezone

from tabulation.ledger import sealing
from tabulation.ledger.signing import SigningRefused
from tabulation.management.commands._command import DatabaseCommand
from tabulation.models import Seal
from tabulation.outcomes.certification.motions import expire_due


def told(seal: Seal) -> str:
    """A seal in a line: whoever writes it down elsewhere can prove that it was there."""
    events = "1 event" if seal.count == 1 else f"{seal.count} events"
    return f"Seal {seal.number} of {events}: {bytes(seal.hash).hex()}"


class Command(DatabaseCommand):
    publishes = True
    refusals = (SigningRefused,)
    help = (
        "Seal the events that no seal covers yet: a signed statement that they stand so. The"
        " publisher does it each minute, and every publication does. Several sealers wait"
        " for each other. Before it, acts that were not confirmed in time expire. Exit status 1"
        " without a signing key."
    )

    def handle(self, **options: Any) -> None:
        expire_due(at=timezone.now())
        seal = sealing.seal(at=timezone.now())
        self.stdout.write("Nothing to seal." if seal is None else told(seal))
