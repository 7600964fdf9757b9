"""One polling station for staff: its versions, its entries, and what may be decided there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.arithmetic.form import ProtocolForm
from tabulation.counting import correction, entry, verification
from tabulation.counting.acceptors import must_leave_it, who_accepts
from tabulation.counting.blind import may_be_shown
from tabulation.counting.seen import seen_of, with_last_event
from tabulation.models import ContestStation, Entry, Protocol, Seat, User, form_in_use
from tabulation.staff.access import person, place_of, require
from tabulation.staff.answers import form_page
from tabulation.staff.forms.protocols import (
    ChooseForm,
    DecisionForm,
    ReasonForm,
    ReleaseForm,
    ReturnForm,
    SeenForm,
)


@dataclass
class StationVisit:
    """What somebody at a station's page has before them."""

    user: User
    contest: Contest
    place: ContestStation
    versions: list[Protocol]
    #: The newest version that was not set aside.
    newest: Protocol | None
    #: Names what was looked at; a decision made on something older is refused.
    seen: str
    standing: list[Entry] = field(default_factory=list)

    @property
    def address(self) -> list[str]:
        return [self.contest.election.slug, self.contest.code, self.place.station.code]

    @property
    def named(self) -> dict[str, str]:
        """What sentences say of it."""
        return {"code": self.place.station.code}

    @cached_property
    def seats(self) -> list[Seat]:
        """Seats at the newest version, released ones too."""
        if self.newest is None:
            return []
        seats = self.newest.seats.select_related("person", "draft")
        return list(seats.order_by("slot", "taken_at"))

    @property
    def typed(self) -> bool:
        """Whether this person sits, or sat, at the newest version."""
        return any(seat.person_id == self.user.pk for seat in self.seats)


def at_station(request: HttpRequest, slug: str, contest: str, code: str) -> StationVisit:
    user = person(request)
    place = place_of(user, slug, contest, code)
    of = place.contest
    versions = list(
        with_last_event(of.protocols.filter(station=place.station_id))
        .select_related("contest__election", "station__area", "receipt__by")
        .order_by("-version")
    )
    newest = next((v for v in versions if v.status != Protocol.Status.SET_ASIDE), None)
    standing = verification.last_entries(newest) if newest else []
    seen = seen_of(newest) if newest else ""
    return StationVisit(user, of, place, versions, newest, seen, standing)


@require_safe
def station(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
    """One station: its versions, and what this person may do with the newest."""
    return page(request, at_station(request, slug, contest, code))


@require_safe
def history(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
    """Every entry of every version, newest first: nothing typed is ever lost."""
    at = at_station(request, slug, contest, code)
    require(
        at.user.may_see_sums,
        _(
            "Only supervisors, commission members and auditors can see the entries. Ask one of"
            " them."
        ),
    )
    entries = (
        Entry.objects.filter(seat__protocol__in=at.versions)
        .select_related("seat__person", "seat__protocol", "returned__by")
        .prefetch_related("reasons__relation")
        .order_by("-seat__protocol__version", "-typed_at", "-pk")
    )
    context = {
        "contest": at.contest,
        "election": at.contest.election,
        "place": at.place,
        "history": list(entries),  # read before it is asked which of them may be shown
        "withheld": _withheld(at),
    }
    return render(request, "entry/history.html", context)


def _withheld(at: StationVisit) -> set[int]:
    """Versions whose figures nobody may read yet."""
    stations = [at.place.station.code]
    shown = may_be_shown(at.contest.election, stations, until=lifecycle.OPEN)
    return {version.pk for version in at.versions} - {version.pk for version in shown}


def page(
    request: HttpRequest,
    at: StationVisit,
    problem: Exception | str = "",
    *,
    failed: Mapping[str, SeenForm] | None = None,
    status: int | None = None,
) -> HttpResponse:
    """The page, with ``failed`` forms (by act) as they were sent, and what was wrong with them."""
    protocol_form = form_in_use(at.contest) if at.newest else None
    acts = _acts(at, failed or {})
    context: dict[str, object] = {
        "contest": at.contest,
        "election": at.contest.election,
        "place": at.place,
        "newest": at.newest,
        "versions": at.versions,
        "seat": entry.seat_of(at.newest, at.user) if at.newest and at.user.may_type else None,
        "may_start": at.user.may_type and _may_start(at),
        "acts": acts,
        "another": _another(at, acts),
    }
    if at.user.may_see_sums and protocol_form:
        context |= {
            "entries": at.standing if _shows_entries(at) else [],
            "rows": _rows(at, protocol_form),
            "findings": _findings(at, protocol_form),
            "seats": at.seats,
            "done": {standing.seat_id for standing in at.standing},
            "was_is": _was_is(at, protocol_form),
        }
    return form_page(request, "entry/station.html", None, problem, status, **context)


def _may_start(at: StationVisit) -> bool:
    """Whether there is a seat for this clerk; the database decides again when it is taken."""
    newest = at.newest
    if newest is None or newest.status not in lifecycle.OPEN:
        return False
    taken = sum(seat.released_at is None for seat in at.seats)
    return taken < at.contest.election.entries_required and not at.typed


def _shows_entries(at: StationVisit) -> bool:
    """Figures are shown when all entries are in: before that nobody needs to know them."""
    return at.newest is not None and at.newest.status not in lifecycle.OPEN


def _rows(at: StationVisit, protocol_form: ProtocolForm) -> list[dict[str, object]]:
    """The standing entries beside each other, line by line; one column when they are equal."""
    if not _shows_entries(at):
        return []
    # What was imported has figures and no entries.
    accepted = at.newest.figures if at.newest else None
    columns = [standing.figures for standing in at.standing] or [accepted or ()]
    return _beside_each_other(
        protocol_form, columns if lifecycle.differing(columns) else columns[:1]
    )


def _beside_each_other(
    protocol_form: ProtocolForm, columns: Sequence[Sequence[int | None]]
) -> list[dict[str, object]]:
    """The lines with their values in each of ``columns``, which all have figures or none."""
    differ = set(lifecycle.differing(columns))
    return [
        {"line": line, "differs": position in differ, "values": values}
        for position, (line, *values) in enumerate(
            zip(protocol_form.lines, *columns, strict=False), 1
        )
    ]


def _findings(at: StationVisit, protocol_form: ProtocolForm) -> list[dict[str, object]]:
    """The relations that the standing entries break, with the reasons their clerks gave."""
    if not _shows_entries(at):
        return []
    found: list[dict[str, object]] = []
    prefetch_related_objects(at.standing, "reasons__relation")
    for check in protocol_form.checks:
        breaking = [e for e in at.standing if check.holds(e.figures) is False]
        reasons = [
            (e.seat.person, given.reason)
            for e in breaking
            for given in e.reasons.all()
            if given.relation.code == check.code
        ]
        if breaking:
            found.append({"check": check, "entries": breaking, "reasons": reasons})
    return found


def _was_is(at: StationVisit, protocol_form: ProtocolForm) -> dict[str, object] | None:
    """The accepted versions beside each other, oldest first; ``None`` with fewer than two."""
    accepted = [v for v in reversed(at.versions) if v.figures is not None]
    if len(accepted) < 2:
        return None
    rows = _beside_each_other(protocol_form, [version.figures for version in accepted])
    return {"versions": accepted, "rows": rows}


#: An act's name here: its form, and its name in the protocol's life.
ACTS: dict[str, tuple[type[SeenForm], str]] = {
    "accept": (SeenForm, "accepted"),
    "choose": (ChooseForm, "entry chosen"),
    "return": (ReturnForm, "entries returned"),
    "release": (ReleaseForm, "seat released"),
    "set_aside": (ReasonForm, "set aside"),
    "correct": (DecisionForm, "correction opened"),
    "annul": (DecisionForm, "annulled"),
    "reinstate": (DecisionForm, "reinstated"),
}


def _acts(at: StationVisit, failed: Mapping[str, SeenForm]) -> dict[str, SeenForm]:
    """The forms of what this person may do here now, by the act's name."""
    if at.newest is None or at.typed:
        return {}
    initial = {"seen": at.seen}
    return {
        name: failed.get(name) or form(initial=initial, auto_id=f"{name}-%s")
        for name, (form, act) in ACTS.items()
        if at.user.may(_act_now(act, at.newest.status)) and _begins(act, at.newest.status)
    }


def _another(at: StationVisit, acts: dict[str, SeenForm]) -> str:
    """Who accepts it in place of this person, who decided about its figures; takes the act away."""
    if at.newest is None or "accept" not in acts or not must_leave_it(at.newest, at.user):
        return ""
    del acts["accept"]
    return who_accepts(at.newest, at.user)


def _act_now(act: str, status: str) -> str:
    return correction.opening(status) if act == "correction opened" else act


def _begins(act: str, status: str) -> bool:
    before = {move.before for move in lifecycle.MOVES if move.act == act}
    if before == {lifecycle.EXPECTED}:
        return status in lifecycle.IN_FORCE
    return status in before
