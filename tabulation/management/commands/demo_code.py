import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tabulation.management.commands import _demo_staff


class Command(BaseCommand):
    help = (
        "Print the six digits an authenticator app would show now for one of the demonstration's"
        " staff. For those who try Hashvark without such an app; it knows no real account's seed."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="such as supervisor")

    def handle(self, *, name: str, **options: Any) -> None:
        path = settings.DATA_DIR / "demo-staff.json"
        seeds = {a.name: a.seed for a in _demo_staff.read(path) if a.seed} if path.exists() else {}
        if name not in seeds:
            known = ", ".join(seeds) or "none: run manage.py demo first"
            raise CommandError(f"{name} has no second factor here. Those who have: {known}.")
        code = hotp_value(seeds[name], int(time.time()) // 30)
        self.stdout.write(format_hotp_value(code))
