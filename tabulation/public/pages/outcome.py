"""The outcome of a contest: what its rule makes of a publication, step by step.

The commission decides; this is the proposal of the rule, and what could still change it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from candidates.models import Contest
from tabulation.arithmetic.form import Choice, ProtocolForm
from tabulation.ledger import acts, status
from tabulation.outcomes.methods import margins
from tabulation.outcomes.methods.margins import Gap
from tabulation.outcomes.methods.standing import Verdict
from tabulation.outcomes.methods.terms import LotNeeded, Outcome, Step
from tabulation.outcomes.proposals.proposal import Proposal, propose
from tabulation.public.document import Document, InLanguage, Page, document
from tabulation.public.edition import Edition, numbered
from tabulation.public.files import json_
from tabulation.public.files.statement import JSON
from tabulation.public.pages.dates import days_of
from tabulation.public.pages.how import terms_of
from tabulation.public.pages.results import Result
from tabulation.public.pages.shares import Shares, bars_of, seats_of

#: From so many on, the seats that are given one by one are a table to open, and not sentences.
MANY_SEATS = 8


@dataclass(frozen=True)
class Shown:
    """What is said of a proposal, wherever it is shown."""

    proposal: Proposal
    result: Result

    @cached_property
    def names(self) -> dict[int, Choice]:
        """Who has a ballot number."""
        return numbered(self.proposal.form)

    @property
    def found(self) -> Outcome | LotNeeded | None:
        return self.proposal.answer.outcome

    @cached_property
    def settled(self) -> bool:
        """Whether the answer stands: everything is in, or whatever comes changes nothing."""
        if self.found is None:
            return False
        decided = (Verdict.ELECTED, Verdict.SECOND_ROUND)
        return not self.proposal.stations_out or self.proposal.verdict in decided

    @property
    def withdrawn_first(self) -> bool:
        """Whether the answer is in doubt for who withdrew, and not for a line left blank."""
        return self.result.doubtful and not self.result.base_gaps

    @property
    def shares(self) -> Shares:
        """Its table."""
        found = self.found
        stands = found if self.settled and isinstance(found, Outcome) else None
        return Shares(self.proposal, self.result, stands)


def groups_of(steps: Sequence[Step]) -> list[tuple[Step, ...]]:
    """The steps in their order; a long run of seats, one after the other, is one group."""
    found: list[tuple[Step, ...]] = []
    for is_seat, run in groupby(steps, key=lambda step: step.code == "quotient"):
        group = tuple(run)
        found += [group] if is_seat and len(group) >= MANY_SEATS else [(step,) for step in group]
    return found


def _gaps(proposal: Proposal) -> list[Gap]:
    """The differences that decide, the smallest first."""
    if proposal.answer.outcome is None or proposal.count is None:
        return []
    return sorted(margins.gaps(proposal.count, proposal.rules), key=lambda gap: gap.difference)


def outcome_page(edition: Edition, contest: Contest, form: ProtocolForm) -> Page:
    """What the rule of a contest makes of the newest publication, or of a past one by number."""
    published = edition.published
    proposal = propose(published, contest, form)
    shown = Shown(proposal, Result(proposal.head, form))
    shares = shown.shares
    return edition.page(
        "outcome",
        contest,
        form,
        status=status.status_of(published, contest),
        called_off=acts.is_called_off(published, contest),
        newest=edition.newest,
        proposal=proposal,
        shown=shown,
        result=shown.result,
        shares=shares,
        bars=InLanguage(lambda language: bars_of(shares, language)),
        seats=InLanguage(lambda language: {"mosaic": seats_of(shares, language)}),
        groups=groups_of(shown.found.steps if shown.found else ()),
        gaps=_gaps(proposal),
        terms=terms_of(form),
        days=days_of(edition.election, published),
        **_decided(published, contest),
    )


def _decided(published: Any, contest: Contest) -> dict[str, Any]:
    """The decision that stands, its signed papers, and what round came of it."""
    decision = acts.decision_of(published, contest)
    if decision is None:
        return {"decided": None}
    second = acts.second_round_of(published, contest)
    files = acts.files_in(contest.election, decision.sitting.published_in)
    names = [file.name for file in files]

    def signed(language: str) -> list[str]:
        wanted = ("decision.json", f"{contest.code}.protocol.{language}.pdf")
        return [name for name in names if name in wanted]

    return {
        "decided": decision,
        "signed": InLanguage(signed),
        "second": second,
        "second_day": contest.election.polling_days[second.second.round - 1] if second else None,
    }


def outcome_file(edition: Edition, contest: Contest, form: ProtocolForm) -> Document:
    """The same for programs: what `manage.py outcome` prints of one contest."""
    return document(outcome_json(propose(edition.published, contest, form)), JSON)


def outcome_json(proposal: Proposal) -> str:
    """The file of a proposal; its contest knows its election."""
    return json_.as_json(json_.outcomes_of(proposal.publication, [proposal]))
