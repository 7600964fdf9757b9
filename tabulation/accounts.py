"""Accounts: made and changed by an administrator, confirmed by a second person, and finished by
the person at the first sign-in.

Nobody makes a figure count alone, and so nobody makes alone the people who would: whatever an
administrator does that lets somebody in waits for a second person.

A one-time password is returned once and kept only as a hash. No event ever holds a password.
"""

import re
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from tabulation.models import Area, Event, User, record

#: Read aloud and typed from paper: no i, l, o, 0 or 1. Sixteen of 31 signs are 79 bits.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4
#: Few rounds suffice for 79 random bits, and 500 accounts are made while a person waits. Whoever
#: signs in with it is led to choose a password of their own, hashed with all rounds.
ONE_TIME_ROUNDS = 1_000
#: A slip that lies about is worth nothing after that.
ONE_TIME_DAYS = 7
BULK_LIMIT = 500
#: Of an account: what a change by an administrator leaves for a second person.
CHANGED = ("changed_by", "changed_at", "confirmed_by")
#: Acts that a second person confirms.
CHANGES = {
    "account created",
    "one-time password given",
    "account changed",
    "second factor forgotten",
}
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class NotAnAdministrator(PermissionDenied):
    """Only an active administrator manages accounts."""


class NotYourArea(PermissionDenied):
    """An administrator of an area manages the accounts inside it."""


class Unconfirmed(PermissionDenied):
    """An account that waits for a second person does nothing."""


class NotYoursToConfirm(PermissionDenied):
    """Administrators and members confirm, supervisors their clerks; each in their area."""


class OwnChange(PermissionDenied):
    """The second person is another one than who made the change, and than whom it is about."""


class AccountRefused(Exception):
    """The account stays as it is; the message says why."""


class NameTaken(AccountRefused):
    """Names are once, in any case."""


class LastAdministrator(AccountRefused):
    """Somebody must be left who manages the whole country's accounts."""


class OwnAccount(AccountRefused):
    """Nobody gives oneself another role, area or one-time password, or closes one's own account."""


class Waits(AccountRefused):
    """What one administrator changed is confirmed before another one changes it again.

    Else the first could stand for the second one's change, and nobody had looked at theirs.
    """


class NothingToConfirm(AccountRefused):
    """The account is closed, or a second person has confirmed it."""


class ChangedMeanwhile(AccountRefused):
    """The account is not any more what the second person looked at."""


class FactorNeeded(AccountRefused):
    """A role that needs a second factor keeps its last one."""


@dataclass(frozen=True)
class Slip:
    """What one person is handed: shown once, kept nowhere."""

    user: User
    password: str


@dataclass(frozen=True)
class Waiting:
    """An account to be confirmed, with the events since it was confirmed last, oldest first."""

    account: User
    events: list[Event]


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
    _authorise(by, _lock_administrators(), area)
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
    _authorise(by, _lock_administrators(), area)
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
        password = _give_password(user, at)
        _let_wait(user, by, at)
        user.clean_fields(exclude=["area", "changed_by", "confirmed_by"])
        slips.append(Slip(user, password))
    User.objects.bulk_create(slip.user for slip in slips)
    for slip in slips:
        _record("account created", slip.user, by=by, at=at, after=_state(slip.user))
    return slips


@transaction.atomic
def give_new_password(*, account: User, by: User | None, at: datetime) -> Slip:
    """Another one-time password, for whoever forgot theirs; it ends all of their sessions.

    Raises NotAnAdministrator, NotYourArea, OwnAccount, Waits.
    """
    account = _lock_for(by, account)
    _refuse_own(by, account)
    password = _give_password(account, at)
    _let_wait(account, by, at)
    account.save(update_fields=["password", "must_change_password", "one_time_until", *CHANGED])
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

    Only closing needs no second person. Raises NotAnAdministrator, NotYourArea, OwnAccount,
    Waits, LastAdministrator.
    """
    account = _lock_for(by, account, area)
    before = _state(account)
    account.role, account.area, account.is_active = role, area, is_active
    after = _state(account)
    if after == before:
        return account
    _refuse_own(by, account)
    was_one_of_them = _administrators().filter(pk=account.pk).exists()
    if is_active or after != {**before, "active": False}:
        _let_wait(account, by, at, was_closed=not before["active"])
    account.save(update_fields=["role", "area", "is_active", *CHANGED])
    if was_one_of_them and not _administrators().exists():
        raise LastAdministrator(
            _("This is the last administrator of the whole country: make another one first.")
        )
    _record("account changed", account, by=by, at=at, before=before, after=after)
    return account


@transaction.atomic
def forget_second_factor(*, account: User, by: User | None, at: datetime) -> int:
    """All of the person's factors, for a lost phone; how many. They are led to add one anew.

    Raises NotAnAdministrator, NotYourArea, OwnAccount, Waits, and AccountRefused where there is
    none.
    """
    account = _lock_for(by, account)
    _refuse_own(by, account)
    kinds = list(second_factors(account).values_list("type", flat=True))
    if not kinds:
        raise AccountRefused(_("There is no second factor to forget."))
    second_factors(account).delete()
    _let_wait(account, by, at)
    account.save(update_fields=CHANGED)
    _record("second factor forgotten", account, by=by, at=at, before={"factors": kinds})
    return len(kinds)


def waiting_for(user: User) -> "QuerySet[User]":
    """The accounts that ``user`` may confirm, those that wait longest first."""
    rows = User.objects.filter(
        is_active=True,
        changed_by__isnull=False,
        confirmed_by=None,
        role__in=user.roles_to_confirm if user.is_confirmed else (),
    )
    if user.area_id is not None:
        rows = rows.filter(area__lineage__contains=[user.area_id])
    return (
        rows.exclude(changed_by=user)
        .exclude(pk=user.pk)
        .select_related("area__election", "changed_by")
        .order_by("changed_at", "username")
    )


def what_waits(accounts: Collection[User]) -> Iterator[Waiting]:
    """Each of ``accounts`` with what was done to it since a second person looked last."""
    events: dict[str, list[Event]] = {subject_of(account): [] for account in accounts}
    for event in Event.objects.filter(subject__in=events).order_by("id"):
        of = events[event.subject]
        if event.act == "account confirmed":
            of.clear()
        elif event.act in CHANGES:
            of.append(event)
    for account in accounts:
        yield Waiting(account, events[subject_of(account)])


@transaction.atomic
def confirm(*, account: User, by: User, at: datetime) -> User:
    """Stand, as the second person, for what ``account`` is: as it was when it was loaded.

    Raises Unconfirmed, NotYoursToConfirm, OwnChange, NothingToConfirm, ChangedMeanwhile.
    """
    by, [locked] = _lock_to_confirm(by, [account.pk])
    return _confirm(locked, account.changed_at, by=by, at=at)


@transaction.atomic
def confirm_many(*, shown: Mapping[int, datetime], by: User, at: datetime) -> list[User]:
    """Confirm accounts, each as it was changed at the moment that was shown; those confirmed.

    What is confirmed already, or has changed since it was shown, is left out. Nothing is
    confirmed where one of them is not theirs: raises Unconfirmed, NotYoursToConfirm, OwnChange.
    """
    by, accounts = _lock_to_confirm(by, shown)
    done = []
    for account in accounts:
        try:
            done.append(_confirm(account, shown[account.pk], by=by, at=at))
        except AccountRefused:
            continue
    return done


def _confirm(account: User, seen: datetime | None, *, by: User, at: datetime) -> User:
    if account.role not in by.roles_to_confirm or not by.reaches(account.area):
        raise NotYoursToConfirm(_("Somebody else confirms this account."))
    if by.pk in {account.pk, account.changed_by_id}:
        raise OwnChange(_("A second person confirms this account: somebody other than you."))
    if account.is_confirmed or not account.is_active:
        raise NothingToConfirm(_("There is nothing to confirm any more."))
    if account.changed_at != seen:
        raise ChangedMeanwhile(_("This account has changed since: look at it again."))
    account.confirmed_by = by
    account.save(update_fields=["confirmed_by"])
    _record("account confirmed", account, by=by, at=at, after=_state(account))
    return account


@transaction.atomic
def choose_password(*, by: User, password: str, real_name: str, at: datetime) -> User:
    """One's own password, and one's name if the account had none; the one-time password ends.

    Raises Unconfirmed.
    """
    account = _lock(by)
    if not account.is_confirmed:
        raise Unconfirmed(_("A second person has not confirmed your account yet."))
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
    return User.objects.filter(
        Q(changed_by=None) | Q(confirmed_by__isnull=False),
        role=User.Role.ADMINISTRATOR,
        is_active=True,
        area=None,
    )


def _lock_administrators() -> dict[int, User]:
    """The active ones by key, locked in one order and before any other account.

    So two who close each other come one after the other.
    """
    locked = User.objects.select_for_update().filter(role=User.Role.ADMINISTRATOR, is_active=True)
    return {user.pk: user for user in locked.order_by("pk")}


def _authorise(by: User | None, administrators: dict[int, User], *areas: Area | None) -> None:
    """Let ``by`` go on if they are an administrator at this moment, and of these areas.

    ``None`` is somebody at the server's own command line.
    """
    if by is None:
        return
    if by.pk not in administrators:
        raise NotAnAdministrator(_("Administrators manage accounts."))
    administrator = administrators[by.pk]
    if not administrator.is_confirmed:
        raise Unconfirmed(_("A second person has not confirmed your account yet."))
    if not all(administrator.reaches(area) for area in areas):
        raise NotYourArea(_("You manage the accounts of your own area."))


def _lock_for(by: User | None, account: User, *areas: Area | None) -> User:
    """The account as it is now, for an administrator of the area it is in now, and of ``areas``."""
    administrators = _lock_administrators()
    account = _lock(account)
    _authorise(by, administrators, account.area, *areas)
    return account


def _lock_to_confirm(by: User, keys: Collection[int]) -> tuple[User, list[User]]:
    """Who confirms, and what; as they are now."""
    _lock_administrators()
    rows = User.objects.select_for_update(of=("self",)).select_related("area__election")
    locked = {user.pk: user for user in rows.filter(pk__in={by.pk, *keys}).order_by("pk")}
    person = locked[by.pk]
    if not person.is_confirmed:
        raise Unconfirmed(_("A second person has not confirmed your account yet."))
    if not person.is_active or not person.roles_to_confirm:
        raise NotYoursToConfirm(_("Administrators, members and supervisors confirm accounts."))
    return person, [locked[key] for key in sorted(keys) if key in locked]


def _refuse_own(by: User | None, account: User) -> None:
    if by is not None and by.pk == account.pk:
        raise OwnAccount(_("This is your own account: another administrator changes it."))


def _let_wait(account: User, by: User | None, at: datetime, *, was_closed: bool = False) -> None:
    """Let nobody in by this account before a second person has looked at it.

    One that was closed waits for nobody: whoever opens it again has looked at it.
    """
    begun = not account.is_confirmed and not was_closed
    if begun and by is not None and by.pk != account.changed_by_id:
        raise Waits(
            _("This account waits to be confirmed as %(name)s changed it: confirm that first.")
            % {"name": account.changed_by}
        )
    account.changed_by, account.changed_at, account.confirmed_by = by, at, None


def _lock(account: User) -> User:
    return User.objects.select_for_update().get(pk=account.pk)


def _give_password(user: User, at: datetime) -> str:
    password = one_time_password()
    salt = secrets.token_hex(12)
    user.password = PBKDF2PasswordHasher().encode(password, salt, iterations=ONE_TIME_ROUNDS)
    user.must_change_password = True
    user.one_time_until = at + timedelta(days=ONE_TIME_DAYS)
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
