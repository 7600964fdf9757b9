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
    "clerk-1": (User.Role.CLERK, False),
    "clerk-2": (User.Role.CLERK, False),
    "supervisor": (User.Role.SUPERVISOR, True),
    "member": (User.Role.MEMBER, True),
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
    """The accounts kept at ``path``; made up the first time, for this user alone to read."""
    if path.exists():
        return [Account(**account) for account in json.loads(path.read_text(encoding="utf-8"))]
    accounts = [
        Account(name, secrets.token_urlsafe(9), generate_totp_secret() if second else "")
        for name, (_role, second) in STAFF.items()
    ]
    path.touch(mode=0o600)
    path.write_text(json.dumps([asdict(account) for account in accounts]), encoding="utf-8")
    return accounts


def make(path: Path) -> list[Account]:
    """Let exactly these people sign in with exactly these words and seeds."""
    accounts = read(path)
    for account in accounts:
        role, _second = STAFF[account.name]
        user, _new = User.objects.get_or_create(username=account.name, defaults={"role": role})
        if not user.check_password(account.password):
            user.set_password(account.password)
            user.save(update_fields=["password"])
        if account.seed:
            Authenticator.objects.filter(user=user).delete()
            TOTP.activate(user, account.seed)
    return accounts
