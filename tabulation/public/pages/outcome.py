"""The outcome of a contest: what its rule makes of a publication, step by step.

The commission decides; this is the proposal of the rule, and what could still change it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import Any

from candidates.fields import translated
from candidates.models import Contest
from tabulation.arithmetic.form import Choice, ProtocolForm, share
from tabulation.ledger import acts, status
from tabulation.outcomes.methods import margins
from tabulation.outcomes.methods.margins import Gap
from tabulation.outcomes.methods.standing import Verdict
from tabulation.outcomes.methods.terms import Outcome, Step
from tabulation.outcomes.proposals.proposal import Proposal, propose
from tabulation.public.charts.bars import Bar, Bars, bars, seat_rows
from tabulation.public.charts.classes import Palette
from tabulation.public.charts.mosaic import Mosaic
from tabulation.public.document import Document, InLanguage, Page, document
from tabulation.public.edition import Edition
from tabulation.public.files import json_
from tabulation.public.files.proposals import outcomes_of
from tabulation.public.files.statement import JSON
from tabulation.public.pages.dates import days_of
from tabulation.public.pages.how import terms_of
from tabulation.public.pages.results import ChoiceRow, Result

#: From so many on, the seats that are given one by one are a table to open, and not sentences.
MANY_SEATS = 8
#: Candidates with a bar; the table has all of them.
MOST_BARS = 8
HALF = Fraction(50)


@dataclass(frozen=True)
class Row:
    """A candidate or list with both shares, in percent, whichever of them decides.

    ``state``: `elected`, `advancing`, `independent`, `against`, `withdrawn`, `below` (the
    threshold), or nothing.
    """

    choice: ChoiceRow
    of_valid: Fraction | None
    of_cast: Fraction | None
    seats: int | None
    state: str


@dataclass(frozen=True)
class Group:
    """Steps that are read one by one, or many seats of a division as one table."""

    steps: tuple[Step, ...]
    table: bool

    @property
    def first(self) -> Any:
        return self.steps[0].named["seat"]

    @property
    def last(self) -> Any:
        return self.steps[-1].named["seat"]


@dataclass(frozen=True)
class Shown:
    """A proposal as its page shows it."""

    proposal: Proposal
    result: Result

    @cached_property
    def names(self) -> dict[int, Choice]:
        """Who has a ballot number."""
        choices = self.proposal.form.choices
        return {choice.number: choice for choice in choices if choice.number is not None}

    @cached_property
    def found(self) -> Any:
        return self.proposal.answer.outcome

    @property
    def counted(self) -> bool:
        return self.proposal.count is not None

    @property
    def verdict(self) -> Verdict:
        """Whether what is out can change it."""
        return self.proposal.verdict

    @cached_property
    def settled(self) -> bool:
        """Whether the answer stands: everything is in, or whatever comes changes nothing."""
        if self.found is None:
            return False
        decided = (Verdict.ELECTED, Verdict.SECOND_ROUND)
        return not self.proposal.stations_out or self.verdict in decided

    @property
    def withdrawn_first(self) -> bool:
        """Whether the answer is in doubt for who withdrew, and not for a line left blank."""
        return self.result.doubtful and not self.result.base_gaps

    @cached_property
    def both_bases(self) -> bool:
        """Whether the paper tells valid votes from ballots cast."""
        form = self.proposal.form
        return bool(form.positions("ballots_in_box") or form.positions("invalid"))

    @cached_property
    def has_seats(self) -> bool:
        """Whether seats are shown: while the count goes on they would be a forecast."""
        return self.settled and self.proposal.form.rule == "list" and bool(self._outcome)

    @cached_property
    def decisive_base(self) -> str:
        """The base that decides: of the threshold, where lists must reach one."""
        rules = self.proposal.rules
        return rules.threshold_base or rules.base

    @cached_property
    def rows(self) -> list[Row]:
        """Most votes first."""
        count = self.proposal.count
        if count is None:
            return []
        return [
            Row(
                choice,
                share(choice.votes, count.valid),
                share(choice.votes, count.cast),
                self._seats.get(choice.number),
                self._state(choice),
            )
            for choice in self.result.choices
        ]

    @cached_property
    def _seats(self) -> dict[int, int]:
        if not self.has_seats:
            return {}
        contenders = self.proposal.rules.contenders(self.proposal.count)  # type: ignore[arg-type]  # seats are of a count
        return dict.fromkeys(contenders, 0) | dict(self.found.seats)

    @property
    def _outcome(self) -> Outcome | None:
        return self.found if isinstance(self.found, Outcome) else None

    def _state(self, choice: ChoiceRow) -> str:
        if choice.number == self.proposal.rules.against:
            return "against"
        if choice.withdrawn:
            return "withdrawn"
        if not self.settled or self._outcome is None:
            return ""
        if choice.number in self._below:
            return "below"
        if choice.number in self._outcome.advancing:
            return "advancing"
        if choice.number in self._outcome.elected:
            return "independent" if self.has_seats else "elected"
        return ""

    @cached_property
    def _below(self) -> set[Any]:
        """Lists that do not reach their threshold."""
        return {s.named["list"] for s in self._steps if s.code == "below"}

    @property
    def _steps(self) -> tuple[Step, ...]:
        return self.found.steps if self.found is not None else ()

    @cached_property
    def groups(self) -> list[Group]:
        """The steps in their order; a long run of seats, one after the other, is one group."""
        found: list[Group] = []
        for is_seat, run in groupby(self._steps, key=lambda step: step.code == "quotient"):
            steps = tuple(run)
            if is_seat and len(steps) >= MANY_SEATS:
                found.append(Group(steps, True))
            else:
                found += [Group((step,), False) for step in steps]
        return found

    @cached_property
    def gaps(self) -> Sequence[Gap]:
        """The differences that decide, the smallest first."""
        if self.found is None or self.proposal.count is None:
            return []
        gaps = margins.gaps(self.proposal.count, self.proposal.rules)
        return sorted(gaps, key=lambda gap: gap.difference)

    def bars(self, language: str) -> Bars | None:
        """Shares of the base that decides, with half of it marked where half decides."""
        form = self.proposal.form
        if form.rule == "list" or not self.counted:
            return None
        shares = [(row.choice.number, row.choice.share) for row in self.rows[:MOST_BARS]]
        there = [(number, one) for number, one in shares if one is not None]
        mark = HALF if form.rule == "majority" else None
        return bars(there, self._named(language), mark) if there else None

    def drawn(self, language: str) -> list[tuple[Bar, Row]]:
        """Each bar with its row."""
        found = self.bars(language)
        rows = {row.choice.number: row for row in self.rows}
        return [(bar, rows[bar.key]) for bar in found.bars] if found else []

    def seats_picture(self, language: str) -> Mosaic | None:
        """A mark for each seat that somebody has."""
        seats = [(row.choice.number, row.seats) for row in self.rows if row.seats]
        if not seats:
            return None
        votes = {row.choice.number: row.choice.votes for row in self.rows}
        in_order = [(number, votes[number]) for number in self.names]
        return seat_rows(seats, self._named(language), Palette.of(in_order))

    def _named(self, language: str) -> dict[int, str]:
        return {
            number: translated(choice.name, choice.names, language)
            for number, choice in self.names.items()
        }


def outcome_page(edition: Edition, contest: Contest, form: ProtocolForm) -> Page:
    """What the rule of a contest makes of the newest publication, or of a past one by number."""
    published = edition.published
    proposal = propose(published, contest, form)
    shown = Shown(proposal, Result(proposal.head, form))
    context = {
        "publication": published,
        "status": status.status_of(published, contest),
        "called_off": acts.is_called_off(published, contest),
        "newest": edition.newest,
        "contest": contest,
        "protocol_form": form,
        "proposal": proposal,
        "shown": shown,
        "result": shown.result,
        "bars": InLanguage(shown.bars),
        "drawn": InLanguage(shown.drawn),
        "seats": InLanguage(lambda language: {"mosaic": shown.seats_picture(language)}),
        "terms": terms_of(form),
        "days": days_of(edition.election, published),
        **_decided(published, contest),
    }
    return Page("public/outcome.html", edition.election, context)


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
    return json_.as_json(outcomes_of(proposal.publication, [proposal]))
