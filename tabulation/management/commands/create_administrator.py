import getpass
import os
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from tabulation.management.commands._command import DatabaseCommand
from tabulation.models import User, record


class Command(DatabaseCommand):
    help = (
        "Create an administrator, who manages people and has no power over the count. The password"
        " is asked for, or taken from the environment: HASHVARK_PASSWORD."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--real-name", default="")

    def handle(self, *, username: str, real_name: str, **options: Any) -> None:
        user = User(username=username, real_name=real_name, role=User.Role.ADMINISTRATOR)
        password = os.environ.get("HASHVARK_PASSWORD") or self._ask()
        user.full_clean(exclude=["password"])
        validate_password(password, user)
        with transaction.atomic():
            user.set_password(password)
            user.save()
            record(
                act="administrator created",
                subject=f"user {user.username}",
                by=None,
                at=timezone.now(),
                after={"role": user.role},
            )
        self.stdout.write(f"Administrator {user.username} is created.")

    def _ask(self) -> str:
        try:
            password = getpass.getpass("Password: ")
            again = getpass.getpass("Password (again): ")
        except (EOFError, KeyboardInterrupt):
            raise CommandError("No password was given; nobody was created.") from None
        if password != again:
            raise CommandError("The passwords differ; nobody was created.")
        return password
