"""Where the acts of the staff come from."""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from tabulation.models import acting_from


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
