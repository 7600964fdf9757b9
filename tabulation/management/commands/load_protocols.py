from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tabulation.importing.problems import ImportRefused
from tabulation.importing.protocols import load_protocols
from tabulation.management.commands._command import DatabaseCommand, contest_named, election_named


class Command(DatabaseCommand):
    refusals = (ImportRefused,)
    help = (
        "Load a CSV file of protocols (.csv or .csv.gz) as accepted: for archives, samples and"
        " rehearsals; refused for a real election. All or nothing: every problem is told, and the"
        " exit status is 1 when there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--as-accepted",
            action="store_true",
            required=True,
            help="say that you know: these protocols count without two people typing them",
        )
        parser.add_argument("--contest", help="its code; needed when there are several")
        parser.add_argument(
            "--dry-run", action="store_true", help="check everything and write nothing"
        )

    def handle(
        self, *, election: str, file: Path, contest: str | None, dry_run: bool, **options: Any
    ) -> None:
        into = contest_named(election_named(election), contest)
        if not file.is_file():
            raise CommandError(f"{file} is not a file.")
        loaded = load_protocols(into, file, by=None, at=timezone.now(), dry_run=dry_run)
        done = "are fine; nothing was written (--dry-run)" if dry_run else "are loaded as accepted"
        self.stdout.write(f"{loaded} protocols of {election}, {into.code}, {done}.")
