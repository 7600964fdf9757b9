"""What the next publication would say, the button that makes it one, and publishing by itself."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from candidates.models import Contest, Election
from tabulation.languages.formatting import spoken
from tabulation.ledger import autopublishing
from tabulation.ledger.differences import CHANGED
from tabulation.ledger.preview import ContestPreview, Preview, preview_of
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.status_words import DECIDED
from tabulation.ledger.withholding import withheld_in
from tabulation.models import AutopublishPeriod, Motion, Order, User
from tabulation.outcomes.certification.acts import ActRefused
from tabulation.staff.access import contest_of, person, require
from tabulation.staff.answers import form_page
from tabulation.staff.forms.protocols import AutopublishForm, EndAutopublishForm, PublishForm
from tabulation.staff.views import orders
from tabulation.staff.views.motions import draft, read_back


@require_http_methods(["GET", "HEAD", "POST"])
def publish_next(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """What the election's next publication would say; the button makes it one."""
    user = _publisher(request)
    of = contest_of(slug, contest)
    if request.method != "POST":
        return _page(request, of)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return _page(request, of, form)
    try:
        if (drafted := _drafted(of.election, form.cleaned_data)) is not None:
            return read_back(request, drafted)
        order = orders.done(_order(of.election, user, form.cleaned_data))
    except (ActRefused, PublicationRefused) as refused:
        return _page(request, of, form, refused)
    except orders.OrderFailed as failed:
        return _page(request, of, form, failed, 503)
    except orders.OrderWaits as waits:
        return orders.to_its_page(waits)
    messages.success(
        request, _("The results were published as publication %(n)s.") % {"n": order.number}
    )
    if order.answer:
        messages.warning(request, order.answer)
    return redirect("aggregation", slug, contest)


def _publisher(request: HttpRequest) -> User:
    user = person(request)
    require(
        user.may_publish,
        _(
            "Commission members for the whole country publish the results. Nothing was published."
            " Ask one of these members."
        ),
    )
    return user


def _drafted(election: Election, data: dict[str, Any]) -> Motion | None:
    """The publication as a member proposes it; none where a member publishes what the count says
    alone. Raises PublicationRefused.
    """
    word = data["status"] or preview_of(election).status
    if not election.confirmations or word not in DECIDED:
        return None
    seen = {"after": data["after"], "fingerprint": data["seen"]}
    said = {"word": str(word), **{name: data[name] for name in ("note", "status", "decision")}}
    return draft(election, Motion.Act.PUBLISH, seen, said)


def _order(election: Election, user: User, data: dict[str, Any]) -> Order:
    """What the publisher is asked for: what the person was looking at."""
    said = {name: data[name] for name in ("note", "status", "decision")}
    seen = {"after": data["after"], "fingerprint": data["seen"]}
    act = Motion.Act.PUBLISH
    return Order(election=election, by=user, act=act, arguments=said, taken_on=seen)


def _page(
    request: HttpRequest,
    contest: Contest,
    form: PublishForm | None = None,
    problem: Exception | str = "",
    status: int | None = None,
) -> HttpResponse:
    try:
        ahead = preview_of(contest.election)
    except PublicationRefused as refused:
        raise Http404(str(refused)) from refused
    context = {
        "contest": contest,
        "election": contest.election,
        "preview": ahead,
        "withheld": withheld_in(contest.election, ahead.after),
        "parts": [_part(part) for part in ahead.contests],
        # Hidden fields are those of the preview on this page, not of the one before.
        "out_of_date": form is not None and bool({"after", "seen"} & set(form.errors)),
        "language": spoken(),
    }
    status = status or (None if form is None or problem else 400)
    shown = _form(ahead, form)
    return form_page(request, "aggregation/publish.html", shown, problem, status, **context)


def _form(ahead: Preview, form: PublishForm | None) -> PublishForm:
    """The form for what is on this page, with what the person has typed already."""
    word = ahead.status_label
    shown = {"after": ahead.after, "seen": ahead.fingerprint}
    if form is None:
        return PublishForm(initial=shown, word=word)
    return PublishForm({**dict(form.data.items()), **shown}, word=word)


def _part(part: ContestPreview) -> dict[str, object]:
    rows = [{"change": change, "lines": change.lines(part.form)} for change in part.changes]
    kinds = [(kind.label, part.counts[kind]) for kind in CHANGED if part.counts[kind]]
    return {"preview": part, "rows": rows, "kinds": kinds}


@require_http_methods(["GET", "HEAD", "POST"])
def autopublish(request: HttpRequest, slug: str) -> HttpResponse:
    """The decisions that partial results are published by themselves; the form records one."""
    user = _publisher(request)
    election = get_object_or_404(Election, slug=slug)
    with timezone.override(election.time_zone):
        if request.method != "POST":
            return _decisions(request, election, AutopublishForm())
        form = AutopublishForm(request.POST)
        if not form.is_valid():
            return _decisions(request, election, form)
        try:
            if election.confirmations:
                act = Motion.Act.AUTOPUBLISH
                return read_back(request, draft(election, act, {}, form.cleaned_data))
            autopublishing.allow_period(
                election=election, by=user, at=timezone.now(), **form.cleaned_data
            )
        except (ActRefused, autopublishing.AutopublishRefused) as refused:
            return _decisions(request, election, form, refused)
    messages.success(request, _("The decision was recorded."))
    return redirect("autopublish", slug)


@require_POST
def end_autopublish(request: HttpRequest, slug: str) -> HttpResponse:
    """End a decision before its period is over."""
    user = _publisher(request)
    election = get_object_or_404(Election, slug=slug)
    with timezone.override(election.time_zone):
        form = EndAutopublishForm(request.POST)
        if not form.is_valid():
            problem = _("This page is outdated. Nothing was saved. Open the page again.")
            return _decisions(request, election, AutopublishForm(), problem, status=400)
        period = get_object_or_404(
            AutopublishPeriod, election=election, pk=form.cleaned_data["end"]
        )
        try:
            autopublishing.end_period(period=period, by=user, at=timezone.now())
        except autopublishing.AutopublishRefused as refused:
            return _decisions(request, election, AutopublishForm(), refused)
    messages.success(request, _("Automatic publication under this decision has ended."))
    return redirect("autopublish", slug)


def _decisions(
    request: HttpRequest,
    election: Election,
    form: AutopublishForm,
    problem: Exception | str = "",
    *,
    status: int | None = None,
) -> HttpResponse:
    periods = election.autopublish_periods.select_related("by", "ended_by")
    context = {"election": election, "decisions": list(periods), "now": timezone.now()}
    return form_page(request, "aggregation/autopublish.html", form, problem, status, **context)
