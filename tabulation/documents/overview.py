"""An election at a glance: who leads and by how much, what is out, and whether it can matter."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils import translation

from candidates.models import Contest
from tabulation import outcomes, publication
from tabulation.documents import catalogue
from tabulation.documents.common import Document, find, page_of
from tabulation.documents.results import Result
from tabulation.outcomes import Standing, Verdict
from tabulation.paper import Paper
from tabulation.publication import Turnout


@dataclass(frozen=True)
class Part:
    """One contest of the overview. ``bounded``: each station that is out keeps a list;
    ``annulled`` voters are on those of stations that are annulled.
    """

    contest: Contest
    paper: Paper
    result: Result
    areas: list[Result]
    has_stations: bool
    bounded: bool
    annulled: int
    turnout: Turnout | None

    @cached_property
    def outstanding(self) -> int | None:
        """Voters on the lists of what is not counted; ``None``: nobody knows how many."""
        missing = self.result.unit.registered_missing if self.bounded else None
        return None if missing is None else missing - self.annulled

    @cached_property
    def verdict(self) -> Verdict:
        result = self.result
        stand = [row for row in result.choices if row.on_ballot]
        # Who withdrew is on the ballot still, and what votes for them do is for the law to say; and
        # half of a line that some counted stations left blank is not half of the ballots.
        leading = stand[: max(2, self.paper.seats)]
        if any(row.withdrawn for row in leading) or self._base_has_gaps:
            return Verdict.UNKNOWN
        votes = [row.votes or 0 for row in stand]
        base = self.paper.base_total(result.figures) or 0
        at = Standing(self.paper.rule, votes, base, self.outstanding, self.paper.seats)
        return outcomes.verdict(at)

    @property
    def _base_has_gaps(self) -> bool:
        of = ("valid",) if self.paper.base == "valid" else ("ballots_in_box", "valid", "invalid")
        return self.paper.rule == "majority" and any(
            line.role in of for line, _blank in self.result.gaps
        )


def election_page(language: str, slug: str, number: int | None = None) -> Document:
    """The whole country: each contest's result and its areas; of a past publication by number."""
    election, published = find(slug, number)
    current = number is None
    shown = parts(published, outlook=current)
    contests = [(part.contest, part.paper) for part in shown]
    counted = {part.contest.pk for part in shown if part.result.counts}
    with translation.override(language):
        dataset = catalogue.schema_org(language, published, contests, counted) if current else ""
    context = {
        "publication": published,
        "parts": shown,
        "current": current,
        "dataset": dataset,
    }
    return page_of("public/election.html", language, election, context)


def parts(published: Any, *, outlook: bool) -> list[Part]:
    """What the overview shows of each contest; ``outlook``: with what can still change."""
    found = []
    for contest, paper in publication.published_contests(published):
        head = publication.unit_of_head(published, contest)
        below = publication.areas_below(published, contest, head.code)
        some_out = outlook and head.missing > 0
        found.append(
            Part(
                contest,
                paper,
                Result(head, paper),
                [Result(area, paper) for area in below],
                publication.has_stations(published, contest, head.code),
                some_out and not publication.without_a_list(published, contest),
                publication.registered_annulled(published, contest)
                if some_out and head.annulled
                else 0,
                publication.turnout_of_head(published, contest),
            )
        )
    return found


def archive(language: str) -> Document:
    """The elections with anything published, and how each stands in its newest publication."""
    elections = list(publication.elections_published())
    newest = publication.newest_of(elections)
    rows = [(election, newest[election.pk]) for election in elections]
    return page_of("public/archive.html", language, None, {"rows": rows})
