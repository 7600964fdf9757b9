"""The demonstration's staff: one of each role, with passwords and seeds that stay the same."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from tabulation.models import User

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


def make(path: Path) -> list[Account]:
    """Let exactly these people sign in with exactly these words and seeds."""
    accounts = read(path)
    for account in accounts:
        role, _second = STAFF[account.name]
        user, _new = User.objects.get_or_create(username=account.name, defaults={"role": role})
        if user.must_change_password or not user.check_password(account.password):
            user.set_password(account.password)
            user.must_change_password = False
            user.save(update_fields=["password", "must_change_password"])
        if not user.is_confirmed:
            user.changed_by = None
            user.save(update_fields=["changed_by"])
        if account.seed:
            # A passkey that somebody tries stays.
            Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
            TOTP.activate(user, account.seed)
    return accounts
