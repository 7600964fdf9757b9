"""The commission's people: an administrator's pages. Auditors read them.

What an administrator did others confirm: two members, or one person, who may be a supervisor.
"""

import logging
from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tabulation.languages.formatting import translate_name
from tabulation.models import Area, Event, User
from tabulation.printing import parts, typesetting
from tabulation.staff.access import person, require
from tabulation.staff.accounts import confirming, managing, records, telling
from tabulation.staff.answers import form_page
from tabulation.staff.forms.accounts import (
    WHOLE_COUNTRY,
    ChangeAccountForm,
    ConfirmAccountsForm,
    ManyAccountsForm,
    NewAccountForm,
    PeopleFilterForm,
    ToldForm,
)
from tabulation.staff.papers import slips as papers_slips
from tabulation.staff.tables import sort_and_page
from tabulation.staff.views.events import changes_of

log = logging.getLogger(__name__)


class PeopleTable(tables.Table):
    caption = gettext_lazy("The commission's accounts")
    username = tables.Column(
        verbose_name=gettext_lazy("User name"),
        linkify=lambda record: reverse("person", args=[record.pk]),
    )
    real_name = tables.Column(verbose_name=gettext_lazy("Real name"))
    role = tables.Column(verbose_name=gettext_lazy("Role"))
    area = tables.Column(
        accessor="area__name",
        order_by=("area__election__slug", "area__code"),
        verbose_name=gettext_lazy("Area"),
        default=WHOLE_COUNTRY,
    )
    is_active = tables.Column(verbose_name=gettext_lazy("Account"))
    has_second_factor = tables.Column(verbose_name=gettext_lazy("Two-step verification"))

    class Meta:
        empty_text = gettext_lazy("No account matches the filters. Change or clear the filters.")

    def render_area(self, record: User) -> str:
        return translate_name(record.area)

    def render_is_active(self, value: bool, record: User) -> str:
        if not value:
            return pgettext("account", "closed")
        if not record.is_confirmed:
            return _("waits for a second person")
        return (
            _("waits for the first sign-in")
            if record.must_change_password
            else pgettext("account", "open")
        )

    def render_has_second_factor(self, value: bool, record: User) -> str:
        if value:
            return pgettext("second factor of an account", "yes")
        return (
            pgettext("second factor of an account", "missing")
            if record.needs_second_factor
            else pgettext("second factor of an account", "no")
        )


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Every account this person may see: search, role, area and state in the address.

    For who sees no accounts, only those that wait for this person to confirm them.
    """
    user = person(request)
    if not user.may_see_people:
        return _to_confirm(request, user)
    form = PeopleFilterForm(request.GET)
    rows = records.with_second_factor(_visible(user))
    rows = _filtered(rows, form.cleaned_data) if form.is_valid() else rows.none()
    table = sort_and_page(request, PeopleTable(rows, order_by="username"), per_page=50)
    context = {"table": table, **_waiting(user)}
    return form_page(request, "people/list.html", form, **context)


def _to_confirm(
    request: HttpRequest, user: User, problem: str = "", status: int | None = None
) -> HttpResponse:
    require(bool(user.roles_to_confirm), _("Administrators and auditors can see the accounts."))
    context = _waiting(user)
    return form_page(request, "people/list.html", None, problem, status, **context)


def _waiting(user: User) -> dict[str, object]:
    """What this person may confirm: as much as is confirmed at once, and how much there is."""
    if not user.roles_to_confirm:
        return {}
    rows = confirming.waiting_for(user)
    shown = list(rows[: managing.BULK_LIMIT])
    number = len(shown) if len(shown) < managing.BULK_LIMIT else rows.count()
    return {"to_confirm": confirming.what_waits(shown), "number_to_confirm": number}


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm accounts, each as it was shown."""
    user = person(request)
    require(
        bool(user.roles_to_confirm),
        _(
            "Administrators, commission members and supervisors confirm accounts. Nothing was"
            " confirmed. Ask a staff member with one of these roles."
        ),
    )
    form = ConfirmAccountsForm(request.POST)
    if not form.is_valid():
        return _to_confirm(
            request,
            user,
            _(
                "The page sent incomplete data. Nothing was confirmed. Check the list, then"
                " confirm again."
            ),
            400,
        )
    shown = form.cleaned_data["shown"]
    done = confirming.confirm_many(shown=shown, by=user, at=timezone.now())
    left = len(shown) - len(done)
    if left:
        refused = ngettext(
            "%(n)s account was not confirmed. This account changed after you opened the page."
            " Check the list, then confirm again.",
            "%(n)s accounts were not confirmed. These accounts changed after you opened the"
            " page. Check the list, then confirm again.",
            left,
        )
        return _to_confirm(request, user, refused % {"n": left})
    number = len(done)
    message = ngettext("%(n)s account was confirmed.", "%(n)s accounts were confirmed.", number)
    messages.success(request, message % {"n": number})
    return redirect("people")


@require_POST
def told(request: HttpRequest) -> HttpResponse:
    """A member has read what was done to accounts, up to what the page showed."""
    user = person(request)
    require(
        user.is_member,
        _(
            "Commission members read of new and changed accounts here. Nothing was saved. Ask a"
            " commission member."
        ),
    )
    form = ToldForm(request.POST)
    if form.is_valid():
        telling.tell(user, form.cleaned_data["event"])
    return redirect("staff")


def _visible(user: User) -> "QuerySet[User]":
    """Everybody, for who works for the whole country; else the people of the area."""
    people = User.objects.select_related("area__election")
    return people.filter(area__lineage__contains=[user.area_id]) if user.area_id else people


def _filtered(rows: "QuerySet[User]", wanted: dict[str, Any]) -> "QuerySet[User]":
    if text := wanted["q"]:
        rows = rows.filter(Q(username__icontains=text) | Q(real_name__icontains=text))
    if wanted["role"]:
        rows = rows.filter(role=wanted["role"])
    if wanted["area"]:
        heads = list(Area.objects.filter(code=wanted["area"]).values_list("pk", flat=True))
        rows = rows.filter(area__lineage__overlap=heads)
    if wanted["active"]:
        rows = rows.filter(is_active=wanted["active"] == "open")
    return rows


def _manager(request: HttpRequest) -> User:
    user = person(request)
    require(
        user.may_manage_people,
        _(
            "Administrators manage accounts. Nothing was saved. Ask an administrator to do this"
            " for you."
        ),
    )
    return user


def _managed(request: HttpRequest, pk: int) -> tuple[User, User]:
    """The administrator, and the account in their area."""
    user = _manager(request)
    return user, _account(user, pk)


def _account(user: User, pk: int) -> User:
    """The account if it is in this person's area; else 403."""
    accounts = User.objects.select_related("area__election", "first_confirmed_by")
    account = get_object_or_404(accounts, pk=pk)
    may_see = user.may_see_people and user.reaches(account.area)
    require(
        may_see,
        _(
            "Your role or area gives you no access to this account. Nothing was saved. Ask an"
            " administrator of the whole country."
        ),
    )
    return account


@sensitive_variables("slips")
def _slips(request: HttpRequest, slips: list[managing.Slip]) -> HttpResponse:
    """The only time the one-time passwords are seen: the answer itself, which nothing keeps.

    A page to print, or a PDF for who pressed that button; where the typesetter fails the page, for
    the accounts are made and their passwords must not be lost.
    """
    address = request.build_absolute_uri(reverse("staff"))
    if request.POST.get("as") == "pdf":
        try:
            body = papers_slips.slips(slips, address, at=timezone.now())
        except typesetting.TypesettingFailed:
            # Not what it says: that may hold what was to be printed.
            log.error("Sign-in slips could not be typeset: they were answered as a page.")
        else:
            shown = {"Content-Disposition": 'inline; filename="slips.pdf"'}
            return HttpResponse(body, content_type=parts.PDF, headers=shown)
    return render(request, "people/slips.html", {"slips": slips, "address": address})


@sensitive_variables("slip")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """One account, whose slip is the answer."""
    user = _manager(request)
    form = NewAccountForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return form_page(request, "people/new.html", form)
    try:
        slip = managing.create_account(**form.cleaned_data, by=user, at=timezone.now())
    except records.AccountRefused as refused:
        return form_page(request, "people/new.html", form, refused)
    return _slips(request, [slip])


@sensitive_variables("slips")
@require_http_methods(["GET", "POST"])
def many(request: HttpRequest) -> HttpResponse:
    """Many accounts of one kind, whose slips are the answer."""
    user = _manager(request)
    form = ManyAccountsForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return form_page(request, "people/many.html", form)
    data = form.cleaned_data
    ticket, prefix = data.pop("ticket"), data.pop("name_prefix")
    try:
        if not cache.add(f"people-ticket-{ticket}", True, timeout=24 * 60 * 60):
            raise records.AccountRefused(
                _(
                    "You sent this form before. No accounts were made this time. Check the list of"
                    " accounts, then open a new form."
                )
            )
        slips = managing.create_accounts(prefix=prefix, **data, by=user, at=timezone.now())
    except records.AccountRefused as refused:
        return form_page(request, "people/many.html", form, refused)
    return _slips(request, slips)


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: what it is, what was done with it, and what may be done."""
    return _page(request, _account(person(request), pk))


def _page(
    request: HttpRequest,
    account: User,
    form: Form | None = None,
    problem: Exception | str = "",
) -> HttpResponse:
    form = form or ChangeAccountForm(initial=ChangeAccountForm.initial_of(account))
    events = Event.objects.filter(subject=records.subject_of(account)).order_by("-id")
    context = {
        "account": account,
        "namesakes": confirming.namesakes([account]).get(account.pk),
        "factors": records.second_factors(account),
        "events": [(event, _changed(event)) for event in events[:50]],
    }
    return form_page(request, "people/one.html", form, problem, **context)


def _changed(event: Event) -> list[tuple[str, str, str]]:
    """What an event changed; what stayed, or is empty, is left out."""
    return [(name, was, now) for name, was, now in changes_of(event) if was != now]


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Another role or area; closed or opened."""
    user, account = _managed(request, pk)
    form = ChangeAccountForm(request.POST)
    if not form.is_valid():
        return _page(request, account, form)
    try:
        managing.change_account(account=account, **form.cleaned_data, by=user, at=timezone.now())
    except records.AccountRefused as refused:
        return _page(request, account, form, refused)
    messages.success(request, _("The account “%(name)s” was saved.") % {"name": account.username})
    return redirect("person", pk)


@sensitive_variables("slip")
@require_POST
def new_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Another one-time password, whose slip is the answer."""
    user, account = _managed(request, pk)
    try:
        slip = managing.give_new_password(account=account, by=user, at=timezone.now())
    except records.AccountRefused as refused:
        return _page(request, account, problem=refused)
    return _slips(request, [slip])


@require_POST
def forget_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget the factors of who lost them."""
    user, account = _managed(request, pk)
    try:
        managing.forget_second_factor(account=account, by=user, at=timezone.now())
    except records.AccountRefused as refused:
        return _page(request, account, problem=refused)
    messages.success(
        request,
        _(
            "Two-step verification was reset. A second person must confirm this change. After"
            " that, the staff member can sign in and set it up again."
        ),
    )
    return redirect("person", pk)
