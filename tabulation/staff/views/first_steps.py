"""Before anything else: a second person, one's own password and name, then the second factor.

An account that nobody but an administrator has looked at opens nothing, not even these steps.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from tabulation.models import User

#: Addresses by name that are open while a step is not done, beside those open to everybody.
WHILE_PASSWORD = {"first-steps", "stay"}
WHILE_FACTOR = {
    "stay",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "account_reauthenticate",
}


class FirstStepsMiddleware:
    """Leads every staff address to the step that is not done yet."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: Any,
        view_kwargs: Any,
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True) or not isinstance(request.user, User):
            return None
        match = request.resolver_match
        name = match.url_name if match else None
        if page := _closed(request.user):
            status = 200 if name == "staff" and request.method in {"GET", "HEAD"} else 403
            return None if name == "stay" else render(request, page, status=status)
        step, open_ = _step(request.user)
        return None if step is None or name in open_ else redirect(step)


def _closed(user: User) -> str | None:
    """The page of an account that opens nothing, whose person can do nothing about it."""
    if not user.is_confirmed:
        return "account/unconfirmed.html"
    if user.must_change_password and user.one_time_until and user.one_time_until < timezone.now():
        return "account/expired.html"
    return None


def _step(user: Any) -> tuple[str | None, set[str]]:
    """The page of the next step and what is open beside it; no page when all is done."""
    if user.must_change_password:
        return "first-steps", WHILE_PASSWORD
    if user.needs_second_factor and not user.has_second_factor:
        return "mfa_activate_totp", WHILE_FACTOR
    return None, set()
