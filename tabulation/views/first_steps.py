"""Before anything else: one's own password and name, then the second factor one's role needs."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

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
        step, open_ = _step(request.user)
        match = request.resolver_match
        if step is None or (match is not None and match.url_name in open_):
            return None
        return redirect(step)


def _step(user: Any) -> tuple[str | None, set[str]]:
    """The page of the next step and what is open beside it; no page when all is done."""
    if user.must_change_password:
        return "first-steps", WHILE_PASSWORD
    if user.needs_second_factor and not user.has_second_factor:
        return "mfa_activate_totp", WHILE_FACTOR
    return None, set()
