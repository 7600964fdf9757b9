from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from tabulation.management.commands._command import DatabaseCommand, election_named
from tabulation.printing.typesetting import TypesettingFailed
from tabulation.public.mirror.copying import copy_site
from tabulation.public.mirror.folder import MirrorRefused
from tabulation.public.mirror.wanted import FEW_STATIONS


class Command(DatabaseCommand):
    help = (
        "Write the whole public site, as it is published now, into a folder: pages, data, proofs,"
        " each also compressed. What did not change since the last time stays as it is. Serve"
        " DIR/public, or copy it anywhere."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument(
            "--election",
            action="append",
            default=[],
            metavar="ELECTION",
            help="its slug; several times for several. By default all but rehearsals",
        )
        parser.add_argument(
            "--few",
            type=int,
            default=FEW_STATIONS,
            metavar="STATIONS",
            help="up to so many stations of a contest have a page and a proof each; more are on the"
            " pages of their areas, with the proofs of an area in one file (default: %(default)s)",
        )

    def handle(self, *, folder: Path, election: list[str], few: int, **options: Any) -> None:
        slugs = [election_named(slug).slug for slug in election]
        try:
            done = copy_site(folder, slugs, few=few, progress=_watched)
        except (MirrorRefused, OSError, TypesettingFailed) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"{folder / 'public'}: {done.made} documents made, {done.kept} unchanged,"
            f" {done.removed} removed."
        )


def _watched(missing: list[Any]) -> Any:
    """How many are done, of how many, told on stderr after two seconds."""
    return tqdm(missing, unit=" documents", desc="export", delay=2, disable=None)
