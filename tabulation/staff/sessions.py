"""How long somebody stays signed in: idle time slides with every act, a shift is the limit.

The session holds two times, in seconds since 1970: ``since``, the sign-in, and ``active``, the last
act as it was saved, at most once a minute.
"""

import time
from math import ceil

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_http_methods

from tabulation.models import User

SAVE_EVERY = 60
#: Seconds before the end that a page warns; less where a session is short.
WARNING = 180
#: Asked by a page and not by a person: such a request keeps nobody signed in.
BACKGROUND = "X-Background"


def begin(request: HttpRequest) -> None:
    """The sign-in is done: both times begin."""
    request.session["since"] = request.session["active"] = time.time()


def _times(request: HttpRequest) -> tuple[float, float]:
    """Since when, and last active. A session that was not begun here began at the last sign-in."""
    last = request.user.last_login if isinstance(request.user, User) else None
    since = request.session.get("since", last.timestamp() if last else 0)
    return since, request.session.get("active", since)


def _left(since: float, active: float, now: float) -> float:
    """Seconds until the session ends; not above 0 when it is over."""
    return min(active + settings.IDLE_MINUTES * 60, since + settings.SESSION_COOKIE_AGE) - now


def go_on_or_end(request: HttpRequest) -> None:
    """Sign out whoever was idle too long; what anybody else does keeps them signed in."""
    now = time.time()
    since, active = _times(request)
    if _left(since, active, now) <= 0:
        logout(request)
    elif BACKGROUND not in request.headers and now - active >= SAVE_EVERY:
        request.session.update({"since": since, "active": now})


def seconds_until_sign_out(request: HttpRequest) -> int:
    return max(0, ceil(_left(*_times(request), time.time())))


def context(request: HttpRequest) -> dict[str, object]:
    """For the staff's pages: when to warn. Nothing is looked at before the template asks."""
    return {
        "seconds_until_sign_out": lambda: seconds_until_sign_out(request),
        "seconds_of_warning": min(WARNING, settings.IDLE_MINUTES * 20),
    }


@require_http_methods(["GET", "POST"])
def stay(request: HttpRequest) -> JsonResponse:
    """How long the session lasts; a POST is somebody who wants to stay, and lengthens it."""
    if request.method == "POST":
        since, _active = _times(request)
        request.session.update({"since": since, "active": time.time()})
    return JsonResponse({"seconds": seconds_until_sign_out(request)})
