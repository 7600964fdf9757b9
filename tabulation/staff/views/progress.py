"""The dashboard: how far the count has come, for everybody who works on it."""

from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from candidates.models import Contest
from tabulation.counting import progress as counts
from tabulation.languages.columns import FigureColumn
from tabulation.models import Protocol
from tabulation.staff.access import area_of, contest_of, path_to, person
from tabulation.staff.tables import AreaTable, area_row, sort_and_page

STAGES = {
    "expected": pgettext_lazy("number of protocols", "Expected"),
    "received": pgettext_lazy("number of protocols", "Received"),
    "first": gettext_lazy("First entry done"),
    "second": gettext_lazy("Second being typed"),
    "different": pgettext_lazy("number of protocols", "Different"),
    "errors": gettext_lazy("Errors"),
    "verified": pgettext_lazy("number of protocols", "Verified"),
    "accepted": pgettext_lazy("number of protocols", "Accepted"),
}


class StagesTable(AreaTable):
    caption = gettext_lazy("Polling stations of the areas directly below, by where they are")


class ClerkTable(tables.Table):
    caption = gettext_lazy("Entries by clerk; wrong are those a supervisor found to differ")
    name = tables.Column(verbose_name=gettext_lazy("Clerk"))
    entries = FigureColumn(verbose_name=gettext_lazy("Entries"))
    recent = FigureColumn(verbose_name=gettext_lazy("In the last hour"))
    wrong = FigureColumn(verbose_name=pgettext_lazy("heading", "Wrong"))
    wrong_lines = FigureColumn(verbose_name=gettext_lazy("Wrong lines"))
    last = tables.Column(verbose_name=gettext_lazy("Last entry"))

    class Meta:
        prefix = "clerk-"
        empty_text = gettext_lazy("No clerk has finished an entry yet.")

    def render_last(self, value: datetime) -> str:
        return date_format(value, "SHORT_DATETIME_FORMAT")


@require_safe
def progress(
    request: HttpRequest, slug: str, contest: str, code: str | None = None
) -> HttpResponse:
    """Where the stations of one area are; the page fetches itself anew every few seconds."""
    user = person(request)
    of = contest_of(slug, contest)
    area = area_of(user, of, code)
    counted = counts.progress_of(of, area, timezone.now())
    if not counted.stages:
        raise Http404(_("This contest does not take place in this area. Choose another area."))
    here, below = counted.stages[0], counted.stages[1:]
    rows = [
        asdict(row) | area_row("progress-area", of, row) for row in below if row.area != area.pk
    ]
    columns = [(name, FigureColumn(verbose_name=label)) for name, label in STAGES.items()]
    table = StagesTable(rows, order_by="code", extra_columns=columns)
    context: dict[str, object] = {
        "contest": of,
        "election": of.election,
        "area": area,
        "path": path_to(user, of, area),
        "here": here,
        "bars": [(name, label, getattr(here, name)) for name, label in STAGES.items()],
        "done_at": here.done_at(counted.at),
        "now": counted.at,
        "table": sort_and_page(request, table, per_page=100),
        "waiting": counted.waiting,
        "statuses": dict(Protocol.Status.choices),
        "clerks": _clerks(request, of, counted.clerks) if user.may_see_sums else None,
    }
    return render(request, "progress/area.html", context)


def _clerks(request: HttpRequest, contest: Contest, clerks: list[counts.ClerkWork]) -> ClerkTable:
    """Who typed how much and how well: for those who supervise, not for each other."""
    zone = ZoneInfo(contest.election.time_zone)
    work = [asdict(row) | {"last": row.last.astimezone(zone)} for row in clerks]
    table: ClerkTable = sort_and_page(request, ClerkTable(work, order_by="name"), per_page=50)
    return table
