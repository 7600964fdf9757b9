"""Recompute every event and seal, and say which were altered, removed, inserted or cut off.

Bounded memory at any number of events: passes with a server-side cursor, seals by number, events by
subject, then protocols, reported turnout, entries, forms, lists of voters, accounts, rosters and
what was published, each against its own events or against what was published first. Everything is
asked of one snapshot, and nothing is written.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from django.db import transaction
from django.db.models import Sum

from tabulation.arithmetic.commitments.events import event_hash, seal_hash
from tabulation.arithmetic.commitments.merkle import merkle_root
from tabulation.database.statements import fetch, run, stream
from tabulation.ledger import (
    auditing_accounts,
    auditing_entries,
    auditing_fixed,
    auditing_ledger,
    auditing_published,
    auditing_roster,
    signing,
)
from tabulation.models import Event, Seal

#: Moments that Python has, too; the database knows others, such as infinity.
CALENDAR = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))


@dataclass
class Audit:
    """How far the audit has come; complete once `findings` is exhausted."""

    #: Public keys that may have sealed, 32 bytes each, by their `signing.key_id`.
    keys: Mapping[str, bytes]
    #: Number and hash of a seal as somebody outside wrote it down.
    noted: tuple[int, bytes] | None = None
    progress: Callable[[int], object] = lambda _steps: None
    events: int = 0
    seals: int = 0
    #: Events that wait for their first seal: whoever owns the database can still alter them unseen.
    unprotected: int = 0
    last_seal: tuple[int, bytes] | None = None
    _found_noted: bool = field(default=False, init=False)

    def findings(self) -> Iterator[str]:
        """One sentence for each row that is wrong, in a snapshot of its own."""
        with transaction.atomic(durable=True):
            run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield from self.examine()

    def examine(self) -> Iterator[str]:
        """As `findings`, inside the caller's transaction."""
        yield from self._examine_seals()
        yield from self._examine_events()
        yield from _lost_from_the_queue()
        yield from _moved_without_an_event()
        yield from _reported_without_an_event()
        yield from auditing_entries.findings()
        yield from auditing_fixed.findings()
        yield from auditing_accounts.examine()
        yield from auditing_roster.examine()
        yield from auditing_published.findings()
        yield from auditing_ledger.findings(self.keys)

    def _examine_seals(self) -> Iterator[str]:
        number, previous = 0, b""
        for timeless in Seal.objects.exclude(at__range=CALENDAR).values_list("number", flat=True):
            yield f"Seal {timeless} was altered: its time is in no calendar."
        for seal in Seal.objects.filter(at__range=CALENDAR).order_by("number").iterator(1):
            self.seals += 1
            if seal.number != number + 1:
                yield f"Seal {seal.number} follows seal {number}: {_missing(number, seal.number)}."
            elif bytes(seal.previous) != previous:
                yield f"Seal {seal.number} does not hold the hash of the seal before it."
            yield from self._examine_seal(seal)
            number, previous = seal.number, bytes(seal.hash)
            self._found_noted |= (number, previous) == self.noted
        self.last_seal = (number, previous) if self.seals else None
        if self.noted and not self._found_noted:
            yield (
                f"Seal {self.noted[0]} with the hash {self.noted[1].hex()} is not here: seals were"
                " cut off or made anew."
            )

    def _examine_seal(self, seal: Seal) -> Iterator[str]:
        message = seal.message()
        if seal_hash(message) != bytes(seal.hash):
            yield f"Seal {seal.number} was altered: its content does not give its hash."
        key = self.keys.get(seal.key_id)
        if key is None:
            yield f"Seal {seal.number} is signed with the key {seal.key_id}, which was not given."
        elif not signing.is_signed(message, bytes(seal.signature), key):
            yield f"Seal {seal.number} is not signed by the key {seal.key_id} as it stands."
        yield from self._examine_sealed(seal)

    def _examine_sealed(self, seal: Seal) -> Iterator[str]:
        """The events of a seal against its list, count and Merkle root."""
        ids = seal.event_ids
        if len(ids) != seal.count or any(a >= b for a, b in pairwise(ids)):
            yield f"Seal {seal.number} lists {len(ids)} events and counts {seal.count}."
        rows = fetch("SELECT id, hash FROM tabulation_event WHERE id = ANY(%s)", [list(ids)])
        hashes = {pk: bytes(digest) for pk, digest in rows}
        gone = [pk for pk in ids if pk not in hashes]
        for pk in gone:
            yield f"Event {pk} is in seal {seal.number} and was removed."
        root = merkle_root(hashes[pk] for pk in ids if pk in hashes)
        if not gone and root != bytes(seal.root):
            yield (
                f"Seal {seal.number} has another root than its events {ids[0]} to {ids[-1]}: the"
                " hash of at least one was altered."
            )
        self.progress(len(ids))

    def _examine_events(self) -> Iterator[str]:
        last: _Row | None = None
        unsealed: _Row | None = None
        for row in _rows():
            if last is not None and row.id == last.id:
                yield f"{row} is in two seals, {last.seal} and {row.seal}."
                continue
            if last is None or row.subject != last.subject:
                last, unsealed = None, None
            yield from self._examine_event(row, last)
            if row.seal is None:
                unsealed = unsealed or row
            elif unsealed:
                yield f"{unsealed} is in no seal, though a later event of its subject is."
                unsealed = None
            last = row

    def _examine_event(self, row: "_Row", last: "_Row | None") -> Iterator[str]:
        self.events += 1
        self.progress(1)
        if row.digest() != row.hash:
            yield f"{row} was altered: its content does not give its hash."
        number = last.number if last else 0
        if row.number != number + 1:
            yield f"{row} has the number {row.number} after {number}: " + (
                f"{_missing(number, row.number)}."
            )
        elif row.previous != (last.hash if last else b""):
            yield f"{row} does not hold the hash of the event before it."
        if last and row.id <= last.id:
            yield f"{row} has a lower id than the event before it, {last.id}."
        if row.seal is None and not row.waits:
            yield f"{row} was slipped in: it is in no seal and waits for none."
        elif row.seal is None:
            self.unprotected += 1


def steps() -> int:
    """How many steps an audit takes now, for showing its progress."""
    sealed = Seal.objects.aggregate(sealed=Sum("count"))["sealed"] or 0
    return Event.objects.count() + int(sealed)


def _missing(before: int, number: int) -> str:
    gone = number - before - 1
    return f"{gone} before it {'is' if gone == 1 else 'are'} missing"


@dataclass(frozen=True)
class _Row:
    """An event as it stands, with the seal that covers it and whether it waits for one."""

    id: int
    hash: bytes
    number: int
    previous: bytes
    subject: str
    act: str
    election: str | None
    by: int | None
    by_name: str
    address: str
    at: datetime | None
    before: str | None
    after: str | None
    seal: int | None
    waits: bool

    def __str__(self) -> str:
        return f"Event {self.id} ({self.subject}, {self.act})"

    def digest(self) -> bytes | None:
        """``None`` for what no hash can be of, such as a float: nothing of ours wrote it."""
        if self.at is None:
            return None
        try:
            return event_hash(
                subject=self.subject,
                number=self.number,
                previous=self.previous,
                election=self.election,
                act=self.act,
                by=self.by,
                by_name=self.by_name,
                address=self.address,
                at=self.at,
                before=json.loads(self.before or "null"),
                after=json.loads(self.after or "null"),
            )
        except (ValueError, RecursionError):  # NotCanonical, or JSON that Python cannot hold
            return None


def _rows() -> Iterator[_Row]:
    rows = stream(
        """
        SELECT e.id, e.hash, e.number, e.previous, e.subject, e.act, c.slug, e.by_id, e.by_name,
          e.address, CASE WHEN e.at BETWEEN %s AND %s THEN e.at END, e.before::text, e.after::text,
          s.number, q.event_id IS NOT NULL
        FROM tabulation_event e
        LEFT JOIN candidates_election c ON c.id = e.election_id
        LEFT JOIN (SELECT number, unnest(event_ids) AS id FROM tabulation_seal) s ON s.id = e.id
        LEFT JOIN tabulation_sealqueue q ON q.event_id = e.id
        ORDER BY e.subject, e.number, e.id, s.number""",
        CALENDAR,
    )
    for pk, digest, number, previous, *rest in rows:
        yield _Row(pk, bytes(digest), number, bytes(previous), *rest)


def _lost_from_the_queue() -> Iterator[str]:
    for (pk,) in fetch(
        "SELECT event_id FROM tabulation_sealqueue q WHERE NOT EXISTS"
        " (SELECT FROM tabulation_event e WHERE e.id = q.event_id) ORDER BY event_id"
    ):
        yield f"Event {pk} waits for its seal and was removed."


def _moved_without_an_event() -> Iterator[str]:
    """Typed protocols that stand otherwise than the events of their subject left them."""
    rows = stream(
        """
        SELECT p.subject, p.status, moved.status, accepted.figures IS DISTINCT FROM p.figures,
          events.told IS DISTINCT FROM p.told
        FROM (
          SELECT p.status, to_jsonb(p.figures) AS figures,
            jsonb_build_array(p.ruling_reason, p.ruling_decision, p.reason, p.decision,
              p.accepted_at) AS told,
            format('protocol %s/%s/%s/v%s', e.slug, c.code, s.code, p.version) AS subject
          FROM tabulation_protocol p
          JOIN tabulation_pollingstation s ON s.id = p.station_id
          JOIN candidates_contest c ON c.id = p.contest_id
          JOIN candidates_election e ON e.id = c.election_id
          WHERE p.origin = 'typed'
        ) p
        LEFT JOIN LATERAL (
          SELECT after->>'status' AS status FROM tabulation_event
          WHERE subject = p.subject AND after ? 'status' ORDER BY number DESC LIMIT 1
        ) moved ON true
        LEFT JOIN LATERAL (
          SELECT after->'figures' AS figures, (after->>'accepted_at')::timestamptz AS at
          FROM tabulation_event
          WHERE subject = p.subject AND act = 'accepted' ORDER BY number DESC LIMIT 1
        ) accepted ON true
        LEFT JOIN LATERAL (
          SELECT after->>'ruling_reason' AS reason, after->>'ruling_decision' AS decision
          FROM tabulation_event
          WHERE subject = p.subject AND after ? 'ruling_reason' ORDER BY number DESC LIMIT 1
        ) ruled ON true
        LEFT JOIN LATERAL (
          SELECT after->>'reason' AS reason, after->>'decision' AS decision
          FROM tabulation_event WHERE subject = p.subject AND number = 1
        ) begun ON true
        CROSS JOIN LATERAL (
          SELECT jsonb_build_array(coalesce(ruled.reason, ''), coalesce(ruled.decision, ''),
            coalesce(begun.reason, ''), coalesce(begun.decision, ''), accepted.at) AS told
        ) events
        WHERE moved.status IS DISTINCT FROM p.status
          OR accepted.figures IS DISTINCT FROM p.figures OR events.told IS DISTINCT FROM p.told
        ORDER BY p.subject"""
    )
    for subject, status, by_events, other_figures, other_words in rows:
        if status != by_events:
            known = by_events or "unknown"
            yield f"The {subject} is {status}; its events leave it {known}."
        if other_figures:
            yield f"The {subject} has other figures than the event of its acceptance."
        if other_words and status == by_events and not other_figures:
            yield f"The {subject} has another reason, decision or time than its events."


def _reported_without_an_event() -> Iterator[str]:
    """Turnout that people reported and that stands otherwise than its last event left it."""
    rows = stream(
        """
        SELECT r.subject, r.hour, t.voters, r.voters, told.voters
        FROM (
          SELECT DISTINCT ON (r.contest_id, r.station_id, r.hour)
            r.contest_id, r.station_id, r.hour AS local, r.voters,
            to_char(r.hour, 'HH24:MI') AS hour,
            format('turnout %s/%s/%s', e.slug, c.code, s.code) AS subject
          FROM tabulation_turnoutreport r
          JOIN tabulation_pollingstation s ON s.id = r.station_id
          JOIN candidates_contest c ON c.id = r.contest_id
          JOIN candidates_election e ON e.id = c.election_id
          ORDER BY r.contest_id, r.station_id, r.hour, r.number DESC
        ) r
        LEFT JOIN tabulation_timedturnout t
          ON t.contest_id = r.contest_id AND t.station_id = r.station_id AND t.hour = r.local
        LEFT JOIN LATERAL (
          SELECT after->>'voters' AS voters FROM tabulation_event
          WHERE subject = r.subject AND after->>'hour' = r.hour ORDER BY number DESC LIMIT 1
        ) told ON true
        WHERE told.voters IS DISTINCT FROM r.voters::text OR t.voters IS DISTINCT FROM r.voters
        ORDER BY r.subject, r.hour"""
    )
    for subject, hour, stands, reported, by_event in rows:
        yield (
            f"The {subject} by {hour} is {stands}, its last report says {reported} and its"
            f" last event {by_event or 'nothing'}."
        )
