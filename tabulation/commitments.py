"""Canonical bytes and what is computed over them: hashes of events and seals, Merkle trees. Pure.

Whoever has the fields of a row can compute its hash with any SHA-256; nothing here needs the
database. Each kind of object begins with its own line, so that the bytes of one never pass for
those of another.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

EVENT = b"hashvark event v1\n"
SEAL = b"hashvark seal v1\n"


class NotCanonical(ValueError):
    """A value has no canonical bytes: it is a float, a date, or text that is not Unicode."""


def canonical(value: Any) -> bytes:
    """JSON with one form only: keys sorted by code point, no spaces, UTF-8, whole numbers.

    Raises NotCanonical for anything but str, int, bool, None, list and dict with str keys.
    """
    _refuse_others(value, "the value")
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("A text holds half a character (a lone surrogate).") from error


def _refuse_others(value: Any, where: str) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"{where} has the key {key!r}: keys are text.")
            _refuse_others(inner, f"{where}[{key!r}]")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            _refuse_others(inner, f"{where}[{position}]")
    elif value is not None and not isinstance(value, str | int):
        raise NotCanonical(
            f"{where} is a {type(value).__name__} ({value!r}). Evidence holds text, whole numbers,"
            " true and false, null, lists and objects: write anything else as text."
        )


def moment(at: datetime) -> str:
    """ISO 8601 in UTC with six decimals of a second: `2012-07-19T20:00:00.000000+00:00`."""
    if at.tzinfo is None:
        raise NotCanonical(f"{at} has no time zone: it is no moment.")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


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


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of RFC 6962, section 2.1, over ``leaves`` in their order.

    A leaf is hashed behind 0x00 and an inner node behind 0x01. Only one node of each height is
    held at a time, so the leaves may be a stream.
    """
    whole: list[tuple[int, bytes]] = []  # complete subtrees from the left: (leaves, hash)
    for leaf in leaves:
        size, node = 1, hashlib.sha256(b"\x00" + leaf).digest()
        while whole and whole[-1][0] == size:
            node = _inner(whole.pop()[1], node)
            size *= 2
        whole.append((size, node))
    if not whole:
        return hashlib.sha256(b"").digest()
    node = whole.pop()[1]
    while whole:
        node = _inner(whole.pop()[1], node)
    return node


def _inner(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
