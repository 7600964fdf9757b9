"""Who sits on the commission: the members for the whole country whose accounts are confirmed."""

from collections import Counter
from collections.abc import Sequence

from django.utils.translation import gettext as _

from candidates.models import Election
from tabulation.models import CONFIRMED, User
from tabulation.outcomes.certification.acts import ActRefused


def roster_of(election: Election) -> list[str]:
    """Of whom those present are picked; empty in exercises, where any name is good."""
    return roster() if election.kind == Election.Kind.REAL else []


def roster() -> list[str]:
    """The members by name, in order; with the user name where two are called the same."""
    members = User.objects.filter(
        CONFIRMED, role=User.Role.MEMBER, area=None, is_active=True
    ).order_by("real_name", "username")
    names = Counter(member.real_name or member.username for member in members)
    return [
        str(member) if names[member.real_name or member.username] > 1
        else member.real_name or member.username
        for member in members
    ]  # fmt: skip


def check_present(election: Election, present: Sequence[str]) -> None:
    """Raise ActRefused for somebody who is said to have been present and is no member."""
    members = roster_of(election)
    strangers = set(present) - set(members)
    if election.kind == Election.Kind.REAL and strangers:
        message = _(
            "%(name)s is not a member of the commission. Nothing was saved. Choose the members"
            " present from the list."
        )
        raise ActRefused(message % {"name": min(strangers)})
