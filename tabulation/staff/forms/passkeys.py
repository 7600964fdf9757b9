"""The library's forms that a passkey answers, and what they say of what no passkey answered.

The library makes bytes of whatever stands where text belongs: of a number as many bytes.
"""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms
from fido2.utils import websafe_decode

#: Parts of an answer that are bytes, written as text.
BYTES = ("clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject")
#: What the library raises over parts that are missing, or are something else.
ODD = (
    *(KeyError, IndexError, AttributeError, TypeError, ValueError, RecursionError),
    struct.error,
)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except ODD as error:
        raise get_adapter().validation_error("incorrect_code") from error


def _require_text(credential: Any) -> None:
    """Raise one of `ODD` where bytes are not written as text."""
    response = credential["response"]
    parts = (response[name] for name in BYTES if response.get(name) is not None)
    if not all(isinstance(part, str) for part in (credential["rawId"], *parts)):
        raise TypeError
    said = json.loads(websafe_decode(response["clientDataJSON"]))
    if not isinstance(said["challenge"], str):
        raise TypeError


class _Answered:
    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]
        clean = getattr(super(), "clean_credential", None)
        with _refusing():
            _require_text(credential)
            return clean() if clean else credential

    def clean(self) -> Any:
        with _refusing():
            return super().clean()  # type: ignore[misc]  # of the form it is mixed into


class LoginForm(_Answered, forms.LoginWebAuthnForm):
    """At the sign-in, without a password."""


class AuthenticateForm(_Answered, forms.AuthenticateWebAuthnForm):
    """At the sign-in, after the password."""


class ReauthenticateForm(_Answered, forms.ReauthenticateWebAuthnForm):
    """Of who is signed in and is asked again."""


class AddForm(_Answered, forms.AddWebAuthnForm):
    """Another passkey of who is signed in."""
