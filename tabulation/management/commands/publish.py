from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from candidates.models import Election
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.signing import SigningRefused
from tabulation.ledger.status_words import REQUESTABLE
from tabulation.ledger.withholding import withheld_in
from tabulation.ledger.writing import Terms, publish
from tabulation.management.commands._command import DatabaseCommand, election_named
from tabulation.public.mirror.binding import bind_files, renew_files

#: Publications whose files are signed by one command.
MOST_LISTS = 10_000


class Command(DatabaseCommand):
    refusals = (PublicationRefused,)
    help = (
        "Publish what is accepted now as the next numbered publication. Exit status 1, with the"
        " reason, when nothing has changed since the last."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")
        parser.add_argument("--note", default="", help="a sentence shown with the publication")
        parser.add_argument(
            "--status",
            default="",
            choices=REQUESTABLE,
            help="a word that the commission has decided",
        )
        parser.add_argument("--decision", default="", help="the number of that decision")
        parser.add_argument(
            "--whole",
            action="store_true",
            help="compare every station with what is published, not only those that changed",
        )

        parser.add_argument(
            "--files",
            action="store_true",
            help="publish nothing. Sign the files of publications that have no list. Sign those of"
            " the newest again, where an update changed them",
        )

    def handle(self, *, election: str, files: bool = False, **options: Any) -> None:
        if files:
            self._bind(election_named(election), most=MOST_LISTS, renew=True)
            return
        terms = Terms(**{name: options[name] for name in ("note", "whole", "status", "decision")})
        found = election_named(election)
        publication = publish(election=found, by=None, at=timezone.now(), terms=terms)
        self.stdout.write(f"Publication {publication.number} of {election} ({publication.status}).")
        for one in withheld_in(found, publication.number):
            self.stderr.write(f"This publication withholds {one}.")
        self._bind(found)

    def _bind(self, election: Election, *, most: int = 1, renew: bool = False) -> None:
        """What is out stays out: without a list, whoever verifies is told so."""
        try:
            numbers = [renew_files(election, at=timezone.now())] if renew else []
            for number in [
                *filter(None, numbers),
                *bind_files(election, at=timezone.now(), most=most),
            ]:
                self.stdout.write(f"The files of publication {number} are signed.")
        except SigningRefused as refused:
            self.stderr.write(f"The files of the publication are not signed. {refused}")
