from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from candidates.models import Election
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.status_words import REQUESTABLE
from tabulation.ledger.withholding import withheld_in
from tabulation.ledger.writing import Terms, publish
from tabulation.management.commands._command import DatabaseCommand, election_named
from tabulation.models import Motion, Order, Publication
from tabulation.outcomes.certification import ordering

#: Seconds that the command waits for the publisher.
PATIENCE = 3_600.0


class Command(DatabaseCommand):
    publishes = True
    refusals = (PublicationRefused,)
    help = (
        "Publish what is accepted now as the next numbered publication. The publisher does it"
        " where one is at work, and else this command itself. Exit status 1, with the reason, when"
        " nothing has changed since the last."
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

    def handle(self, *, election: str, **options: Any) -> None:
        said = {name: options[name] for name in ("note", "whole", "status", "decision")}
        found = election_named(election)
        if ordering.is_publisher_at_work():
            publication = self._asked(found, said)
        else:
            terms = Terms(**said)
            publication = publish(election=found, by=None, at=timezone.now(), terms=terms)
        self.stdout.write(f"Publication {publication.number} of {election} ({publication.status}).")
        for one in withheld_in(found, publication.number):
            self.stderr.write(f"This publication withholds {one}.")

    def _asked(self, election: Election, said: dict[str, Any]) -> Publication:
        """What the publisher made of it. Raises PublicationRefused or CommandError."""
        act = Motion.Act.PUBLISH
        order = ordering.ask(Order(election=election, act=act, arguments=said), at=timezone.now())
        order = ordering.answered(order, within=PATIENCE)
        if order.state in (Order.State.REFUSED, Order.State.FAILED):
            raise PublicationRefused(order.answer)
        if order.number is None or not ordering.is_over(order):
            raise CommandError("The publisher has not answered. What you asked for is kept.")
        return Publication.objects.get(election=election, number=order.number)
