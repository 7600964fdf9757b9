from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tabulation.importing.election import load_election
from tabulation.importing.problems import ImportRefused
from tabulation.management.commands._command import DatabaseCommand


class Command(DatabaseCommand):
    refusals = (ImportRefused,)
    help = (
        "Load an election folder (docs/election-folder.md). All or nothing: every problem is told,"
        " and the exit status is 1 when there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="check everything and write nothing"
        )

        parser.add_argument(
            "--rehearsal",
            action="store_true",
            help="load it as a rehearsal beside the election itself: SLUG-rehearsal",
        )

    def handle(self, *, folder: Path, dry_run: bool, rehearsal: bool, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder. Name the folder with election.toml.")
        election = load_election(
            folder, by=None, at=timezone.now(), dry_run=dry_run, rehearsal=rehearsal
        )
        done = "is fine; nothing was written (--dry-run)" if dry_run else "is loaded"
        self.stdout.write(f"{election.slug} ({election.name}) {done}.")
