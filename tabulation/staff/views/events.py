"""Who did what in an election: a list to search, and all of it as CSV.

The event keeps what was typed, hashed. Both show it when nobody may type the protocol blind any
more. Until then the CSV also leaves out the hashes: figures could be tried until one fits.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from candidates.models import Election
from tabulation.arithmetic.commitments.canonical import moment
from tabulation.counting.blind import WITHHELD, may_be_shown
from tabulation.models import Event
from tabulation.public.files.statement import CSV, csv_chunks, safe
from tabulation.staff.access import person, require
from tabulation.staff.answers import form_page
from tabulation.staff.event_words import (
    WITHHELD_TEXT,
    acts_like,
    by_whom,
    in_words,
    readable,
    value_of,
)
from tabulation.staff.forms.protocols import EventFilterForm
from tabulation.staff.tables import sort_and_page

#: How a filter of the form narrows the events.
LOOKUPS = {
    "subject": "subject__icontains",
    "person": "by_name__icontains",
    "since": "at__gte",
    "until": "at__lte",
}
#: The subject of a protocol's events; the group is the code of its station.
PROTOCOL = re.compile(r"protocol [^/]+/[^/]+/(.+)/v[0-9]+")
#: As many events at once are asked about.
BATCH = 1_000
#: Columns of the CSV file.
COLUMNS = (
    *("id", "election", "subject", "number", "act", "by", "by_name", "address", "at"),
    *("before", "after", "previous", "hash"),
)


class EventTable(tables.Table):
    caption = gettext_lazy("What was done, newest first")
    at = tables.TemplateColumn(
        "{% load tz %}<time datetime=\"{{ value|utc|date:'c' }}\">"
        '{{ value|timezone:table.zone|date:"j M Y, H:i:s" }}</time>',
        orderable=True,
        order_by=("id",),
        verbose_name=pgettext_lazy("heading", "When"),
    )
    by_name = tables.Column(verbose_name=gettext_lazy("Person"))
    act = tables.Column(verbose_name=gettext_lazy("Act"))
    subject = tables.Column(verbose_name=gettext_lazy("Subject"))
    changes = tables.Column(accessor="pk", verbose_name=gettext_lazy("Before and after"))
    address = tables.Column(verbose_name=gettext_lazy("From the address"))

    class Meta:
        orderable = False
        empty_text = gettext_lazy("No event matches the filters. Change or clear the filters.")

    #: Events of the page that say everything; any other may hold figures that are withheld.
    whole: Collection[int] = ()

    def __init__(self, rows: "QuerySet[Event]", zone: str) -> None:
        super().__init__(rows)
        self.zone = zone

    def render_by_name(self, value: str) -> object:
        return by_whom(value)

    def render_act(self, value: str) -> str:
        return in_words(value)

    def render_changes(self, record: Event) -> str:
        changes = changes_of(record, withheld=record.pk not in self.whole)
        return render_to_string("_components/changes.html", {"changes": changes})


@require_safe
def events(request: HttpRequest, slug: str) -> HttpResponse:
    """The events of an election, newest first; what narrows them is in the address."""
    election = _election(request, slug)
    form, rows = _filtered(request, election)
    table = sort_and_page(request, EventTable(rows, election.time_zone), per_page=50)
    table.whole = _whole(election, [row.record for row in table.page.object_list])
    context = {"election": election, "table": table}
    return form_page(request, "staff/events.html", form, **context)


@require_safe
def events_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The same events with every field, a line each, as the database hands them over."""
    election = _election(request, slug)
    form, rows = _filtered(request, election)
    if not form.is_valid():
        return HttpResponse(
            _(
                "The filters in this address are not valid. Go back to the activity log and set"
                " the filters again."
            ),
            status=400,
        )
    return StreamingHttpResponse(
        csv_chunks(COLUMNS, _rows(rows.iterator(BATCH), election)),
        content_type=CSV,
        headers={"Content-Disposition": f'attachment; filename="{election.slug}-events.csv"'},
    )


def _election(request: HttpRequest, slug: str) -> Election:
    """The election, if this person may see its events; else 403 or 404."""
    user = person(request)
    require(
        user.may_see_events,
        _("Commission members and auditors for the whole country can see the activity log."),
    )
    election = get_object_or_404(Election, slug=slug)
    is_theirs = user.area is None or user.area.election_id == election.pk
    require(is_theirs, _("This election is not in your area. Choose an election of your area."))
    return election


def _filtered(
    request: HttpRequest, election: Election
) -> "tuple[EventFilterForm, QuerySet[Event]]":
    form = EventFilterForm(request.GET)
    # With the accounts', which are of no election: members are told of each of them.
    accounts = Q(election=None, subject__startswith="user ")
    rows = Event.objects.filter(Q(election=election) | accounts).order_by("-id")
    with timezone.override(election.time_zone):  # the times that the list shows
        valid = form.is_valid()
    if not valid:
        return form, rows.none()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    if act := wanted.pop("act", ""):
        rows = rows.filter(Q(act__icontains=act) | Q(act__in=acts_like(act)))
    return form, rows.filter(**{LOOKUPS[name]: value for name, value in wanted.items()})


def _rows(events: Iterator[Event], election: Election) -> Iterator[list[object]]:
    """The cells of each event; whether its figures are shown is asked after it was read."""
    while batch := list(islice(events, BATCH)):
        whole = _whole(election, batch)
        yield from (_cells(event, election, withheld=event.pk not in whole) for event in batch)


def _whole(election: Election, events: Sequence[Event]) -> set[int]:
    """Those of ``events`` that are not about a protocol whose figures nobody may read yet."""
    stations = {event.subject: PROTOCOL.fullmatch(event.subject) for event in events}
    codes = {match[1] for match in stations.values() if match}
    shown = {version.subject for version in may_be_shown(election, codes)}
    return {e.pk for e in events if not stations[e.subject] or e.subject in shown}


def changes_of(event: Event, *, withheld: bool = False) -> list[tuple[str, str, str]]:
    """Name, what it was and what it is, as text to read; empty where there is nothing."""
    before, after = (_named(_open(value, withheld)) for value in (event.before, event.after))
    return [
        (
            in_words(name.replace("_", " ")),
            readable(value_of(before.get(name), name)),
            readable(value_of(after.get(name), name)),
        )
        for name in {**before, **after}
    ]


def _named(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    return {} if value is None else {_("value"): value}


def _open(value: object, withheld: bool) -> object:
    """What an event says, without the figures of a protocol where they are withheld."""
    if not withheld or not isinstance(value, dict):
        return value
    return {
        name: str(WITHHELD_TEXT) if name in WITHHELD and said is not None else said
        for name, said in value.items()
    }


def _cells(event: Event, election: Election, *, withheld: bool = False) -> list[object]:
    hashes = [bytes(event.previous).hex(), bytes(event.hash).hex()]
    cells = [
        event.pk,
        election.slug if event.election_id else "",
        event.subject,
        event.number,
        event.act,
        event.by_id,
        event.by_name,
        event.address,
        moment(event.at),
        _json(_open(event.before, withheld)),
        _json(_open(event.after, withheld)),
        *([str(WITHHELD_TEXT)] * 2 if withheld else hashes),
    ]
    return [safe(cell) if isinstance(cell, str) else cell for cell in cells]


def _json(value: object) -> str:
    """As it stands, canonical or not: what was tampered with is exported, too."""
    if value is None:
        return ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
