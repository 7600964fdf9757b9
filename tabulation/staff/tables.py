"""Tables of areas, and how any table is sorted and paged: by its address, and by nothing else."""

from typing import Any

import django_tables2 as tables
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from candidates.models import Contest
from tabulation.languages.columns import FigureColumn
from tabulation.languages.formatting import translate_name


class AreaTable(tables.Table):
    """The areas directly below one, each an `area_row` with more counts."""

    code = tables.Column(verbose_name=gettext_lazy("Code"))
    name = tables.Column(verbose_name=gettext_lazy("Area"), linkify=lambda record: record["url"])
    stations = FigureColumn(verbose_name=gettext_lazy("Stations"))

    def __init__(self, rows: Any, **kwargs: Any) -> None:
        empty_text = gettext_lazy("This area contains no smaller areas.")
        super().__init__(rows, empty_text=empty_text, **kwargs)


def area_row(route: str, contest: Contest, area: Any) -> dict[str, object]:
    """What every table says of an area; ``route``: the name of the address of its own page."""
    return {
        "code": area.code,
        "name": translate_name(area),
        "url": reverse(route, args=[contest.election.slug, contest.code, area.code]),
        "stations": area.stations,
    }


def sort_and_page(request: HttpRequest, table: Any, per_page: int) -> Any:
    """`?sort=` and `?page=` as django-tables2 writes them; odd values give the nearest page.

    How many rows a page has is ours to say: an address cannot ask for all of them, or for none.
    """
    if order := request.GET.getlist(table.prefixed_order_by_field):
        table.order_by = order
    table.paginate(per_page=per_page)
    table.page = table.paginator.get_page(request.GET.get(table.prefixed_page_field))
    return table
