from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils import timezone

from tabulation.ledger.rebuilding import begin_log
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.writing import one_publisher
from tabulation.management.commands import _administrators
from tabulation.management.commands._command import DatabaseCommand, election_named
from tabulation.staff.accounts.founding import two_administrators
from tabulation.staff.accounts.records import AccountRefused


class Command(DatabaseCommand):
    publishes = True
    refusals = (PublicationRefused, AccountRefused)
    help = (
        "Begin a new log of publications by a decision on paper, where publications are lost and no"
        " backup has them. Two administrators enter their passwords and codes. The next"
        " publication says the decision and the reason. The log has another name. Earlier"
        " checkpoints stay valid in the log before, and the publisher keeps its memory of that log."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")
        _administrators.add_arguments(parser)
        parser.add_argument(
            "--reason",
            required=True,
            metavar="TEXT",
            help="why the log before ends. The next publication says it",
        )

    def handle(
        self,
        *,
        election: str,
        administrators: list[str],
        decision: str,
        reason: str,
        **options: Any,
    ) -> None:
        found = election_named(election)
        proved = _administrators.prove(administrators)
        with one_publisher(found), transaction.atomic():
            why = begin_log(
                election=found,
                administrators=two_administrators(proved),
                decision=decision,
                words=reason,
                at=timezone.now(),
            )
        self.stdout.write(f"Before: {why}")
        self.stdout.write(
            "A new log is begun. Publish. Then print the new public key, which manage.py public_key"
            " shows."
        )
