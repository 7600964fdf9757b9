"""The second round: a contest made of those who go on, with the stations and form of the first."""

import itertools
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from candidates.models import Candidate, Contest, Election
from tabulation.counting import turnout
from tabulation.database.statements import run
from tabulation.ledger import acts
from tabulation.models import (
    BallotScope,
    Constituency,
    ControlRelation,
    Decision,
    InaccuracyTerm,
    ProtocolLine,
    Publication,
    SecondRound,
    User,
    record,
)
from tabulation.outcomes.certification.acts import (
    AT_ONCE,
    ActRefused,
    Manner,
    on_publication,
    publish_act,
    require_may_certify,
)
from tabulation.outcomes.certification.minutes import round_file
from tabulation.outcomes.certification.polling_days import set_day
from tabulation.outcomes.certification.sittings import undecided

#: Where the folder does not say by which rule a second round is decided.
RULE = "majority"


def create_second_round(
    *,
    first: Contest,
    asked_in: int,
    order: Sequence[int],
    polling_day: date,
    drawn_at: datetime,
    drawn_by: str,
    witnesses: Sequence[str],
    decision: str,
    by: User,
    at: datetime,
    manner: Manner = AT_ONCE,
) -> SecondRound:
    """The contest between those whom the decision about ``first`` lets go on, as publication
    ``asked_in`` has it; and publish it. ``order``: their numbers of the first round as they were
    drawn for the ballot; there they are 1, 2 and so on.

    Raises NotYours, NothingPublished, or ActRefused, also for an order that is of others, a day
    that does not fit or a draw without witnesses; and PublicationRefused without a signing key.
    """
    require_may_certify(by)
    decision = decision.strip()
    if not drawn_by.strip() or not decision or not any(w.strip() for w in witnesses):
        raise ActRefused(
            _(
                "The record of the drawing of lots lacks a name or a number. Nothing was saved."
                " Enter who drew, the witnesses, and the number of the minutes or the decision."
            )
        )
    if drawn_at > at:
        raise ActRefused(
            _(
                "The time of the drawing of lots is in the future. Nothing was saved. Enter a time"
                " that has passed."
            )
        )
    with on_publication(first.election, asked_in, manner) as last:
        election = Election.objects.select_for_update(no_key=True).get(pk=first.election_id)
        _check_order(last, first, order)
        set_day(election, first.round + 1, polling_day)
        second = _contest_after(first, election)
        _carry_over(first, second, order)
        second_round = SecondRound.objects.create(
            election=election, published_in=last.number + 1, first=first, second=second,
            order=list(order), polling_day=polling_day, drawn_at=drawn_at, drawn_by=drawn_by,
            witnesses=list(witnesses), decision=decision, by=by, at=at,
        )  # fmt: skip
        record(
            act="second round created",
            subject=f"contest {second.code} of {election.slug}",
            by=by,
            at=at,
            election=election,
            after={
                "decision": decision,
                "drawn": list(order),
                "drawn by": drawn_by,
                "witnesses": list(witnesses),
                "polling day": polling_day.isoformat(),
            },
        )
        publish_act(
            last,
            by=by,
            at=at,
            decision=decision,
            papers=lambda _published: [round_file(second_round)],
            manner=manner,
        )
    return second_round


def _check_order(last: Publication, first: Contest, order: Sequence[int]) -> None:
    """Raise ActRefused."""
    standing = acts.decision_of(last, first)
    if standing is None or standing.kind != Decision.Kind.SECOND_ROUND:
        raise ActRefused(
            _(
                "The commission has not decided on a second round of this contest. Nothing was"
                " saved. Record the commission's decision first."
            )
        )
    if acts.second_round_of(last, first) is not None:
        raise ActRefused(
            _(
                "The second round of this contest was created earlier. Nothing was saved. Use the"
                " existing second round."
            )
        )
    if any(of.pk == first.pk for of, _form in undecided(last)):
        raise ActRefused(
            _("The figures have changed since this decision. The commission must decide again.")
        )
    if sorted(order) != sorted(standing.advancing):
        raise ActRefused(
            _(
                "The order must list exactly the candidates of the second round. Nothing was"
                " saved. Enter the order again."
            )
        )


def _contest_after(first: Contest, election: Election) -> Contest:
    """The same office in the next round, with the details of the rule that hold for both."""
    number = first.round + 1
    details = {key: first.outcome[key] for key in KEPT if key in first.outcome}
    return Contest.objects.create(
        election=election,
        code=_free_code(first, number),
        office=first.office,
        offices=first.offices,
        round=number,
        seats=first.seats,
        rule=first.outcome.get("second_round", RULE),
        base=first.base,
        outcome=details,
        turnout_hours=turnout.hours_of(first),
    )


def _free_code(first: Contest, number: int) -> str:
    """The first round's code with the number of the round, and another where the folder has a
    contest of that name.
    """
    taken = set(first.election.contests.values_list("code", flat=True))
    plain = f"{first.code[:30]}-{number}"
    more = (f"{plain}-{again}" for again in itertools.count(2))
    return next(code for code in itertools.chain([plain], more) if code not in taken)


#: Details of the rule that hold for both rounds.
KEPT = ("turnout", "turnout_inclusive")


def _carry_over(first: Contest, second: Contest, order: Sequence[int]) -> None:
    Constituency.objects.create(contest=second, area=first.constituency.area)
    run(
        """
        INSERT INTO tabulation_conteststation (contest_id, station_id, registered)
        SELECT %s, station_id, registered FROM tabulation_conteststation
        WHERE contest_id = %s""",
        [second.pk, first.pk],
    )
    candidates = _candidates(first, second, order)
    places = _lines(first, second, candidates)
    _relations(first, second, places)


def _candidates(first: Contest, second: Contest, order: Sequence[int]) -> dict[int, Candidate]:
    """Those who go on, by their number of the first round."""
    found = {}
    for number, old in enumerate(order, 1):
        candidate = first.candidates.get(number=old)
        candidate.pk, candidate.contest, candidate.number = None, second, number
        candidate._state.adding = True
        candidate.save(force_insert=True)
        found[old] = candidate
    return found


def _lines(first: Contest, second: Contest, candidates: Mapping[int, Candidate]) -> dict[int, int]:
    """The lines of the form, those for candidates at the place of the first of them. From each
    position of the first round to that of the second; of who does not go on there is none.
    """
    old = list(first.lines.select_related("candidate").prefetch_related("scopes"))
    votes = {line.candidate.number: line for line in old if line.candidate}
    lines: list[ProtocolLine] = []
    scopes: list[BallotScope] = []
    places: dict[int, int] = {}
    for line in old:
        if line.candidate is None:
            lines.append(_line(line, second, len(lines) + 1))
            places[line.position] = len(lines)
        elif line is next(iter(votes.values())):
            for (number, candidate), place in zip(candidates.items(), votes.values(), strict=False):
                own = votes[number]
                lines.append(_line(own, second, len(lines) + 1))
                lines[-1].key, lines[-1].candidate = f"votes_{candidate.number}", candidate
                lines[-1].number = _number(line, place, candidate)
                places[own.position] = len(lines)
                scopes += [BallotScope(line=lines[-1], area=s.area) for s in own.scopes.all()]
    ProtocolLine.objects.bulk_create(lines)
    BallotScope.objects.bulk_create(scopes)
    return places


def _line(line: ProtocolLine, contest: Contest, position: int) -> ProtocolLine:
    return ProtocolLine(
        contest=contest, position=position, key=line.key, number=line.number, name=line.name,
        names=line.names, role=line.role,
    )  # fmt: skip


def _number(first: ProtocolLine, place: ProtocolLine, candidate: Candidate) -> str:
    """As the paper's ``first`` line for a candidate is numbered by who stands there: `8.1`, `8.2`.
    Where it is numbered line by line, as the line at this ``place`` among those for candidates.
    """
    old = first.candidate.number if first.candidate else None
    stem = re.fullmatch(rf"(.*[^0-9]){old}", first.number)
    return f"{stem[1]}{candidate.number}" if stem else place.number


def _relations(first: Contest, second: Contest, places: Mapping[int, int]) -> None:
    """Relations and terms over the lines that go on; one of which a whole side does not is left
    out: what was said of those who are gone would be said of nothing.
    """

    def moved(positions: Sequence[int]) -> list[int]:
        return sorted(places[position] for position in positions if position in places)

    for kind in (ControlRelation, InaccuracyTerm):
        for row in kind.objects.filter(contest=first):
            left, right = moved(row.left), moved(row.right)
            lost = (row.left and not left) or (row.right and not right)
            if lost or left == right:
                continue
            row.left, row.right = left, right
            row.pk, row.contest = None, second
            row._state.adding = True
            row.save(force_insert=True)
