from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tabulation.management.commands import _administrators
from tabulation.management.commands._command import DatabaseCommand, election_named
from tabulation.staff.accounts import founding, records


class Command(DatabaseCommand):
    refusals = (records.AccountRefused,)
    help = (
        "Enrol the founding members of the commission, whom commission.csv in the election's folder"
        " names. Two administrators enter their passwords and codes. Prints a name and a one-time"
        " password a line, once, for each account that is made."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the election")
        _administrators.add_arguments(parser)

    def handle(
        self, *, slug: str, administrators: list[str], decision: str, **options: Any
    ) -> None:
        election = election_named(slug)
        for username, name in founding.listed_in_folder(election):
            self.stderr.write(f"{username}: {name}")
        slips = founding.enrol_commission(
            election=election,
            administrators=_administrators.prove(administrators),
            decision=decision,
            at=timezone.now(),
        )
        for slip in slips:
            self.stdout.write(f"{slip.user.username} {slip.password}")
        waiting = [slip for slip in slips if not slip.user.is_confirmed]
        self.stderr.write(f"The commission of {slug} is enrolled.")
        if waiting:
            self.stderr.write(f"Two members must confirm {len(waiting)} of the accounts.")
