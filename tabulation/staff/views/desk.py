"""The clerk's desk: what is begun, what was given back, and the next protocol."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from candidates.models import Contest
from tabulation.counting import entry
from tabulation.models import ContestStation, NotYours, User
from tabulation.staff.access import contest_of, person, place_of
from tabulation.staff.forms.protocols import CodeForm


@require_safe
def desk(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """Where a clerk comes back to after every protocol; a code leads to its polling station."""
    user, of = _clerk_and_contest(request, slug, contest)
    if "code" not in request.GET:
        return _page(request, user, of, CodeForm())
    form = CodeForm(request.GET, contest=of)
    if not form.is_valid():
        return _page(request, user, of, form, status=400)
    code = form.cleaned_data["code"]
    if not ContestStation.objects.filter(contest=of, station__code=code).exists():
        form.add_error("code", _("There is no polling station %(code)s.") % {"code": code})
        return _page(request, user, of, form, status=404)
    return HttpResponseRedirect(reverse("staff-station", args=[slug, contest, code]))


@require_POST
def next_protocol(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """Sit down at what has waited longest."""
    user, of = _clerk_and_contest(request, slug, contest)
    try:
        seat = entry.next_seat(contest=of, by=user, at=timezone.now())
    except entry.EntryRefused as refused:
        return _page(request, user, of, CodeForm(), problem=str(refused), status=409)
    code = seat.protocol.station.code
    return HttpResponseRedirect(reverse("entry", args=[slug, contest, code]))


@require_POST
def start(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
    """Sit down at the protocol of one polling station."""
    user, of = _clerk_and_contest(request, slug, contest)
    place = place_of(user, slug, contest, code)
    try:
        entry.start(contest=of, station=place.station, by=user, at=timezone.now())
    except entry.EntryRefused as refused:
        return _page(request, user, of, CodeForm(), problem=str(refused), status=409)
    return HttpResponseRedirect(reverse("entry", args=[slug, contest, code]))


def _clerk_and_contest(request: HttpRequest, slug: str, contest: str) -> tuple[User, Contest]:
    user = person(request)
    of = contest_of(slug, contest)
    if not user.may_type:
        raise NotYours(_("Only an entry clerk types protocols."))
    return user, of


def _page(
    request: HttpRequest,
    user: User,
    contest: Contest,
    form: CodeForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "contest": contest,
        "election": contest.election,
        "form": form,
        "seats": list(entry.seats_at_work(user, contest)),
        "problem": problem,
    }
    return render(request, "entry/desk.html", context, status=status)
