"""The commission's decision: what it has before it, and the acts it records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from candidates.fields import translated
from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.languages.formatting import spoken
from tabulation.ledger import acts, reading
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.status import status_of
from tabulation.models import (
    Decision,
    Motion,
    Order,
    Publication,
    PublicationQueue,
    Sitting,
    User,
    sits,
)
from tabulation.outcomes.certification import lots, polling_days
from tabulation.outcomes.certification.acts import ActRefused, NothingPublished
from tabulation.outcomes.certification.open_stations import OpenStation, open_stations
from tabulation.outcomes.certification.roster import roster_of
from tabulation.outcomes.certification.sittings import LATER, undecided
from tabulation.outcomes.methods.terms import LotNeeded
from tabulation.outcomes.proposals.proposal import Proposal, propose
from tabulation.public.pages.outcome import Shown
from tabulation.public.pages.results import Result
from tabulation.staff.access import contest_of, person, require
from tabulation.staff.answers import form_page
from tabulation.staff.forms.commission import DayForm, LotForm, RoundForm, SittingForm
from tabulation.staff.views import orders
from tabulation.staff.views.motions import draft, read_back, waiting_in

#: Open stations named on the page; how many more there are is said.
NAMED = 100
F = TypeVar("F", LotForm, RoundForm)


@require_safe
def decision(request: HttpRequest, slug: str) -> HttpResponse:
    """What the rule makes of the newest publication, what is open, and what was decided."""
    user = person(request)
    require(
        user.may_see_decision,
        _(
            "Commission members and auditors for the whole country can see the commission's"
            " decisions."
        ),
    )
    election = get_object_or_404(Election, slug=slug)
    return _page(request, election)


@require_POST
def sitting(request: HttpRequest, slug: str) -> HttpResponse:
    """Record a sitting; the certified results are out with it."""
    user = _member(request)
    election = get_object_or_404(Election, slug=slug)
    form = SittingForm(request.POST, **_codes(election), roster=roster_of(election))

    def drafted(data: dict[str, Any]) -> Motion:
        said = {name: data[name] for name in ("decision", "held_at", "open_reason")}
        said |= {"vote": form.vote, "choices": form.choices}
        return draft(election, Motion.Act.CERTIFY, {"publication": data["decided_on"]}, said)

    said = _("The certified results were published as publication %(n)s.")
    return _record(request, election, form, _ordered(user, drafted, said), drafted, sitting=form)


@require_POST
def lot(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """Record a lot; the rule goes on with it in the publication that is out with it."""
    user = _member(request)
    of = contest_of(slug, contest)
    names = _names_of_lot(of)
    if not names:
        problem = _(
            "The published figures do not require this drawing of lots. Nothing was saved."
            " Check the newest publication."
        )
        return _page(request, of.election, problem)
    form = LotForm(request.POST, names=names)

    drafted = partial(_about, of, Motion.Act.LOT)
    said = _("The drawing of lots was recorded and published as publication %(n)s.")
    record = _ordered(user, drafted, said)
    return _record(request, of.election, form, record, drafted, draw=(contest, form))


@require_POST
def second_round(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """Create the second round of a contest."""
    user = _member(request)
    of = contest_of(slug, contest)
    names = _names_of_round(of)
    if not names:
        problem = _(
            "The commission has not decided on a second round of this contest. Nothing was"
            " saved. Record the commission's decision first."
        )
        return _page(request, of.election, problem)
    form = RoundForm(request.POST, names=names)

    drafted = partial(_about, of, Motion.Act.SECOND_ROUND)
    said = _("The second round was created and published as publication %(n)s.")
    record = _ordered(user, drafted, said)
    return _record(request, of.election, form, record, drafted, draw=(contest, form))


@require_POST
def polling_day(request: HttpRequest, slug: str, contest: str) -> HttpResponse:
    """Move the polling day of a later round."""
    user = _member(request)
    of = contest_of(slug, contest)
    form = DayForm(request.POST)

    def move(data: dict[str, Any]) -> str:
        polling_days.move_polling_day(contest=of, **data, by=user, at=timezone.now())
        return _("The polling day was moved.")

    drafted = partial(_about, of, Motion.Act.POLLING_DAY)
    return _record(request, of.election, form, move, drafted, draw=(contest, form))


def _ordered(
    user: User, drafted: Callable[[dict[str, Any]], Motion], said: str
) -> Callable[[dict[str, Any]], str]:
    """What has the publisher do what is ``drafted``, and then says so."""

    def ordered(data: dict[str, Any]) -> str:
        act = drafted(data)
        done = orders.done(
            Order(
                election=act.election, act=act.act, contest=act.contest, by=user,
                arguments=act.arguments, taken_on=act.taken_on,
            )
        )  # fmt: skip
        return said % {"n": done.number}

    return ordered


def _about(contest: Contest, act: str, data: dict[str, Any]) -> Motion:
    """What a form says of a contest, as a member proposes it."""
    said = {name: value for name, value in data.items() if name != "asked_in"}
    taken_on = {"publication": data["asked_in"]} if "asked_in" in data else {}
    return draft(contest.election, act, taken_on, said, contest=contest)


def _record(
    request: HttpRequest,
    election: Election,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    drafted: Callable[[dict[str, Any]], Motion],
    **typed: Any,
) -> HttpResponse:
    """Do the act and say what it says, or read back what is ``drafted`` where other members confirm
    it; or show the page with what was ``typed`` and is wrong.
    """
    with timezone.override(election.time_zone):
        if not form.is_valid():
            return _page(request, election, status=400, **typed)
        try:
            if election.confirmations:
                return read_back(request, drafted(form.cleaned_data))
            message = act(form.cleaned_data)
        except (ActRefused, PublicationRefused) as refused:
            return _page(request, election, refused, **typed)
        except orders.OrderFailed as failed:
            return _page(request, election, failed, status=503, **typed)
        except orders.OrderWaits as waits:
            return orders.to_its_page(waits)
    messages.success(request, message)
    return redirect("decision", election.slug)


def _member(request: HttpRequest) -> User:
    user = person(request)
    require(
        user.may_publish,
        _(
            "Commission members for the whole country record the commission's decisions. Nothing"
            " was saved. Ask one of these members."
        ),
    )
    return user


# --- The page --------------------------------------------------------------------------------


@dataclass
class ContestPart:
    """A contest as the commission has it before it."""

    contest: Contest
    shown: Shown
    decided: Decision | None
    #: Whether a sitting may decide about it: nothing is decided, or its figures changed since.
    due: bool
    open: list[OpenStation]
    #: Stations whose figures changed since the publication, and wait for the next.
    waiting: int
    #: How far it is: a word of `Publication.Status`.
    status: str
    #: Whether it is a second round that no decision asks for any more.
    called_off: bool
    #: The form of the lot or of the second round that is due.
    lot: LotForm | None = None
    round: RoundForm | None = None
    #: The second round that was made of it; of a second round itself, the form of its day.
    second: Contest | None = None
    day: DayForm | None = None
    sitting_fields: list[forms.BoundField] = field(default_factory=list)

    @property
    def anew(self) -> bool:
        """Whether a sitting may decide about it although nothing has changed."""
        return self.decided is not None and not self.due

    @property
    def begun(self) -> bool:
        unit = self.shown.result.unit
        return unit.counted + unit.annulled > 0

    @property
    def open_named(self) -> list[OpenStation]:
        return self.open[:NAMED]

    @property
    def open_more(self) -> int:
        return max(0, len(self.open) - NAMED)


def _page(
    request: HttpRequest,
    election: Election,
    problem: Exception | str = "",
    *,
    sitting: SittingForm | None = None,
    draw: tuple[str, forms.Form] | None = None,
    status: int | None = None,
) -> HttpResponse:
    user = person(request)
    last = reading.latest(election)
    parts = _parts(last, draw) if last else []
    decidable = [part for part in parts if part.due or part.anew]
    form, may_decide = None, user.may_publish and sits(user, election)
    if decidable and last and may_decide:
        form = _sitting_form(last, decidable, sitting)
        for part in decidable:
            part.sitting_fields = form.fields_of(part.contest.code, is_open=bool(part.open))
    any_decided = any(part.decided for part in parts)
    sittings = Sitting.objects.filter(election=election)
    context = {
        "election": election,
        "publication": last,
        "parts": parts,
        "statuses": {part.status for part in parts},
        "own_fields": form.own_fields(is_open=any(p.open for p in decidable)) if form else [],
        "due": any(part.due for part in parts if part.begun or not any_decided),
        "may_decide": may_decide,
        "sittings": sittings.prefetch_related("decisions__contest").order_by("-id"),
        "language": spoken(),
        "waiting": waiting_in(user, election),
        "today": timezone.localdate(timezone=ZoneInfo(election.time_zone)),
    }
    with timezone.override(election.time_zone):
        return form_page(request, "commission/decision.html", form, problem, status, **context)


def _sitting_form(
    last: Publication, parts: list[ContestPart], typed: SittingForm | None
) -> SittingForm:
    """What was typed stays, on the figures that this page shows."""
    codes = {
        "codes": [part.contest.code for part in parts if part.due],
        "decided": [part.contest.code for part in parts if part.anew],
    }
    if typed is None:
        to_come = [part for part in parts if part.due and codes["decided"] and not part.begun]
        left = {f"kind-{part.contest.code}": LATER for part in to_come}
        said = {"decided_on": last.number, **left}
        return SittingForm(**codes, roster=roster_of(last.election), initial=said)
    data: Any = typed.data
    data = data.copy()
    data["decided_on"] = last.number
    return SittingForm(data, **codes, roster=roster_of(last.election))


def _parts(last: Publication, draw: tuple[str, forms.Form] | None) -> list[ContestPart]:
    due = {contest.pk for contest, _form in undecided(last)}
    return [
        _part(last, contest, form, contest.pk in due, draw)
        for contest, form in reading.published_contests(last)
    ]


def _part(
    last: Publication,
    contest: Contest,
    form: ProtocolForm,
    due: bool,
    draw: tuple[str, forms.Form] | None,
) -> ContestPart:
    proposal = propose(last, contest, form)
    standing = acts.decision_of(last, contest)
    waiting = PublicationQueue.objects.filter(contest=contest)
    part = ContestPart(
        contest=contest,
        shown=Shown(proposal, Result(proposal.head, form)),
        decided=standing,
        due=due,
        open=open_stations(contest) if due or standing else [],
        waiting=waiting.values("station").distinct().count(),
        status=status_of(last, contest),
        called_off=acts.is_called_off(last, contest),
    )
    typed = draw[1] if draw and draw[0] == contest.code else None
    if due and isinstance(part.shown.found, LotNeeded) and not proposal.stations_out:
        names = _named(proposal, part.shown.found.among)
        part.lot = _draw_form(LotForm, contest, typed, last, names)
    if standing is not None and standing.kind == Decision.Kind.SECOND_ROUND:
        second = acts.second_round_of(last, contest)
        part.second = second.second if second else None
        if second is None and not due:
            names = _named(proposal, standing.advancing)
            part.round = _draw_form(RoundForm, contest, typed, last, names)
    if contest.round > 1 and not standing and not part.called_off:
        sent = typed.data if isinstance(typed, DayForm) else None
        part.day = DayForm(sent, auto_id=f"DayForm-{contest.code}-%s")
    return part


def _draw_form(
    of: type[F],
    contest: Contest,
    typed: forms.Form | None,
    last: Publication,
    names: list[tuple[int, str]],
) -> F:
    """What was typed stays, on the figures that this page shows."""
    auto_id, asked_in = f"{of.__name__}-{contest.code}-%s", {"asked_in": last.number}
    data = {**dict(typed.data.items()), **asked_in} if isinstance(typed, of) else None
    return of(data, names=names, auto_id=auto_id, initial=asked_in)


def _named(proposal: Proposal, numbers: Sequence[int]) -> list[tuple[int, str]]:
    """Number and name of each, in the language of the page."""
    choices = {choice.number: choice for choice in proposal.form.choices}
    language = spoken()
    return [(n, f"{n} {translated(choices[n].name, choices[n].names, language)}") for n in numbers]


def _codes(election: Election) -> dict[str, list[str]]:
    """Contests that wait for a decision, and those that may be decided anew."""
    last = reading.latest(election)
    if last is None:
        return {"codes": [], "decided": []}
    due = [contest.code for contest, _form in undecided(last)]
    decided = [
        contest.code
        for contest, _form in reading.published_contests(last)
        if contest.code not in due and acts.decision_of(last, contest)
    ]
    return {"codes": due, "decided": decided}


def _names_of_lot(contest: Contest) -> list[tuple[int, str]]:
    last = reading.latest(contest.election)
    try:
        needed = lots.lot_needed(last, contest) if last else None
    except NothingPublished:
        needed = None
    return [(number, str(number)) for number in needed.among] if needed else []


def _names_of_round(contest: Contest) -> list[tuple[int, str]]:
    last = reading.latest(contest.election)
    standing = acts.decision_of(last, contest) if last else None
    return [(number, str(number)) for number in standing.advancing] if standing else []
