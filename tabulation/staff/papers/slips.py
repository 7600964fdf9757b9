"""Sign-in slips to print and cut. They exist in the answer alone: no file, no cache."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.debug import sensitive_variables

from tabulation.printing import wording
from tabulation.printing.typesetting import forget, typeset
from tabulation.staff.accounts.managing import Slip


@sensitive_variables()
def slips(given: Sequence[Slip], address: str, *, at: datetime) -> bytes:
    """Slips as a PDF in the language that is spoken, to sign in at ``address``."""
    data = {
        "frame": {"title": _("Sign-in slips"), "language": wording.spoken()},
        "slips": [{"pairs": _pairs(slip, address), "hint": _hint()} for slip in given],
    }
    try:
        return typeset("slips", data, at=at)
    finally:
        # The typesetter remembers what it made, and nothing may remember a password.
        forget()


def _hint() -> str:
    return _("After you sign in, choose your own password. Then destroy this slip.")


@sensitive_variables()
def _pairs(slip: Slip, address: str) -> list[tuple[str, str, bool]]:
    """What stands on a slip: a label, a text, and whether it is to be typed."""
    user = slip.user
    area = wording.name_of(user.area) if user.area else _("the whole country")
    pairs = [
        (_("Sign in at"), address, False),
        (_("User name"), user.username, True),
        (_("One-time password"), slip.password, True),
        (_("Role"), str(user.get_role_display()), False),
        (_("Area"), area, False),
    ]
    return (
        [*pairs, (pgettext("slip for a person", "For"), wording.broken(user.real_name), False)]
        if user.real_name
        else pairs
    )
