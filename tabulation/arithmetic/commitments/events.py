"""Hashes of events, and what is signed of a seal."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tabulation.arithmetic.commitments.canonical import canonical, moment

EVENT = b"hashvark event v1\n"
SEAL = b"hashvark seal v1\n"


def event_hash(
    *,
    subject: str,
    number: int,
    previous: bytes,
    election: str | None,
    act: str,
    by: int | None,
    by_name: str,
    address: str,
    at: datetime,
    before: Any,
    after: Any,
) -> bytes:
    """SHA-256 of an event. ``election`` is its slug, ``by`` the person's id, ``previous`` the hash
    of the event before of the same subject, empty for its first. Raises NotCanonical.
    """
    body = {
        "subject": subject,
        "number": number,
        "previous": previous.hex(),
        "election": election,
        "act": act,
        "by": by,
        "by_name": by_name,
        "address": address,
        "at": moment(at),
        "before": before,
        "after": after,
    }
    return hashlib.sha256(EVENT + canonical(body)).digest()


def seal_message(
    *,
    number: int,
    at: datetime,
    event_ids: Sequence[int],
    count: int,
    root: bytes,
    previous: bytes,
    key_id: str,
) -> bytes:
    """What is hashed and signed of a seal; ``root`` is the Merkle root of the events' hashes."""
    body = {
        "number": number,
        "at": moment(at),
        "event_ids": list(event_ids),
        "count": count,
        "root": root.hex(),
        "previous": previous.hex(),
        "key_id": key_id,
    }
    return SEAL + canonical(body)


def seal_hash(message: bytes) -> bytes:
    """SHA-256 of a `seal_message`."""
    return hashlib.sha256(message).digest()
