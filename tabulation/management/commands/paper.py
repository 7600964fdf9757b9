from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from candidates.models import Contest, Election
from tabulation.ledger import reading
from tabulation.management.commands._command import (
    DatabaseCommand,
    contest_named,
    election_named,
    publication_of,
)
from tabulation.management.commands._output import write_file
from tabulation.models import Area
from tabulation.printing.parts import PDF, PrintedFile
from tabulation.printing.typesetting import TypesettingFailed
from tabulation.printing.wording import polling_moment
from tabulation.public.files import bulk
from tabulation.public.papers import annex, protocol
from tabulation.public.papers.area import area_table
from tabulation.staff.papers import blanks, receipts

Options = dict[str, Any]


class Command(DatabaseCommand):
    help = (
        "Write a paper as a PDF, whole or not at all. protocol: the commission's protocol of"
        " results. area: the results of an area, for a wall. annex: every polling station. blank:"
        " protocols for the polling stations to fill. receipts: a receipt of protocols delivered."
        " What is too long for one file is a zip of volumes. Exit status 1 when there is no such"
        " publication or place, or the file cannot be typeset or written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")
        parser.add_argument("what", metavar="WHAT", choices=PAPERS, help=", ".join(PAPERS))
        parser.add_argument("--contest", help="its code; needed when there are several")
        parser.add_argument("--publication", type=int, metavar="N", help="the newest by default")
        parser.add_argument("--area", metavar="CODE", help="the whole contest by default")
        parser.add_argument("--language", choices=dict(settings.LANGUAGES), default="en")
        parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)

    def handle(self, *, election: str, what: str, output: Path, **options: Any) -> None:
        found = election_named(election)
        contest = contest_named(found, options["contest"])
        options_of_none(what, options)
        volumes = tqdm(
            PAPERS[what](found, contest, options), unit="file", desc=what, delay=2, disable=None
        )
        try:
            write_file(output, _file(iter(volumes), contest))
        except TypesettingFailed as failed:
            raise CommandError(f"{output} is not written. {failed}") from failed


def options_of_none(what: str, options: Options) -> None:
    """Raises CommandError for an option that this paper has no use for."""
    for option, papers in USED.items():
        if options[option] is not None and what not in papers:
            raise CommandError(f"{what} knows no --{option}: it is for {', '.join(papers)}.")


def _file(papers: Iterator[PrintedFile], contest: Contest) -> Iterator[bytes]:
    """One PDF as it is, several in a zip."""
    first, second = next(papers), next(papers, None)
    if second is None:
        yield first.content
        return
    files = ((paper.name, [paper.content]) for paper in chain([first, second], papers))
    yield from bulk.zipped(files, polling_moment(contest))


def _published(election: Election, contest: Contest, number: int | None) -> tuple[Any, Any, Any]:
    """The publication, and the contest with its form there. Raises CommandError."""
    found = publication_of(election, number)
    for one, form in reading.published_contests(found):
        if one.pk == contest.pk:
            return found, one, form
    raise CommandError(f"Publication {found.number} does not cover {contest.code}.")


def _area(contest: Contest, code: str | None) -> Area:
    """The area ``code`` of a contest, by default its whole. Raises CommandError."""
    head: Area = contest.constituency.area
    if code is None:
        return head
    found = Area.objects.filter(election=contest.election_id, code=code).first()
    if found is None or head.pk not in found.lineage:
        raise CommandError(f"There is no area {code!r} in {contest.code}.")
    return found


def _protocol(election: Election, contest: Contest, options: Options) -> Iterator[PrintedFile]:
    published, of, form = _published(election, contest, options["publication"])
    body = protocol.protocol(published, of, form, options["language"])
    yield PrintedFile("protocol.pdf", PDF, body)


def _area_table(election: Election, contest: Contest, options: Options) -> Iterator[PrintedFile]:
    published, of, form = _published(election, contest, options["publication"])
    code = _area(contest, options["area"]).code
    try:
        body = area_table(published, of, form, code, options["language"])
    except reading.UnknownUnit:
        raise CommandError(f"Nobody votes in {code!r} in {of.code}.") from None
    yield PrintedFile("area.pdf", PDF, body)


def _annex(election: Election, contest: Contest, options: Options) -> Iterator[PrintedFile]:
    published, of, form = _published(election, contest, options["publication"])
    return annex.annex(published, of, form, options["language"])


def _blank(election: Election, contest: Contest, options: Options) -> Iterator[PrintedFile]:
    return blanks.blanks(contest, _area(contest, options["area"]), options["language"])


def _receipts(election: Election, contest: Contest, options: Options) -> Iterator[PrintedFile]:
    area = _area(contest, options["area"])
    return receipts.receipts(contest, area, options["language"], at=timezone.now())


PAPERS: dict[str, Callable[[Election, Contest, Options], Iterator[PrintedFile]]] = {
    "protocol": _protocol,
    "area": _area_table,
    "annex": _annex,
    "blank": _blank,
    "receipts": _receipts,
}
#: Options that not every paper has a use for, and which have.
USED = {"publication": ("protocol", "area", "annex"), "area": ("area", "blank", "receipts")}
