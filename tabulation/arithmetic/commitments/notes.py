"""Manifests of publications, and the checkpoint: a C2SP signed note over the log of manifests."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tabulation.arithmetic.commitments.canonical import canonical, moment

MANIFEST = "hashvark manifest v2"
FILES = "hashvark files v1"
#: Behind the origin, the name of whoever signs lists of files: no key of it signs a checkpoint.
FILES_SIGNER = "/files"
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
    files: Mapping[str, str] | None = None,
    further: Mapping[str, str] | None = None,
) -> bytes:
    """What a publication binds together. Each contest has ``contest`` (its code), ``form`` and
    ``root`` (hashes in hexadecimal), ``sums`` of its head, and ``turnout`` (the hash of its turnout
    file) where stations reported any. ``files``: of each document that came out with it, such as
    the commission's decision, the hash by the name; ``further``: the same of files that lie
    elsewhere. Both are said only where there are any.
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
            **({"files": dict(files)} if files else {}),
            **({"further": dict(further)} if further else {}),
        }
    )


def checkpoint_text(*, origin: str, size: int, root: bytes) -> str:
    """What is signed: the log's name, how many manifests it has, its root."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def files_text(
    *, origin: str, number: int, issue: int, manifest: bytes, hashes: Mapping[str, str]
) -> str:
    """What is signed of the files made after publication ``number``: hashes by their paths."""
    lines = [FILES, origin, str(number), str(issue), hashlib.sha256(manifest).hexdigest()]
    lines += [f"{hashes[path]}  {path}" for path in sorted(hashes, key=str.encode)]
    return "".join(f"{line}\n" for line in lines)


def key_hint(name: str, public: bytes) -> bytes:
    """The 4 bytes that tell which key of ``name`` made a signature."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def verifier_key(name: str, public: bytes) -> str:
    """A public key (32 bytes) as one line of text: name, hint, and key."""
    key = base64.b64encode(ED25519 + public).decode()
    return f"{name}+{key_hint(name, public).hex()}+{key}"


class NotANote(ValueError):
    """A line is no key or no signature of a note."""


def read_verifier_key(key: str) -> tuple[str, bytes]:
    """Name and public key of a `verifier_key`. Raises NotANote."""
    name, _plus, rest = key.strip().partition("+")
    try:
        public = base64.b64decode(rest.partition("+")[2], validate=True)
    except ValueError:
        public = b""
    if len(public) != 33 or verifier_key(name, public[1:]) != key.strip():
        raise NotANote("A key is NAME+HINT+KEY on one line, as key.txt has it.")
    return name, public[1:]


def read_signature_line(line: str) -> tuple[str, bytes, bytes]:
    """Name, hint and signature of a `signature_line`. Raises NotANote."""
    dash, _space, rest = line.strip().partition(" ")
    name, _space, text = rest.partition(" ")
    try:
        blob = base64.b64decode(text, validate=True)
    except ValueError:
        blob = b""
    if dash != "\N{EM DASH}" or len(blob) != 68:
        raise NotANote("A signature is one line: a dash, a name, and 68 bytes in base64.")
    return name, blob[:4], blob[4:]


def signature_line(name: str, public: bytes, signature: bytes) -> str:
    """One signature (64 bytes) of a note."""
    return f"\N{EM DASH} {name} {base64.b64encode(key_hint(name, public) + signature).decode()}\n"


def signed_note(text: str, signatures: Sequence[str]) -> str:
    """A text that ends with a line feed, and its signature lines."""
    return f"{text}\n{''.join(signatures)}"
