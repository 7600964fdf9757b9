"""The list of polling stations for staff."""

from typing import Any

import django_tables2 as tables
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Collate
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe
from django_tables2 import A

from candidates.models import Contest
from tabulation.database.plans import no_nested_loops
from tabulation.languages.formatting import spoken, translate_name
from tabulation.models import Area, ContestStation, Protocol, User
from tabulation.staff.access import area_of, contest_of, person
from tabulation.staff.answers import form_page
from tabulation.staff.forms.protocols import StationFilterForm
from tabulation.staff.tables import sort_and_page

EXPECTED = "expected"
STATUSES = {
    EXPECTED: pgettext_lazy("status of a protocol", "expected"),
    **dict(Protocol.Status.choices),
}


#: Where the address of a station's page takes its parts from.
ADDRESS = [A("contest__election__slug"), A("contest__code"), A("station__code")]


class StationTable(tables.Table):
    caption = gettext_lazy("Polling stations, and how far their protocols have come")
    code = tables.Column(
        accessor="station__code",
        order_by=("by_code",),
        verbose_name=gettext_lazy("Code"),
        linkify=("staff-station", ADDRESS),
    )
    name = tables.Column(accessor="station__name", verbose_name=gettext_lazy("Polling station"))
    area = tables.Column(accessor="station__area__name", verbose_name=gettext_lazy("Area"))
    status = tables.Column(accessor="status", verbose_name=gettext_lazy("Status"))

    class Meta:
        empty_text = gettext_lazy("No polling station matches the search.")

    def render_name(self, record: ContestStation) -> str:
        return translate_name(record.station)

    def render_area(self, record: ContestStation) -> str:
        return translate_name(record.station.area)

    def render_status(self, value: str) -> str:
        return str(STATUSES[value])


@require_safe
@no_nested_loops()
def stations(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """Every station this person works for: search, status and area in the address."""
    user = person(request)
    of = contest_of(slug, contest)
    form = StationFilterForm(request.GET)
    rows = _rows(user, of)
    rows = _filtered(of, rows, form.cleaned_data) if form.is_valid() else rows.none()
    table = sort_and_page(request, StationTable(rows, order_by="code"), per_page=50)
    context = {"contest": of, "election": of.election, "table": table}
    return form_page(request, "entry/stations.html", form, **context)


def _rows(user: User, contest: Contest) -> "QuerySet[Any]":
    newest = (
        Protocol.objects.filter(contest=OuterRef("contest_id"), station=OuterRef("station_id"))
        .newest_first()
        .values("status")[:1]
    )
    area = area_of(user, contest, None)
    return (
        contest.stations.filter(station__area__lineage__contains=[area.pk])
        .select_related("station__area")
        .annotate(
            status=Coalesce(Subquery(newest), Value(EXPECTED)),
            by_code=Collate(F("station__code"), "C"),
        )
    )


def _filtered(contest: Contest, rows: "QuerySet[Any]", wanted: dict[str, Any]) -> "QuerySet[Any]":
    if text := wanted["q"]:
        translated = Q(**{f"station__names__{spoken()}__icontains": text})
        named = Q(station__name__icontains=text) | translated
        rows = rows.filter(Q(station__code__startswith=text) | named)
    if wanted["status"]:
        rows = rows.filter(status=wanted["status"])
    if wanted["area"]:
        inside = Area.objects.filter(election=contest.election_id, code=wanted["area"])
        rows = rows.filter(
            station__area__lineage__overlap=list(inside.values_list("pk", flat=True))
        )
    return rows
