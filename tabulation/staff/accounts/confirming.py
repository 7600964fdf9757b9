"""A second person stands for what an administrator did to an account.

Nobody makes a figure count alone, and so nobody makes alone the people who would.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tabulation.models import Event, NotYours, User
from tabulation.staff.accounts.records import (
    AccountRefused,
    lock_administrators,
    record_act,
    state_of,
    subject_of,
)

#: Acts that a second person confirms.
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
        changed_by__isnull=False,
        confirmed_by=None,
        role__in=user.roles_to_confirm if user.is_confirmed else (),
    )
    if user.area_id is not None:
        rows = rows.filter(area__lineage__contains=[user.area_id])
    return (
        rows.exclude(changed_by=user)
        .exclude(pk=user.pk)
        .select_related("area__election", "changed_by")
        .order_by("changed_at", "username")
    )


def what_waits(accounts: Collection[User]) -> list[tuple[User, list[Event]]]:
    """Each of ``accounts`` with what was done to it since a second person looked last, in order."""
    events: dict[str, list[Event]] = {subject_of(account): [] for account in accounts}
    for event in Event.objects.filter(subject__in=events).order_by("id"):
        of = events[event.subject]
        if event.act == "account confirmed":
            of.clear()
        elif event.act in CHANGES:
            of.append(event)
    return [(account, events[subject_of(account)]) for account in accounts]


@transaction.atomic
def confirm(*, account: User, by: User, at: datetime) -> User:
    """Stand, as the second person, for what ``account`` is: as it was when it was loaded.

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
                " confirmed. Ask an administrator or a commission member."
            )
        )
    if by.pk in {account.pk, account.changed_by_id}:
        raise NotYours(
            _(
                "This account is your own, or you changed it. Nothing was confirmed. Ask a second"
                " person to confirm it."
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
    account.confirmed_by = by
    account.save(update_fields=["confirmed_by"])
    record_act("account confirmed", account, by=by, at=at, after=state_of(account))
    return account


def _lock_to_confirm(by: User, keys: Collection[int]) -> tuple[User, list[User]]:
    """Who confirms, and what; as they are now."""
    lock_administrators()
    rows = User.objects.select_for_update(of=("self",)).select_related("area__election")
    locked = {user.pk: user for user in rows.filter(pk__in={by.pk, *keys}).order_by("pk")}
    person = locked[by.pk]
    if not person.is_confirmed:
        raise NotYours(
            _(
                "A second person has not confirmed your account yet. Nothing was saved. Ask an"
                " administrator or a commission member to confirm it."
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
