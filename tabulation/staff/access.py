"""Who gets in, and to what: deny by default, no open sign-up, one helper per object."""

import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candidates.models import Contest
from tabulation.models import Area, ContestStation, NotYours, User
from tabulation.staff import ciphers, sessions
from tabulation.staff.accounts.records import with_second_factor

#: The purpose for which the seeds of authenticator apps are encrypted.
SEED = "seed"


class StaffBackend(AuthenticationBackend):
    """Sign-in by name; each page's person comes with area and ``has_second_factor`` at once."""

    def get_user(self, user_id: int) -> User | None:
        users = with_second_factor(User.objects.select_related("area"))
        user = users.filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


def _one_spelling(credentials: dict[str, object]) -> str:
    """The name as the database compares it: a dotless i is the same letter there."""
    return str(credentials.get("username", "")).upper().casefold()


class AccountAdapter(DefaultAccountAdapter):
    """Nobody opens an account: an administrator does."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: object) -> str:
        # Not the library's own key: that holds the Host header, whose port anybody varies.
        return f"{get_ip(request)} {_one_spelling(credentials)}"

    def pre_authenticate(self, request: HttpRequest, **credentials: object) -> None:
        super().pre_authenticate(request, **credentials)
        self._by_name = ratelimit.consume(
            request,
            app="allauth.account",
            action="login_failed_name",
            key=_one_spelling(credentials),
        )
        if not self._by_name:
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        self._by_name.rollback()

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        sessions.begin(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Who signed in a moment ago is not asked again: a first sign-in leads to a factor."""
        records = get_authentication_records(self.request, self.request.user)
        return not any(time.time() - r["at"] < REAUTHENTICATION_TIMEOUT for r in records)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Seeds encrypted in the database; what an authenticator app shows beside the codes."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "unreadable": gettext_lazy(
            "The server cannot read the secret of your authenticator app. Nothing was saved. Ask an"
            " administrator to reset your two-step verification."
        ),
    }

    def encrypt(self, text: str) -> str:
        return ciphers.encrypt(text, SEED)

    def decrypt(self, encrypted_text: object) -> str:
        """A seed. Raises ValidationError: the forms that ask for a code show it."""
        try:
            return ciphers.decrypt(encrypted_text, SEED)
        except ciphers.Unreadable as error:
            raise self.validation_error("unreadable") from error

    def get_totp_issuer(self) -> str:
        return "Hashvark"

    def get_totp_label(self, user: User) -> str:
        return str(user.get_username())

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Hashvark"}

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return _("Passkey")


def person(request: HttpRequest) -> User:
    """The signed-in person."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def require(allowed: bool, refusal: str) -> None:
    """Raise NotYours with ``refusal`` where a person's role does not allow what they ask for."""
    if not allowed:
        raise NotYours(refusal)


def contest_of(slug: str, code: str) -> Contest:
    """The contest with its election and the area it covers; 404 when there is none."""
    contests = Contest.objects.select_related("election", "constituency__area")
    return get_object_or_404(contests, election__slug=slug, code=code)


def area_of(user: User, contest: Contest, code: str | None) -> Area:
    """The area asked for, inside what the contest covers and this person may see.

    Without a code the largest such area.
    """
    head = contest.constituency.area
    if code is not None:
        area = get_object_or_404(Area, election=contest.election_id, code=code)
    elif user.area is not None and user.area_id not in head.lineage:
        area = user.area
    else:
        area = head
    if contest.constituency.area_id not in area.lineage:
        raise Http404(_("This contest does not cover this area. Choose another area."))
    if not user.reaches(area):
        raise PermissionDenied(
            _("This area is not part of your area. Choose an area inside yours.")
        )
    return area


def place_of(user: User, slug: str, contest: str, code: str) -> ContestStation:
    """A station's place in a contest, if this person works for its area; else 404 or 403."""
    stations = ContestStation.objects.select_related(
        "station__area", "contest__election", "contest__constituency__area"
    )
    found = get_object_or_404(
        stations, contest__election__slug=slug, contest__code=contest, station__code=code
    )
    if not user.reaches(found.station.area):
        raise PermissionDenied(
            _("This polling station is not in your area. Choose a polling station of your area.")
        )
    return found


def path_to(user: User, contest: Contest, area: Area) -> list[Area]:
    """The areas above ``area`` that this person may see, from the top."""
    head = contest.constituency.area
    top = head.pk if user.area_id in {None, *head.lineage} else user.area_id
    above = area.lineage[area.lineage.index(top) : -1] if top in area.lineage else []
    found = Area.objects.in_bulk(above)
    return [found[pk] for pk in above]
