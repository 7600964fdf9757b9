"""Intake: type or scan a code, see the station's name, log the paper."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from candidates.models import Contest
from tabulation.counting import intake
from tabulation.models import ContestStation, Protocol, User
from tabulation.staff.access import contest_of, person, place_of, require
from tabulation.staff.answers import form_page
from tabulation.staff.forms.protocols import CodeForm, ReceiptForm


@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """A code first, then the echo of its station with the paper's condition, then the next code."""
    user = person(request)
    of = contest_of(slug, contest)
    require(
        user.may_receive,
        _("Only intake clerks and supervisors can register paper protocols. Ask one of them."),
    )
    if request.method == "POST":
        return _receive(request, user, of)
    if "code" not in request.GET:
        return _page(request, of, CodeForm())
    form = CodeForm(request.GET, contest=of)
    if not form.is_valid():
        return _page(request, of, form)
    place, problem, status = _looked_up(user, of, form.cleaned_data["code"])
    if place is None:
        return _page(request, of, form, problem, status=status)
    if newest := _newest(place):
        return _page(request, of, form, intake.who_has_it(newest))
    form = ReceiptForm(initial={"code": place.station.code})
    return _page(request, of, form, place=place)


def _looked_up(user: User, of: Contest, code: str) -> tuple[ContestStation | None, str, int]:
    """The station, or the sentence and status of a refusal."""
    try:
        place = place_of(user, of.election.slug, of.code, code)
    except Http404:
        return (
            None,
            _(
                "There is no polling station %(code)s in this contest. Check the code and enter it"
                " again."
            )
            % {"code": code},
            404,
        )
    except PermissionDenied:
        area = ContestStation.objects.get(contest=of, station__code=code).station.area
        message = _(
            "Polling station %(code)s is not in your area. Nothing was registered. Pass its"
            " paper protocol to the area “%(area)s”."
        )
        return None, message % {"code": code, "area": area.name}, 403
    return place, "", 200


def _newest(place: ContestStation) -> Protocol | None:
    """What is here of the station already."""
    return (
        Protocol.objects.filter(contest=place.contest_id, station=place.station_id)
        .newest_first()
        .select_related("contest__election", "station")
        .first()
    )


def _receive(request: HttpRequest, user: User, of: Contest) -> HttpResponse:
    form = ReceiptForm(request.POST, contest=of)
    place, problem, status = None, "", 400
    if form.is_valid():
        place, problem, status = _looked_up(user, of, form.cleaned_data["code"])
    if place is None:
        return _page(request, of, CodeForm() if problem else form, problem, status=status)
    data = form.cleaned_data
    if data["again"] not in ("", data["code"]):
        left = _(
            "You entered another code, so nothing was registered for polling station %(code)s."
            " To register that protocol, enter its code again."
        )
        messages.warning(request, left % {"code": data["code"]})
        other = {"code": data["again"]}
        return redirect(reverse("intake", args=[of.election.slug, of.code], query=other))
    try:
        intake.receive(
            contest=of,
            station=place.station,
            by=user,
            at=timezone.now(),
            condition=data["condition"],
            remarks=data["remarks"],
        )
    except intake.IntakeRefused as refused:
        return _page(request, of, CodeForm(), refused)
    named = {"code": place.station.code, "name": place.station.name}
    messages.success(
        request, _("The protocol of polling station %(code)s (%(name)s) was received.") % named
    )
    return redirect("intake", of.election.slug, of.code)


def _page(
    request: HttpRequest,
    contest: Contest,
    form: CodeForm,
    problem: Exception | str = "",
    *,
    place: ContestStation | None = None,
    status: int | None = None,
) -> HttpResponse:
    context = {"contest": contest, "election": contest.election, "place": place}
    return form_page(request, "entry/intake.html", form, problem, status, **context)
