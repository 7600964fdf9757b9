"""The library's forms that ask for a code of an app, and what they say of a row that was spoilt."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms


class _Readable:
    """A factor whose row was spoilt is a refusal, as one whose seed no key reads."""

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]  # of the form it is mixed into
        except (KeyError, TypeError) as error:
            raise get_adapter().validation_error("unreadable") from error
        return code


class AuthenticateForm(_Readable, forms.AuthenticateForm):
    """At the sign-in."""


class ReauthenticateForm(_Readable, forms.ReauthenticateForm):
    """Of who is signed in and is asked again."""
