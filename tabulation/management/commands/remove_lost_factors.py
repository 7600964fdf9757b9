from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tabulation.management.commands import _administrators
from tabulation.management.commands._command import DatabaseCommand
from tabulation.models import User
from tabulation.staff.accounts import records, restoring


class Command(DatabaseCommand):
    refusals = (records.AccountRefused,)
    help = (
        "Reset the two-step verification that a staff member lost, by a decision on paper. Two"
        " administrators enter their passwords and codes. The staff member signs in with the"
        " password and sets it up again. Every member is told, and the activity log holds the"
        " decision."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the account of the staff member")
        _administrators.add_arguments(parser)
        parser.add_argument(
            "--new-password",
            action="store_true",
            help="also end their sessions, and print a one-time password",
        )

    def handle(
        self,
        *,
        username: str,
        administrators: list[str],
        decision: str,
        new_password: bool,
        **options: Any,
    ) -> None:
        account = User.objects.filter(username=username).first()
        if account is None:
            raise CommandError(f"There is no account {username!r}.")
        slip = restoring.remove_lost_factors(
            account=account,
            administrators=_administrators.prove(administrators),
            decision=decision,
            new_password=new_password,
            at=timezone.now(),
        )
        if slip is not None:
            self.stdout.write(f"{slip.user.username} {slip.password}")
        self.stderr.write(f"{username} sets up two-step verification at the next sign-in.")
