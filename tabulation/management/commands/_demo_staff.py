"""The demonstration's staff: one of each role, with passwords and seeds that stay the same."""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction
from django.utils import timezone

from tabulation.models import User
from tabulation.staff.accounts import confirming, managing, records

#: What stands for these people in place of others who confirm them.
DECISION = "demonstration"
#: Name: role, and whether a second factor is asked for.
STAFF = {
    "intake": (User.Role.INTAKE, False),
    "clerk-1": (User.Role.CLERK, False),
    "clerk-2": (User.Role.CLERK, False),
    "supervisor": (User.Role.SUPERVISOR, True),
    "member": (User.Role.MEMBER, True),
    "member-2": (User.Role.MEMBER, True),
    "auditor": (User.Role.AUDITOR, True),
    "administrator": (User.Role.ADMINISTRATOR, True),
}


@dataclass(frozen=True)
class Account:
    """What a person needs to sign in. ``seed`` (base 32) is empty where a password is enough."""

    name: str
    password: str
    seed: str

    def __str__(self) -> str:
        second = f"   TOTP seed: {self.seed}" if self.seed else ""
        return f"{self.name:14} password: {self.password}{second}"


def read(path: Path) -> list[Account]:
    """The accounts kept at ``path``; who is new gets made up, for this user alone to read."""
    kept = {}
    if path.exists():
        stored = (Account(**account) for account in json.loads(path.read_text(encoding="utf-8")))
        kept = {account.name: account for account in stored}
    accounts = [kept.get(name) or _made_up(name, second) for name, (_role, second) in STAFF.items()]
    path.touch(mode=0o600)
    path.write_text(json.dumps([asdict(account) for account in accounts]), encoding="utf-8")
    return accounts


def _made_up(name: str, second: bool) -> Account:
    return Account(name, secrets.token_urlsafe(9), generate_totp_secret() if second else "")


@transaction.atomic
def make(path: Path) -> list[Account]:
    """Let exactly these people sign in with exactly these words and seeds."""
    accounts = read(path)
    people = {user.username: user for user in User.objects.filter(username__in=STAFF)}
    for account in accounts:
        user = people.get(account.name) or User(username=account.name)
        if user.pk is None or not _stands(user, account):
            _as_it_was(user, account)
        if account.seed:
            # A passkey that somebody tries stays.
            Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
            TOTP.activate(user, account.seed)
    return accounts


def _stands(user: User, account: Account) -> bool:
    ready = user.is_confirmed and not user.must_change_password
    return ready and user.check_password(account.password)


def _as_it_was(user: User, account: Account) -> None:
    """The role and the password of the list, whatever was tried."""
    user.role, _second = STAFF[account.name]
    user.set_password(account.password)
    user.must_change_password = False
    let_stand(user, timezone.now())


@transaction.atomic
def let_stand(user: User, at: datetime) -> User:
    """An account that works at once, new or not: enrolled as the first people of an installation
    are, or, where two members stand, as if these two had looked at it.
    """
    two = list(managing.members().exclude(pk=user.pk).order_by("pk")[:2])
    decision = "" if len(two) == 2 else DECISION
    if user.pk is None:
        managing.add([user], by=None, at=at, decision=decision)
    else:
        managing.begin_anew(user, None, at)
        user.enrolled_by_decision = decision
        act = "account enrolled" if decision else "account changed"
        records.record_change(act, user, by=None, at=at)
        user.save(update_fields=["role", "password", "must_change_password", *managing.CHANGED])
    for member in () if decision else two:
        user = confirming.confirm(account=user, by=member, at=at)
    return user
