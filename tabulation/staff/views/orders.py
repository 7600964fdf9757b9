"""What the publisher was asked to do, and how it ended."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tabulation.models import Order
from tabulation.outcomes.certification import ordering
from tabulation.outcomes.certification.acts import ActRefused
from tabulation.staff.access import person, require
from tabulation.staff.answers import form_page

#: Seconds that a page waits for the publisher; then it shows the order itself.
PATIENCE = 20.0
#: Seconds after which the page of an order that waits is loaded again.
AGAIN = 5


class OrderFailed(Exception):
    """The publisher could not do it now; the message says why."""


class OrderWaits(Exception):
    """The publisher has not answered yet."""

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self.order = order


def done(order: Order) -> Order:
    """Ask the publisher, and wait: ``order`` when it is done. Raises ActRefused, OrderFailed or
    OrderWaits.
    """
    order = ordering.answered(ordering.ask(order, at=timezone.now()), within=PATIENCE)
    if order.state == Order.State.REFUSED:
        raise ActRefused(order.answer)
    if order.state == Order.State.FAILED:
        raise OrderFailed(order.answer)
    if not ordering.is_over(order):
        raise OrderWaits(order)
    return order


def to_its_page(waits: OrderWaits) -> HttpResponse:
    """The answer to who asked for what is not done yet."""
    return redirect(address_of(waits.order))


def address_of(order: Order) -> str:
    return reverse("order", args=[order.election.slug, order.pk])


@require_safe
def order(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One order, until it has ended."""
    require(
        person(request).may_see_decision,
        _(
            "Commission members and auditors for the whole country can see the commission's"
            " decisions."
        ),
    )
    orders = Order.objects.select_related("election", "motion", "by")
    found = get_object_or_404(orders, election__slug=slug, pk=pk)
    is_over = ordering.is_over(found)
    context = {
        "order": found,
        "election": found.election,
        "is_over": is_over,
        "state": Order.State(found.state),
        "is_publisher_at_work": is_over or ordering.is_publisher_at_work(),
        "again": None if is_over else AGAIN,
    }
    with timezone.override(found.election.time_zone):
        return form_page(request, "commission/order.html", None, **context)
