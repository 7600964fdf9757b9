"""Pages with a form, and what was wrong with what was sent by it."""

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def form_page(
    request: HttpRequest,
    template: str,
    form: BaseForm | None,
    problem: Exception | str = "",
    status: int | None = None,
    /,
    **context: object,
) -> HttpResponse:
    """The page, with ``form`` as it was sent and the ``problem``: why nothing was done.

    ``status``: any other than 409 for a problem, 400 for a form that cannot be read, else 200.
    """
    usual = 409 if problem else 400 if form is not None and form.errors else 200
    content = {"form": form, "problem": str(problem), **context}
    return render(request, template, content, status=status or usual)
