"""What members proposed: read back before it is proposed, and before another member confirms it."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from candidates.models import Election
from tabulation.arithmetic import lifecycle
from tabulation.ledger.acts import decided_contests
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.writing import ACTS_THAT_PUBLISH
from tabulation.models import Motion, Order, Protocol, User, sits
from tabulation.outcomes.certification import motions
from tabulation.outcomes.certification.acts import ActRefused
from tabulation.outcomes.certification.carrying import plain
from tabulation.staff import second_factor
from tabulation.staff.access import person, require
from tabulation.staff.answers import form_page
from tabulation.staff.motion_words import Said, said_of
from tabulation.staff.tables import sort_and_page
from tabulation.staff.views import orders

#: What a form sends beside the act itself.
NOT_SAID = {"csrfmiddlewaretoken", second_factor.CODE, second_factor.CREDENTIAL}
State = Motion.State


class MotionTable(tables.Table):
    caption = gettext_lazy("Proposed acts, newest first")
    number = tables.Column(verbose_name=gettext_lazy("No."))
    act = tables.Column(verbose_name=gettext_lazy("Act"), linkify=lambda record: address_of(record))
    station = tables.Column(
        accessor="station__code", verbose_name=gettext_lazy("Polling station"), default=""
    )
    decision = tables.Column(
        accessor="arguments__decision",
        verbose_name=gettext_lazy("Decision"),
        order_by=("arguments__decision",),
    )
    by = tables.Column(
        verbose_name=pgettext_lazy("proposed act", "Proposed by"), order_by=("by__username",)
    )
    at = tables.DateTimeColumn(
        short=True, verbose_name=pgettext_lazy("proposed act", "Proposed at"), order_by=("id",)
    )
    expires_at = tables.DateTimeColumn(
        short=True, verbose_name=pgettext_lazy("proposed act", "Expires at")
    )
    state = tables.Column(verbose_name=gettext_lazy("State"))

    class Meta:
        empty_text = gettext_lazy("No member has proposed an act yet.")

    def render_act(self, record: Motion) -> str:
        return record.get_act_display()

    def render_state(self, record: Motion) -> str:
        return str(State(record.state_at(timezone.now())).label)


@require_safe
def acts(request: HttpRequest, slug: str) -> HttpResponse:
    """Every act that was proposed in an election, those that wait and those that ended."""
    user = _reader(request)
    election = get_object_or_404(Election, slug=slug)
    rows = election.motions.seen_by(user).select_related("by", "station", "election")
    with timezone.override(election.time_zone):
        table = sort_and_page(request, MotionTable(rows), per_page=50)
        context = {"election": election, "table": table}
        return form_page(request, "commission/motions.html", None, **context)


@require_safe
def act(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One of them, read back, with what this person may do about it."""
    return _page(request, _motion(request, _reader(request), slug, number))


@require_POST
def confirm(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Want what another member proposed; the last that it needs carries it out."""
    user = _member(request)
    motion = _motion(request, user, slug, number)
    try:
        motions.check_confirmable(motion=motion, by=user, at=timezone.now())
        proved, form = second_factor.proved(request)
        if not proved:
            return _page(request, motion, failed=form)
        ended = _confirmed(motion, user)
    except (ActRefused, PublicationRefused) as refused:
        return _page(request, _again(motion), refused)
    except orders.OrderFailed as failed:
        return _page(request, _again(motion), failed, status=503)
    except orders.OrderWaits as waits:
        return orders.to_its_page(waits)
    if ended.state == State.REFUSED:
        return _page(request, ended, ended.refusal)
    messages.success(
        request,
        _("You confirmed the act. It was carried out.")
        if ended.state == State.CONFIRMED
        else _("You confirmed the act. Another member must confirm it, too."),
    )
    return redirect(address_of(motion))


def _confirmed(motion: Motion, user: User) -> Motion:
    """Confirmed here, or by the publisher where something is published."""
    if motion.act not in ACTS_THAT_PUBLISH:
        return motions.confirm(motion=motion, by=user, at=timezone.now())
    orders.done(Order(election=motion.election, act=motion.act, motion=motion, by=user))
    return _again(motion)


@require_POST
def withdraw(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Take back what one proposed."""
    user = _member(request)
    motion = _motion(request, user, slug, number)
    try:
        motions.withdraw(motion=motion, by=user, at=timezone.now())
    except ActRefused as refused:
        return _page(request, _again(motion), refused)
    messages.success(request, _("You withdrew the act. It will not be carried out."))
    return redirect(address_of(motion))


def read_back(request: HttpRequest, drafted: Motion) -> HttpResponse:
    """What will happen, in words, with the question for a second factor; where that was answered,
    it is proposed. Raises what `motions.propose` does.
    """
    user, at = person(request), timezone.now()
    motions.try_out(drafted=drafted, by=user, at=at)  # before a code is used up
    if not second_factor.was_sent(request):
        return _page(request, drafted)
    proved, form = second_factor.proved(request)
    if not proved:
        return _page(request, drafted, failed=form)
    motion = motions.propose(drafted=drafted, by=user, at=at)
    messages.success(request, _("You proposed the act. Another member must confirm it."))
    return redirect(address_of(motion))


def waiting_in(user: User, election: Election | None = None) -> list[Motion]:
    """What waits for confirmation, in one election or in all, for who may see it."""
    if user.role not in {User.Role.MEMBER, User.Role.AUDITOR}:
        return []
    rows = Motion.objects.waiting(timezone.now()).seen_by(user)
    rows = rows.filter(election=election) if election else rows
    return list(rows.select_related("by", "election", "station").order_by("id"))


def about_station(name: str, protocol: Protocol, ruling: dict[str, Any]) -> Motion | None:
    """The act ``name`` of a station's page as a motion; none where one person decides it alone."""
    election = protocol.contest.election
    if name not in ("annul", "reinstate", "correct") or not election.confirmations:
        return None
    alone = name == "correct" and protocol.status != lifecycle.ANNULLED
    if alone and protocol.contest_id not in decided_contests(election):
        return None
    said = {key: ruling[key] for key in ("reason", "decision")}
    taken_on = {"version": protocol.version, "seen": ruling["seen"]}
    return Motion(
        election=election, act=name, contest=protocol.contest, station=protocol.station,
        arguments=said, taken_on=taken_on,
    )  # fmt: skip


def address_of(motion: Motion) -> str:
    return reverse("act", args=[motion.election.slug, motion.number])


def _reader(request: HttpRequest) -> User:
    user = person(request)
    require(
        user.role in {User.Role.MEMBER, User.Role.AUDITOR},
        _("Commission members and auditors can see the commission's acts."),
    )
    return user


def _member(request: HttpRequest) -> User:
    user = person(request)
    require(
        user.role == User.Role.MEMBER,
        _(
            "Commission members propose and confirm the commission's acts. Nothing was saved."
            " Ask one of these members."
        ),
    )
    return user


def _motion(request: HttpRequest, user: User, slug: str, number: int) -> Motion:
    seen = Motion.objects.seen_by(user).filter(election__slug=slug, number=number)
    return get_object_or_404(
        seen.select_related("by", "election", "contest__election", "station__area")
    )


def _again(motion: Motion) -> Motion:
    motion.refresh_from_db(fields=["state", "ended_at", "refusal"])
    return motion


def _page(
    request: HttpRequest,
    motion: Motion,
    problem: Exception | str = "",
    *,
    failed: Form | None = None,
    status: int | None = None,
) -> HttpResponse:
    user, now = person(request), timezone.now()
    drafted = motion.pk is None
    state = None if drafted else State(motion.state_at(now))
    others = [] if drafted else list(motion.confirmations.select_related("by"))
    may_confirm = (
        state == State.WAITING
        and user.role == User.Role.MEMBER
        and (user.area_id is not None or sits(user, motion.election))
        and user.pk not in {motion.by_id, *(one.by_id for one in others)}
    )
    election = motion.election
    with timezone.override(election.time_zone):
        said: Said = said_of(motion)
        context = {
            "election": election,
            "motion": motion,
            "drafted": drafted,
            "state": state,
            "said": said,
            "others": others,
            "may_confirm": may_confirm,
            "may_withdraw": state == State.WAITING and user.pk == motion.by_id,
            "hidden": _hidden(request) if drafted else [],
            "action": request.path if drafted else "",
            **(second_factor.asked(request, failed) if drafted or may_confirm else {}),
        }
        status = status or (400 if failed is not None else None)
        return form_page(request, "commission/motion.html", None, problem, status, **context)


def _hidden(request: HttpRequest) -> list[tuple[str, str]]:
    """What the form before said, to be said again with the second factor."""
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name not in NOT_SAID
    ]


def draft(election: Election, act: str, taken_on: Any, said: Any, **about: Any) -> Motion:
    """An act of an election that nobody has proposed yet."""
    return Motion(
        election=election, act=act, taken_on=plain(taken_on), arguments=plain(said), **about
    )
