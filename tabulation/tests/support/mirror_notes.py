"""The log of the mirrors of the tests, its checkpoints and lists of files: all that is signed."""

import base64
import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORIGIN = "results.example/artsakh"
OFFICES = {
    "commission": Ed25519PrivateKey.from_private_bytes(b"c" * 32),
    "certified": Ed25519PrivateKey.from_private_bytes(b"d" * 32),
    "stranger": Ed25519PrivateKey.from_private_bytes(b"x" * 32),
}


def log_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + log_root(leaves[:k]) + log_root(leaves[k:])).digest()


def base64_of(digest: str | bytes) -> str:
    raw = bytes.fromhex(digest) if isinstance(digest, str) else digest
    return base64.b64encode(raw).decode()


def audit_path(leaves: list[bytes]) -> list[str]:
    """RFC 6962, section 2.1.1, of the last leaf; base64, the nearest first."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return [*audit_path(leaves[k:]), base64_of(log_root(leaves[:k]))]


def verifier_key(office: str, name: str) -> str:
    raw = b"\x01" + OFFICES[office].public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"{name}+{key_id(raw, name).hex()}+{base64.b64encode(raw).decode()}"


def key_id(raw: bytes, name: str) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]


KEY = verifier_key("commission", ORIGIN)
CERTIFIED_KEY = verifier_key("certified", f"{ORIGIN}/certified")


def file_list(
    leaf: bytes, number: int, hashes: dict[str, str], *, issue: int = 1, office: str = "commission"
) -> bytes:
    """The signed list of files made after publication ``number``, whose manifest is ``leaf``."""
    lines = ["hashvark files v1", ORIGIN, str(number), str(issue)]
    lines.append(hashlib.sha256(leaf).hexdigest())
    lines += [f"{hashes[path]}  {path}" for path in sorted(hashes, key=str.encode)]
    text = "".join(f"{line}\n" for line in lines)
    return f"{text}\n{signature_line(office, f'{ORIGIN}/files', text)}".encode()


def signature_line(office: str, name: str, text: str) -> str:
    raw = b"\x01" + OFFICES[office].public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = key_id(raw, name) + OFFICES[office].sign(text.encode())
    return f"— {name} {base64.b64encode(signature).decode()}\n"


def checkpoint(leaves: Sequence[bytes], signers: Sequence[tuple[str, str]]) -> bytes:
    """``signers``: the office whose key signs, and the name on its line."""
    root = base64.b64encode(log_root(leaves)).decode()
    text = f"{ORIGIN}\n{len(leaves)}\n{root}\n"
    lines = [signature_line(office, name, text) for office, name in signers]
    return (text + "\n" + "".join(lines)).encode()
