import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tabulation.ledger.countersigning import CountersignRefused, countersign
from tabulation.management.commands._command import DatabaseCommand, election_named


class Command(DatabaseCommand):
    publishes = True
    refusals = (CountersignRefused,)
    help = (
        "Add a second signature, made offline by manage.py sign_checkpoint, to the checkpoint of a"
        " certified publication. Its two lines are read from the standard input and checked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")
        parser.add_argument("publication", metavar="NUMBER", type=int)

    def handle(self, *, election: str, publication: int, **options: Any) -> None:
        found = election_named(election).publications.filter(number=publication).first()
        if found is None:
            raise CommandError(f"{election} has no publication {publication}.")
        lines = sys.stdin.read().split("\n")
        if len([line for line in lines if line.strip()]) != 2:
            raise CommandError("Two lines are wanted: the signature, then the public key.")
        countersign(publication=found, line=lines[0], key=lines[1], by=None, at=timezone.now())
        self.stdout.write(f"Publication {publication} of {election} has a second signature.")
