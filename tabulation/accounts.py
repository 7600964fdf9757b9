"""Accounts: made and changed by an administrator, finished by the person at the first sign-in.

A one-time password is returned once and kept only as a hash. No event ever holds a password.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from tabulation.models import Area, User, record

#: Read aloud and typed from paper: no i, l, o, 0 or 1. Sixteen of 31 signs are 79 bits.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4
#: Few rounds suffice for 79 random bits, and 500 accounts are made while a person waits. Whoever
#: signs in with it is led to choose a password of their own, hashed with all rounds.
ONE_TIME_ROUNDS = 1_000
BULK_LIMIT = 500
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class NotAnAdministrator(PermissionDenied):
    """Only an active administrator manages accounts."""


class NotYourArea(PermissionDenied):
    """An administrator of an area manages the accounts inside it."""


class AccountRefused(Exception):
    """The account stays as it is; the message says why."""


class NameTaken(AccountRefused):
    """Names are once, in any case."""


class LastAdministrator(AccountRefused):
    """Somebody must be left who manages the whole country's accounts."""


class OwnAccount(AccountRefused):
    """Nobody gives oneself another role or area, or closes one's own account."""


class FactorNeeded(AccountRefused):
    """A role that needs a second factor keeps its last one."""


@dataclass(frozen=True)
class Slip:
    """What one person is handed: shown once, kept nowhere."""

    user: User
    password: str


def one_time_password() -> str:
    """``h7kp-2mxq-vd4t-9wje``: 79 bits in four groups."""
    groups = (
        "".join(secrets.choice(LETTERS) for _letter in range(GROUP_LENGTH))
        for _group in range(GROUPS)
    )
    return "-".join(groups)


def second_factors(user: User) -> Any:
    """Query set of what ``user`` has beside the password, oldest first."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).order_by("pk")


def with_second_factor(users: "QuerySet[User]") -> "QuerySet[Any]":
    """The users with ``has_second_factor``, in the same statement."""
    theirs = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=FACTORS)
    return users.annotate(has_second_factor=Exists(theirs))


@transaction.atomic
def create_account(
    *,
    username: str,
    role: str,
    area: Area | None,
    real_name: str = "",
    by: User | None,
    at: datetime,
) -> Slip:
    """One account with a one-time password.

    Raises NotAnAdministrator, NotYourArea, NameTaken, and ValidationError for an odd name.
    """
    _authorise(by, area)
    if User.objects.filter(username__iexact=username).exists():
        raise NameTaken(_("There is an account %(name)s already.") % {"name": username})
    return _create([username], role, area, real_name=real_name, by=by, at=at)[0]


@transaction.atomic
def create_accounts(
    *, prefix: str, count: int, role: str, area: Area | None, by: User | None, at: datetime
) -> list[Slip]:
    """``count`` accounts ``clerk-001``, ``clerk-002``... after the highest number there is.

    The real names are left to the people, who type them at the first sign-in. Raises
    NotAnAdministrator, NotYourArea, AccountRefused for too many, and ValidationError for a prefix
    no name can begin with.
    """
    _authorise(by, area)
    if not 1 <= count <= BULK_LIMIT:
        raise AccountRefused(_("Between 1 and %(limit)s at once.") % {"limit": BULK_LIMIT})
    first = _highest(prefix) + 1
    names = [f"{prefix}{number:03}" for number in range(first, first + count)]
    return _create(names, role, area, real_name="", by=by, at=at)


def _highest(prefix: str) -> int:
    taken = User.objects.filter(username__istartswith=prefix).values_list("username", flat=True)
    ends = (name[len(prefix) :] for name in taken)
    return max((int(end) for end in ends if re.fullmatch(r"[0-9]{1,9}", end)), default=0)


def _create(
    names: list[str],
    role: str,
    area: Area | None,
    *,
    real_name: str,
    by: User | None,
    at: datetime,
) -> list[Slip]:
    slips = []
    for name in names:
        user = User(username=name, real_name=real_name, role=role, area=area)
        password = _give_password(user)
        user.clean_fields(exclude=["area"])
        slips.append(Slip(user, password))
    User.objects.bulk_create(slip.user for slip in slips)
    for slip in slips:
        _record("account created", slip.user, by=by, at=at, after=_state(slip.user))
    return slips


@transaction.atomic
def give_new_password(*, account: User, by: User | None, at: datetime) -> Slip:
    """Another one-time password, for whoever forgot theirs; it ends all of their sessions.

    Raises NotAnAdministrator, NotYourArea.
    """
    _authorise(by, account.area)
    account = _lock(account)
    password = _give_password(account)
    account.save(update_fields=["password", "must_change_password"])
    _record("one-time password given", account, by=by, at=at)
    return Slip(account, password)


@transaction.atomic
def change_account(
    *,
    account: User,
    role: str,
    area: Area | None,
    is_active: bool,
    by: User | None,
    at: datetime,
) -> User:
    """Another role or area, closed or opened; it ends all of the person's sessions.

    Raises NotAnAdministrator, NotYourArea, OwnAccount, LastAdministrator.
    """
    _authorise(by, account.area, area)
    account = _lock(account)
    before = _state(account)
    account.role, account.area, account.is_active = role, area, is_active
    after = _state(account)
    if after == before:
        return account
    if by is not None and by.pk == account.pk:
        raise OwnAccount(_("This is your own account: another administrator changes it."))
    was_one_of_them = _administrators().filter(pk=account.pk).exists()
    account.save(update_fields=["role", "area", "is_active"])
    if was_one_of_them and not _administrators().exists():
        raise LastAdministrator(
            _("This is the last administrator of the whole country: make another one first.")
        )
    _record("account changed", account, by=by, at=at, before=before, after=after)
    return account


@transaction.atomic
def forget_second_factor(*, account: User, by: User | None, at: datetime) -> int:
    """All of the person's factors, for a lost phone; how many. They are led to add one anew.

    Raises NotAnAdministrator, NotYourArea, and AccountRefused where there is none.
    """
    _authorise(by, account.area)
    account = _lock(account)
    kinds = list(second_factors(account).values_list("type", flat=True))
    if not kinds:
        raise AccountRefused(_("There is no second factor to forget."))
    second_factors(account).delete()
    _record("second factor forgotten", account, by=by, at=at, before={"factors": kinds})
    return len(kinds)


@transaction.atomic
def choose_password(*, by: User, password: str, real_name: str, at: datetime) -> User:
    """One's own password, and one's name if the account had none; the one-time password ends."""
    account = _lock(by)
    account.set_password(password)
    account.must_change_password = False
    account.real_name = account.real_name or real_name
    account.save(update_fields=["password", "must_change_password", "real_name"])
    _record("password changed", account, by=account, at=at, after={"name": account.real_name})
    return account


def factor_added(*, factor: Any, by: User, at: datetime) -> None:
    """Say that the library has added a factor; in the same transaction."""
    _record("second factor added", by, by=by, at=at, after={"factors": [factor.type]})


@transaction.atomic
def remove_factor(*, factor: Any, by: User, at: datetime) -> None:
    """One of one's own factors. Raises FactorNeeded for the last one of a role that needs one."""
    account = _lock(by)
    own = second_factors(account)
    if account.needs_second_factor and not own.exclude(pk=factor.pk).exists():
        raise FactorNeeded(
            _("Your role needs a second factor: add another one before you remove this one.")
        )
    own.filter(pk=factor.pk).delete()
    _record("second factor removed", by, by=by, at=at, before={"factors": [factor.type]})


def _administrators() -> "QuerySet[User]":
    """Those who may manage every account, of whom one must be left."""
    return User.objects.filter(role=User.Role.ADMINISTRATOR, is_active=True, area=None)


def _authorise(by: User | None, *areas: Area | None) -> None:
    """Let ``by`` go on if they are an administrator at this moment, and of these areas.

    Administrators' rows are locked in one order, so that two who close each other come one after
    the other. ``None`` is somebody at the server's own command line.
    """
    locked = User.objects.select_for_update().filter(role=User.Role.ADMINISTRATOR, is_active=True)
    administrators = {user.pk: user for user in locked.order_by("pk")}
    if by is None:
        return
    if by.pk not in administrators:
        raise NotAnAdministrator(_("Administrators manage accounts."))
    if not all(administrators[by.pk].reaches(area) for area in areas):
        raise NotYourArea(_("You manage the accounts of your own area."))


def _lock(account: User) -> User:
    return User.objects.select_for_update().get(pk=account.pk)


def _give_password(user: User) -> str:
    password = one_time_password()
    salt = secrets.token_hex(12)
    user.password = PBKDF2PasswordHasher().encode(password, salt, iterations=ONE_TIME_ROUNDS)
    user.must_change_password = True
    return password


def _state(user: User) -> dict[str, Any]:
    area = user.area
    return {
        "role": str(user.role),
        "area": f"{area.election.slug} {area.code}" if area else None,
        "active": user.is_active,
    }


def subject_of(user: User) -> str:
    """What the events of an account are kept under."""
    return f"user {user.username}"[:100]


def _record(act: str, user: User, *, by: User | None, at: datetime, **what: Any) -> None:
    record(act=act, subject=subject_of(user), by=by, at=at, **what)
