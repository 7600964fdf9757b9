"""Sort and page a table by its address, and by nothing else in it."""

from typing import Any

from django.http import HttpRequest


def sort_and_page(request: HttpRequest, table: Any, per_page: int) -> Any:
    """`?sort=` and `?page=` as django-tables2 writes them; odd values give the nearest page.

    How many rows a page has is ours to say: an address cannot ask for all of them, or for none.
    """
    if order := request.GET.getlist(table.prefixed_order_by_field):
        table.order_by = order
    table.paginate(per_page=per_page)
    table.page = table.paginator.get_page(request.GET.get(table.prefixed_page_field))
    return table
