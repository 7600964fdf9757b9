"""The commission's decision: what it has before it, and the acts it records."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from candidates.fields import translated
from candidates.models import Contest, Election
from tabulation import certification, deciding, printing, publication
from tabulation.certification import ActRefused, NothingPublished, OpenStation
from tabulation.commission_forms import LotForm, RoundForm, SittingForm
from tabulation.documents.outcome import Shown
from tabulation.documents.results import Result
from tabulation.models import Decision, PublicationQueue, Sitting, User
from tabulation.outcomes import LotNeeded
from tabulation.printing import TypesettingFailed
from tabulation.publication import PublicationRefused
from tabulation.templatetags.results import spoken
from tabulation.views.access import contest_of, person
from tabulation.views.unprintable import act_failed

#: Open stations named on the page; how many more there are is said.
NAMED = 100


@require_safe
def decision(request: HttpRequest, slug: str) -> HttpResponse:
    """What the rule makes of the newest publication, what is open, and what was decided."""
    user = _seen_by(request)
    election = get_object_or_404(Election, slug=slug)
    return _page(request, election, user)


@require_POST
def sitting(request: HttpRequest, slug: str) -> HttpResponse:
    """Record a sitting; the certified results are out with it."""
    user = _member(request)
    election = get_object_or_404(Election, slug=slug)
    with timezone.override(ZoneInfo(election.time_zone)):
        form = SittingForm(request.POST, codes=_codes(election))
        if not form.is_valid():
            return _page(request, election, user, sitting=form, status=400)
        said = form.cleaned_data
        try:
            published = certification.certify(
                election=election,
                decided_on=said["decided_on"],
                decision=said["decision"],
                held_at=said["held_at"],
                vote=form.vote,
                choices=form.choices,
                open_reason=said["open_reason"],
                papers=printing.papers_of,
                by=user,
                at=timezone.now(),
            )
        except (ActRefused, PublicationRefused) as refused:
            told = str(refused)
            return _page(request, election, user, sitting=form, problem=told, status=409)
        except TypesettingFailed as failed:
            told = act_failed(failed)
            return _page(request, election, user, sitting=form, problem=told, status=503)
    told = _("Certified results are out as publication %(n)s.")
    return _done(request, slug, told % {"n": published.number})


@require_POST
def lot(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """Record a lot; the rule goes on with it in the publication that is out with it."""

    def record(of: Contest, form: LotForm, user: User) -> str:
        said = form.cleaned_data
        published = certification.record_lot(
            contest=of, asked_in=said["asked_in"], drawn=said["order"], **form.drawn,
            by=user, at=timezone.now(),
        )  # fmt: skip
        return _("The lot is recorded and out as publication %(n)s.") % {"n": published.number}

    none = _("No tie of the published figures asks for this lot.")
    return _draw(request, slug, contest, LotForm, _names_of_lot, none, record)


@require_POST
def second_round(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """Create the second round of a contest."""

    def create(of: Contest, form: RoundForm, user: User) -> str:
        said = form.cleaned_data
        made = certification.create_second_round(
            first=of, order=said["order"], polling_day=said["polling_day"], **form.drawn,
            by=user, at=timezone.now(),
        )  # fmt: skip
        return _("The second round is there as the contest %(code)s.") % {"code": made.code}

    none = _("No decision of the commission asks for a second round.")
    return _draw(request, slug, contest, RoundForm, _names_of_round, none, create)


def _draw(
    request: HttpRequest,
    slug: str,
    contest: str,
    form_of: type[Any],
    names_of: Callable[[Contest], list[tuple[int, str]]],
    none: str,
    act: Callable[[Contest, Any, User], str],
) -> HttpResponse:
    """Do the act that something was drawn for, and say what it says; ``none``: why there is nobody
    to draw among.
    """
    user = _member(request)
    of = contest_of(slug, contest)
    with timezone.override(ZoneInfo(of.election.time_zone)):
        names = names_of(of)
        if not names:
            return _page(request, of.election, user, problem=none, status=409)
        form = form_of(request.POST, names=names)
        if not form.is_valid():
            return _page(request, of.election, user, draw=(contest, form), status=400)
        try:
            told = act(of, form, user)
        except (ActRefused, PublicationRefused) as refused:
            problem = str(refused)
            return _page(
                request, of.election, user, draw=(contest, form), problem=problem, status=409
            )
    return _done(request, slug, told)


def _seen_by(request: HttpRequest) -> User:
    user = person(request)
    if not user.may_see_decision:
        raise PermissionDenied(_("The commission's members decide, and auditors look on."))
    return user


def _member(request: HttpRequest) -> User:
    user = person(request)
    if not user.may_publish:
        raise PermissionDenied(_("Only a commission member for the whole country records this."))
    return user


def _done(request: HttpRequest, slug: str, told: str) -> HttpResponseRedirect:
    messages.success(request, told)
    return redirect("decision", slug)


# --- The page --------------------------------------------------------------------------------


@dataclass
class Part:
    """A contest as the commission has it before it."""

    contest: Contest
    shown: Shown
    decided: Decision | None
    #: Whether a sitting may decide about it: nothing is decided, or its figures changed since.
    due: bool
    open: list[OpenStation]
    #: Stations whose figures changed since the publication, and wait for the next.
    waiting: int
    #: The form of the lot or of the second round that is due.
    lot: LotForm | None = None
    round: RoundForm | None = None
    second: Contest | None = None
    sitting_fields: list[Any] = field(default_factory=list)

    @property
    def open_named(self) -> list[OpenStation]:
        return self.open[:NAMED]

    @property
    def open_more(self) -> int:
        return max(0, len(self.open) - NAMED)


def _page(
    request: HttpRequest,
    election: Election,
    user: User,
    *,
    sitting: SittingForm | None = None,
    draw: tuple[str, LotForm | RoundForm] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    last = publication.latest(election)
    parts = _parts(last, draw) if last else []
    due = [part for part in parts if part.due]
    form = None
    if due and last and user.may_publish:
        form = _sitting_form(last, [part.contest.code for part in due], sitting)
        for part in due:
            part.sitting_fields = form.fields_of(part.contest.code, is_open=bool(part.open))
    sittings = Sitting.objects.filter(election=election)
    context = {
        "election": election,
        "publication": last,
        "parts": parts,
        "form": form,
        "own_fields": form.own_fields(is_open=any(p.open for p in due)) if form else [],
        "problem": problem,
        "may_decide": user.may_publish,
        "sittings": sittings.prefetch_related("decisions__contest").order_by("-id"),
        "language": spoken(),
        "today": timezone.localdate(timezone=ZoneInfo(election.time_zone)),
    }
    with timezone.override(ZoneInfo(election.time_zone)):
        return render(request, "commission/decision.html", context, status=status)


def _sitting_form(last: Any, codes: list[str], said: SittingForm | None) -> SittingForm:
    """What was typed stays, on the figures that this page shows."""
    if said is None:
        return SittingForm(codes=codes, initial={"decided_on": last.number})
    return SittingForm({**dict(said.data.items()), "decided_on": last.number}, codes=codes)


def _parts(last: Any, draw: tuple[str, Any] | None) -> list[Part]:
    due = {contest.pk for contest, _paper in certification.undecided(last)}
    return [
        _part(last, contest, paper, contest.pk in due, draw)
        for contest, paper in publication.published_contests(last)
    ]


def _part(last: Any, contest: Contest, paper: Any, due: bool, draw: Any) -> Part:
    proposal = deciding.propose(last, contest, paper)
    standing = publication.decision_of(last, contest)
    waiting = PublicationQueue.objects.filter(contest=contest)
    part = Part(
        contest=contest,
        shown=Shown(proposal, Result(proposal.head, paper)),
        decided=standing,
        due=due,
        open=certification.open_stations(contest) if due else [],
        waiting=waiting.values("station").distinct().count(),
    )
    typed = draw[1] if draw and draw[0] == contest.code else None
    if due and isinstance(part.shown.found, LotNeeded) and not proposal.stations_out:
        names = _named(proposal, part.shown.found.among)
        part.lot = typed if isinstance(typed, LotForm) else LotForm(
            names=names, initial={"asked_in": last.number}
        )  # fmt: skip
    if standing is not None and standing.kind == Decision.Kind.SECOND_ROUND:
        made = publication.second_round_of(contest)
        part.second = made.second if made else None
        if made is None and not due:
            names = _named(proposal, standing.advancing)
            part.round = typed if isinstance(typed, RoundForm) else RoundForm(names=names)
    return part


def _named(proposal: deciding.Proposal, numbers: Any) -> list[tuple[int, str]]:
    """Number and name of each, in the language of the page."""
    choices = {choice.number: choice for choice in proposal.paper.choices}
    language = spoken()
    return [(n, f"{n} {translated(choices[n].name, choices[n].names, language)}") for n in numbers]


def _codes(election: Election) -> list[str]:
    last = publication.latest(election)
    return [contest.code for contest, _paper in certification.undecided(last)] if last else []


def _names_of_lot(contest: Contest) -> list[tuple[int, str]]:
    last = publication.latest(contest.election)
    try:
        needed = certification.lot_needed(last, contest) if last else None
    except NothingPublished:
        needed = None
    return [(number, str(number)) for number in needed.among] if needed else []


def _names_of_round(contest: Contest) -> list[tuple[int, str]]:
    last = publication.latest(contest.election)
    standing = publication.decision_of(last, contest) if last else None
    return [(number, str(number)) for number in standing.advancing] if standing else []
