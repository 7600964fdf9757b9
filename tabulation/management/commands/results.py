from typing import Any

from django.core.management.base import CommandError, CommandParser

from candidates.models import Contest, Election
from tabulation import exporting, publication
from tabulation.management.commands._command import DatabaseCommand, contest_named, election_named


class Command(DatabaseCommand):
    help = (
        "Print published results. JSON: the sums of the whole contest, of an area or a station."
        " CSV: one row a station. Exit status 1 when there is no such publication or place."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("election", metavar="ELECTION", help="its slug, such as georgia-2013")
        parser.add_argument("--publication", type=int, metavar="N", help="the newest by default")
        parser.add_argument("--contest", help="its code; needed when there are several")
        place = parser.add_mutually_exclusive_group()
        place.add_argument("--area", metavar="CODE")
        place.add_argument("--station", metavar="CODE")
        parser.add_argument("--format", choices=["json", "csv"], default="json")

    def handle(
        self,
        *,
        election: str,
        contest: str | None,
        area: str | None,
        station: str | None,
        format: str,
        **options: Any,
    ) -> None:
        found = election_named(election)
        published = _publication(found, options["publication"])
        of = contest_named(found, contest)
        papers = {c.pk: paper for c, paper in publication.published_contests(published)}
        if of.pk not in papers:
            raise CommandError(f"Publication {published.number} does not cover {of.code}.")
        paper = papers[of.pk]
        unit = _unit(published, of, area, station)
        if format == "json":
            self.stdout.write(
                exporting.as_json(exporting.results(published, of, paper, unit)), ending=""
            )
            return
        lines = (
            exporting.csv_lines(paper, found, [unit])
            if station
            else exporting.as_csv(published, of, paper, below=area)
        )
        for line in lines:
            self.stdout.write(line, ending="")


def _publication(election: Election, number: int | None) -> Any:
    found = (
        publication.latest(election)
        if number is None
        else publication.publication_or_none(election, number)
    )
    if found is None:
        wanted = "Nothing" if number is None else f"No publication {number}"
        raise CommandError(f"{wanted} of {election.slug} is published yet.")
    return found


def _unit(
    published: Any, contest: Contest, area: str | None, station: str | None
) -> publication.Unit:
    try:
        if station is not None:
            return publication.unit_of_station(published, contest, station)
        if area is not None:
            return publication.unit_of_area(published, contest, area)
        return publication.unit_of_head(published, contest)
    except publication.UnknownUnit:
        kind = "station" if station is not None else "area"
        raise CommandError(f"There is no {kind} {station or area!r} in {contest.code}.") from None
