from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tabulation.ledger.signing import SigningRefused
from tabulation.management.commands._command import DatabaseCommand, election_named
from tabulation.public.mirror.binding import bind_files, renew_files

#: Publications whose files are signed by one command.
MOST = 10_000


class Command(DatabaseCommand):
    publishes = True
    refusals = (SigningRefused,)
    help = (
        "Sign the files of publications that have no list, such as zip and PDF. Sign those of the"
        " newest publication again, where an update changed them. The publisher signs the files of"
        " each newest publication. This takes as long as making all these files. Exit status 1"
        " without a signing key."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")

    def handle(self, *, election: str, **options: Any) -> None:
        found = election_named(election)
        renewed = renew_files(found, at=timezone.now())
        for number in [
            *([renewed] if renewed else []),
            *bind_files(found, at=timezone.now(), most=MOST),
        ]:
            self.stdout.write(f"The files of publication {number} are signed.")
