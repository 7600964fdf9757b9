"""The sitting at which the commission decides the outcome, and the certified publication of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import acts, reading
from tabulation.ledger.writing import Papers
from tabulation.models import Decision, Publication, Sitting, User, record
from tabulation.outcomes.certification.acts import (
    AT_ONCE,
    ActRefused,
    Manner,
    on_publication,
    publish_act,
    require_may_certify,
    roots_of,
)
from tabulation.outcomes.certification.minutes import decision_file
from tabulation.outcomes.certification.open_stations import OpenStation, open_stations
from tabulation.outcomes.certification.roster import check_present
from tabulation.outcomes.methods.terms import LotNeeded, Outcome
from tabulation.outcomes.proposals.proposal import Proposal, propose

#: The kind of a choice that leaves a contest to another sitting.
LATER = "later"
#: Codes of open stations that a refusal names; of more it says how many.
NAMED = 20


@dataclass(frozen=True)
class Vote:
    """Who was present, how they voted, and the separate opinions as (member, text): a `Sitting`'s
    fields.
    """

    present: Sequence[str]
    votes_for: int
    votes_against: int
    abstained: int = 0
    opinions: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Choice:
    """What is decided about a contest: as the rule proposes (``kind`` empty), or another kind of
    `Decision.Kind` for a reason in ``words``; and the stations the decision says are open. Or
    nothing (`LATER`): the contest is left to another sitting, or stays as it was decided.
    """

    kind: str = ""
    words: str = ""
    open_stations: Sequence[str] = field(default_factory=tuple)


def certify(
    *,
    election: Election,
    decided_on: int,
    decision: str,
    held_at: datetime,
    vote: Vote,
    choices: Mapping[str, Choice],
    open_reason: str = "",
    papers: Papers | None = None,
    by: User,
    at: datetime,
    manner: Manner = AT_ONCE,
) -> Publication:
    """Record what the commission decided on publication ``decided_on`` about every contest that is
    not decided yet, or changed since it was, and is not left to another sitting; and about any
    other that ``choices``, by the contest's code, decides anew; and publish the certified results.
    ``papers`` makes the documents that come out beside the decision.

    Raises NotYours, NothingPublished or ActRefused; and PublicationRefused without a signing key.
    """
    require_may_certify(by)
    decision = decision.strip()
    _check_vote(vote, election.quorum)
    _check_words(decision, held_at, at)
    check_present(election, vote.present, held_at)
    with on_publication(election, decided_on, manner) as last:
        proposals = [propose(last, *pair) for pair in taken_up(last, choices)]
        if Sitting.objects.filter(election=election, decision=decision).exists():
            message = _(
                "A decision with the number %(decision)s is recorded already. Nothing was"
                " saved. Check the number of the decision."
            )
            raise ActRefused(message % {"decision": decision})
        listed = _listed(proposals, choices, open_reason)
        sitting = Sitting.objects.create(
            election=election,
            decision=decision,
            held_at=held_at,
            decided_on=last.number,
            published_in=last.number + 1,
            **vars(vote),
            open_stations=listed,
            open_reason=open_reason,
            by=by,
            at=at,
        )
        decided = {
            _record_decision(sitting, proposal, choices.get(proposal.contest.code, Choice())):
            proposal for proposal in proposals
        }  # fmt: skip
        _record_event(sitting, list(decided), by, at)

        def documents(published: Publication) -> Iterable[tuple[str, str, bytes]]:
            yield decision_file(sitting, last, decided, roots_of(last))
            yield from papers(published) if papers else ()

        return publish_act(
            last, by=by, at=at, decision=decision, papers=documents,
            status=Publication.Status.CERTIFIED, manner=manner,
        )  # fmt: skip


def taken_up(
    last: Publication, choices: Mapping[str, Choice]
) -> list[tuple[Contest, ProtocolForm]]:
    """The contests that are decided now, with their forms: those chosen, and of the others those
    that wait for it. Raises ActRefused.
    """
    due = {contest.pk for contest, _form in undecided(last)}
    chosen, waiting = [], []
    for contest, form in reading.published_contests(last):
        choice = choices.get(contest.code)
        if choice is None and contest.pk in due:
            waiting.append((contest, form))
        elif choice is not None and choice.kind != LATER:
            if contest.pk not in due and not choice.words.strip():
                message = _(
                    "Contest %(contest)s has a decision, and its figures have not changed."
                    " Nothing was saved. Give a reason to decide again."
                )
                raise ActRefused(message % {"contest": contest.code})
            chosen.append((contest, form))
    if chosen:
        waiting = [pair for pair in waiting if _has_begun(last, pair[0])]
    if not due and not chosen:
        raise ActRefused(
            _(
                "Every contest has a decision, and no figures have changed since. Nothing was"
                " saved. To decide again, choose a contest and give a reason."
            )
        )
    if not chosen and not waiting:
        raise ActRefused(
            _(
                "Every contest is left to another meeting. Nothing was saved. Choose a decision"
                " for at least one contest."
            )
        )
    return chosen + waiting


def undecided(last: Publication) -> list[tuple[Contest, ProtocolForm]]:
    """Contests of the publication, with their forms, that no decision is about, or that say
    something else than when it was taken; without second rounds that are called off, and without
    those of which nothing has come in yet, such as a second round to come, where there are others.
    """
    now = roots_of(last)
    found = []
    for contest, form in reading.published_contests(last):
        decision = acts.decision_of(last, contest)
        if decision is not None:
            on = reading.publication_or_none(last.election, decision.sitting.decided_on)
            if on is not None and roots_of(on)[contest.code] == now[contest.code]:
                continue
        if not acts.is_called_off(last, contest):
            found.append((contest, form))
    if len(found) < 2:
        return found
    return [pair for pair in found if _has_begun(last, pair[0])] or found


def _has_begun(last: Publication, contest: Contest) -> bool:
    head = reading.unit_of_head(last, contest)
    return head.counted + head.annulled > 0


def _check_words(decision: str, held_at: datetime, at: datetime) -> None:
    """Raise ActRefused."""
    if not decision:
        raise ActRefused(_("Enter the number of the decision."))
    if held_at > at:
        raise ActRefused(
            _(
                "The time of the meeting is in the future. Nothing was saved. Enter a time that"
                " has passed."
            )
        )


def _check_vote(vote: Vote, quorum: int) -> None:
    """Raise ActRefused."""
    present = len(vote.present)
    if present < quorum:
        message = _(
            "There was no quorum. Members present: %(present)s. Members needed: %(quorum)s."
            " Nothing was recorded."
        )
        raise ActRefused(message % {"present": present, "quorum": quorum})
    if len(set(vote.present)) != present:
        raise ActRefused(
            _(
                "The list of members present names a member twice. Nothing was saved. List each"
                " member once."
            )
        )
    voted = vote.votes_for + vote.votes_against + vote.abstained
    if voted != present:
        message = _(
            "Members present: %(present)s. Votes in total: %(voted)s. The two numbers must be"
            " equal. Nothing was saved. Correct the votes or the members present."
        )
        raise ActRefused(message % {"present": present, "voted": voted})
    if vote.votes_for <= vote.votes_against:
        raise ActRefused(
            _(
                "The motion failed. There were not more votes for than against. Nothing was"
                " recorded."
            )
        )
    strangers = {member for member, _text in vote.opinions} - set(vote.present)
    if strangers:
        message = _(
            "%(name)s has a separate opinion but is not among the members present. Add the"
            " name or remove the opinion."
        )
        raise ActRefused(message % {"name": min(strangers)})


def _listed(
    proposals: list[Proposal], choices: Mapping[str, Choice], reason: str
) -> dict[str, list[str]]:
    """By contest the stations that are open and that the decision lists. Raises ActRefused."""
    listed: dict[str, list[str]] = {}
    for proposal in proposals:
        code = proposal.contest.code
        is_open = open_stations(proposal.contest)
        named = set(choices.get(code, Choice()).open_stations)
        missing = [station for station in is_open if station.code not in named]
        if missing:
            raise ActRefused(_told_open(missing))
        if others := sorted(named - {station.code for station in is_open}):
            message = _(
                "These stations are finished. Remove them from the list. Stations: %(stations)s."
            )
            raise ActRefused(message % {"stations": ", ".join(others[:NAMED])})
        if is_open:
            listed[code] = [station.code for station in is_open]
    if listed and not reason.strip():
        raise ActRefused(
            _(
                "The decision includes polling stations that are not finished. Nothing was saved."
                " Give a reason for deciding now."
            )
        )
    return listed


def _told_open(missing: list[OpenStation]) -> str:
    message = ngettext(
        "%(count)s polling station is not finished and is not listed in the decision. Nothing"
        " was saved. Finish or list this station: %(stations)s.",
        "%(count)s polling stations are not finished and are not listed in the decision. Nothing"
        " was saved. Finish or list these stations: %(stations)s.",
        len(missing),
    )
    codes = [station.code for station in missing[:NAMED]]
    if len(missing) > NAMED:
        codes.append("…")
    return message % {"count": len(missing), "stations": ", ".join(codes)}


def _record_decision(sitting: Sitting, proposal: Proposal, choice: Choice) -> Decision:
    """Raises ActRefused, also for a departure from the rule without its reason."""
    decision = Decision(sitting=sitting, contest=proposal.contest, words=choice.words.strip())
    if choice.kind:
        if not decision.words:
            raise ActRefused(
                _(
                    "The decision differs from the calculated outcome. Nothing was saved. Give a"
                    " reason in the commission's words."
                )
            )
        decision.kind, decision.as_proposed = choice.kind, False
    else:
        found = _answer_of(proposal)
        decision.kind, decision.as_proposed = found.kind.value, True
        decision.elected, decision.advancing = list(found.elected), list(found.advancing)
        decision.seats = [list(pair) for pair in found.seats]
    decision.save(force_insert=True)
    return decision


def _answer_of(proposal: Proposal) -> Outcome:
    """What the rule gives. Raises ActRefused."""
    found = proposal.answer.outcome
    if isinstance(found, LotNeeded):
        message = _(
            "%(contest)s ends in a tie. Draw lots and record the result before you record the"
            " meeting."
        )
        raise ActRefused(message % {"contest": proposal.contest.code})
    if found is None:
        message = _(
            "Contest %(contest)s has no calculated outcome. Nothing was saved. Choose what was"
            " decided and enter the commission's words."
        )
        raise ActRefused(message % {"contest": proposal.contest.code})
    return found


def _record_event(sitting: Sitting, decided: list[Decision], by: User, at: datetime) -> None:
    record(
        act="decided",
        subject=f"decision {sitting.decision} of {sitting.election.slug}",
        by=by,
        at=at,
        election=sitting.election,
        after={
            "decision": sitting.decision,
            "publication": sitting.decided_on,
            "votes": [sitting.votes_for, sitting.votes_against, sitting.abstained],
            "outcome": {one.contest.code: one.kind for one in decided},
        },
    )
