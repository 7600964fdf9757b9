"""What is decided about a station's protocol: each button of its page is one act here."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tabulation.counting import correction, verification
from tabulation.models import Entry, Protocol, ProtocolRefused, Seat
from tabulation.outcomes.certification.acts import ActRefused
from tabulation.staff.access import require
from tabulation.staff.forms.protocols import SeenForm
from tabulation.staff.views import motions
from tabulation.staff.views.station import ACTS, StationVisit, at_station, page

Data = dict[str, Any]
#: Does the act with what the form says, who says so and when; answers the sentence that says it.
Act = Callable[[StationVisit, Protocol, Data], str]

#: A supervisor works through all that are in one of these.
RULED_IN_A_ROW = (Protocol.Status.DIFFERENT, Protocol.Status.ERRORS, Protocol.Status.VERIFIED)


def _view(name: str, do: Act) -> Callable[..., HttpResponse]:
    """The view of one act: it is done to what the person was looking at, or not at all."""
    form_class, act = ACTS[name]

    @require_POST
    def view(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
        at = at_station(request, slug, contest, code)
        require(
            at.user.may(act),
            _(
                "Your role cannot make this decision. Nothing was saved. Ask a supervisor or a"
                " commission member."
            ),
        )
        form = form_class(request.POST, auto_id=f"{name}-%s")
        if not form.is_valid():
            return page(request, at, _wrong(form), failed={name: form}, status=400)
        try:
            ruling = {**form.cleaned_data, "by": at.user, "at": timezone.now()}
            protocol = _newest(at)
            if (drafted := motions.about_station(name, protocol, ruling)) is not None:
                return motions.read_back(request, drafted)
            message = do(at, protocol, ruling)
        except (ActRefused, ProtocolRefused) as refused:
            now = at_station(request, slug, contest, code)
            return page(request, now, refused)
        messages.success(request, message)
        return redirect(_onward(at))

    return view


def _wrong(form: SeenForm) -> str:
    """What is wrong with what the page itself sends; what people typed is said beside the field."""
    hidden = {field.name for field in form.hidden_fields()}
    return (
        _("This page is outdated. Nothing was saved. Open the page again.")
        if hidden & set(form.errors)
        else ""
    )


def _onward(at: StationVisit) -> str:
    """To the others that wait for the same decision, else back to the station."""
    if at.newest is not None and at.newest.status in RULED_IN_A_ROW:
        return reverse("staff-stations", args=at.address[:2], query={"status": at.newest.status})
    return reverse("staff-station", args=at.address)


def _newest(at: StationVisit) -> Protocol:
    """What is decided about; the act itself compares it with what the page showed."""
    if not at.versions:
        raise ProtocolRefused(
            _(
                "There is no protocol of this polling station yet. An intake clerk must register"
                " it first."
            )
        )
    return at.newest or at.versions[0]


def _accept(at: StationVisit, protocol: Protocol, ruling: Data) -> str:
    verification.accept(protocol=protocol, **ruling)
    return _("The protocol of polling station %(code)s is accepted and counts now.") % at.named


def _choose(at: StationVisit, _protocol: Protocol, ruling: Data) -> str:
    # One that was given back meanwhile, too: the refusal says what happened to it.
    entries = Entry.objects.select_related("seat").filter(seat__protocol__in=at.versions)
    chosen = entries.filter(pk=ruling.pop("entry")).first()
    if chosen is None:
        raise ProtocolRefused(
            _(
                "This entry is no longer valid. Nothing was saved. Compare the entries again"
                " before you choose."
            )
        )
    verification.choose(entry=chosen, **ruling)
    return (
        _(
            "Your choice for polling station %(code)s is saved. The other clerk will enter the"
            " differing lines again."
        )
        % at.named
    )


def _give_back(at: StationVisit, protocol: Protocol, ruling: Data) -> str:
    verification.return_entries(protocol=protocol, **ruling)
    return (
        _(
            "The entries for polling station %(code)s are returned. Their clerks will enter the"
            " returned lines again."
        )
        % at.named
    )


def _release(at: StationVisit, _protocol: Protocol, ruling: Data) -> str:
    seat = Seat.objects.filter(protocol__in=at.versions, pk=ruling.pop("seat")).first()
    if seat is None:
        raise ProtocolRefused(
            _(
                "This protocol does not have the task that you chose. Nothing was saved. Open the"
                " page again."
            )
        )
    verification.release(seat=seat, **ruling)
    return (
        _("The task for polling station %(code)s is released. Another clerk can take the task.")
        % at.named
    )


def _set_aside(at: StationVisit, protocol: Protocol, ruling: Data) -> str:
    verification.set_aside(protocol=protocol, **ruling)
    return (
        _(
            "The protocol of polling station %(code)s is set aside. It stays visible and does not"
            " count."
        )
        % at.named
    )


def _correct(at: StationVisit, _protocol: Protocol, ruling: Data) -> str:
    correction.correct(contest=at.contest, station=at.place.station, **ruling)
    return _("The correction is open. Clerks will enter the new version like the first version.")


def _annul(_at: StationVisit, protocol: Protocol, ruling: Data) -> str:
    correction.annul(protocol=protocol, **ruling)
    return _(
        "The results of this station are annulled. The next publication will leave them out of"
        " the totals."
    )


def _reinstate(_at: StationVisit, protocol: Protocol, ruling: Data) -> str:
    correction.reinstate(protocol=protocol, **ruling)
    return _(
        "The results of this station are reinstated. The next publication will include them in"
        " the totals."
    )


#: The view of each act, by the name of its address.
VIEWS = {
    name.replace("_", "-"): _view(name, do)
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
