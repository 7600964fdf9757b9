"""Turnout by the hour: how many stations of an area have reported, and the page to report on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from fractions import Fraction

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Collate
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from candidates.models import Contest
from tabulation.counting import turnout as stage
from tabulation.database.plans import no_nested_loops
from tabulation.languages.columns import FigureColumn
from tabulation.models import Area, ContestStation, TimedTurnout, User
from tabulation.staff.access import area_of, contest_of, path_to, person, require
from tabulation.staff.forms.turnout import TurnoutFilterForm, TurnoutForm
from tabulation.staff.tables import AreaTable, area_row, sort_and_page

#: Stations on one page.
PER_PAGE = 50


@dataclass(frozen=True)
class TurnoutWork:
    """Who looks at the turnout of which area, and when."""

    user: User
    contest: Contest
    area: Area
    hours: Sequence[time]
    reported: Sequence[stage.Reported]
    now: datetime

    @property
    def here(self) -> stage.Reported:
        return self.reported[0]

    @property
    def below(self) -> Sequence[stage.Reported]:
        return self.reported[1:]

    def has_come(self, hour: time) -> bool:
        return self.now >= stage.comes_at(self.contest, hour)

    @property
    def due(self) -> time | None:
        """The hour that came last; ``None``: polling day has not come that far."""
        return max((hour for hour in self.hours if self.has_come(hour)), default=None)

    @property
    def bars(self) -> list[dict[str, object]]:
        """Each hour, and how far it has been reported."""
        return [
            {
                "hour": hour,
                "reported": self.here.by_hour.get(hour, 0),
                "share": Fraction(100 * self.here.by_hour.get(hour, 0), self.here.stations),
                "missing": self.here.by_hour.get(hour, 0) < self.here.stations,
                "has_come": self.has_come(hour),
            }
            for hour in self.hours
        ]


@dataclass
class TurnoutRow:
    """A station on the page: what stands there, by this hour and by others, and what is typed."""

    place: ContestStation
    form: TurnoutForm
    stands: stage.Reading | None
    others: list[stage.Reading]
    problems: list[str] = field(default_factory=list)
    wants_reason: bool = False
    #: Another figure stands than was seen when this one was typed, and the page says so.
    told_anew: bool = False

    @property
    def shown(self) -> dict[str, str]:
        """What the fields hold: what was typed and is not saved, else what stands there."""
        standing = str(self.stands.voters) if self.stands else ""
        if not self.form.is_bound or (self.form.is_valid() and not self.form.is_new):
            return {"voters": standing, "seen": standing, "reason": ""}
        typed = {name: str(self.form[name].value() or "") for name in self.form.fields}
        return {**typed, "seen": standing} if self.told_anew else typed

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to say beside the field."""
        reported = self.stands and self.stands.report
        return not (self.problems or self.shown["reason"] or reported)


class HoursTable(AreaTable):
    caption = gettext_lazy("How many polling stations of the areas directly below have reported")


@require_http_methods(["GET", "HEAD", "POST"])
def turnout(request: HttpRequest, slug: str, contest: str, code: str | None = None) -> HttpResponse:
    """The hours of an area; with an hour, its stations to report by it."""
    work = _work(request, slug, contest, code)
    if request.method == "POST":
        return _save(request, work)
    if "hour" not in request.GET and (work.below or work.due is None):
        return _overview(request, work)
    wanted = request.GET if "hour" in request.GET else {"hour": f"{work.due:%H:%M}"}
    form = TurnoutFilterForm(work.hours, wanted)
    if not form.is_valid():
        return _overview(request, work, " ".join(_errors(form)))
    page = _page_of(request, work, form)
    rows = _rows(work, form.time, list(page))
    return _list(request, work, form, rows, page=page)


def _work(request: HttpRequest, slug: str, contest: str, code: str | None) -> TurnoutWork:
    user = person(request)
    of = contest_of(slug, contest)
    may = user.may_report_turnout if request.method == "POST" else user.may_see_turnout
    require(
        may,
        _(
            "Only intake clerks, supervisors and commission members can report turnout. Ask one of"
            " them."
        ),
    )
    area = area_of(user, of, code)
    reported = stage.reported_by_area(of, area)
    if not reported:
        raise Http404(_("This contest does not take place in this area. Choose another area."))
    return TurnoutWork(user, of, area, stage.hours_of(of), reported, timezone.now())


def _errors(form: Form) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]


# --- How far it is -----------------------------------------------------------------------------


def _overview(request: HttpRequest, work: TurnoutWork, problem: str = "") -> HttpResponse:
    columns = [(f"h{hour:%H%M}", FigureColumn(verbose_name=f"{hour:%H:%M}")) for hour in work.hours]
    rows = [
        area_row("staff-turnout-area", work.contest, area)
        | {f"h{hour:%H%M}": area.by_hour.get(hour, 0) for hour in work.hours}
        for area in work.below
    ]
    table = HoursTable(rows, order_by="code", extra_columns=columns)
    shown = sort_and_page(request, table, per_page=100) if rows else None
    return _answer(request, work, "turnout/area.html", problem, table=shown)


def _answer(
    request: HttpRequest, work: TurnoutWork, template: str, problem: str, **parts: object
) -> HttpResponse:
    """A page about the area; with a problem, what was sent is wrong."""
    context = {
        "contest": work.contest,
        "election": work.contest.election,
        "area": work.area,
        "path": path_to(work.user, work.contest, work.area),
        "work": work,
        "problem": problem,
        **parts,
    }
    return render(request, template, context, status=400 if problem else 200)


# --- The stations that report by an hour -------------------------------------------------------


def _page_of(
    request: HttpRequest, work: TurnoutWork, form: TurnoutFilterForm
) -> "Page[ContestStation]":
    """The stations of one page, by code; whatever the planner believes of the tables."""
    paginator: Paginator[ContestStation] = Paginator(_stations(work, form), PER_PAGE)
    with no_nested_loops():
        page = paginator.get_page(request.GET.get("page"))
        page.object_list = list(page.object_list)
    return page


def _stations(work: TurnoutWork, form: TurnoutFilterForm) -> "QuerySet[ContestStation]":
    rows = _places(work)
    if begins := form.cleaned_data["q"]:
        rows = rows.filter(station__code__startswith=begins)
    if form.cleaned_data["missing"]:
        reported = TimedTurnout.objects.filter(
            contest=work.contest, station=OuterRef("station_id"), hour=form.time
        )
        rows = rows.filter(~Exists(reported))
    return rows


def _places(work: TurnoutWork) -> "QuerySet[ContestStation]":
    """The stations of the area, by code."""
    inside = work.contest.stations.filter(station__area__lineage__contains=[work.area.pk])
    return inside.select_related("station__area").order_by(Collate("station__code", "C"))


def _rows(
    work: TurnoutWork,
    hour: time,
    places: Sequence[ContestStation],
    data: Mapping[str, object] | None = None,
) -> list[TurnoutRow]:
    """A row for each station, with what is known of it; ``data``: what was typed."""
    readings = stage.readings_of(work.contest, [place.station_id for place in places])
    rows = []
    for place in places:
        known = readings.get(place.station_id, {})
        others = [reading for at, reading in known.items() if at != hour]
        form = TurnoutForm(data, prefix=f"s{place.station_id}")
        rows.append(TurnoutRow(place, form, known.get(hour), others))
    return rows


def _list(
    request: HttpRequest,
    work: TurnoutWork,
    form: TurnoutFilterForm,
    rows: list[TurnoutRow],
    problem: str = "",
    *,
    page: "Page[ContestStation] | None" = None,
) -> HttpResponse:
    has_come = work.has_come(form.time)
    return _answer(
        request,
        work,
        "turnout/hour.html",
        problem,
        form=form,
        hour=form.time,
        rows=rows,
        page=page,
        pages=list(page.paginator.get_elided_page_range(page.number)) if page else [],
        begin_at=_where_to_begin(rows),
        may_type=has_come and work.user.may_report_turnout,
        has_come=has_come,
    )


def _where_to_begin(rows: Sequence[TurnoutRow]) -> int | None:
    """The station whose field is typed first: one with a problem, else one without a figure."""
    found = [row for row in rows if row.problems] or [row for row in rows if row.stands is None]
    return found[0].place.station_id if found else None


# --- What was typed ----------------------------------------------------------------------------


def _save(request: HttpRequest, work: TurnoutWork) -> HttpResponse:
    """All that was typed on a page, or nothing of it with what is wrong beside each field."""
    form = TurnoutFilterForm(work.hours, {**request.GET.dict(), "hour": request.POST.get("hour")})
    if not form.is_valid():
        return _overview(request, work, " ".join(_errors(form)))
    rows = _rows(work, form.time, _typed_places(request, work), request.POST)
    for row in rows:
        row.problems = _errors(row.form)
    if not any(row.problems for row in rows):
        figures = [_typed(row) for row in rows if row.form.is_new]
        try:
            number = stage.report_all(
                contest=work.contest, hour=form.time, figures=figures, by=work.user, at=work.now
            )
        except stage.FiguresRefused as refused:
            _tell(work, form.time, rows, refused)
        except stage.TurnoutRefused as refused:
            return _list(request, work, form, rows, str(refused))
        else:
            _say(request, number)
            return redirect(_next_address(request, work, form))
    return _list(request, work, form, rows, _nothing_saved(rows))


def _nothing_saved(rows: Sequence[TurnoutRow]) -> str:
    wrong = sum(bool(row.problems) for row in rows)
    message = ngettext(
        "Nothing on this page was saved. Check %(n)s marked row, then save the page again.",
        "Nothing on this page was saved. Check %(n)s marked rows, then save the page again.",
        wrong,
    )
    return message % {"n": wrong}


def _typed_places(request: HttpRequest, work: TurnoutWork) -> list[ContestStation]:
    """The stations that were on the page, which others may have reported meanwhile."""
    typed = {text for text in request.POST.getlist("station") if text.isascii() and text.isdigit()}
    ids = sorted(int(text) for text in typed if len(text) < 19)[:PER_PAGE]
    places = list(_places(work).filter(station__in=ids))
    if len(places) != len(ids):
        raise PermissionDenied(
            _("This polling station is not in your area. Choose a polling station of your area.")
        )
    return places


def _typed(row: TurnoutRow) -> stage.Typed:
    data = row.form.cleaned_data
    return stage.Typed(row.place.station, data["voters"], data["seen"], data["reason"])


def _tell(
    work: TurnoutWork, hour: time, rows: list[TurnoutRow], refused: stage.FiguresRefused
) -> None:
    """Put each refusal beside its field. What stands there now is what the next look has seen."""
    latest = stage.readings_of(work.contest, list(refused.problems))
    for row in rows:
        station = row.place.station_id
        problem = refused.problems.get(station)
        row.wants_reason = isinstance(problem, stage.WantsReason)
        row.told_anew = isinstance(problem, stage.SomebodyReported)
        if problem is not None:
            row.problems = [str(problem)]
            row.stands = latest.get(station, {}).get(hour)
            row.others = [r for at, r in latest.get(station, {}).items() if at != hour]


def _say(request: HttpRequest, number: int) -> None:
    if not number:
        messages.info(request, _("You entered no new figure. Nothing was saved."))
        return
    message = ngettext("%(n)s figure is saved.", "%(n)s figures are saved.", number)
    messages.success(request, message % {"n": number})


def _next_address(request: HttpRequest, work: TurnoutWork, form: TurnoutFilterForm) -> str:
    """The next page; of those that have not reported the same, since these are not there now."""
    query = request.GET.copy()
    query["hour"] = form.cleaned_data["hour"]
    if not form.cleaned_data["missing"]:
        paginator: Paginator[ContestStation] = Paginator(_stations(work, form), PER_PAGE)
        with no_nested_loops():
            here = paginator.get_page(query.get("page"))
        query["page"] = str(min(here.number + 1, paginator.num_pages))
    where = (work.contest.election.slug, work.contest.code, work.area.code)
    return reverse("staff-turnout-area", args=where, query=query)
