"""The staff's way in: sign-in, and where to go from there."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator

from candidates.models import Election


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    template_name = "staff/sign_in.html"
    redirect_authenticated_user = True


def home(request: HttpRequest) -> HttpResponse:
    """The elections, and what this person may do with each."""
    elections = Election.objects.order_by("-polling_days", "slug").prefetch_related("contests")
    return render(request, "staff/home.html", {"elections": elections})
