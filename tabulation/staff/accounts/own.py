"""One's own account: the password, the name, the second factors."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from tabulation.models import NotYours, User
from tabulation.staff.accounts.records import (
    AccountRefused,
    lock,
    record_act,
    record_change,
    second_factors,
)


@transaction.atomic
def choose_password(*, by: User, password: str, real_name: str, at: datetime) -> User:
    """One's own password, and one's name if the account had none; the one-time password ends.

    Raises NotYours.
    """
    account = lock(by)
    if not account.is_confirmed:
        raise NotYours(
            _(
                "A second person has not confirmed your account yet. Nothing was saved. Ask a"
                " commission member to confirm it."
            )
        )
    account.set_password(password)
    account.must_change_password = False
    account.real_name = account.real_name or real_name
    record_change("password changed", account, by=account, at=at)
    account.save(update_fields=["password", "must_change_password", "real_name", "event_number"])
    return account


def factor_added(*, factor: Authenticator, by: User, at: datetime) -> None:
    """Say that the library has added a factor; in the same transaction."""
    record_act("second factor added", by, by=by, at=at, after={"factors": [factor.type]})


@transaction.atomic
def remove_factor(*, factor: Authenticator, by: User, at: datetime) -> None:
    """One of one's own factors. Raises AccountRefused for the last one of a role that needs one."""
    account = lock(by)
    own = second_factors(account)
    if account.needs_second_factor and not own.exclude(pk=factor.pk).exists():
        raise AccountRefused(
            _(
                "Your role requires two-step verification. Nothing was removed. First add a"
                " new passkey or an authenticator app."
            )
        )
    own.filter(pk=factor.pk).delete()
    record_act("second factor removed", by, by=by, at=at, before={"factors": [factor.type]})
