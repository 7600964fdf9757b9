from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Refused: tables are evidence. A rehearsal is wiped whole, by drop_rehearsal."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--noinput", "--no-input", action="store_true")

    def handle(self, **options: Any) -> None:
        raise CommandError(
            "Tables are never emptied. To wipe a rehearsal: manage.py drop_rehearsal."
        )
