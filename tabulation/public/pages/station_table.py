"""The list of stations as a table: its columns, and what each says of one station."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django_tables2.data import TableData

from candidates.fields import translated
from tabulation.arithmetic.form import share
from tabulation.languages.columns import FigureColumn, PercentColumn
from tabulation.ledger.listing import Listing
from tabulation.public.pages.asking import STATUSES, unasked_of
from tabulation.public.pages.results import Result

WIDE = {"td": {"class": "wide"}, "th": {"class": "wide"}}
WIDE_NUMBER = {"td": {"class": "number wide"}, "th": {"class": "number wide"}}
PER_PAGE = 100


@dataclass(frozen=True)
class StationRow(Result):
    """A station read through the form, as `publication.Listing` reads it in SQL.

    ``address`` is that of its page.
    """

    area: Any
    address: str

    @cached_property
    def invalid_share(self) -> Fraction | None:
        """Invalid ballots of all that were cast, in percent."""
        return share(self.invalid, self.form.cast(self.figures))

    @cached_property
    def leader_share(self) -> Fraction | None:
        return self.leader.share if self.leader else None

    @cached_property
    def margin(self) -> int | None:
        """Votes between the first two; ``None`` while there are none, or nobody comes second."""
        votes = [v for v in self.form.votes(self.figures).values() if v is not None]
        first, second, *_others = [*sorted(votes, reverse=True), None, None]
        return first - second if first and second is not None else None

    @cached_property
    def breaches(self) -> int | None:
        """Relations that the figures break; ``None`` while there are no figures."""
        return sum(self.unit.broken) if self.unit.figures else None


class Stations(TableData):
    """A `Listing` as the rows of a table: ordered and cut in SQL.

    A part is read together with how many stations there are in all. ``around_code`` is the address
    of a station's page before and after its code.
    """

    data: Listing
    total = 0

    def __init__(self, listing: Listing, around_code: tuple[str, str]) -> None:
        super().__init__(listing)
        self.around_code = around_code

    def order_by(self, aliases: Iterable[str]) -> None:
        """The ledger calls what it sorts by as the table calls its columns."""
        self.data = self.data.order_by(*map(str, aliases))

    def __getitem__(self, part: slice) -> list[StationRow]:
        """A page of the length of ``part``, or the last one where it lies beyond."""
        size = part.stop - part.start
        page = self.data.page(part.start // size + 1, size)
        self.total = page.total
        areas = {area.pk: area for area in self.data.areas}
        return [
            StationRow(
                unit, self.data.form, areas[unit.lineage[-1]], unit.code.join(self.around_code)
            )
            for unit in page.units
        ]

    def __len__(self) -> int:
        """How many there are in all, once a part was read."""
        return self.total


class StationPaginator(Paginator):  # type: ignore[type-arg]  # no parameters when it runs
    """Reads the page before it asks how many there are; beyond the last page is the last."""

    def page(self, number: int | str) -> Any:
        first = (int(number) - 1) * self.per_page
        rows = self.object_list[first : first + self.per_page]
        return Page(rows, min(int(number), self.num_pages), self)


class StationTable(tables.Table):
    """Whatever is shown here is sorted by the ledger, but for names, which are not in it."""

    code = tables.Column(
        accessor="unit__code",
        verbose_name=gettext_lazy("Code"),
        linkify=lambda record: record.address,
    )
    name = tables.Column(
        accessor="unit",
        orderable=False,
        verbose_name=gettext_lazy("Polling station"),
        attrs=WIDE,
    )
    area = tables.Column(accessor="area", verbose_name=gettext_lazy("Area"), attrs=WIDE)
    status = tables.Column(accessor="unit__status", verbose_name=gettext_lazy("Status"))
    registered = FigureColumn(
        accessor="registered",
        verbose_name=pgettext_lazy("heading", "Registered"),
        attrs=WIDE_NUMBER,
    )
    voters = FigureColumn(
        accessor="voters", verbose_name=gettext_lazy("Took part"), attrs=WIDE_NUMBER
    )
    turnout = PercentColumn(accessor="turnout", verbose_name=gettext_lazy("Turnout"))
    invalid = PercentColumn(
        accessor="invalid_share",
        verbose_name=pgettext_lazy("heading", "Invalid"),
        attrs=WIDE_NUMBER,
    )
    leader = tables.Column(accessor="figures", verbose_name=gettext_lazy("Most votes"))
    share = PercentColumn(accessor="leader_share", verbose_name=gettext_lazy("Leader's share"))
    margin = FigureColumn(accessor="margin", verbose_name=gettext_lazy("Lead, votes"))
    breaches = FigureColumn(accessor="breaches", verbose_name=gettext_lazy("Checks broken"))
    version = FigureColumn(accessor="unit__version", verbose_name=gettext_lazy("Version"))

    class Meta:
        empty_text = gettext_lazy("No polling station matches the search.")

    def __init__(self, stations: Stations, *, language: str, order: str, page: int) -> None:
        """``order`` is a column's name, backwards after a minus sign; ``page`` counts from 1.

        An unknown order is that of the codes; beyond the last page is the last one.
        """
        self.language = language
        super().__init__(stations, order_by=known(order), exclude=unasked_of(stations.data.form))
        self.paginate(StationPaginator, PER_PAGE, page)

    def render_name(self, value: Any) -> str:
        return translated(value.name, value.names, self.language)

    def render_area(self, value: Any) -> str:
        return translated(value.name, value.names, self.language)

    def render_status(self, value: str) -> str:
        return str(dict(STATUSES)[value])

    def render_leader(self, record: StationRow) -> str:
        if not record.unit.figures:
            return format_html('<span class="none">{}</span>', _("not yet counted"))
        if record.leader:
            return translated(record.leader.name, record.leader.names, self.language)
        return (
            pgettext("candidates with equally many votes", "equal")
            if record.tied
            else _("no votes")
        )


def known(order: str) -> str:
    """``order`` if a column of the table can be sorted by it, else that of the codes."""
    columns = StationTable.base_columns
    name = order.removeprefix("-")
    return order if name in columns and columns[name].orderable is not False else "code"


def around_code(language: str, slug: str, contest: str) -> tuple[str, str]:
    """The address of a station's page without its code; to ask `reverse` for each takes long."""
    before, after = reverse("station", args=[language, slug, contest, "CODE"]).rsplit("CODE", 1)
    return before, after
