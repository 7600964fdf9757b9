from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from candidates.models import Contest, Election
from tabulation import exporting, printing, publication
from tabulation.management.commands._command import DatabaseCommand, contest_named, election_named
from tabulation.management.commands._output import write_file


class Command(DatabaseCommand):
    help = (
        "Write a paper as a PDF, whole or not at all. protocol: the commission's protocol of"
        " results. Exit status 1 when there is no such publication or place, or the file cannot be"
        " written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")
        parser.add_argument("what", metavar="WHAT", choices=PAPERS, help=", ".join(PAPERS))
        parser.add_argument("--contest", help="its code; needed when there are several")
        parser.add_argument("--publication", type=int, metavar="N", help="the newest by default")
        parser.add_argument("--area", metavar="CODE")
        parser.add_argument("--language", choices=dict(settings.LANGUAGES), default="en")
        parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)

    def handle(self, *, election: str, what: str, output: Path, **options: Any) -> None:
        found = election_named(election)
        contest = contest_named(found, options["contest"])
        pieces = PAPERS[what](found, contest, options)
        write_file(output, pieces)


def _published(election: Election, contest: Contest, number: int | None) -> tuple[Any, Any, Any]:
    """The publication, and the contest with its form there. Raises CommandError."""
    found = (
        publication.latest(election)
        if number is None
        else publication.publication_or_none(election, number)
    )
    if found is None:
        wanted = "Nothing" if number is None else f"No publication {number}"
        raise CommandError(f"{wanted} of {election.slug} is published yet.")
    for one, form in publication.published_contests(found):
        if one.pk == contest.pk:
            return found, one, form
    raise CommandError(f"Publication {found.number} does not cover {contest.code}.")


def _protocol(election: Election, contest: Contest, options: dict[str, Any]) -> Iterator[bytes]:
    published, of, form = _published(election, contest, options["publication"])
    yield printing.protocol(published, of, form, options["language"])


def _area(election: Election, contest: Contest, options: dict[str, Any]) -> Iterator[bytes]:
    published, of, form = _published(election, contest, options["publication"])
    code = options["area"] or publication.unit_of_head(published, of).code
    try:
        yield printing.area_table(published, of, form, code, options["language"])
    except publication.UnknownUnit:
        raise CommandError(f"There is no area {code!r} in {of.code}.") from None


def _annex(election: Election, contest: Contest, options: dict[str, Any]) -> Iterator[bytes]:
    """One PDF; several volumes are files of a zip."""
    published, of, form = _published(election, contest, options["publication"])
    made = printing.annex(published, of, form, options["language"])
    count = printing.volumes_of(published, of)
    volumes = iter(tqdm(made, total=count, unit="volume", desc="annex", delay=2, disable=None))
    if count == 1:
        return (volume.content for volume in volumes)
    files = ((volume.name, [volume.content]) for volume in volumes)
    return exporting.zipped(files, published.published_at)


PAPERS: dict[str, Callable[[Election, Contest, dict[str, Any]], Iterator[bytes]]] = {
    "protocol": _protocol,
    "area": _area,
    "annex": _annex,
}
