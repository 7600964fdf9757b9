"""The signing key: Ed25519, in a PEM file outside the database. Imports nothing of ours.

Who has the file can seal in the commission's name; who has only the public half can check seals.
"""

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings


class SigningRefused(Exception):
    """Nothing can be signed or checked with this key; the message says what to do."""


class SigningKeyMissing(SigningRefused):
    """There is no signing key."""


class SigningKeyExists(SigningRefused):
    """A key is never overwritten: what it signed could not be told from a forgery any more."""


class Signer:
    """The installation's key, ready to sign."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature."""
        return self._key.sign(message)

    @property
    def public_pem(self) -> str:
        pem = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem.decode()


def signer() -> Signer:
    """The key of this installation. Raises SigningKeyMissing or SigningRefused.

    A demonstration makes its key at the first use.
    """
    path = Path(settings.SIGNING_KEY)
    if settings.EMBEDDED and not path.exists():
        try:
            return make_key()
        except SigningKeyExists:
            pass  # another process was first, and the file is complete
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise SigningKeyMissing(
            f"There is no signing key at {path}. Make one with manage.py make_signing_key, or say"
            " where it is in HASHVARK_SIGNING_KEY."
        ) from error
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningRefused(f"The signing key {path} cannot be used: {error}.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningRefused(f"The signing key {path} is not an Ed25519 key.")
    return Signer(key)


def make_key() -> Signer:
    """Make the key at `settings.SIGNING_KEY`, for this user alone. Raises SigningKeyExists.

    The file appears complete or not at all: it is written under another name and then linked.
    """
    path = Path(settings.SIGNING_KEY)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(new, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(new)
            _link(unfinished, path)
        finally:
            unfinished.unlink()
    except OSError as error:
        raise SigningRefused(f"No signing key can be kept at {path}: {error}.") from error
    return Signer(key)


def _link(unfinished: Path, path: Path) -> None:
    try:
        os.link(unfinished, path)
    except FileExistsError as error:
        message = f"There is a signing key at {path} already; it is not overwritten."
        raise SigningKeyExists(message) from error


def key_id(public: bytes) -> str:
    """A short name of a public key: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def public_key(path: Path) -> bytes:
    """The 32 bytes of the public key in a PEM file. Raises SigningRefused."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SigningRefused(f"The public key {path} cannot be used: {error}.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SigningRefused(f"The public key {path} is not an Ed25519 key.")
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def is_signed(message: bytes, signature: bytes, public: bytes) -> bool:
    """Whether ``signature`` is of ``message`` by the owner of ``public``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True
