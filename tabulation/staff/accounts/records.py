"""What every act on an account needs: the refusal, the lock, the event, the second factors."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet

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
    area = user.area
    return {
        "role": str(user.role),
        "area": f"{area.election.slug} {area.code}" if area else None,
        "active": user.is_active,
    }


def subject_of(user: User) -> str:
    """What the events of an account are kept under."""
    return f"user {user.username}"


def record_act(act: str, user: User, *, by: User | None, at: datetime, **what: Any) -> None:
    record(act=act, subject=subject_of(user), by=by, at=at, **what)
