import getpass
import os
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tabulation.management.commands._command import DatabaseCommand
from tabulation.models import User
from tabulation.staff.accounts import enrolling, managing, records


class Command(DatabaseCommand):
    refusals = (records.AccountRefused,)
    help = (
        "Create an administrator, who manages people and has no power over the count. The password"
        " is asked for, or taken from the environment: HASHVARK_PASSWORD."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--real-name", default="")
        parser.add_argument(
            "--decision",
            metavar="NUMBER",
            default="",
            help="the paper decision that enrols the first two administrators. Without it the"
            " account waits until two members confirm it",
        )

    def handle(self, *, username: str, real_name: str, decision: str, **options: Any) -> None:
        user = User(username=username, real_name=real_name, role=User.Role.ADMINISTRATOR)
        password = os.environ.get("HASHVARK_PASSWORD") or self._ask()
        user.full_clean(exclude=["password"])
        validate_password(password, user)
        if decision:
            enrolling.refuse_enrolment(role=user.role, whole_country=True, count=1)
        user.set_password(password)
        managing.add([user], by=None, at=timezone.now(), decision=decision)
        waits = "" if decision else " Two members must confirm the account."
        self.stdout.write(f"Administrator {user.username} is created.{waits}")

    def _ask(self) -> str:
        try:
            password = getpass.getpass("Password: ")
            again = getpass.getpass("Password (again): ")
        except (EOFError, KeyboardInterrupt):
            raise CommandError("No password was given; nobody was created.") from None
        if password != again:
            raise CommandError("The passwords differ; nobody was created.")
        return password
