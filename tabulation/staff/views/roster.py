"""The roster of an election's commission: who sits from when until when, and its changes."""

from typing import Any

import django_tables2 as tables
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from candidates.models import Election
from tabulation.languages.columns import FigureColumn
from tabulation.models import Membership, Motion, User, has_roster, sits
from tabulation.outcomes.certification import roster
from tabulation.outcomes.certification.acts import ActRefused
from tabulation.outcomes.certification.roster import ADD, CHANGES, END
from tabulation.staff.access import person, require
from tabulation.staff.accounts.managing import members
from tabulation.staff.accounts.records import FACTORS
from tabulation.staff.answers import form_page
from tabulation.staff.forms.commission import RosterForm
from tabulation.staff.tables import sort_and_page
from tabulation.staff.views.motions import draft, read_back, waiting_in


class RosterTable(tables.Table):
    caption = gettext_lazy("Members of the commission")
    user = tables.Column(
        verbose_name=gettext_lazy("Member"), order_by=("user__real_name", "user__username")
    )
    from_at = tables.DateTimeColumn(short=True, verbose_name=pgettext_lazy("heading", "From"))
    until_at = tables.DateTimeColumn(
        short=True, default="", verbose_name=pgettext_lazy("heading", "Until")
    )
    decision = tables.Column(verbose_name=gettext_lazy("Decision"))
    end_decision = tables.Column(verbose_name=gettext_lazy("Decision about the end"), default="")
    methods = FigureColumn(verbose_name=gettext_lazy("Methods of two-step verification"))

    class Meta:
        empty_text = gettext_lazy("The roster is empty.")


class MemberTable(tables.Table):
    """Where there is no roster: every account of a member."""

    caption = gettext_lazy("Members of the commission")
    user = tables.Column(
        accessor="pk", verbose_name=gettext_lazy("Member"), order_by=("real_name", "username")
    )
    methods = FigureColumn(verbose_name=gettext_lazy("Methods of two-step verification"))

    class Meta:
        empty_text = gettext_lazy("No commission member has a confirmed account yet.")

    def render_user(self, record: User) -> str:
        return str(record)


@require_safe
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """Who sits on the commission, and who sat; a member can propose a change."""
    require(
        person(request).may_see_decision,
        _("Commission members and auditors for the whole country can see the roster."),
    )
    return _page(request, get_object_or_404(Election, slug=slug))


@require_POST
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Propose that somebody joins the roster or leaves it; alone where nobody has to confirm."""
    user = person(request)
    require(
        user.may_publish,
        _(
            "Commission members for the whole country change the roster. Nothing was saved. Ask"
            " one of these members."
        ),
    )
    election = get_object_or_404(Election, slug=slug)
    kind = END if request.POST.get("change") == END else ADD
    form = RosterForm(request.POST, kind=kind, people=_people(election, kind))
    with timezone.override(election.time_zone):
        if not form.is_valid():
            return _page(request, election, sent=form)
        data = form.cleaned_data
        said = {name: data[name] for name in ("change", "member", "decision")}
        try:
            if election.confirmations:
                taken_on = {"roster": data["seen"]}
                return read_back(request, draft(election, Motion.Act.ROSTER, taken_on, said))
            roster.change(election=election, **said, by=user, at=timezone.now())
        except ActRefused as refused:
            return _page(request, election, refused, sent=form)
    messages.success(request, _("You changed the roster."))
    return redirect("roster", election.slug)


def _form(election: Election, kind: str, sent: RosterForm | None = None) -> RosterForm:
    """What was sent stays, on the roster that this page shows."""
    now = {"change": kind, "seen": ",".join(roster.sitting_now(election))}
    data: Any = None
    if sent is not None and sent.kind == kind:
        data = {**dict(sent.data.items()), **now}
    return RosterForm(data, kind=kind, people=_people(election, kind), initial=now)


def _people(election: Election, kind: str) -> list[User]:
    if kind == ADD:
        return roster.may_join(election)
    now = User.objects.filter(memberships__election=election, memberships__until_at=None)
    return list(now.order_by("username"))


def _page(
    request: HttpRequest,
    election: Election,
    problem: Exception | str = "",
    *,
    sent: RosterForm | None = None,
) -> HttpResponse:
    user = person(request)
    is_kept = has_roster(election)
    forms = {}
    if is_kept and user.may_publish and sits(user, election):
        forms = {kind: _form(election, kind, sent) for kind in CHANGES}
    rows = _memberships(election) if is_kept else _with_methods(members(), "pk")
    with timezone.override(election.time_zone):
        table = sort_and_page(request, (RosterTable if is_kept else MemberTable)(rows), 100)
        context = {
            "election": election,
            "table": table,
            "is_kept": is_kept,
            "adding": forms.get(ADD),
            "ending": forms.get(END),
            "ready": roster.members_ready(election),
            "needed": roster.members_needed(election),
            "waiting": waiting_in(user, election),
        }
        return form_page(request, "commission/roster.html", sent, problem, **context)


def _memberships(election: Election) -> "QuerySet[Any]":
    """Those who sit first, then those who sat."""
    rows = Membership.objects.filter(election=election).select_related("user")
    return _with_methods(rows, "user").order_by("-until_at", "user__username")


def _with_methods(rows: "QuerySet[Any]", of: str) -> "QuerySet[Any]":
    theirs = Authenticator.objects.filter(user=OuterRef(of), type__in=FACTORS).order_by()
    counted = theirs.values("user").annotate(count=Count("pk")).values("count")
    found: QuerySet[Any] = rows.annotate(methods=Coalesce(Subquery(counted), 0))
    return found
