"""The founding members of an election's commission are enrolled by two administrators.

The election's folder names them, and a decision on paper stands for them. Afterwards members decide
who joins the roster and who leaves it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from candidates.models import Election
from tabulation.models import Event, Membership, User, record, subject_of_commission
from tabulation.staff.accounts.managing import MEMBERS_LEFT, Slip, create_listed, members
from tabulation.staff.accounts.records import AccountRefused, lock_administrators, same_name


def listed_in_folder(election: Election) -> list[tuple[str, str]]:
    """User name and real name of each founding member, as the election was loaded."""
    loaded = Event.objects.filter(subject=f"election {election.slug}", number=1)
    after = loaded.values_list("after", flat=True).first() or {}
    return [(username, name) for username, name in after.get("commission", ())]


@transaction.atomic
def enrol_commission(
    *, election: Election, administrators: Sequence[User], decision: str, at: datetime
) -> list[Slip]:
    """Put everybody whom the folder names on the roster; a slip for each account that is made.

    An account stands by the decision while no two other members could confirm it, and else waits
    for two. Raises AccountRefused.
    """
    first, second = two_administrators(administrators)
    require_decision(decision)
    listed = listed_in_folder(election)
    if not listed:
        raise AccountRefused(
            f"The folder of {election.slug} names no members of the commission. Nothing was saved."
            " Add commission.csv to the folder, and load the folder again under another slug."
        )
    if Membership.objects.filter(election=election).exists():
        raise AccountRefused(
            "The commission of this election is enrolled. Nothing was saved. Members change the"
            " roster on its page."
        )
    there = _accounts_of(listed)
    stands = "" if members().count() >= MEMBERS_LEFT else decision
    new = [
        User(username=u, real_name=n, role=User.Role.MEMBER) for u, n in listed if u not in there
    ]
    slips = create_listed(new, at=at, decision=stands)
    _record(election, first, second, decision, [username for username, _name in listed], at)
    people = {**there, **{user.username: user for user in new}}
    Membership.objects.bulk_create(
        Membership(
            election=election, user=people[username], from_at=at, decision=decision,
            by=first, enrolled_with=second,
        )
        for username, _name in listed
    )  # fmt: skip
    return slips


def _record(
    election: Election, first: User, second: User, decision: str, names: list[str], at: datetime
) -> None:
    record(
        act="commission enrolled", subject=subject_of_commission(election), election=election,
        by=first, at=at,
        after={
            "decision": decision,
            "administrators": [first.username, second.username],
            "members": names,
        },
    )  # fmt: skip


def two_administrators(people: Sequence[User]) -> tuple[User, User]:
    """Both as they are now, locked. Raises AccountRefused unless they are two who manage people."""
    now = lock_administrators()
    found = [now[one.pk] for one in people if one.pk in now]
    stand = [one for one in found if one.is_confirmed and one.area_id is None]
    if len(people) != 2 or len({one.pk for one in stand}) != 2:
        raise AccountRefused(
            "Two different administrators for the whole country are required. Nothing was saved."
            " Name two whose accounts are open and confirmed."
        )
    return stand[0], stand[1]


def require_decision(decision: str) -> None:
    """Raise AccountRefused where there is no number."""
    if not decision.strip():
        raise AccountRefused("The number of the decision is missing. Nothing was saved. Give it.")


def _accounts_of(listed: Sequence[tuple[str, str]]) -> dict[str, User]:
    """Accounts that those listed have, by user name. Raises AccountRefused for somebody else's."""
    names = dict(listed)
    there = {user.username: user for user in User.objects.filter(username__in=names)}
    for username, user in there.items():
        if user.role != User.Role.MEMBER or user.area_id is not None:
            raise AccountRefused(
                f"The account {username} belongs to no commission member for the whole country."
                " Nothing was saved. Change its role first, or the folder."
            )
        if user.real_name and not same_name(user.real_name, names[username]):
            raise AccountRefused(
                f"The account {username} belongs to {user.real_name}, and the folder names"
                f" {names[username]}. Nothing was saved. Correct the folder or the account."
            )
    return there
