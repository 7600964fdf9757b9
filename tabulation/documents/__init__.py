"""Public address -> bytes: HTML, JSON, CSV of what is published. From the ledger only.

A document knows no request: no session, no cookie, no query string. What asks for something that
was never published gets UnknownAddress.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse

from candidates.models import Contest
from tabulation import exporting, publication
from tabulation.documents.common import Document as Document
from tabulation.documents.common import UnknownAddress as UnknownAddress
from tabulation.documents.common import (
    contest_in,
    document,
    encoded,
    find,
    page_of,
    unit_in,
)
from tabulation.paper import Choice, Line, Paper, share
from tabulation.publication import Unit

#: Roles that turnout and shares are made of.
BASES = ("registered", "voters", "ballots_in_box", "invalid", "valid")
#: The public's verifier, at an address that never changes.
VERIFIER = f"{settings.STATIC_URL}verify.py"
#: Stations shown on one page of an area; the rest are on its next pages, each with an address.
STATIONS_PER_PAGE = 500


@dataclass(frozen=True)
class ChoiceRow:
    """A candidate's line in a results table."""

    number: int
    name: str
    names: dict[str, str]
    occupation: str
    nominator: str
    withdrawn: bool
    on_ballot: bool
    votes: int | None
    share: Fraction | None


@dataclass(frozen=True)
class CheckRow:
    """A control relation, with what it says of one unit."""

    name: str
    names: dict[str, str]
    severity: str
    broken: int
    evaluated: int


@dataclass(frozen=True)
class Result:
    """A unit's figures read through the form: what a page or a row of a table shows."""

    unit: Unit
    paper: Paper

    @cached_property
    def figures(self) -> tuple[int | None, ...]:
        return self.unit.figures or self.paper.blank

    @cached_property
    def counts(self) -> bool:
        """Whether the figures are part of the sums: neither uncounted nor annulled."""
        return self.unit.counted > 0

    @cached_property
    def registered(self) -> int | None:
        return self.paper.total("registered", self.figures)

    @cached_property
    def voters(self) -> int | None:
        return self.paper.total("voters", self.figures)

    @cached_property
    def turnout(self) -> Fraction | None:
        return share(self.voters, self.registered)

    @cached_property
    def invalid(self) -> int | None:
        return self.paper.total("invalid", self.figures)

    @cached_property
    def valid(self) -> int | None:
        return self.paper.valid(self.figures)

    @cached_property
    def progress(self) -> Fraction | None:
        return share(self.unit.counted + self.unit.annulled, self.unit.stations)

    @cached_property
    def registered_progress(self) -> Fraction | None:
        return share(self.unit.registered_counted, self.unit.registered)

    @cached_property
    def choices(self) -> list[ChoiceRow]:
        """Candidates on the ballot: by votes once there are any, else in ballot order."""
        base = self.paper.base_total(self.figures)
        votes = self.paper.votes(self.figures)
        absent = {
            line.candidate
            for line, stands in zip(
                self.paper.lines, exporting.on_ballot(self.paper, self.unit), strict=True
            )
            if not stands
        }
        rows = [
            ChoiceRow(
                choice.number,
                choice.name,
                choice.names,
                choice.occupation,
                choice.nominator,
                choice.status == "withdrawn",
                choice.number not in absent,
                votes.get(choice.number),
                share(votes.get(choice.number), base),
            )
            for choice in self.paper.choices
            if choice.number is not None
        ]
        return sorted(rows, key=lambda row: (not row.on_ballot, -(row.votes or 0)))

    @cached_property
    def withdrawn(self) -> list[tuple[Choice, date]]:
        """Who was registered and withdrew before the ballots were printed, with the day."""
        return [
            (choice, date.fromisoformat(choice.withdrawn_on))
            for choice in self.paper.choices
            if choice.number is None
        ]

    @cached_property
    def leader(self) -> ChoiceRow | None:
        """Who has most votes here; ``None`` while nobody has any, and when the first tie."""
        first = self.choices[0] if self.choices else None
        return None if first is None or not first.votes or self.tied else first

    @cached_property
    def tied(self) -> bool:
        """Whether the first two have equally many votes, and have some."""
        first, second, *_others = [*self.choices, None, None]
        return bool(first and second and first.votes and first.votes == second.votes)

    @cached_property
    def gaps(self) -> list[tuple[Line, int]]:
        """Lines behind turnout and shares that some counted stations left blank, and how many.

        Their sum, and what is divided by it, then speaks of fewer stations than the others.
        """
        if not self.unit.filled:
            return []
        pairs = zip(self.paper.lines, self.unit.filled, strict=True)
        return [
            (line, self.unit.counted - filled)
            for line, filled in pairs
            if line.role in BASES and filled < self.unit.counted
        ]

    @cached_property
    def lines(self) -> list[tuple[Any, int | None]]:
        """Each line of the paper that is not a candidate's, with its figure."""
        pairs = zip(self.paper.lines, self.figures, strict=True)
        return [(line, value) for line, value in pairs if line.candidate is None]

    @cached_property
    def checks(self) -> list[CheckRow]:
        unit = self.unit
        return [
            CheckRow(c.name, c.names, c.severity, unit.broken[i], unit.evaluated[i])
            for i, c in enumerate(self.paper.checks)
        ]


def database_answers() -> bool:
    """Whether the ledger can be read at this moment."""
    try:
        publication.elections_published().exists()
    except DatabaseError:
        return False
    return True


def archive(language: str) -> Document:
    """The elections with anything published."""
    elections = list(publication.elections_published())
    return page_of("public/archive.html", language, None, {"elections": elections})


def election_page(language: str, slug: str, number: int | None = None) -> Document:
    """The whole country: each contest's result and its areas; of a past publication by number."""
    election, published = find(slug, number)
    parts = []
    for contest, paper in publication.published_contests(published):
        head = publication.unit_of_head(published, contest)
        parts.append(
            {
                "contest": contest,
                "paper": paper,
                "result": Result(head, paper),
                "areas": _areas(published, contest, paper, head.code),
                "has_stations": publication.has_stations(published, contest, head.code),
            }
        )
    context = {"publication": published, "parts": parts, "current": number is None}
    return page_of("public/election.html", language, election, context)


def area_page(
    language: str, slug: str, contest: str, code: str, page: int = 1, *, linked: bool = True
) -> Document:
    """An area: its sums, the areas below it, and its stations, `STATIONS_PER_PAGE` at a time.

    Where the stations have no pages of their own they are not ``linked``, but their proofs are.
    """
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    unit = unit_in(publication.unit_of_area, published, of, code)
    if page < 1:
        raise UnknownAddress
    stations, count = publication.stations_of(
        published, of, code, first=(page - 1) * STATIONS_PER_PAGE, most=STATIONS_PER_PAGE
    )
    pages = max(1, -(-count // STATIONS_PER_PAGE))
    if page > pages:
        raise UnknownAddress
    context = {
        "contest": of,
        "paper": paper,
        "result": Result(unit, paper),
        "path": publication.path_to(of, unit),
        "areas": _areas(published, of, paper, code),
        "stations": [Result(station, paper) for station in stations],
        "page": page,
        "pages": range(1, pages + 1),
        "bundle": None if linked else reverse("bundle", args=[slug, contest, code]),
        "since": publication.publication_or_none(election, unit.since),
    }
    return page_of("public/area.html", language, election, context)


def station_page(language: str, slug: str, contest: str, code: str) -> Document:
    """A station: its lines as on paper, its checks, and since when it stands unchanged."""
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    unit = unit_in(publication.unit_of_station, published, of, code)
    context = {
        "contest": of,
        "paper": paper,
        "result": Result(unit, paper),
        "path": publication.path_to(of, unit),
        "since": publication.publication_or_none(election, unit.since),
        "proof": reverse("proof", args=[slug, contest, code]),
        "verifier": VERIFIER,
    }
    return page_of("public/station.html", language, election, context)


def publications_page(language: str, slug: str) -> Document:
    """All publications of an election, with their files."""
    election, published = find(slug)
    contests = [contest for contest, _paper in publication.published_contests(published)]
    context = {
        "rows": publication.progress_of_publications(election),
        "contests": contests,
        "verifier": VERIFIER,
    }
    return page_of("public/publications.html", language, election, context)


def latest_json(slug: str) -> Document:
    """The number, time and status of the newest publication, in under 300 bytes."""
    _election, published = find(slug)
    body = json.dumps(
        {
            "publication": published.number,
            "published_at": published.published_at.isoformat(timespec="seconds"),
            "status": published.status,
        }
    )
    return document(body, "application/json")


def data_file(slug: str, number: int, contest: str, kind: str) -> Document:
    """``json``: the sums of every area; ``csv``: one row a station. Immutable, for ever.

    The CSV's tag names what determines it, a closed publication and the table's version, so that
    a hundred thousand rows need not be read to say "not modified".
    """
    _election, published = find(slug, number)
    of, paper = contest_in(published, contest)
    if kind == "csv":
        chunks = exporting.as_csv(published, of, paper)
        time = published.published_at.isoformat()
        name = f"{exporting.CSV_VERSION}/{slug}/{number}/{contest}/{time}"
        etag = hashlib.sha256(name.encode()).hexdigest()
        return Document(encoded(chunks), "text/csv; charset=utf-8", etag, immutable=True)
    head = publication.unit_of_head(published, of)
    body = exporting.results(published, of, paper, head)
    body["areas"] = [
        exporting.unit_results(paper, unit)
        for unit in publication.everything(published, of, kind="area")
    ]
    return document(exporting.as_json(body), "application/json", immutable=True)


def _areas(published: Any, contest: Contest, paper: Paper, code: str) -> list[Result]:
    return [Result(unit, paper) for unit in publication.areas_below(published, contest, code)]
