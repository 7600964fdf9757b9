"""A second factor asked for on the page of an act itself: a code of the app, or a passkey.

The library checks it: a code is good once, and guessing is throttled.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.forms import Form
from django.http import HttpRequest

from tabulation.staff.access import person
from tabulation.staff.accounts.records import second_factors
from tabulation.staff.forms import codes, passkeys

#: What the page sends beside the act: the code, or what the passkey answered.
CODE, CREDENTIAL = "code", "credential"


def was_sent(request: HttpRequest) -> bool:
    return CODE in request.POST or CREDENTIAL in request.POST


def proved(request: HttpRequest) -> tuple[bool, Form]:
    """Whether this person proved just now who they are, and the form that says why not."""
    kind = passkeys if CREDENTIAL in request.POST else codes
    form: Any = kind.ReauthenticateForm(user=person(request), data=request.POST)
    proved = form.is_valid()
    if proved:
        form.save()
    return proved, form


def asked(request: HttpRequest, failed: Form | None = None) -> dict[str, object]:
    """What the template needs to ask, with what was wrong the last time."""
    user = person(request)
    kinds = set(second_factors(user).values_list("type", flat=True))
    passkey = Authenticator.Type.WEBAUTHN in kinds
    errors = [error for field in (CODE, CREDENTIAL) for error in _errors(failed, field)]
    return {
        "kinds": kinds,
        "factor_errors": errors,
        "js_data": {"request_options": begin_authentication(user)} if passkey else {},
    }


def _errors(form: Form | None, field: str) -> list[str]:
    return [str(error) for error in form.errors.get(field, [])] if form else []
