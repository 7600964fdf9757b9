"""The days of an election, from its announcement to the inauguration, as far as they are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from candidates.models import Election
from tabulation.ledger import acts, publications

#: The first publication with each status word is a day of its own.
PUBLISHED: dict[str, Promise] = {
    "unofficial-partial": _("First results published"),
    "unofficial-complete": _("Results of all polling stations published"),
    "certified": _("Results certified"),
    "correction": _("Results corrected"),
    "recount": _("Results of a recount published"),
}
COMPLETE, CERTIFIED = "unofficial-complete", "certified"
#: What a decision is called that asks for one more round.
SECOND_ROUND = "second round"
#: Elections whose count goes on, and is not only shown.
GOING_ON = (Election.Kind.REAL, Election.Kind.REHEARSAL)


@dataclass(frozen=True)
class Day:
    """A day of the calendar; ``on`` is ``None`` where nobody has said when.

    ``round`` of a polling day counts from 1, and is 0 where there is only one. ``publication`` and
    ``decision`` are numbers, where the day has one.
    """

    what: Promise
    on: date | None
    done: bool
    round: int = 0
    publication: int = 0
    decision: str = ""


def days_of(election: Election, published: Any) -> list[Day]:
    """The days in their order; ``done``: not after the day of the publication ``published``."""
    today = _day(election, published)
    polling = election.polling_days
    days = [
        Day(_("Polling day"), day, day <= today, round=number if len(polling) > 1 else 0)
        for number, day in enumerate(polling, 1)
        if number == 1 or not acts.is_round_off(published, number)
    ]
    if announced := election.announced_on:
        days.insert(0, Day(_("Election announced"), announced, announced <= today))
    days += _published(election, published)
    if inauguration := election.inauguration_on:
        days.append(Day(_("Inauguration"), inauguration, inauguration <= today))
    # What has no day yet stays where it is: after the last one before it that has, and after the
    # polling day of its round.
    known = date.min
    places = []
    for day in days:
        known = day.on or known
        after = polling[day.round - 1] if day.on is None and day.round else known
        places.append(max(known, after))
    return [day for _place, day in sorted(zip(places, days, strict=True), key=lambda one: one[0])]


def _published(election: Election, published: Any) -> list[Day]:
    """The first publication with each status word, every decision, and what is still awaited."""
    sittings = acts.sittings_until(published)
    found = {one.status: one for one in publications.firsts_by_status(published)}
    certified = {sitting.published_in for sitting in sittings}
    days = [
        Day(
            PUBLISHED[status],
            _day(election, one),
            True,
            publication=one.number,
            decision=one.decision,
        )
        for status, one in found.items()
        if status in PUBLISHED and one.number not in certified
    ]
    days += [_certified(election, sitting) for sitting in sittings]
    # What was published on one day stands in the order in which it was.
    days.sort(key=lambda day: day.publication)
    if election.kind not in GOING_ON:
        return days
    if COMPLETE not in found and not {CERTIFIED, "correction", "recount"} & set(found):
        days.append(Day(PUBLISHED[COMPLETE], None, False))
    if (awaited := _awaited(sittings)) and (sittings or CERTIFIED not in found):
        several = len(election.polling_days) > 1
        days.append(Day(PUBLISHED[CERTIFIED], None, False, round=awaited if several else 0))
    return days


def _awaited(sittings: Sequence[Any]) -> int:
    """The round about which nothing is decided yet; 0: none, for nobody asked for another."""
    if not sittings:
        return 1
    last = sittings[-1].decisions.all()
    return 1 + _round_of(sittings[-1]) if any(one.kind == SECOND_ROUND for one in last) else 0


def _certified(election: Election, sitting: Any) -> Day:
    """The day of the sitting, which is that of its decision whenever it was recorded."""
    held = sitting.held_at.astimezone(ZoneInfo(election.time_zone)).date()
    several = len(election.polling_days) > 1
    return Day(
        PUBLISHED[CERTIFIED],
        held,
        True,
        round=_round_of(sitting) if several else 0,
        publication=sitting.published_in,
        decision=sitting.decision,
    )


def _round_of(sitting: Any) -> int:
    """The last round that it decided about."""
    rounds: list[int] = [decision.contest.round for decision in sitting.decisions.all()]
    return max(rounds)


def _day(election: Election, published: Any) -> date:
    """The day of a publication where the election is held."""
    day: date = published.published_at.astimezone(ZoneInfo(election.time_zone)).date()
    return day
