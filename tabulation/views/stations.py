"""The list of polling stations for staff, and one station with what may be done there."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Collate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from candidates.models import Contest
from tabulation import entry, verification
from tabulation.forms import StationFilterForm
from tabulation.models import ContestStation, Protocol, User, paper_of
from tabulation.views.access import area_of, contest_of, person, station_of
from tabulation.views.sorting import sort_and_page

EXPECTED = "expected"
STATUSES = {EXPECTED: gettext_lazy("expected"), **dict(Protocol.Status.choices)}


class StationTable(tables.Table):
    caption = gettext_lazy("Polling stations, and how far their protocols have come")
    code = tables.Column(
        accessor="station__code",
        order_by=("by_code",),
        verbose_name=gettext_lazy("Code"),
        linkify=lambda record: reverse(
            "staff-station",
            args=[
                record.contest.election.slug,
                record.contest.code,
                record.station.code,
            ],
        ),
    )
    name = tables.Column(accessor="station__name", verbose_name=gettext_lazy("Polling station"))
    area = tables.Column(accessor="station__area__name", verbose_name=gettext_lazy("Area"))
    status = tables.Column(accessor="status", verbose_name=gettext_lazy("Status"))

    class Meta:
        empty_text = gettext_lazy("No polling station matches.")

    def render_status(self, value: str) -> str:
        return str(STATUSES[value])


@require_safe
def stations(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """Every station this person works for: search, status and area in the address."""
    user = person(request)
    of = contest_of(slug, contest)
    form = StationFilterForm(request.GET)
    rows = _rows(user, of)
    rows = _filtered(rows, form.cleaned_data) if form.is_valid() else rows.none()
    table = sort_and_page(request, StationTable(rows, order_by="code"), per_page=50)
    context = {"contest": of, "election": of.election, "form": form, "table": table}
    return render(request, "entry/stations.html", context, status=200 if form.is_valid() else 400)


def _rows(user: User, contest: Contest) -> "QuerySet[ContestStation]":
    newest = (
        Protocol.objects.filter(contest=OuterRef("contest_id"), station=OuterRef("station_id"))
        .order_by("-version")
        .values("status")[:1]
    )
    area = area_of(user, contest, None)
    return (
        ContestStation.objects.filter(contest=contest, station__area__lineage__contains=[area.pk])
        .select_related("station__area", "contest__election")
        .annotate(
            status=Coalesce(Subquery(newest), Value(EXPECTED)),
            by_code=Collate(F("station__code"), "C"),
        )
    )


def _filtered(rows: "QuerySet[Any]", wanted: dict[str, Any]) -> "QuerySet[Any]":
    if text := wanted["q"]:
        rows = rows.filter(Q(station__code__startswith=text) | Q(station__name__icontains=text))
    if wanted["status"]:
        rows = rows.filter(status=wanted["status"])
    if wanted["area"]:
        rows = rows.filter(station__area__code=wanted["area"])
    return rows


@require_safe
def station(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
    """One station: its versions, and what this person may do with the newest."""
    user = person(request)
    of = contest_of(slug, contest)
    place = station_of(user, of, code)
    versions = list(of.protocols.filter(station=place.station_id).order_by("-version"))
    newest = versions[0] if versions else None
    may_accept = (
        user.may_accept and newest is not None and newest.status == Protocol.Status.VERIFIED
    )
    context = {
        "contest": of,
        "election": of.election,
        "place": place,
        "newest": newest,
        "agreed": _agreed(of, newest) if newest and may_accept else None,
        "versions": versions,
        "may_start": user.may_type and _may_start(newest, user),
        "seat": entry.seat_of(newest, user) if newest and user.may_type else None,
        "may_accept": may_accept,
    }
    return render(request, "entry/station.html", context)


def _agreed(contest: Contest, protocol: Protocol) -> dict[str, Any]:
    """What both typed, and the relations it breaks: what a supervisor lets count."""
    paper = paper_of(contest)
    figures = verification.last_entries(protocol)[0].figures
    return {
        "lines": list(zip(paper.lines, figures, strict=True)),
        "broken": [check for check in paper.checks if check.holds(figures) is False],
    }


def _may_start(newest: Protocol | None, user: User) -> bool:
    """Whether there is a seat for this clerk; the database decides again when it is taken."""
    if newest is None:
        return True
    seats = newest.seats.filter(released_at=None)
    free = seats.count() < newest.contest.election.entries_required
    return newest.status in entry.OPEN and free and not newest.seats.filter(person=user).exists()


@require_POST
def start(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
    """Sit down at a station's protocol, which is received with that if it was not before."""
    user = person(request)
    of = contest_of(slug, contest)
    place = station_of(user, of, code)
    try:
        entry.start(contest=of, station=place.station, by=user, at=timezone.now())
    except entry.NotAClerk as refused:
        raise PermissionDenied(str(refused)) from refused
    except entry.EntryRefused as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("staff-station", args=[slug, contest, code]))
    return HttpResponseRedirect(reverse("entry", args=[slug, contest, code]))


@require_POST
def accept(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
    """Let a verified protocol count."""
    user = person(request)
    of = contest_of(slug, contest)
    place = station_of(user, of, code)
    if not user.may_accept:
        raise PermissionDenied(_("Supervisors and members accept protocols."))
    newest = of.protocols.filter(station=place.station_id).order_by("-version").first()
    try:
        if newest is None:
            raise verification.NotVerified(_("Nothing of this polling station has come in yet."))
        if request.POST.get("version") != str(newest.version):
            raise verification.NotVerified(_("Another version has come since: look at it first."))
        verification.accept(protocol=newest, by=user, at=timezone.now())
    except verification.VerificationRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The protocol of %(code)s counts now.") % {"code": code})
    return HttpResponseRedirect(reverse("staff-station", args=[slug, contest, code]))
