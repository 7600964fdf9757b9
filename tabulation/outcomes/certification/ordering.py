"""Ask the publisher for what is published, and do what was asked.

Pages and commands ask. The publisher alone has the signing key, and alone writes the ledger.
"""

import logging
import time
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tabulation.database.statements import fetch
from tabulation.ledger.autopublishing import ALONE
from tabulation.ledger.preview import Seen
from tabulation.ledger.reading import latest
from tabulation.ledger.refusals import PapersFailed, PreviewChanged
from tabulation.ledger.writing import Papers, Terms, prepare, publishing, require_publisher
from tabulation.models import Motion, NotYours, Order, Publication, User
from tabulation.outcomes.certification import motions
from tabulation.outcomes.certification.acts import ActRefused, Manner
from tabulation.outcomes.certification.carrying import carry_out as do_act
from tabulation.outcomes.certification.roster import require_sits

log = logging.getLogger(__name__)
State = Order.State
#: An order that waited longer is refused: whoever gave it has gone home.
LONGEST = timedelta(minutes=10)
#: Seconds between two looks at whether an order is done.
LOOK = 0.1


def ask(order: Order, *, at: datetime) -> Order:
    """Put ``order`` before the publisher. Raises NotYours."""
    _require_publisher(order)
    order.at, order.language = at, translation.get_language() or "en"
    order.save(force_insert=True)
    return order


def _require_publisher(order: Order) -> None:
    """Raise NotYours unless a member of this election's commission asks, or a command."""
    require_publisher(order.by)
    if order.by is not None:
        require_sits(order.by, order.election)


def answered(order: Order, *, within: float) -> Order:
    """``order`` as soon as it is done or refused; as it is after ``within`` seconds."""
    until = time.monotonic() + within
    while not is_over(order) and time.monotonic() < until:
        time.sleep(LOOK)
        order.refresh_from_db()
    return order


def is_over(order: Order) -> bool:
    """Whether it has ended, and what came of it is out."""
    if order.state != State.DONE or order.number is None:
        return order.state != State.WAITING
    # Done is one thing, released another.
    return Publication.objects.filter(election=order.election, number=order.number).exists()


def is_publisher_at_work() -> bool:
    """Whether some process is the publisher now."""
    statement = """
        SELECT EXISTS (SELECT FROM pg_locks
          WHERE locktype = 'advisory' AND (classid, objid, objsubid) = (%s, %s, 2) AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""
    ((found,),) = fetch(statement, ALONE)
    return bool(found)


def carry_out_waiting(*, papers: Papers) -> list[Order]:
    """Do what waits, oldest first; the orders that ended."""
    waiting = Order.objects.filter(state=State.WAITING).select_related(
        "election", "by", "contest__election", "motion__election", "motion__by"
    )
    return [carry_out(order, at=timezone.now(), papers=papers) for order in waiting.order_by("id")]


def carry_out(order: Order, *, at: datetime, papers: Papers) -> Order:
    """Do ``order``, and write down how it ended. Raises OperationalError or InterfaceError, and
    then it waits on.
    """
    with translation.override(order.language):
        try:
            _do(order, at, papers)
        except motions.REFUSALS as refused:
            _end(order, State.REFUSED, at, str(refused))
        except PapersFailed as failed:
            _end(order, State.FAILED, at, str(failed))
        except (InterfaceError, OperationalError):
            raise
        except Exception:  # a fault of ours keeps no other order waiting
            log.exception("Order %s failed", order.pk)
            _end(order, State.FAILED, at, _failed())
    order.refresh_from_db()
    return order


def _failed() -> str:
    return _(
        "The publisher could not do this. Nothing was published. Tell your administrator to look"
        " at the publisher's messages."
    )


def _do(order: Order, at: datetime, papers: Papers) -> None:
    if at - order.at > LONGEST:
        raise ActRefused(
            _(
                "The publisher was not at work for too long. Nothing was published. Check the"
                " figures again, then repeat what you did."
            )
        )
    if order.by is not None:
        order.by.refresh_from_db()
    if order.motion is not None:
        motions.confirm(
            motion=order.motion, by=_person(order), at=at, papers=papers,
            also=lambda: _done(order, at),
        )  # fmt: skip
        order.refresh_from_db()
        if order.state == State.WAITING:  # the act was refused, or waits for others
            _end(order, State.DONE, at)
    elif order.act == Motion.Act.PUBLISH:
        _publish(order, at)
    else:
        _act_alone(order, at, papers)


def _act_alone(order: Order, at: datetime, papers: Papers) -> None:
    """What one member decides where the folder asks for no others."""
    if order.election.confirmations:
        raise ActRefused(_("Another member must confirm this act. Nothing was saved. Propose it."))
    act = Motion(
        election=order.election, act=order.act, contest=order.contest, by=_person(order),
        arguments=order.arguments, taken_on=order.taken_on,
    )  # fmt: skip
    do_act(act, at=at, manner=Manner(lambda: _done(order, at)), papers=papers)


def _publish(order: Order, at: datetime) -> None:
    """What the commission has decided is published as it was seen or not at all; the results of a
    night go on growing while somebody looks at them.
    """
    _require_publisher(order)
    seen = Seen(**order.taken_on) if order.taken_on else None
    terms = Terms(**order.arguments, seen=seen)
    try:
        _published(order, at, terms)
    except PreviewChanged as changed:
        if changed.final or seen is None:
            raise
        grown = _(
            "The figures changed after you opened the page. The publication includes the new"
            " figures."
        )
        _published(order, at, replace(terms, seen=Seen(seen.after)), grown)


def _published(order: Order, at: datetime, terms: Terms, said: str = "") -> None:
    with publishing(order.election):
        _done(order, at, said)
        prepare(election=order.election, by=order.by, at=at, terms=terms)


def _done(order: Order, at: datetime, said: str = "") -> None:
    """Written with what was asked for, in one transaction: nothing is done twice."""
    last = latest(order.election)
    number = last.number + 1 if last else 1
    _end(order, State.DONE, at, said, number=number)


def _end(
    order: Order, state: str, at: datetime, answer: str = "", *, number: int | None = None
) -> None:
    ended = {"state": state, "answer": answer, "number": number, "ended_at": at}
    Order.objects.filter(pk=order.pk, state=State.WAITING).update(**ended)


def _person(order: Order) -> User:
    if order.by is None:
        raise NotYours(_("This act has no author. Nothing was saved. A member must do it."))
    return order.by
