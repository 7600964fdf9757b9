"""What a decision was made on: the page names it, the act compares it again under its own lock.

What is named is the newest version of a station's protocol, its status, and the number of the last
event about it: every act is an event, so nothing happens to a protocol without another name.
"""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.fields import TextField
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tabulation.models import Event, Protocol, ProtocolRefused


def with_last_event(versions: "QuerySet[Protocol]") -> "QuerySet[Any]":
    """Versions with ``last_event``, read by the same statement: what is newer is never named."""
    subject = Concat(
        Value("protocol "), "contest__election__slug", Value("/"), "contest__code", Value("/"),
        "station__code", Value("/v"), Cast("version", TextField()), output_field=TextField(),
    )  # fmt: skip
    events = Event.objects.filter(subject=OuterRef("subject_of_events")).order_by("-number")
    named: QuerySet[Any] = versions.annotate(subject_of_events=subject).annotate(
        last_event=Coalesce(Subquery(events.values("number")[:1]), 0)
    )
    return named


def seen_of(version: Any) -> str:
    """The name of what a page shows; ``version`` comes from `with_last_event`."""
    return f"{version.version}.{version.status}.{version.last_event}"


def require_seen(protocol: Protocol, seen: str | None) -> None:
    """Raise ProtocolRefused unless ``seen`` names what is here now; ``None``: nothing was shown.

    Called by an act that holds the lock of ``protocol``, so that nothing changes afterwards.
    """
    if seen is None:
        return
    versions = Protocol.objects.filter(contest=protocol.contest_id, station=protocol.station_id)
    newest = with_last_event(versions.newest_first()).first()
    if newest is None or seen_of(newest) != seen:
        raise ProtocolRefused(_what_changed(protocol if newest is None else newest))


def _what_changed(newest: Protocol) -> str:
    """What a person did last, and what the protocol came to."""
    events = Event.objects.filter(subject=newest.subject).order_by("-number")
    last = events.exclude(by=None).first() or events.first()
    if last is None:  # imported
        return _(
            "This protocol changed after you opened the page. Nothing was saved. Check the"
            " protocol again before you decide."
        )
    values = {
        "act": pgettext("activity log", last.act),
        "by": last.by_name,
        "status": newest.get_status_display(),
    }
    return (
        _(
            "This protocol changed after you opened the page. The last action was “%(act)s” by"
            " %(by)s. The status is now “%(status)s”. Nothing was saved. Check the protocol"
            " again before you decide."
        )
        % values
    )
