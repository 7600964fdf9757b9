"""What the database keeps but cannot read: encrypted with a key that is not in it.

The keys are derived (HKDF-SHA-256) from `SECRET_KEY`, another one for each purpose. What an earlier
secret key encrypted is readable while that key is in `SECRET_KEY_FALLBACKS`.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """Not encrypted for this purpose with any key that the server has."""


def encrypt(text: str, purpose: str) -> str:
    return _cipher(purpose).encrypt(text.encode()).decode()


def decrypt(kept: object, purpose: str) -> str:
    """What was encrypted for the same ``purpose``. Raises Unreadable."""
    if not isinstance(kept, str):
        raise Unreadable
    try:
        return _cipher(purpose).decrypt(kept.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _cipher(purpose: str) -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret, purpose)) for secret in secrets])


def _key(secret: str, purpose: str) -> bytes:
    info = f"hashvark {purpose}".encode()
    return urlsafe_b64encode(HKDF(SHA256(), 32, salt=None, info=info).derive(secret.encode()))
