"""The commission acts by several: one member proposes, others confirm, and the last carries it out.

Every step is an event, and takes the publisher's lock first: so no step meets a publication that
is being written.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from candidates.models import Election
from tabulation.database.statements import run
from tabulation.ledger.autopublishing import AutopublishRefused
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.signing import SigningRefused
from tabulation.ledger.writing import LOCK, Papers
from tabulation.models import (
    Motion,
    MotionConfirmation,
    NotYours,
    ProtocolRefused,
    User,
    record,
)
from tabulation.models.moves import SYSTEM
from tabulation.outcomes.certification.acts import DRY, ActRefused, Manner, nothing
from tabulation.outcomes.certification.carrying import carry_out, contests_closed_by
from tabulation.outcomes.certification.roster import require_sits

#: What an act says when it cannot be done.
REFUSALS = (ActRefused, ProtocolRefused, PublicationRefused, AutopublishRefused, NotYours)
State = Motion.State
#: The event of an end without the act.
ENDED: dict[str, str] = {
    State.WITHDRAWN: "act taken back",
    State.EXPIRED: "act expired",
    State.REFUSED: "act refused",
}


class NotConfirmed(ActRefused):
    """This member's word was not taken; what was proposed stays as it is."""


def try_out(*, drafted: Motion, by: User, at: datetime) -> None:
    """Whether ``by`` can propose it, and the act would be done now. Raises what `propose` does."""
    _require_member(drafted, by)
    drafted.by, drafted.at = by, at
    carry_out(drafted, at=at, manner=DRY)


def propose(*, drafted: Motion, by: User, at: datetime) -> Motion:
    """Put ``drafted`` before the commission, after it was tried. Raises NotYours, or what the act
    itself would raise.
    """
    try_out(drafted=drafted, by=by, at=at)
    expire_due(election=drafted.election, at=at)
    with _in_turn(drafted.election):
        last = Motion.objects.filter(election=drafted.election).order_by("number").last()
        drafted.number = last.number + 1 if last else 1
        drafted.needed = drafted.election.confirmations
        drafted.closes = contests_closed_by(drafted)
        drafted.expires_at = at + timedelta(hours=settings.CONFIRM_HOURS)
        drafted.save(force_insert=True)
        after = {
            "act": str(drafted.act),
            "arguments": drafted.arguments,
            "taken on": drafted.taken_on,
            "until": drafted.expires_at.isoformat(),
        }
        _record("act proposed", drafted, by=by, at=at, after=after)
    return drafted


def check_confirmable(*, motion: Motion, by: User, at: datetime) -> None:
    """Raise NotYours or NotConfirmed where ``by`` cannot confirm it."""
    _require_member(motion, by)
    with transaction.atomic():
        _confirmable(motion, by, at)


def confirm(
    *,
    motion: Motion,
    by: User,
    at: datetime,
    papers: Papers | None = None,
    also: Callable[[], object] = nothing,
) -> Motion:
    """Confirm, as another member, what was proposed; the last that it needs carries it out.
    ``also`` is written in the transaction of the act.

    Raises NotYours or NotConfirmed, and then all is as it was; PapersFailed and
    PublicationRefused where it can be tried again. What the act refuses ends it as refused.
    """
    check_confirmable(motion=motion, by=by, at=at)
    with _in_turn(motion.election):
        waiting = _confirmable(motion, by, at)
        if waiting.needed > waiting.confirmations.count() + 1:
            _add(waiting, by, at)
            return waiting

    def first() -> None:
        _carried(motion, by, at)
        also()

    try:
        carry_out(motion, at=at, manner=Manner(first), papers=papers)
    except REFUSALS as refused:
        motion.refresh_from_db()  # it may be done, and wait to be released
        for_now = isinstance(refused.__cause__, SigningRefused) or motion.state != State.WAITING
        if for_now or isinstance(refused, NotConfirmed):
            raise
        return _end(motion, State.REFUSED, by=by, at=at, refusal=str(refused))
    motion.refresh_from_db()
    return motion


def withdraw(*, motion: Motion, by: User, at: datetime) -> Motion:
    """Take back what ``by`` proposed. Raises NotYours or NotConfirmed."""
    if by.pk != motion.by_id:
        raise NotYours(
            _(
                "Another member proposed this act. Nothing was saved. Ask this member to"
                " withdraw it."
            )
        )
    return _end(motion, State.WITHDRAWN, by=by, at=at)


def expire_due(*, at: datetime, election: Election | None = None) -> int:
    """Write down which waited too long; how many."""
    late = Motion.objects.filter(state=State.WAITING, expires_at__lte=at)
    found = list((late.filter(election=election) if election else late).select_related("election"))
    ended = 0
    for motion in found:
        with suppress(NotConfirmed):  # somebody else was faster
            _end(motion, State.EXPIRED, by=None, at=at)
            ended += 1
    return ended


@contextmanager
def _in_turn(election: Election) -> Iterator[None]:
    with transaction.atomic():
        run("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK, election.pk))
        yield


def _require_member(motion: Motion, by: User) -> None:
    """Raise NotYours unless ``by`` sits on the commission that decides this."""
    area = motion.station.area if motion.station else None
    sits = by.role == User.Role.MEMBER and by.is_active and by.is_confirmed
    if not sits or not by.reaches(area):
        raise NotYours(
            _(
                "Commission members propose and confirm the commission's acts. Nothing was saved."
                " Ask one of these members."
            )
        )
    require_sits(by, motion.election)


def _confirmable(motion: Motion, by: User, at: datetime) -> Motion:
    """As it is now, locked. Raises NotConfirmed."""
    locked = Motion.objects.select_for_update(of=("self",)).select_related("election")
    now = locked.get(pk=motion.pk)
    if now.state_at(at) != State.WAITING:
        message = _("This act is not waiting any more. Nothing was saved. Status: %(status)s.")
        raise NotConfirmed(message % {"status": State(now.state_at(at)).label})
    if now.by_id == by.pk:
        raise NotConfirmed(
            _("You proposed this act. Nothing was saved. Another member must confirm it.")
        )
    if now.confirmations.filter(by=by).exists():
        raise NotConfirmed(
            _("You confirmed this act earlier. Nothing was saved. Another member must confirm it.")
        )
    return now


def _add(motion: Motion, by: User, at: datetime) -> None:
    MotionConfirmation.objects.create(motion=motion, by=by, at=at)
    _record("act confirmed", motion, by=by, at=at, after={"state": str(motion.state)})


def _carried(motion: Motion, by: User, at: datetime) -> None:
    """The last confirmation, in the transaction of the act. Raises NotConfirmed, and NotYours where
    the proposer, or who confirmed it before, is no member any more.
    """
    now = _confirmable(motion, by, at)
    stood = [motion.by_id, *now.confirmations.values_list("by", flat=True)]
    for member in User.objects.filter(pk__in=stood):
        _require_member(motion, member)
    MotionConfirmation.objects.create(motion=now, by=by, at=at)
    now.state, now.ended_at = State.CONFIRMED, at
    now.save(update_fields=["state", "ended_at"])
    _record("act confirmed", now, by=by, at=at, after={"state": str(State.CONFIRMED)})


def _end(motion: Motion, state: str, *, by: User | None, at: datetime, refusal: str = "") -> Motion:
    """End it without its act. Raises NotConfirmed where it has ended."""
    with _in_turn(motion.election):
        now = (
            Motion.objects.select_for_update(of=("self",))
            .select_related("election")
            .get(pk=motion.pk)
        )
        if now.state != State.WAITING:
            message = _("This act is not waiting any more. Nothing was saved. Status: %(status)s.")
            raise NotConfirmed(message % {"status": State(now.state).label})
        now.state, now.ended_at, now.refusal = state, at, refusal
        now.save(update_fields=["state", "ended_at", "refusal"])
        after: dict[str, object] = {"state": str(state)}
        if refusal:
            after["reason"] = refusal
        _record(ENDED[state], now, by=by, at=at, after=after)
    return now


def _record(
    act: str, motion: Motion, *, by: User | None, at: datetime, after: dict[str, object]
) -> None:
    record(
        act=act, subject=motion.subject, election=motion.election, by=by, at=at, after=after,
        by_name="" if by else SYSTEM,
    )  # fmt: skip
