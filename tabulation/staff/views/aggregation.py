"""Live sums by area for those who decide and those who watch."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm, share
from tabulation.counting.aggregation import LiveSums, broken_relations, sums_by_area
from tabulation.languages.columns import FigureColumn, PercentColumn
from tabulation.ledger.reading import latest
from tabulation.models import PublicationQueue, form_of
from tabulation.staff.access import area_of, contest_of, path_to, person, require
from tabulation.staff.tables import AreaTable, area_row, sort_and_page


class SumsTable(AreaTable):
    caption = gettext_lazy("Accepted protocols of the areas directly below")
    counted = FigureColumn(verbose_name=pgettext_lazy("heading", "Accepted"))
    missing = FigureColumn(verbose_name=pgettext_lazy("heading", "Missing"))
    registered_missing = FigureColumn(verbose_name=gettext_lazy("Voters missing"))
    voters = FigureColumn(verbose_name=gettext_lazy("Took part"))
    turnout = PercentColumn(verbose_name=gettext_lazy("Turnout"))
    invalid = FigureColumn(verbose_name=pgettext_lazy("heading", "Invalid"))
    valid = FigureColumn(verbose_name=pgettext_lazy("heading", "Valid"))


@require_safe
def aggregation(
    request: HttpRequest, slug: str, contest: str, code: str | None = None
) -> HttpResponse:
    """Sums of one area and of those directly below it, as accepted at this moment."""
    user = person(request)
    require(
        user.may_see_sums,
        _("Supervisors, commission members and auditors can see the live totals."),
    )
    of = contest_of(slug, contest)
    area = area_of(user, of, code)
    form = form_of(of)
    sums = sums_by_area(of, inside=area, form=form)
    if not sums or sums[0].area != area.pk:
        raise Http404(_("This contest does not take place in this area. Choose another area."))
    here, below = sums[0], sums[1:]
    table = SumsTable([_row(of, form, row) for row in below])
    context = {
        "contest": of,
        "election": of.election,
        "protocol_form": form,
        "area": area,
        "path": path_to(user, of, area),
        "here": here,
        "row": _row(of, form, here),
        "lines": list(zip(form.lines, here.figures, here.filled, strict=True)),
        "checks": [
            (check, *counts)
            for check, counts in zip(
                form.checks, broken_relations(of, inside=area, form=form), strict=True
            )
        ],
        "table": sort_and_page(request, table, per_page=100),
        "latest": latest(of.election),
        "waiting": _waiting(of.election),
        "may_publish": user.may_publish,
    }
    return render(request, "aggregation/area.html", context)


def _row(contest: Contest, form: ProtocolForm, sums: LiveSums) -> dict[str, object]:
    voters = form.total("voters", sums.figures)
    registered = form.total("registered", sums.figures)
    outstanding = (
        None if sums.registered is None else sums.registered - (sums.registered_counted or 0)
    )
    return {
        **area_row("aggregation-area", contest, sums),
        "counted": sums.counted,
        "annulled": sums.annulled,
        "missing": sums.missing,
        "registered_missing": outstanding,
        "registered": registered,
        "voters": voters,
        "turnout": share(voters, registered),
        "invalid": form.total("invalid", sums.figures),
        "valid": form.valid(sums.figures),
    }


def _waiting(election: Election) -> int:
    """Stations whose accepted figures differ, or may, from what is published."""
    queue = PublicationQueue.objects.filter(contest__election=election)
    return queue.values("contest", "station").distinct().count()
