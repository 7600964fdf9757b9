from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from candidates.models import Contest, Election
from tabulation.ledger import reading
from tabulation.ledger.reading import Unit
from tabulation.management.commands._command import (
    DatabaseCommand,
    contest_named,
    election_named,
    publication_of,
)
from tabulation.management.commands._output import watched, write_file
from tabulation.public.edition import Edition
from tabulation.public.files import documents, json_, statement, wide
from tabulation.public.files.kinds import KINDS, kinds_of
from tabulation.public.files.long import long_lines
from tabulation.public.files.statement import Statement

#: Endings of the files, by the names of their formats here.
ENDINGS = {
    "json": "json",
    "csv": "csv",
    "csv-long": "long.csv",
    "nist-json": "nist.json",
    "nist-xml": "nist.xml",
    "eml": "eml.xml",
}
#: Formats that can be of an area or a station alone.
OF_PART = ("json", "csv", "csv-long")


class Command(DatabaseCommand):
    help = (
        "Print published results, or write them into a file. JSON: the sums of the whole contest,"
        " of an area or a station. CSV: one row a station (csv-long: a row a line). NIST SP"
        " 1500-100 and OASIS EML: every area and station. Zip: every file of the publication."
        " Exit status 1 when there is no such publication or place, or the file cannot be written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")
        parser.add_argument("--publication", type=int, metavar="N", help="the newest by default")
        parser.add_argument("--contest", help="its code; needed when there are several")
        place = parser.add_mutually_exclusive_group()
        place.add_argument("--area", metavar="CODE")
        place.add_argument("--station", metavar="CODE")
        parser.add_argument("--format", choices=[*ENDINGS, "zip"], default="json")
        parser.add_argument(
            "-o", "--output", metavar="FILE", type=Path, help="whole, or not at all"
        )
        parser.add_argument(
            "--zeroed",
            action="store_true",
            help="every station counted and every figure 0: to make programs ready with",
        )

    def handle(
        self,
        *,
        election: str,
        contest: str | None,
        area: str | None,
        station: str | None,
        format: str,
        output: Path | None,
        **options: Any,
    ) -> None:
        found = election_named(election)
        published = publication_of(found, options["publication"])
        if (area or station) and format not in OF_PART:
            raise CommandError(f"{format} is of a whole contest: leave --area and --station out.")
        if format == "zip":
            pieces = _zip(found, published, contest, output, zeroed=options["zeroed"])
        else:
            source = _statement(published, contest_named(found, contest), zeroed=options["zeroed"])
            texts = _part(source, published, format, area, station)
            pieces = (text.encode() for text in texts)
        self._write(watched(pieces, format), output)

    def _write(self, pieces: Iterable[bytes], output: Path | None) -> None:
        if output is not None:
            write_file(output, pieces)
            return
        for piece in pieces:
            self.stdout.write(piece.decode(), ending="")


def _zip(
    election: Election, published: Any, contest: str | None, output: Path | None, *, zeroed: bool
) -> Iterable[bytes]:
    if contest is not None:
        raise CommandError("A zip holds every contest: leave --contest out.")
    if output is None:
        raise CommandError("A zip is not for a terminal: name a file with -o.")
    make = documents.rehearsal if zeroed else documents.everything
    return make(Edition(election, published)).chunks


def _statement(published: Any, contest: Contest, *, zeroed: bool) -> Statement:
    for source in documents.statements(Edition(contest.election, published)):
        if source.contest.pk == contest.pk:
            return documents.zeroed([source])[0] if zeroed else source
    raise CommandError(f"Publication {published.number} does not cover {contest.code}.")


def _part(
    source: Statement, published: Any, format: str, area: str | None, station: str | None
) -> Iterator[str]:
    """The text of the whole contest, of an area or a station."""
    if format == "json":
        unit = _unit(source, published, area, station)
        return iter([json_.as_json(json_.results(source, unit))])
    if area is None and station is None:
        if ENDINGS[format] not in kinds_of(source.head, source.form):
            raise CommandError("Nothing is counted yet, and EML has no form for that.")
        return KINDS[ENDINGS[format]].make(source)
    # Also refuses a place that is not there.
    units: Iterable[Unit] = [_unit(source, published, area, station)]
    if area is not None:
        units = _stations(source, published, area)
    if format == "csv":
        return wide.csv_lines(source.form, source.election, units)
    return long_lines(source.form, source.election, units, source.codes)


def _stations(source: Statement, published: Any, area: str) -> Iterator[Unit]:
    units = reading.everything(published, source.contest, below=area)
    return (statement.zeroed_unit(u, source.form) for u in units) if source.zeroed else units


def _unit(source: Statement, published: Any, area: str | None, station: str | None) -> Unit:
    try:
        if station is not None:
            unit = reading.unit_of_station(published, source.contest, station)
        elif area is not None:
            unit = reading.unit_of_area(published, source.contest, area)
        else:
            unit = reading.unit_of_head(published, source.contest)
    except reading.UnknownUnit:
        kind = "station" if station is not None else "area"
        code = station or area
        raise CommandError(f"There is no {kind} {code!r} in {source.contest.code}.") from None
    return statement.zeroed_unit(unit, source.form) if source.zeroed else unit
