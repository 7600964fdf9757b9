"""Where staff go from the sign-in."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from candidates.models import Contest
from tabulation.ledger.withholding import withheld_now
from tabulation.staff.access import person
from tabulation.staff.accounts import telling
from tabulation.staff.accounts.confirming import waiting_for
from tabulation.staff.views.motions import waiting_in


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The contests, and what this person may do with each."""
    contests = Contest.objects.select_related("election", "constituency__area")
    user = person(request)
    if user.area is not None:
        # Those that cover the person's area, or part of it.
        contests = contests.filter(
            Q(constituency__area__in=user.area.lineage)
            | Q(constituency__area__lineage__contains=[user.area_id])
        )
    contests = contests.order_by("-election__polling_days", "election__slug", "round", "code")
    number = waiting_for(user).count() if user.roles_to_confirm else 0
    told = list(telling.untold(user)[: telling.SHOWN + 1]) if user.is_member else []
    context = {
        "contests": contests,
        "number_to_confirm": number,
        "withheld": withheld_now().select_related("election") if user.may_publish else (),
        "waiting": waiting_in(user),
        "may_see_acts": user.role in {user.Role.MEMBER, user.Role.AUDITOR},
        "told": told[: telling.SHOWN],
        "is_more_told": len(told) > telling.SHOWN,
    }
    return render(request, "staff/home.html", context)
