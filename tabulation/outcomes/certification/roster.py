"""Who sits on the commission of an election, and how members change it.

A real election has a roster, and so has an exercise whose commission was enrolled. Elsewhere every
member for the whole country sits.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from candidates.models import Election
from tabulation.database.statements import fetch, run
from tabulation.ledger.writing import LOCK
from tabulation.models import (
    CONFIRMED,
    Membership,
    NotYours,
    User,
    has_roster,
    record,
    sits,
    subject_of_commission,
)
from tabulation.outcomes.certification.acts import ActRefused

#: What changes: a member joins, or a membership ends.
ADD, END = "add", "end"
CHANGES = (ADD, END)
#: More members than confirm an act, whom a real election needs before it begins.
SPARE = 2


def roster_of(election: Election) -> list[str]:
    """Of whom those present are picked, in order: everybody who sits or sat. Empty in exercises
    without a roster, where any name is good.
    """
    people = User.objects.filter(memberships__election=election).distinct()
    return list(_names(people.order_by("real_name", "username")).values())


def check_present(election: Election, present: Sequence[str], held_at: datetime) -> None:
    """Raise ActRefused for somebody who is said to have been present and did not sit then."""
    if not has_roster(election):
        return
    everybody = _names(User.objects.filter(memberships__election=election).distinct())
    then = Membership.objects.at(held_at).filter(election=election)
    strangers = set(present) - {everybody[pk] for pk in then.values_list("user", flat=True)}
    if strangers:
        message = _(
            "%(name)s was not on the roster of the commission at the time of the meeting."
            " Nothing was saved. Choose the members present from the list."
        )
        raise ActRefused(message % {"name": min(strangers)})


def require_sits(by: User, election: Election) -> None:
    """Raise NotYours where ``by``, a member for the whole country, is not on the roster."""
    if by.area_id is None and not sits(by, election):
        raise NotYours(
            _(
                "Members on the roster of this election's commission act for it. Nothing was saved."
                " Ask one of these members."
            )
        )


def sitting_now(election: Election) -> list[str]:
    """The user names of those on the roster: what a change of it is taken on."""
    now = Membership.objects.open().filter(election=election)
    return list(now.order_by("user__username").values_list("user__username", flat=True))


def may_join(election: Election) -> list[User]:
    """Members for the whole country whose accounts stand, and who are not on the roster."""
    members = User.objects.filter(CONFIRMED, role=User.Role.MEMBER, area=None, is_active=True)
    now = Membership.objects.open().filter(election=election)
    return list(members.exclude(pk__in=now.values("user")).order_by("username"))


def members_ready(election: Election) -> int:
    """How many on the roster can act, and still can when they lose one second factor."""
    ((ready,),) = fetch("SELECT members_ready(%s)", [election.pk])
    return int(ready)


def members_needed(election: Election) -> int:
    """How many of these a real election needs before its first paper."""
    return election.confirmations + SPARE


@contextmanager
def changing(election: Election) -> Iterator[None]:
    """A transaction in which nobody else changes the roster; as the steps of a motion, in turn."""
    with transaction.atomic():
        run("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK, election.pk))
        yield


def change(
    *, election: Election, change: str, member: str, decision: str, by: User, at: datetime
) -> Membership:
    """Let the account ``member`` join the commission, or end its membership, from now on.

    Raises NotYours or ActRefused.
    """
    if change not in CHANGES:
        raise ValueError(change)
    with changing(election):
        require_sits(by, election)
        if not has_roster(election):
            raise ActRefused(
                _(
                    "This election has no roster. Every commission member for the whole country"
                    " takes part. Nothing was saved."
                )
            )
        done = (_add if change == ADD else _end)(election, member, decision, by, at)
        act = "member added" if change == ADD else "membership ended"
        record(
            act=act, subject=subject_of_commission(election), election=election, by=by, at=at,
            after={"member": member, "decision": decision},
        )  # fmt: skip
    return done


def _add(election: Election, name: str, decision: str, by: User, at: datetime) -> Membership:
    joining = {user.username: user for user in may_join(election)}.get(name)
    if joining is None:
        message = _(
            "The account %(name)s cannot join the roster. Nothing was saved. Choose a commission"
            " member for the whole country who is not on the roster yet."
        )
        raise ActRefused(message % {"name": name})
    return Membership.objects.create(
        election=election, user=joining, from_at=at, decision=decision, by=by
    )


def _end(election: Election, name: str, decision: str, by: User, at: datetime) -> Membership:
    now = Membership.objects.open().filter(election=election)
    ended = now.filter(user__username=name).first()
    if ended is None:
        message = _(
            "The account %(name)s is not on the roster. Nothing was saved. Choose a member from"
            " the roster."
        )
        raise ActRefused(message % {"name": name})
    if now.count() - 1 <= election.confirmations:
        raise ActRefused(
            _(
                "Too few members would be left to confirm an act. Nothing was saved. Add another"
                " member first."
            )
        )
    ended.until_at, ended.ended_by, ended.end_decision = at, by, decision
    ended.save(update_fields=["until_at", "ended_by", "end_decision"])
    return ended


def _names(people: Collection[User]) -> dict[int, str]:
    """How each is called, by key; with the user name where two are called the same."""
    called = {user.pk: user.real_name or user.username for user in people}
    count = Counter(called.values())
    return {
        user.pk: str(user) if count[called[user.pk]] > 1 else called[user.pk] for user in people
    }
