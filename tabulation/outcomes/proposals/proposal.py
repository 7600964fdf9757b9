"""The proposal of a contest: what its rule makes of a publication, from published figures alone.

The commission decides; this says what the law's rule gives, by which steps, and what could still
change it: stations that are out, inaccuracies as large as the difference that decides, annulled
stations.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import acts, reading
from tabulation.ledger.margins import (
    AnnulledStation,
    Inaccuracies,
    annulled_stations,
    inaccuracies_published,
)
from tabulation.ledger.reading import Unit
from tabulation.models import Lot as Recorded
from tabulation.models import Publication
from tabulation.outcomes.methods import applying, margins, standing
from tabulation.outcomes.methods.margins import Reach
from tabulation.outcomes.methods.rules import Rules
from tabulation.outcomes.methods.standing import Verdict
from tabulation.outcomes.methods.terms import Count, Lot, LotNeeded, Outcome, RuleUnusable
from tabulation.outcomes.methods.texts import Filled, gettext_noop
from tabulation.outcomes.proposals.doubts import is_doubtful

NO_PROBLEM = Filled("")
NOTHING_COUNTED = Filled(gettext_noop("Nothing is counted yet."))
ALL_ANNULLED = Filled(
    gettext_noop("The results of all polling stations here are annulled. There is no total.")
)


@dataclass(frozen=True)
class Answer:
    """What the rule gives; or ``problem``, a sentence that says why it gives nothing."""

    outcome: Outcome | LotNeeded | None
    problem: Filled = NO_PROBLEM

    def same_end(self, other: "Answer") -> bool:
        """Whether the same are elected, go on and have seats, by whatever steps."""
        return _end(self.outcome) == _end(other.outcome)


@dataclass(frozen=True)
class Proposal:
    """The proposal of ``contest`` in a publication.

    ``without_list``: a station that is out keeps no list, so nobody knows how many can still vote
    there. ``found``: the inaccuracies; ``None``: the form has no formula for them.
    """

    publication: Publication
    contest: Contest
    form: ProtocolForm
    head: Unit
    rules: Rules
    count: Count | None
    answer: Answer
    without_list: bool
    found: Inaccuracies | None
    annulled: tuple[AnnulledStation, ...]
    #: With the annulled stations' figures back in the sums; ``None``: no station is annulled.
    with_annulled: Answer | None
    #: The recorded lots that ties of these sums asked for, in the order of the ties.
    lots: tuple[Recorded, ...]

    @property
    def stations_out(self) -> int:
        return self.head.missing

    @cached_property
    def voters_out(self) -> int | None:
        """Registered voters of the stations that are out; ``None``: nobody knows how many."""
        if not self.stations_out:
            return 0
        missing = self.head.registered_missing
        if self.without_list or missing is None:
            return None
        return missing - sum(station.registered or 0 for station in self.annulled)

    @cached_property
    def verdict(self) -> Verdict:
        """Whether those who are out can change it; what is counted is taken for right."""
        if self.count is None or self.answer.outcome is None:
            return Verdict.UNKNOWN
        if self.stations_out and is_doubtful(self.form, self.head):
            return Verdict.UNKNOWN
        return standing.verdict(self.count, self.rules, self.voters_out)

    @cached_property
    def reach(self) -> Reach | None:
        """The inaccuracies against the difference that decides."""
        if self.found is None or self.count is None or self.answer.outcome is None:
            return None
        return margins.reach(self.found.total, self.count, self.rules)

    @property
    def annulled_would_change_it(self) -> bool | None:
        """``None``: no station is annulled."""
        if self.with_annulled is None:
            return None
        return not self.answer.same_end(self.with_annulled)


def propose(
    published: Publication, contest: Contest, form: ProtocolForm, lots: Sequence[Lot] = ()
) -> Proposal:
    """What the contest's rule makes of the publication, with the lots that were recorded.

    A recorded lot that no tie of these sums asks for is left alone: it was drawn for others.
    ``lots`` are tried beside them and must be asked for. A constant number of queries. Raises
    LotNotAskedFor.
    """
    recorded = acts.lots_of(published, contest)
    head = reading.unit_of_head(published, contest)
    annulled = annulled_stations(published, contest)
    found = inaccuracies_published(published, contest, form) if form.terms else None
    count = count_of(form, head.figures)
    rules, answer, used = _rules_and_answer(form, count, recorded, lots)
    if answer.problem == NOTHING_COUNTED and head.annulled and not head.missing:
        answer = Answer(None, ALL_ANNULLED)
    return Proposal(
        publication=published,
        contest=contest,
        form=form,
        head=head,
        rules=rules,
        count=count,
        answer=answer,
        without_list=reading.without_a_list(published, contest),
        found=found,
        annulled=tuple(annulled),
        with_annulled=_with_annulled(form, head, annulled, recorded),
        lots=tuple(used),
    )


def verdict_of(
    form: ProtocolForm, figures: Sequence[int | None], outstanding: int | None
) -> Verdict:
    """Whether ``outstanding`` ballots can still change what these sums say."""
    rules, answer, _lots = _rules_and_answer(form, count := count_of(form, figures), ())
    if count is None or answer.outcome is None:
        return Verdict.UNKNOWN
    return standing.verdict(count, rules, outstanding)


def rules_of(form: ProtocolForm) -> Rules:
    """The rule of a contest as its form has it. Raises RuleUnusable."""
    withdrawn = {c.number for c in form.choices if c.status == "withdrawn" and c.number}
    return Rules.of(
        form.outcome,
        rule=form.rule,
        base=form.base,
        seats=form.seats,
        round=form.round,
        withdrawn=frozenset(withdrawn),
    )


def count_of(form: ProtocolForm, figures: Sequence[int | None]) -> Count | None:
    """The sums a rule is applied to; ``None``: nothing is counted yet."""
    if not figures or (valid := form.valid(figures)) is None:
        return None
    return Count(
        votes={number: votes or 0 for number, votes in form.votes(figures).items()},
        valid=valid,
        cast=form.cast(figures) or 0,
        voters=form.total("voters", figures),
        registered=form.total("registered", figures),
    )


def _rules_and_answer(
    form: ProtocolForm, count: Count | None, recorded: Sequence[Recorded], lots: Sequence[Lot] = ()
) -> tuple[Rules, Answer, list[Recorded]]:
    try:
        rules = rules_of(form)
    except RuleUnusable as problem:
        rules = Rules(form.rule, form.base, form.seats, form.round)
        return rules, Answer(None, problem.why), []
    if count is None:
        return rules, Answer(None, NOTHING_COUNTED), []
    try:
        found, used = _with_lots(count, rules, recorded)
        if lots:
            found = applying.apply_rule(count, rules, [*_drawn(used), *lots])
    except RuleUnusable as problem:
        return rules, Answer(None, problem.why), []
    return rules, Answer(found), used


def _with_lots(
    count: Count, rules: Rules, recorded: Sequence[Recorded]
) -> tuple[Outcome | LotNeeded, list[Recorded]]:
    """Go on from tie to tie as far as the recorded lots lead; of several for one, the newest."""
    used: list[Recorded] = []
    while True:
        found = applying.apply_rule(count, rules, _drawn(used))
        if not isinstance(found, LotNeeded):
            return found, used
        tie = (found.places, sorted(found.among))
        fits = (lot for lot in recorded if (lot.places, sorted(lot.drawn)) == tie)
        lot = next((lot for lot in fits if lot not in used), None)
        if lot is None:
            return found, used
        used.append(lot)


def _drawn(lots: Sequence[Recorded]) -> list[Lot]:
    return [tuple(lot.drawn) for lot in lots]


def _with_annulled(
    form: ProtocolForm, head: Unit, annulled: list[AnnulledStation], recorded: Sequence[Recorded]
) -> Answer | None:
    """The proposal as if the annulled stations counted."""
    if not annulled:
        return None
    figures = head.figures or form.blank
    for station in annulled:
        figures = added(figures, station.figures)
    return _rules_and_answer(form, count_of(form, figures), recorded)[1]


def added(one: Sequence[int | None], other: Sequence[int | None]) -> tuple[int | None, ...]:
    """Two arrays of figures added line by line; a line blank in both stays blank."""
    if not other:
        return tuple(one)
    pairs = zip(one, other, strict=True)
    return tuple(None if a is None and b is None else (a or 0) + (b or 0) for a, b in pairs)


def _end(found: Outcome | LotNeeded | None) -> object:
    return None if found is None else replace(found, steps=())
