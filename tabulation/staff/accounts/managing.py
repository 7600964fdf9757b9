"""Accounts are made and changed by an administrator, and then wait for others to confirm them.

A one-time password is returned once and kept only as a hash. No event ever holds a password.
"""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tabulation.database.statements import fetch
from tabulation.models import CONFIRMED, Area, NotYours, User
from tabulation.staff.accounts.records import (
    AccountRefused,
    lock,
    lock_administrators,
    record_change,
    second_factors,
    state_of,
)

#: Read aloud and typed from paper: no i, l, o, 0 or 1. Sixteen of 31 signs are 79 bits.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4
#: Few rounds suffice for 79 random bits, and 500 accounts are made while a person waits. Whoever
#: signs in with it is led to choose a password of their own, hashed with all rounds.
ONE_TIME_ROUNDS = 1_000
#: A slip that lies about is worth nothing after that.
ONE_TIME_DAYS = 7
BULK_LIMIT = 500
#: Of an account: what a change by an administrator leaves for those who confirm it.
CHANGED = (
    *("changed_by", "changed_at", "first_confirmed_by", "confirmed_by", "enrolled_by_decision"),
    "event_number",
)
SLIP_BY_DECISION = "one-time password given by decision"
#: So many members of the whole country are left to confirm what an administrator does.
MEMBERS_LEFT = 2


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

    Raises NotYours, AccountRefused, and ValidationError for an odd name.
    """
    _authorise(by, lock_administrators(), area)
    account = User(username=username, real_name=real_name, role=role, area=area)
    return _create([account], by, at)[0]


@transaction.atomic
def create_accounts(
    *,
    prefix: str,
    count: int,
    role: str,
    area: Area | None,
    by: User | None,
    at: datetime,
    decision: str = "",
) -> list[Slip]:
    """``count`` accounts ``clerk-001``, ``clerk-002``... after the highest number there is.

    The real names are left to the people, who type them at the first sign-in. ``decision``: of
    the paper that stands for them, see `enrolling`. Raises NotYours, AccountRefused for too many,
    and ValidationError for a prefix no name can begin with.
    """
    _authorise(by, lock_administrators(), area)
    if not 1 <= count <= BULK_LIMIT:
        raise AccountRefused(
            _(
                "You can make 1 to %(limit)s accounts in one step. Nothing was saved. Enter a"
                " number in this range."
            )
            % {"limit": BULK_LIMIT}
        )
    first = _highest(prefix) + 1
    names = (f"{prefix}{number:03}" for number in range(first, first + count))
    return _create([User(username=name, role=role, area=area) for name in names], by, at, decision)


def create_listed(accounts: list[User], *, at: datetime, decision: str) -> list[Slip]:
    """Accounts that a list names, made at the server's command line. Raises as `add` does."""
    return _create(accounts, None, at, decision) if accounts else []


def _highest(prefix: str) -> int:
    taken = User.objects.filter(username__istartswith=prefix).values_list("username", flat=True)
    ends = (name[len(prefix) :] for name in taken)
    return max((int(end) for end in ends if re.fullmatch(r"[0-9]{1,9}", end)), default=0)


def _create(accounts: list[User], by: User | None, at: datetime, decision: str = "") -> list[Slip]:
    slips = [Slip(user, _give_password(user, at)) for user in accounts]
    add(accounts, by=by, at=at, decision=decision)
    return slips


@transaction.atomic
def add(accounts: list[User], *, by: User | None, at: datetime, decision: str = "") -> None:
    """Save new accounts, which then wait, but where a paper decision stands for them.

    Raises AccountRefused for a name that is taken, and ValidationError for an odd one.
    """
    for user in accounts:
        begin_anew(user, by, at)
        user.enrolled_by_decision = decision
        user.clean_fields(exclude=["area", "changed_by"])
    _refuse_taken_names([user.username for user in accounts])
    act = "account enrolled" if decision else "account created"
    for user in accounts:
        record_change(act, user, by=by, at=at)
    User.objects.bulk_create(accounts)


def _refuse_taken_names(names: Collection[str]) -> None:
    """Raise AccountRefused where an account has one of ``names``, or one that looks the same."""
    alike = fetch(
        "SELECT wanted, username FROM unnest(%s::text[]) AS wanted JOIN tabulation_user"
        " ON name_key(username) = name_key(wanted) ORDER BY wanted LIMIT 1",
        [list(names)],
    )
    for name, other in alike:
        if name.casefold() == other.casefold():
            raise AccountRefused(
                _("The user name “%(name)s” is taken. Nothing was saved. Choose another user name.")
                % {"name": name}
            )
        raise AccountRefused(
            _(
                "The user name “%(name)s” looks like “%(other)s”. Nothing was saved. Choose another"
                " user name."
            )
            % {"name": name, "other": other}
        )


@transaction.atomic
def give_new_password(*, account: User, by: User | None, at: datetime) -> Slip:
    """Another one-time password, for whoever forgot theirs; it ends all of their sessions.

    Raises NotYours or AccountRefused.
    """
    account = _lock_for(by, account)
    _refuse_own(by, account)
    password = _give_password(account, at)
    if _decides(account):
        _leave_members(account)
    _let_wait(account, by, at)
    record_change("one-time password given", account, by=by, at=at)
    account.save(update_fields=["password", "must_change_password", "one_time_until", *CHANGED])
    return Slip(account, password)


def replace_password(account: User, *, by: User, at: datetime) -> Slip:
    """A one-time password for a locked account, for which a decision on paper stands."""
    password = _give_password(account, at)
    record_change(SLIP_BY_DECISION, account, by=by, at=at)
    columns = ("password", "must_change_password", "one_time_until", "event_number")
    account.save(update_fields=columns)
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

    Only closing needs nobody else. Raises NotYours or AccountRefused.
    """
    account = _lock_for(by, account, area)
    before, was_member = state_of(account), _decides(account)
    account.role, account.area, account.is_active = role, area, is_active
    after = state_of(account)
    if after == before:
        return account
    _refuse_own(by, account)
    if was_member:
        _leave_members(account)
    was_one_of_them = _administrators().filter(pk=account.pk).exists()
    if is_active or after != {**before, "active": False}:
        _let_wait(account, by, at, was_closed=not before["active"])
    record_change("account changed", account, by=by, at=at, before=before)
    account.save(update_fields=["role", "area", "is_active", *CHANGED])
    if was_one_of_them and not _administrators().exists():
        raise AccountRefused(
            _(
                "This is the last administrator of the whole country. Nothing was saved."
                " Create another one first and have the account confirmed."
            )
        )
    return account


@transaction.atomic
def forget_second_factor(*, account: User, by: User | None, at: datetime) -> int:
    """All of the person's factors, for a lost phone; how many. They are led to add one anew.

    Raises NotYours, or AccountRefused, also where there is none.
    """
    account = _lock_for(by, account)
    _refuse_own(by, account)
    kinds = list(second_factors(account).values_list("type", flat=True))
    if not kinds:
        raise AccountRefused(
            _(
                "This account does not have two-step verification. Nothing was changed. You do not"
                " have to reset it."
            )
        )
    if _decides(account):
        _leave_members(account)
    second_factors(account).delete()
    _let_wait(account, by, at)
    record_change("second factor forgotten", account, by=by, at=at, before={"factors": kinds})
    account.save(update_fields=CHANGED)
    return len(kinds)


def _administrators() -> "QuerySet[User]":
    """Those who may manage every account, of whom one must be left."""
    return User.objects.filter(CONFIRMED, role=User.Role.ADMINISTRATOR, is_active=True, area=None)


def members() -> "QuerySet[User]":
    """Those who may confirm every account."""
    return User.objects.filter(CONFIRMED, role=User.Role.MEMBER, is_active=True, area=None)


def _decides(account: User) -> bool:
    return account.may_publish and account.is_active


def _leave_members(account: User) -> None:
    """Refuse what would leave too few members to confirm it, or anything else.

    Administrators come one after the other (`lock_administrators`), so no two of them take away
    one member each.
    """
    if members().exclude(pk=account.pk).count() < MEMBERS_LEFT:
        raise AccountRefused(
            _(
                "Two other commission members must confirm this change, and there are fewer."
                " Nothing was saved. Make an account for another member first."
            )
        )


def _authorise(by: User | None, administrators: dict[int, User], *areas: Area | None) -> None:
    """Let ``by`` go on if they are an administrator at this moment, and of these areas.

    ``None`` is somebody at the server's own command line.
    """
    if by is None:
        return
    if by.pk not in administrators:
        raise NotYours(
            _(
                "Administrators manage accounts. Nothing was saved. Ask an administrator to do"
                " this for you."
            )
        )
    administrator = administrators[by.pk]
    if not administrator.is_confirmed:
        raise NotYours(
            _(
                "A second person has not confirmed your account yet. Nothing was saved. Ask a"
                " commission member to confirm it."
            )
        )
    if not all(administrator.reaches(area) for area in areas):
        raise NotYours(
            _(
                "You can manage the accounts of your own area only. Nothing was saved. Ask an"
                " administrator of the whole country."
            )
        )


def _lock_for(by: User | None, account: User, *areas: Area | None) -> User:
    """The account as it is now, for an administrator of the area it is in now, and of ``areas``."""
    administrators = lock_administrators()
    account = lock(account)
    _authorise(by, administrators, account.area, *areas)
    return account


def _refuse_own(by: User | None, account: User) -> None:
    if by is not None and by.pk == account.pk:
        raise AccountRefused(
            _(
                "This is your own account. Nothing was saved. Ask another administrator to change"
                " it."
            )
        )


def _let_wait(account: User, by: User | None, at: datetime, *, was_closed: bool = False) -> None:
    """Let nobody in by this account before others have looked at it.

    One that was closed waits for nobody: whoever opens it again has looked at it.
    """
    begun = not account.is_confirmed and not was_closed
    if begun and by is not None and by.pk != account.changed_by_id:
        raise AccountRefused(
            _(
                "This account has a change that is not confirmed. Nothing was saved. Confirm"
                " that change first. Changed by: %(name)s."
            )
            % {"name": account.changed_by or _("the server's command line")}
        )
    begin_anew(account, by, at)


def begin_anew(account: User, by: User | None, at: datetime) -> None:
    """Nobody stands for it any more."""
    account.changed_by, account.changed_at = by, at
    account.first_confirmed_by = account.confirmed_by = None
    account.enrolled_by_decision = ""


def _give_password(user: User, at: datetime) -> str:
    password = one_time_password()
    salt = secrets.token_hex(12)
    user.password = PBKDF2PasswordHasher().encode(password, salt, iterations=ONE_TIME_ROUNDS)
    user.must_change_password = True
    user.one_time_until = at + timedelta(days=ONE_TIME_DAYS)
    return password
