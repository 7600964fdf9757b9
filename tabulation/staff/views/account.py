"""One's own account: password, authenticator app, passkeys. What the library does stays its own."""

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tabulation.staff.access import person
from tabulation.staff.accounts import own, records
from tabulation.staff.answers import form_page
from tabulation.staff.forms.accounts import ChangePasswordForm, FirstStepsForm

SECRETS = ("current", "password", "again")


@sensitive_post_parameters(*SECRETS)
@require_http_methods(["GET", "POST"])
def first_steps(request: HttpRequest) -> HttpResponse:
    """The first sign-in: a password of one's own in place of the one-time one, and one's name."""
    user = person(request)
    if not user.must_change_password:
        return redirect("mfa_index")
    form = FirstStepsForm(user, request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return form_page(request, "account/first_steps.html", form)
    _choose(request, form)
    return redirect("staff")


def _choose(request: HttpRequest, form: Form) -> None:
    data = form.cleaned_data
    user = own.choose_password(
        by=person(request),
        password=data["password"],
        real_name=data.get("real_name", ""),
        at=timezone.now(),
    )
    update_session_auth_hash(request, user)
    messages.success(request, _("Your new password was saved."))


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """What this account is, and its ways to sign in."""
    return _page(request, ChangePasswordForm(person(request)))


def _page(request: HttpRequest, form: Form) -> HttpResponse:
    factors = [factor.wrap() for factor in records.second_factors(person(request))]
    kinds = {factor.instance.type for factor in factors}
    context = {"factors": factors, "has_app": Authenticator.Type.TOTP in kinds}
    return form_page(request, "account/account.html", form, **context)


@sensitive_post_parameters(*SECRETS)
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """Another password; the current one is asked for, and guessing it is throttled."""
    form = ChangePasswordForm(person(request), request.POST, check=get_adapter().reauthenticate)
    if not form.is_valid():
        return _page(request, form)
    _choose(request, form)
    return redirect("mfa_index")


class _Adding:
    """Says in the record of events what the library added, and where to go from there."""

    request: HttpRequest

    def form_valid(self, form: Form) -> HttpResponse:
        user = person(self.request)
        with transaction.atomic():
            answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]  # of the view it is mixed into
            factors = records.second_factors(user)
            own.factor_added(factor=factors.last(), by=user, at=timezone.now())
        return answer

    def get_success_url(self) -> str:
        first = records.second_factors(person(self.request)).count() == 1
        return reverse("staff" if first else "mfa_index")


class AddApp(_Adding, ActivateTOTPView):
    """An authenticator app: its secret as a picture and as text, proved by one code."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if records.second_factors(person(request)).filter(type=Authenticator.Type.TOTP).exists():
            return redirect("mfa_index")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


class AddPasskey(_Adding, AddWebAuthnView):
    """A passkey: made by the browser, which proves a person with a finger, a face or a PIN."""


class SecondFactor(AuthenticateView):
    """The second step of the sign-in, with what this person has."""

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        factors = records.second_factors(self.stage.login.user)
        kinds = set(factors.values_list("type", flat=True))
        return {**super().get_context_data(**kwargs), "kinds": kinds}


@require_http_methods(["GET", "POST"])
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]  # allauth has no types
def remove_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """One of one's own factors, after one more question."""
    user = person(request)
    factor = get_object_or_404(records.second_factors(user), pk=pk)
    problem: Exception | str = ""
    if request.method == "POST":
        try:
            own.remove_factor(factor=factor, by=user, at=timezone.now())
        except records.AccountRefused as refused:
            problem = refused
        else:
            messages.success(request, _("One method of two-step verification was removed."))
            return redirect("mfa_index")
    context = {"factor": factor.wrap()}
    return form_page(request, "account/remove_factor.html", None, problem, **context)
