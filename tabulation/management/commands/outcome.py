from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tabulation.ledger import reading
from tabulation.management.commands._command import (
    DatabaseCommand,
    contest_named,
    election_named,
    publication_of,
)
from tabulation.management.commands._proposal import as_text
from tabulation.outcomes.proposals.proposal import Proposal, propose
from tabulation.public.files import json_


class Command(DatabaseCommand):
    help = (
        "Print what the rule of a contest makes of a publication: who is elected, goes on or has"
        " which seats, by which steps; what is still out and whether it can change that;"
        " inaccuracies against the difference that decides; annulled stations. The commission"
        " decides; this is the proposal. Exit status 1 when there is no such publication or"
        " contest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")
        parser.add_argument("--contest", help="its code; every contest by default")
        parser.add_argument("--publication", type=int, metavar="N", help="the newest by default")
        parser.add_argument("--format", choices=["json", "text"], default="text")

    def handle(self, *, election: str, contest: str | None, format: str, **options: Any) -> None:
        found = election_named(election)
        if contest is not None:
            contest_named(found, contest)
        published = publication_of(found, options["publication"])
        self._print(published, list(_proposals(published, contest)), format)

    def _print(self, published: Any, proposals: list[Proposal], format: str) -> None:
        if format == "json":
            body = json_.outcomes_of(published, proposals)
            self.stdout.write(json_.as_json(body), ending="")
            return
        self.stdout.write("\n\n".join(as_text(proposal) for proposal in proposals))


def _proposals(published: Any, contest: str | None) -> Iterable[Proposal]:
    """Raises CommandError when the publication does not cover ``contest``."""
    chosen = [
        (one, form)
        for one, form in reading.published_contests(published)
        if contest in (None, one.code)
    ]
    if not chosen:
        raise CommandError(f"Publication {published.number} does not cover {contest}.")
    return (propose(published, one, form) for one, form in chosen)
