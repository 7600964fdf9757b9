from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tabulation.management.commands._command import DatabaseCommand
from tabulation.printing.typesetting import TypesettingFailed
from tabulation.public.mirroring.contents import FEW_STATIONS
from tabulation.public.mirroring.writing import ExportRefused, export


class Command(DatabaseCommand):
    help = (
        "Write the whole public site, as it is published now, into a folder: pages, data, proofs,"
        " each also compressed. DIR/current is switched to it at once; what did not change since"
        " the last time is taken over. Serve DIR/current, or copy it anywhere."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument(
            "--few",
            type=int,
            default=FEW_STATIONS,
            metavar="STATIONS",
            help="up to so many stations of a contest have a page and a proof each; more are on the"
            " pages of their areas, with the proofs of an area in one file (default: %(default)s)",
        )

    def handle(self, *, folder: Path, few: int, **options: Any) -> None:
        try:
            done = export(folder, at=timezone.now(), few=few, say=self.stdout.write)
        except (ExportRefused, OSError, TypesettingFailed) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"{folder / 'current'}: {done.made} documents made, {done.kept} unchanged,"
            f" {done.carried} of the past carried along."
        )
