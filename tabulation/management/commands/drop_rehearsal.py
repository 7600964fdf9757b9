from typing import Any

from django.core.management.base import CommandError, CommandParser

from tabulation.management.commands._command import DatabaseCommand
from tabulation.management.commands._wiping import drop_database


class Command(DatabaseCommand):
    help = (
        "Wipe a rehearsal: drop the whole database, with its people and events, and make it anew,"
        " empty. Exit status 1, and nothing is touched, when a real election is in it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--yes", action="store_true", help="say that you mean it: nothing can bring it back"
        )

    def handle(self, *, yes: bool, **options: Any) -> None:
        if not yes:
            raise CommandError("Everything in the database would be gone. Say --yes if so.")
        drop_database()
        self.stdout.write("The database is empty. Make its tables with: manage.py migrate")
