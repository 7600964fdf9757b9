from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tabulation.management.commands._elections import election_named
from tabulation.publication import PublicationRefused, publish


class Command(BaseCommand):
    help = (
        "Publish what is accepted now as the next numbered publication. Exit status 1, with the"
        " reason, when nothing has changed since the last."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")
        parser.add_argument("--note", default="", help="a sentence shown with the publication")

    def handle(self, *, election: str, note: str, **options: Any) -> None:
        try:
            publication = publish(
                election=election_named(election), by=None, at=timezone.now(), note=note
            )
        except PublicationRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"Publication {publication.number} of {election} ({publication.status}).")
