from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tabulation.ledger.rebuilding import rebuild
from tabulation.ledger.refusals import PublicationRefused
from tabulation.management.commands._command import DatabaseCommand, election_named


class Command(DatabaseCommand):
    publishes = True
    refusals = (PublicationRefused,)
    help = (
        "Rebuild the publisher's memory of an election's log from the database, where the memory is"
        " lost. A checkpoint that an observer saved shows that the database is not an older one."
        " What the publisher remembers is never forgotten. Exit status 1, and nothing is kept, when"
        " the two differ."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")
        parser.add_argument(
            "--checkpoint",
            type=Path,
            required=True,
            metavar="FILE",
            help="a checkpoint saved from the public site, the newest that you can find",
        )

    def handle(self, *, election: str, checkpoint: Path, **options: Any) -> None:
        try:
            note = checkpoint.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{checkpoint} cannot be read: {error}.") from error
        new = rebuild(election_named(election), note)
        self.stdout.write(f"Publications that the publisher remembers again: {new}.")
