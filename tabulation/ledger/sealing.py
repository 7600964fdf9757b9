"""Seal the events that no seal covers yet: their count and Merkle root, signed."""

from datetime import datetime

from django.db import transaction

from tabulation.arithmetic.commitments.events import seal_hash
from tabulation.arithmetic.commitments.merkle import merkle_root
from tabulation.database.statements import fetch, run
from tabulation.ledger import signing
from tabulation.models import Seal

#: The advisory lock of whoever seals. A publisher takes it before its snapshot.
LOCK = (0x48_56_53_4C, 0)
#: Events in one seal, so that a seal of any backlog fits into memory.
MOST = 100_000


def seal(*, at: datetime) -> Seal | None:
    """Seal what waits, in a transaction of its own; the last seal made, ``None`` if none was.

    One sealer at a time. An event whose transaction is still open waits for the next seal.
    Raises SigningRefused.
    """
    with transaction.atomic(durable=True):
        # By itself: the next statement's snapshot is taken after the lock is held.
        run("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
        return seal_waiting(at=at)


def seal_waiting(*, at: datetime) -> Seal | None:
    """As `seal`, inside the caller's transaction, which alone seals: it holds `LOCK` since before
    its snapshot. One seal for each `MOST` events, oldest first.
    """
    last = None
    while True:
        waiting = _take()
        if waiting:
            last = _seal(waiting, at)
        if len(waiting) < MOST:
            return last


def holds_its_events(seal: Seal) -> bool:
    """Whether the events of ``seal`` have the hashes that it was made of and signed for, as far as
    this installation's key made it. Raises SigningRefused.
    """
    rows = fetch(
        "SELECT hash FROM tabulation_event WHERE id = ANY (%s) ORDER BY id", [seal.event_ids]
    )
    hashes = [bytes(digest) for (digest,) in rows]
    message = seal.message()
    signer = signing.signer()
    return (
        len(hashes) == seal.count
        and merkle_root(hashes) == bytes(seal.root)
        and seal_hash(message) == bytes(seal.hash)
        and (
            seal.key_id != signer.key_id
            or signing.is_signed(message, bytes(seal.signature), signer.public)
        )
    )


def _take() -> list[tuple[int, bytes]]:
    """Ids and hashes of the oldest that wait, in the order of the ids; they wait no longer.

    Out of the queue and never by a watermark: an id or a time given out early may commit late.
    An id that waits for an event that is not there goes on waiting, as evidence.
    """
    waiting = fetch(
        """
        WITH oldest AS (
          SELECT q.event_id FROM tabulation_sealqueue q
          JOIN tabulation_event e ON e.id = q.event_id ORDER BY q.event_id LIMIT %s
        ), taken AS (
          DELETE FROM tabulation_sealqueue q USING oldest o WHERE q.event_id = o.event_id
          RETURNING q.event_id
        )
        SELECT e.id, e.hash FROM taken t JOIN tabulation_event e ON e.id = t.event_id
        ORDER BY e.id""",
        [MOST],
    )
    return [(pk, bytes(digest)) for pk, digest in waiting]


def _seal(events: list[tuple[int, bytes]], at: datetime) -> Seal:
    signer = signing.signer()
    before = Seal.objects.order_by("number").only("number", "hash").last()
    sealed = Seal(
        number=before.number + 1 if before else 1,
        at=at,
        event_ids=[pk for pk, _digest in events],
        count=len(events),
        root=merkle_root(digest for _pk, digest in events),
        previous=bytes(before.hash) if before else b"",
        key_id=signer.key_id,
    )
    message = sealed.message()
    sealed.hash, sealed.signature = seal_hash(message), signer.sign(message)
    sealed.save(force_insert=True)
    return sealed
