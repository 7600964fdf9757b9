"""What every act on an account needs: the refusal, the lock, the event, the second factors."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, Func, OuterRef, QuerySet, TextField

from tabulation.database.statements import fetch
from tabulation.models import User, record

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class AccountRefused(Exception):
    """The account stays as it is; the message says why."""


def second_factors(user: User) -> "QuerySet[Authenticator]":
    """Query set of what ``user`` has beside the password, oldest first."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS)
    return found.order_by("pk")


def with_second_factor(users: "QuerySet[User]") -> "QuerySet[User]":
    """The users with ``has_second_factor``, in the same statement."""
    theirs = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=FACTORS)
    return users.annotate(has_second_factor=Exists(theirs))


def lock(account: User) -> User:
    return User.objects.select_for_update().get(pk=account.pk)


def lock_administrators() -> dict[int, User]:
    """The active ones by key, locked in one order and before any other account.

    So two who close each other come one after the other.
    """
    locked = User.objects.select_for_update().filter(role=User.Role.ADMINISTRATOR, is_active=True)
    return {user.pk: user for user in locked.order_by("pk")}


def state_of(user: User) -> dict[str, object]:
    """What an account is, as its events say it. `account_state` of the database is its twin."""
    area = user.area
    return {
        "name": user.real_name,
        "role": str(user.role),
        "area": f"{area.election.slug} {area.code}" if area else None,
        "active": user.is_active,
        "changed by": _name(user.changed_by),
        "first confirmed by": _name(user.first_confirmed_by),
        "confirmed by": _name(user.confirmed_by),
        "decision": user.enrolled_by_decision,
    }


def _name(user: User | None) -> str | None:
    return user.get_username() if user else None


def subject_of(user: User) -> str:
    """What the events of an account are kept under."""
    return f"user {user.username}"


def record_act(act: str, user: User, *, by: User | None, at: datetime, **what: Any) -> None:
    """The event of what leaves the account as it is, such as a second factor."""
    record(act=act, subject=subject_of(user), by=by, at=at, **what)


def record_change(
    act: str, user: User, *, by: User | None, at: datetime, before: object = None
) -> None:
    """The event of what the account is from now on. The caller saves it, with ``event_number``."""
    event = record(
        act=act, subject=subject_of(user), by=by, at=at, before=before, after=state_of(user)
    )
    user.event_number = event.number


class NameKey(Func):
    """A name as it is compared: the database's own `name_key`."""

    function = "name_key"
    output_field = TextField()


def same_name(one: str, other: str) -> bool:
    """Whether two names are compared alike."""
    ((same,),) = fetch("SELECT name_key(%s) = name_key(%s)", [one, other])
    return bool(same)
