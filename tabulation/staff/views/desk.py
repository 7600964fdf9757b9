"""The clerk's desk: what is begun, what was given back, and the next protocol."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from candidates.models import Contest
from tabulation.counting import entry
from tabulation.models import ContestStation, User
from tabulation.staff.access import contest_of, person, place_of, require
from tabulation.staff.answers import form_page
from tabulation.staff.forms.protocols import CodeForm


@require_safe
def desk(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """Where a clerk comes back to after every protocol; a code leads to its polling station."""
    user, of = _clerk_and_contest(request, slug, contest)
    if "code" not in request.GET:
        return _page(request, user, of, CodeForm())
    form = CodeForm(request.GET, contest=of)
    if not form.is_valid():
        return _page(request, user, of, form)
    code = form.cleaned_data["code"]
    if not ContestStation.objects.filter(contest=of, station__code=code).exists():
        form.add_error(
            "code",
            _(
                "There is no polling station %(code)s in this contest. Check the code and enter it"
                " again."
            )
            % {"code": code},
        )
        return _page(request, user, of, form, status=404)
    return redirect("staff-station", slug, contest, code)


@require_POST
def next_protocol(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """Sit down at what has waited longest."""
    user, of = _clerk_and_contest(request, slug, contest)
    try:
        seat = entry.next_seat(contest=of, by=user, at=timezone.now())
    except entry.EntryRefused as refused:
        return _page(request, user, of, CodeForm(), refused)
    return redirect("entry", slug, contest, seat.protocol.station.code)


@require_POST
def start(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
    """Sit down at the protocol of one polling station."""
    user, of = _clerk_and_contest(request, slug, contest)
    place = place_of(user, slug, contest, code)
    try:
        entry.start(contest=of, station=place.station, by=user, at=timezone.now())
    except entry.EntryRefused as refused:
        return _page(request, user, of, CodeForm(), refused)
    return redirect("entry", slug, contest, code)


def _clerk_and_contest(request: HttpRequest, slug: str, contest: str) -> tuple[User, Contest]:
    user = person(request)
    of = contest_of(slug, contest)
    require(
        user.may_type, _("Only entry clerks can enter protocols. Ask an entry clerk to do this.")
    )
    return user, of


def _page(
    request: HttpRequest,
    user: User,
    contest: Contest,
    form: CodeForm,
    problem: Exception | str = "",
    *,
    status: int | None = None,
) -> HttpResponse:
    seats = list(entry.seats_at_work(user, contest))
    context = {"contest": contest, "election": contest.election, "seats": seats}
    return form_page(request, "entry/desk.html", form, problem, status, **context)
