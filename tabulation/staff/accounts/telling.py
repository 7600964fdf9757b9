"""Every member is told of every account that decides, manages or was one of those."""

from django.db.models import Q, QuerySet

from tabulation.models import CONFIRMED_BY_TWO, Event, User
from tabulation.staff.accounts.confirming import CHANGES

ACTS = CHANGES | {
    *("account enrolled", "account confirmed"),
    *("second factors removed by decision", "one-time password given by decision"),
}
#: So many are shown at once; the activity log has all.
SHOWN = 20


def untold(user: User) -> "QuerySet[Event]":
    """What was done to accounts and this member has not put away yet, newest first."""
    roles = sorted(CONFIRMED_BY_TWO)
    return Event.objects.filter(
        Q(after__role__in=roles) | Q(before__role__in=roles),
        election=None,
        id__gt=user.told_event,
        act__in=ACTS,
    ).order_by("-id")


def tell(user: User, event: int) -> None:
    """This member has read of everything up to ``event``."""
    User.objects.filter(pk=user.pk, told_event__lt=event).update(told_event=event)
