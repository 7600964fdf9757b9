from typing import Any

from django.core.management.base import CommandParser

from tabulation.ledger.manifests import key_of
from tabulation.ledger.proving import public_keys
from tabulation.ledger.signing import SigningRefused
from tabulation.management.commands._command import DatabaseCommand, election_named


class Command(DatabaseCommand):
    refusals = (SigningRefused,)
    help = (
        "Print the public keys of an election's checkpoints, one a line: those that signed, and the"
        " one that will sign next. Print them where the server does not reach: in the official"
        " gazette, on the minutes, in a newspaper."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")

    def handle(self, *, election: str, **options: Any) -> None:
        found = election_named(election)
        for key in dict.fromkeys([*public_keys(found), key_of(found)]):
            self.stdout.write(key)
