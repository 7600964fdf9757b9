"""An election at a glance: who leads and by how much, what is out, and whether it can matter."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from candidates.models import Contest
from tabulation.arithmetic.form import Choice, ProtocolForm
from tabulation.ledger import acts, hours, publications, reading
from tabulation.ledger.hours import Turnout
from tabulation.ledger.status import status_of
from tabulation.outcomes.methods.standing import Verdict
from tabulation.outcomes.proposals import proposal
from tabulation.public.document import InLanguage, Page
from tabulation.public.edition import Edition, numbered
from tabulation.public.files import catalogue
from tabulation.public.pages.dates import days_of
from tabulation.public.pages.results import Result


@dataclass(frozen=True)
class Part:
    """One contest of the overview. ``bounded``: each station that is out keeps a list;
    ``annulled`` voters are on those of stations that are annulled.
    """

    contest: Contest
    form: ProtocolForm
    result: Result
    areas: list[Result]
    has_stations: bool
    bounded: bool
    annulled: int
    turnout: Turnout | None
    #: How far it is: a word of `Publication.Status`.
    status: Any
    #: Whether it is a second round that no decision asks for any more.
    called_off: bool
    #: What the commission decided about it, if it did.
    decided: Any

    @cached_property
    def names(self) -> dict[int, Choice]:
        """Who has a ballot number."""
        return numbered(self.form)

    @cached_property
    def outstanding(self) -> int | None:
        """Voters on the lists of what is not counted; ``None``: nobody knows how many."""
        missing = self.result.unit.registered_missing if self.bounded else None
        return None if missing is None else missing - self.annulled

    @cached_property
    def verdict(self) -> Verdict:
        if self.result.doubtful:
            return Verdict.UNKNOWN
        return proposal.verdict_of(self.form, self.result.figures, self.outstanding)


def election_page(edition: Edition) -> Page:
    """The whole country: each contest's result and its areas; of a past publication by number."""
    published, current = edition.published, edition.newest
    shown = parts(edition, outlook=current)
    counted = {part.contest.pk for part in shown if part.result.counts}
    dataset = InLanguage(
        lambda language: catalogue.schema_org(language, published, edition.contests, counted)
    )
    context = {
        "publication": published,
        "parts": shown,
        "statuses": {part.status for part in shown},
        "current": current,
        "dataset": dataset if current else "",
        "days": days_of(edition.election, published),
    }
    return Page("public/election.html", edition.election, context)


def parts(edition: Edition, *, outlook: bool) -> list[Part]:
    """What the overview shows of each contest; ``outlook``: with what can still change."""
    return [_part(edition, contest, form, outlook) for contest, form in edition.contests]


def _part(edition: Edition, contest: Contest, form: ProtocolForm, outlook: bool) -> Part:
    published, head = edition.published, edition.head(contest)
    below = reading.areas_below(published, contest, head.code)
    some_out = outlook and head.missing > 0
    return Part(
        contest,
        form,
        Result(head, form),
        [Result(area, form) for area in below],
        reading.has_stations(published, contest, head.code),
        some_out and not reading.without_a_list(published, contest),
        reading.registered_annulled(published, contest) if some_out and head.annulled else 0,
        hours.turnout_of_head(published, contest),
        status_of(published, contest),
        acts.is_called_off(published, contest),
        acts.decision_of(published, contest),
    )


def archive() -> Page:
    """The elections with anything published, and how each stands in its newest publication."""
    elections = list(publications.elections_published())
    newest = publications.newest_of(elections)
    rows = [(election, newest[election.pk]) for election in elections]
    return Page("public/archive.html", None, {"rows": rows})
