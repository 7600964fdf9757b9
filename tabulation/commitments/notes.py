"""Manifests of publications, and the checkpoint: a C2SP signed note over the log of manifests."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tabulation.commitments.canonical import canonical, moment

MANIFEST = "hashvark manifest v1"
#: The algorithm byte of Ed25519 in a signed note.
ED25519 = b"\x01"


def manifest(
    *,
    election: str,
    number: int,
    published_at: datetime,
    status: str,
    note: str,
    decision: str,
    contests: Sequence[dict[str, str]],
    seal: dict[str, Any] | None,
) -> bytes:
    """What a publication binds together. Each contest has ``contest`` (its code), ``form`` and
    ``root`` (hashes in hexadecimal) and ``sums`` of its head.
    """
    return canonical(
        {
            "format": MANIFEST,
            "election": election,
            "number": number,
            "published_at": moment(published_at),
            "status": status,
            "note": note,
            "decision": decision,
            "contests": sorted(contests, key=lambda contest: contest["contest"].encode()),
            "seal": seal,
        }
    )


def checkpoint_text(*, origin: str, size: int, root: bytes) -> str:
    """What is signed: the log's name, how many manifests it has, its root."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def key_hint(name: str, public: bytes) -> bytes:
    """The 4 bytes that tell which key of ``name`` made a signature."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def verifier_key(name: str, public: bytes) -> str:
    """A public key (32 bytes) as one line of text: name, hint, and key."""
    key = base64.b64encode(ED25519 + public).decode()
    return f"{name}+{key_hint(name, public).hex()}+{key}"


def signature_line(name: str, public: bytes, signature: bytes) -> str:
    """One signature (64 bytes) of a note."""
    return f"\N{EM DASH} {name} {base64.b64encode(key_hint(name, public) + signature).decode()}\n"


def signed_note(text: str, signatures: Sequence[str]) -> str:
    """A text that ends with a line feed, and its signature lines."""
    return f"{text}\n{''.join(signatures)}"
