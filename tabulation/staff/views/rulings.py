"""What is decided about a station's protocol: each button of its page is one act here."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tabulation.counting import correction, verification
from tabulation.models import Protocol, ProtocolRefused
from tabulation.staff.access import require
from tabulation.staff.forms.protocols import SeenForm
from tabulation.staff.views.station import ACTS, StationVisit, at_station, page

Data = dict[str, Any]
#: Does the act and answers the sentence that says so.
Act = Callable[[StationVisit, Protocol, Data], str]

#: A supervisor works through all that are in one of these.
RULED_IN_A_ROW = (Protocol.Status.DIFFERENT, Protocol.Status.ERRORS, Protocol.Status.VERIFIED)


def ruling(name: str, do: Act) -> Callable[..., HttpResponse]:
    """The view of one act: it is done to what the person was looking at, or not at all."""
    form_class, act = ACTS[name]

    @require_POST
    def view(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
        at = at_station(request, slug, contest, code)
        require(at.user.may(act), _("Your role does not decide this."))
        form = form_class(request.POST, auto_id=f"{name}-%s")
        if not form.is_valid():
            return page(request, at, problem=_wrong(form), failed={name: form}, status=400)
        try:
            message = do(at, _as_seen(at, form.cleaned_data), form.cleaned_data)
        except ProtocolRefused as refused:
            now = at_station(request, slug, contest, code)
            return page(request, now, problem=str(refused), status=409)
        messages.success(request, message)
        return HttpResponseRedirect(_onward(at))

    return view


def _wrong(form: SeenForm) -> str:
    """What is wrong with what the page itself sends; what people typed is said beside the field."""
    hidden = {field.name for field in form.hidden_fields()}
    return _("This page is out of date: read it anew.") if hidden & set(form.errors) else ""


def _onward(at: StationVisit) -> str:
    """To the others that wait for the same decision, else back to the station."""
    address = [at.contest.election.slug, at.contest.code]
    if at.newest is not None and at.newest.status in RULED_IN_A_ROW:
        return reverse("staff-stations", args=address) + f"?status={at.newest.status}"
    return reverse("staff-station", args=[*address, at.place.station.code])


def _as_seen(at: StationVisit, data: Data) -> Protocol:
    """The newest version, if it and its entries are those that were looked at."""
    if at.newest is None:
        raise ProtocolRefused(_("Nothing of this polling station has come in yet."))
    if data["version"] != at.newest.version or data["seen"] != at.seen:
        raise ProtocolRefused(_("This has changed since you looked: look at it again."))
    return at.newest


def _named(at: StationVisit) -> dict[str, str]:
    return {"code": at.place.station.code}


def _accept(at: StationVisit, protocol: Protocol, _data: Data) -> str:
    verification.accept(protocol=protocol, by=at.user, at=timezone.now())
    return _("The protocol of %(code)s counts now.") % _named(at)


def _choose(at: StationVisit, _protocol: Protocol, data: Data) -> str:
    chosen = next((entry for entry in at.standing if entry.pk == data["entry"]), None)
    if chosen is None:
        raise ProtocolRefused(_("That entry does not stand any more."))
    verification.choose(entry=chosen, by=at.user, at=timezone.now())
    return _("%(code)s: the other clerk types the differing lines again.") % _named(at)


def _give_back(at: StationVisit, protocol: Protocol, data: Data) -> str:
    verification.return_entries(
        protocol=protocol,
        reason=data["reason"],
        whole=data["whole"],
        by=at.user,
        at=timezone.now(),
    )
    return _("%(code)s: every clerk who typed it types it again.") % _named(at)


def _release(at: StationVisit, protocol: Protocol, data: Data) -> str:
    seat = protocol.seats.filter(pk=data["seat"]).first()
    if seat is None:
        raise ProtocolRefused(_("There is no such seat at this protocol."))
    verification.release(seat=seat, reason=data["reason"], by=at.user, at=timezone.now())
    return _("%(code)s: the seat is free, another clerk takes it.") % _named(at)


def _set_aside(at: StationVisit, protocol: Protocol, data: Data) -> str:
    verification.set_aside(protocol=protocol, reason=data["reason"], by=at.user, at=timezone.now())
    return _("%(code)s is set aside. It stays visible and does not count.") % _named(at)


def _correct(at: StationVisit, _protocol: Protocol, data: Data) -> str:
    correction.correct(
        contest=at.contest,
        station=at.place.station,
        reason=data["reason"],
        decision=data["decision"],
        by=at.user,
        at=timezone.now(),
    )
    return _("The correction is open: two clerks type it like the first.")


def _annul(at: StationVisit, protocol: Protocol, data: Data) -> str:
    correction.annul(protocol=protocol, **_by_decision(at, data))
    return _("The station is annulled: it leaves the sums with the next publication.")


def _reinstate(at: StationVisit, protocol: Protocol, data: Data) -> str:
    correction.reinstate(protocol=protocol, **_by_decision(at, data))
    return _("The station counts again with the next publication.")


def _by_decision(at: StationVisit, data: Data) -> Data:
    return {
        "reason": data["reason"],
        "decision": data["decision"],
        "by": at.user,
        "at": timezone.now(),
    }


#: The view of each act, by the name of its address.
VIEWS = {
    name.replace("_", "-"): ruling(name, do)
    for name, do in {
        "accept": _accept,
        "choose": _choose,
        "return": _give_back,
        "release": _release,
        "set_aside": _set_aside,
        "correct": _correct,
        "annul": _annul,
        "reinstate": _reinstate,
    }.items()
}
