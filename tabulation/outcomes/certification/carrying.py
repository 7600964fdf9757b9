"""What members proposed, as the act that it is: tried when proposed, done when confirmed.

Arguments are what events can hash: texts, whole numbers, lists and tables of these.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, cast

from django.utils.translation import gettext as _

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.counting import correction
from tabulation.counting.seen import seen_of, with_last_event
from tabulation.ledger import autopublishing, reading
from tabulation.ledger.preview import Seen, check_seen
from tabulation.ledger.writing import Papers, Terms, prepare
from tabulation.models import Motion, Protocol, User
from tabulation.outcomes.certification import lots, polling_days, roster, rounds, sittings
from tabulation.outcomes.certification.acts import ActRefused, Manner, doing
from tabulation.outcomes.certification.sittings import Choice, Vote

Act = Motion.Act
#: Acts about one polling station.
OF_STATIONS = (Act.ANNUL, Act.REINSTATE, Act.CORRECT)


class MotionChanged(ActRefused):
    """What the members looked at is not so any more."""


def plain(value: Any) -> Any:
    """A value as JSON has it; moments and days as ISO 8601."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Vote | Choice):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def carry_out(
    motion: Motion, *, at: datetime, manner: Manner, papers: Papers | None = None
) -> object:
    """Do what ``motion`` says, in its proposer's name; ``papers`` makes what a certification
    publishes. What it made. Raises what the act raises, and MotionChanged.
    """
    if motion.act == Act.CERTIFY:
        return _certify(motion, motion.by, at, manner, papers)
    return DO[motion.act](motion, motion.by, at, manner)


def newest_protocol(motion: Motion) -> Any:
    """Of its station, the version that was not set aside, with its last event."""
    versions = Protocol.objects.filter(contest=motion.contest, station=motion.station)
    newest = versions.exclude(status=lifecycle.SET_ASIDE).order_by("-version")
    return with_last_event(newest).first()


def _of_station(motion: Motion, by: User, at: datetime, manner: Manner) -> object:
    said = {name: motion.arguments[name] for name in ("reason", "decision")}
    said["seen"] = motion.taken_on["seen"]
    with doing(motion.election, manner, publishes=False):
        protocol = newest_protocol(motion)
        if protocol is None or seen_of(protocol) != motion.taken_on["seen"]:
            raise MotionChanged(
                _(
                    "This protocol changed after the act was proposed. Nothing was saved. Check"
                    " the protocol again, then propose the act again."
                )
            )
        if motion.act == Act.CORRECT:
            return correction.correct(
                contest=protocol.contest, station=protocol.station, by=by, at=at, **said
            )
        do = correction.annul if motion.act == Act.ANNUL else correction.reinstate
        return do(protocol=protocol, by=by, at=at, **said)


def _publish(motion: Motion, by: User, at: datetime, manner: Manner) -> object:
    said, seen = motion.arguments, Seen(**motion.taken_on)
    words = {name: said[name] for name in ("note", "status", "decision")}
    terms = Terms(**words, seen=seen, whole=True)
    with doing(motion.election, manner):
        if manner.dry:
            check_seen(seen, motion.election, requested=terms.status)
            return None
        return prepare(election=motion.election, by=by, at=at, terms=terms)


def _autopublish(motion: Motion, by: User, at: datetime, manner: Manner) -> object:
    period = {name: _moment(motion.arguments[name]) for name in ("from_at", "until_at")}
    with doing(motion.election, manner, publishes=False):
        return autopublishing.allow_period(
            election=motion.election, decision=motion.arguments["decision"], by=by, at=at, **period
        )


def _drawn(motion: Motion) -> dict[str, Any]:
    names = ("drawn_by", "witnesses", "decision")
    said = {name: motion.arguments[name] for name in names}
    return {**said, "drawn_at": _moment(motion.arguments["drawn_at"])}


def _lot(motion: Motion, by: User, at: datetime, manner: Manner) -> object:
    return lots.record_lot(
        contest=_contest(motion), asked_in=motion.taken_on["publication"],
        drawn=motion.arguments["order"], **_drawn(motion), by=by, at=at, manner=manner,
    )  # fmt: skip


def _second_round(motion: Motion, by: User, at: datetime, manner: Manner) -> object:
    return rounds.create_second_round(
        first=_contest(motion), asked_in=motion.taken_on["publication"],
        order=motion.arguments["order"],
        polling_day=date.fromisoformat(motion.arguments["polling_day"]),
        **_drawn(motion), by=by, at=at, manner=manner,
    )  # fmt: skip


def _polling_day(motion: Motion, by: User, at: datetime, manner: Manner) -> object:
    day = date.fromisoformat(motion.arguments["polling_day"])
    with doing(motion.election, manner, publishes=False):
        return polling_days.move_polling_day(
            contest=_contest(motion), polling_day=day, decision=motion.arguments["decision"],
            by=by, at=at,
        )  # fmt: skip


def _roster(motion: Motion, by: User, at: datetime, manner: Manner) -> object:
    election, said = motion.election, motion.arguments
    with roster.changing(election), doing(election, manner, publishes=False):
        if roster.sitting_now(election) != motion.taken_on["roster"]:
            raise MotionChanged(
                _(
                    "The roster changed after the act was proposed. Nothing was saved. Check the"
                    " roster again, then propose the act again."
                )
            )
        return roster.change(
            election=election, change=said["change"], member=said["member"],
            decision=said["decision"], by=by, at=at,
        )  # fmt: skip


def _certify(
    motion: Motion, by: User, at: datetime, manner: Manner, papers: Papers | None
) -> object:
    said = motion.arguments
    return sittings.certify(
        election=motion.election, decided_on=motion.taken_on["publication"],
        decision=said["decision"], held_at=_moment(said["held_at"]), vote=vote_of(motion),
        choices=choices_of(motion), open_reason=said["open_reason"], papers=papers,
        by=by, at=at, manner=manner,
    )  # fmt: skip


def vote_of(motion: Motion) -> Vote:
    vote = dict(motion.arguments["vote"])
    return Vote(**{**vote, "opinions": [(member, text) for member, text in vote["opinions"]]})


def choices_of(motion: Motion) -> dict[str, Choice]:
    return {code: Choice(**choice) for code, choice in motion.arguments["choices"].items()}


def contests_closed_by(motion: Motion) -> list[int]:
    """Those whose figures must stay while ``motion`` waits. Raises ActRefused."""
    last = reading.latest(motion.election) if motion.act == Act.CERTIFY else None
    if last is None:
        return []
    return [contest.pk for contest, _form in sittings.taken_up(last, choices_of(motion))]


def _contest(motion: Motion) -> Contest:
    """Of an act that has one: the database holds it."""
    return cast(Contest, motion.contest)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


DO: dict[str, Callable[[Motion, User, datetime, Manner], object]] = {
    **dict.fromkeys(OF_STATIONS, _of_station),
    Act.PUBLISH: _publish,
    Act.AUTOPUBLISH: _autopublish,
    Act.LOT: _lot,
    Act.SECOND_ROUND: _second_round,
    Act.POLLING_DAY: _polling_day,
    Act.ROSTER: _roster,
}
