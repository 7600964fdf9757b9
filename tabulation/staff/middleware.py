"""What stands before every view of the staff: whose session it is, and what is open to them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import (
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from tabulation.models import User, acting_from
from tabulation.staff import sessions

#: Addresses by name that are open while a step is not done, beside those open to everybody.
WHILE_PASSWORD = {"first-steps", "stay"}
WHILE_FACTOR = {
    "stay",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "account_reauthenticate",
}

View = Callable[..., HttpResponseBase]
#: Of what stands before a view; ``None`` lets the request go on.
Answer = HttpResponseBase | None


def wants_sign_in(view: View) -> bool:
    """Whether a view is not open to everybody. Open ones stay cacheable: nobody asks who it is."""
    return bool(getattr(view, "login_required", True))


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's, but an open view is let through before anybody looks at the session.

    Looking would make every public page vary by cookie, and no cache could keep it.
    """

    def process_view(self, request: HttpRequest, view: View, *args: Any) -> Answer:
        return super().process_view(request, view, *args) if wants_sign_in(view) else None

    def handle_no_permission(self, request: HttpRequest, view_func: View) -> HttpResponseRedirect:
        """To the sign-in, and from there to the page: never to what a button would have sent."""
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        came_from = urlsplit(request.headers.get("Referer", ""))
        own = came_from.netloc == request.get_host()
        return redirect_to_login(came_from.path if own else reverse("staff"))


class SessionEndsMiddleware(MiddlewareMixin):
    """Signs out whoever was idle too long, before anybody looks at who they are."""

    def process_view(self, request: HttpRequest, view: View, *_args: Any) -> None:
        if wants_sign_in(view) and request.user.is_authenticated:
            sessions.go_on_or_end(request)


class ActingFromMiddleware:
    """Events of a signed-in person's request carry their address, behind the proxies we trust.

    Only below /staff/: looking at who asks would make public pages vary by cookie.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(reverse("staff")) or not request.user.is_authenticated:
            return self.get_response(request)
        # The library's own reckoning, which the throttling of sign-in uses, too.
        token = acting_from.set(get_adapter().get_client_ip(request))
        try:
            return self.get_response(request)
        finally:
            acting_from.reset(token)


class FirstStepsMiddleware(MiddlewareMixin):
    """Leads every staff address to the step that is not done yet: a second person, one's own
    password and name, then the second factor.

    An account that nobody but an administrator has looked at opens nothing, not even these steps.
    """

    def process_view(self, request: HttpRequest, view: View, *_args: Any) -> Answer:
        if not wants_sign_in(view) or not isinstance(request.user, User):
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


class WrongMethodPageMiddleware(MiddlewareMixin):
    """A page for who opens the address of a button (405), where Django answers nothing to read."""

    def process_response(self, request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
        if isinstance(answer, HttpResponseNotAllowed) and not answer.content:
            answer.content = render_to_string("405.html", request=request)
        return answer


class NoStoreMiddleware(MiddlewareMixin):
    """Staff pages stay in no cache: the next person at a shared computer finds nothing by Back."""

    def process_response(self, request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith(reverse("staff")):
            answer["Cache-Control"] = "no-store"
        return answer
