"""Find the stations whose protocol in force does not follow from its events: they are withheld.

Whoever owns the database can alter a protocol past every rule. So the publisher does not believe
the row: it compares it with the events of its acceptance and of rulings, these with their hashes,
and the hashes with the signed seals that cover them.
"""

from collections.abc import Iterator

from django.db.backends.utils import CursorWrapper
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from candidates.models import Contest, Election
from tabulation.arithmetic.commitments.canonical import NotCanonical
from tabulation.database.snapshots import temporary
from tabulation.database.statements import fetch
from tabulation.ledger import sealing
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.replacing import REASONS, beside, keys_of
from tabulation.models import Event, Publication, Seal, WithheldStation

#: Stations that a refusal or an event names.
NAMED = 100
#: Events whose hashes are made anew at a time.
CHUNK = 10_000
PROTOCOLS = """SELECT * FROM tabulation_protocol
  WHERE contest_id = %(contest)s AND status IN ('accepted', 'annulled')"""
STANDING = """SELECT id, station_id, status, version, figures, registered
  FROM tabulation_publishedfigures
  WHERE contest_id = %(contest)s AND superseded_in IS NULL"""


def withhold(
    cursor: CursorWrapper, contest: Contest, number: int, stations: str, *, many: bool
) -> None:
    """Fill `withheld` with those of ``stations`` (a query of `station_id`) whose protocol does not
    follow from its events; record them with publication ``number``, and queue them again.
    """
    temporary(cursor, "withheld", "station_id bigint PRIMARY KEY")
    keys = {
        **keys_of(contest, number),
        "real": contest.election.kind == Election.Kind.REAL,
        "entries": contest.election.entries_required,
        "subjects": f"protocol {contest.election.slug}/{contest.code}/",
    }
    cursor.execute(_compared(stations, many), keys)
    rows = [(station, why, set(ids)) for station, why, ids in cursor.fetchall()]
    altered = _altered(set().union(*(ids for _station, _why, ids in rows)))
    found = {
        station: WithheldStation.Why.EVENT if ids & altered else why
        for station, why, ids in rows
        if why or ids & altered
    }
    if found:
        WithheldStation.objects.bulk_create(
            WithheldStation(contest=contest, station_id=station, published_in=number, why=why)
            for station, why in found.items()
        )
        cursor.execute("INSERT INTO withheld SELECT unnest(%s::bigint[])", [list(found)])
        cursor.execute(
            "INSERT INTO tabulation_publicationqueue (contest_id, station_id)"
            " SELECT %s, station_id FROM withheld",
            [contest.pk],
        )


def _compared(stations: str, many: bool) -> str:
    """Per station what is wrong, if anything, and the ids of the events it was compared with, as
    SQL. Protocols that were loaded from a file have no events but those of rulings.
    """
    return f"""
        SELECT t.station_id,
          CASE
            WHEN f.id IS NOT NULL AND f.registered IS DISTINCT FROM cs.registered THEN 'version'
            WHEN p.id IS NULL THEN CASE WHEN f.status IN ('counted', 'annulled') THEN 'gone' END
            WHEN f.version > p.version
              OR f.version = p.version AND f.figures <> p.figures::bigint[] THEN 'version'
            WHEN p.origin = 'imported' AND %(real)s THEN 'origin'
            WHEN p.origin = 'imported' AND moved IS NULL THEN NULL
            WHEN moved->>'status' IS DISTINCT FROM p.status THEN 'status'
            WHEN p.origin <> 'imported' AND accepted->'figures' IS DISTINCT FROM to_jsonb(p.figures)
              THEN 'figures'
            WHEN p.origin <> 'imported' AND {TYPED} IS NOT NULL THEN {TYPED}
            WHEN (coalesce(ruled->>'ruling_reason', ''), coalesce(ruled->>'ruling_decision', ''),
                coalesce(begun->>'reason', ''), coalesce(begun->>'decision', ''))
              <> (p.ruling_reason, p.ruling_decision, p.reason, p.decision) THEN 'ruling'
          END,
          coalesce(ids, '{{}}')
        FROM ({stations}) t
        JOIN tabulation_pollingstation s ON s.id = t.station_id
        {beside(PROTOCOLS, "p", "t.station_id", many)}
        {beside(STANDING, "f", "t.station_id", many)}
        JOIN tabulation_conteststation cs
          ON cs.station_id = s.id AND cs.contest_id = %(contest)s
        {beside(REASONS, "w", "p.id", many, by="protocol_id")}
        {beside(EVENTS, "e", SUBJECT, many, by="subject")}
        WHERE p.id IS NOT NULL OR f.status IN ('counted', 'annulled')
          OR f.registered IS DISTINCT FROM cs.registered AND f.id IS NOT NULL"""  # noqa: S608  # names of ours


SUBJECT = "concat(%(subjects)s::text, s.code, '/v', p.version)"


def _last(which: str) -> str:
    return f"(array_agg(after ORDER BY number DESC) FILTER (WHERE {which}))[1]"


#: Per protocol the events that its figures, status and reasons follow from.
EVENTS = f"""
    SELECT subject,
      array_agg(id) FILTER (WHERE number = 1
        OR act IN ('entry submitted', 'accepted', 'annulled', 'reinstated')) AS ids,
      array_agg(after ORDER BY number) FILTER (WHERE act = 'entry submitted') AS entries,
      {_last("after ? 'status'")} AS moved,
      {_last("act = 'accepted'")} AS accepted,
      {_last("act IN ('annulled', 'reinstated')")} AS ruled,
      {_last("number = 1")} AS begun
    FROM tabulation_event WHERE election_id = %(election)s GROUP BY subject"""  # noqa: S608  # names of ours


#: What is wrong with the figures and reasons against those of the entries; `database/sql` has it.
TYPED = "typed_otherwise(entries, accepted->'figures', %(contest)s, %(entries)s, w.reasons)"


def _altered(ids: set[int]) -> set[int]:
    """Events of ``ids`` that are not as they were written, as far as their hashes and seals say."""
    wanted = sorted(ids)
    found: set[int] = set()
    for first in range(0, len(wanted), CHUNK):
        events = Event.objects.filter(pk__in=wanted[first : first + CHUNK])
        found.update(e.pk for e in events.select_related("election") if not _has_its_hash(e))
    return found | set(_unsealed(ids))


def _has_its_hash(event: Event) -> bool:
    try:
        return event.digest() == bytes(event.hash)
    except NotCanonical:  # nothing of ours wrote it
        return False


def _unsealed(ids: set[int]) -> Iterator[int]:
    """Those that no seal holds as they are, and that wait for none either."""
    if not ids:
        return
    waiting = {pk for (pk,) in fetch(WAITING, [list(ids)])}
    covering = Seal.objects.raw(
        "SELECT * FROM tabulation_seal WHERE event_ids[1] <= %s AND event_ids[count] >= %s",
        [max(ids), min(ids)],
    )
    sealed = set()
    for seal in covering:
        held = ids.intersection(seal.event_ids)
        if held and sealing.holds_its_events(seal):
            sealed |= held
    yield from ids - waiting - sealed


WAITING = "SELECT event_id FROM tabulation_sealqueue WHERE event_id = ANY (%s)"


def withheld_in(election: Election, number: int) -> list[WithheldStation]:
    """The stations that a publication withholds, by contest and code."""
    found = WithheldStation.objects.filter(contest__election=election, published_in=number)
    return list(
        found.select_related("contest", "station").order_by("contest__code", "station__code")
    )


def withheld_now() -> "QuerySet[Contest, Contest]":
    """The contests whose newest publication withholds stations; ``withheld`` says how many."""
    newest = Publication.objects.filter(election=OuterRef("election")).order_by("-number")
    stations = (
        WithheldStation.objects.filter(contest=OuterRef("pk"), published_in=OuterRef("newest"))
        .order_by()
        .values("contest")
        .annotate(number=Count("pk"))
    )
    contests = Contest.objects.annotate(newest=Subquery(newest.values("number")[:1]))
    return contests.annotate(withheld=Subquery(stations.values("number"))).filter(
        withheld__isnull=False
    )


def refuse_to_certify(withheld: list[WithheldStation]) -> None:
    """Raise PublicationRefused where a station is withheld."""
    if withheld:
        message = _(
            "The figures of some polling stations differ from their events. Nothing was"
            " published. Have the activity log checked. Stations: %(stations)s."
        )
        codes = [one.station.code for one in withheld[:NAMED]]
        raise PublicationRefused(message % {"stations": ", ".join(codes)})
