"""Others stand for what an administrator did to an account.

Nobody makes a figure count alone, and so nobody makes alone the people who would: two members stand
for each supervisor, member and administrator, one other person for everybody else.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tabulation.models import Event, NotYours, User
from tabulation.staff.accounts.records import (
    AccountRefused,
    NameKey,
    lock_administrators,
    record_change,
    subject_of,
)

#: Acts that others confirm.
CHANGES = {
    "account created",
    "one-time password given",
    "account changed",
    "second factor forgotten",
}


def waiting_for(user: User) -> "QuerySet[User]":
    """The accounts that ``user`` may confirm, those that wait longest first."""
    rows = User.objects.filter(
        is_active=True,
        confirmed_by=None,
        enrolled_by_decision="",
        role__in=user.roles_to_confirm if user.is_confirmed else (),
    )
    if user.area_id is not None:
        rows = rows.filter(area__lineage__contains=[user.area_id])
    return (
        rows.exclude(changed_by=user)
        .exclude(first_confirmed_by=user)
        .exclude(pk=user.pk)
        .select_related("area__election", "changed_by", "first_confirmed_by")
        .order_by("changed_at", "username")
    )


def what_waits(accounts: Collection[User]) -> list[tuple[User, list[Event], list[User]]]:
    """Each of ``accounts`` with what was done to it since it was last confirmed, in order, and with
    the other accounts whose people have the same name.
    """
    events: dict[str, list[Event]] = {subject_of(account): [] for account in accounts}
    for event in Event.objects.filter(subject__in=events).order_by("id"):
        of = events[event.subject]
        if event.act == "account confirmed" and (event.after or {}).get("confirmed by"):
            of.clear()
        elif event.act in CHANGES:
            of.append(event)
    same = namesakes(accounts)
    return [(one, events[subject_of(one)], same.get(one.pk, [])) for one in accounts]


def namesakes(accounts: Collection[User]) -> dict[int, list[User]]:
    """The other accounts with the same real name, by the key of each of ``accounts`` that has some.

    Perhaps one person with two accounts, perhaps two people: whoever confirms is told.
    """
    named = User.objects.exclude(real_name="").annotate(compared=NameKey("real_name"))
    wanted = named.filter(pk__in=[account.pk for account in accounts]).values("compared")
    alike = defaultdict(list)
    for user in named.filter(compared__in=wanted).order_by("username"):
        alike[user.compared].append(user)
    return {
        user.pk: [other for other in people if other.pk != user.pk]
        for people in alike.values()
        for user in people
    }


@transaction.atomic
def confirm(*, account: User, by: User, at: datetime) -> User:
    """Stand, as one of those who must, for what ``account`` is: as it was when it was loaded.

    Raises NotYours or AccountRefused.
    """
    by, [locked] = _lock_to_confirm(by, [account.pk])
    return _confirm(locked, account.changed_at, by=by, at=at)


@transaction.atomic
def confirm_many(*, shown: Mapping[int, datetime], by: User, at: datetime) -> list[User]:
    """Confirm accounts, each as it was changed at the moment that was shown; those confirmed.

    What is confirmed already, or has changed since it was shown, is left out. Nothing is
    confirmed where one of them is not theirs: raises NotYours.
    """
    by, accounts = _lock_to_confirm(by, shown)
    done = []
    for account in accounts:
        try:
            done.append(_confirm(account, shown[account.pk], by=by, at=at))
        except AccountRefused:
            continue
    return done


def _confirm(account: User, seen: datetime | None, *, by: User, at: datetime) -> User:
    if account.role not in by.roles_to_confirm or not by.reaches(account.area):
        raise NotYours(
            _(
                "Your role or area does not allow you to confirm this account. Nothing was"
                " confirmed. Ask a commission member."
            )
        )
    if by.pk in {account.pk, account.changed_by_id}:
        raise NotYours(
            _(
                "This account is your own, or you changed it. Nothing was confirmed. Ask a second"
                " person to confirm it."
            )
        )
    if account.first_confirmed_by_id == by.pk:
        raise AccountRefused(
            _(
                "You have confirmed this account. A second commission member must confirm it too."
                " Nothing was saved."
            )
        )
    if account.is_confirmed or not account.is_active:
        raise AccountRefused(
            _("This account is confirmed already, or it is closed. You do not have to confirm it.")
        )
    if account.changed_at != seen:
        raise AccountRefused(
            _(
                "This account changed after you opened the page. Nothing was confirmed. Check the"
                " account again, then confirm it."
            )
        )
    if account.confirmations_needed == 2 and account.first_confirmed_by_id is None:
        account.first_confirmed_by = by
    else:
        account.confirmed_by = by
    record_change("account confirmed", account, by=by, at=at)
    account.save(update_fields=["first_confirmed_by", "confirmed_by", "event_number"])
    return account


def _lock_to_confirm(by: User, keys: Collection[int]) -> tuple[User, list[User]]:
    """Who confirms, and what; as they are now."""
    lock_administrators()
    rows = User.objects.select_for_update(of=("self",)).select_related(
        "area__election", "changed_by", "first_confirmed_by"
    )
    locked = {user.pk: user for user in rows.filter(pk__in={by.pk, *keys}).order_by("pk")}
    person = locked[by.pk]
    if not person.is_confirmed:
        raise NotYours(
            _(
                "A second person has not confirmed your account yet. Nothing was saved. Ask a"
                " commission member to confirm it."
            )
        )
    if not person.is_active or not person.roles_to_confirm:
        raise NotYours(
            _(
                "Administrators, commission members and supervisors confirm accounts. Nothing was"
                " confirmed. Ask a staff member with one of these roles."
            )
        )
    return person, [locked[key] for key in sorted(keys) if key in locked]
