"""Lost factors, when members cannot confirm a new account: by a decision on paper.

Two administrators do it at the server's command line. The account stays what it is, so nobody has
to confirm it; every member is told.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tabulation.models import User
from tabulation.staff.accounts.founding import require_decision, two_administrators
from tabulation.staff.accounts.managing import Slip, replace_password
from tabulation.staff.accounts.records import (
    AccountRefused,
    lock,
    record_act,
    second_factors,
)

FACTORS_REMOVED = "second factors removed by decision"


@transaction.atomic
def remove_lost_factors(
    *,
    account: User,
    administrators: Sequence[User],
    decision: str,
    new_password: bool,
    at: datetime,
) -> Slip | None:
    """All second factors of ``account``, and with ``new_password`` its password and sessions.

    Its person is led to add a factor at the next sign-in. Raises AccountRefused.
    """
    first, second = two_administrators(administrators)
    require_decision(decision)
    account = lock(account)
    if account.pk in {first.pk, second.pk}:
        raise AccountRefused(
            "This is the account of one of the two administrators. Nothing was saved. Name two"
            " others."
        )
    if not account.is_active or not account.is_confirmed:
        raise AccountRefused(
            "This account is closed or waits for confirmation. Nothing was saved. Open it or"
            " have it confirmed first."
        )
    kinds = list(second_factors(account).values_list("type", flat=True))
    if not kinds and not new_password:
        raise AccountRefused(
            "This account does not have two-step verification. Nothing was changed. Its person"
            " adds it at the next sign-in."
        )
    second_factors(account).delete()
    said = {
        "role": str(account.role),
        "decision": decision,
        "administrators": [first.username, second.username],
    }
    record_act(FACTORS_REMOVED, account, by=first, at=at, before={"factors": kinds}, after=said)
    return replace_password(account, by=first, at=at) if new_password else None
