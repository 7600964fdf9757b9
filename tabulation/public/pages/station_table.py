"""The list of stations as a table: its columns, and what each says of one station."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candidates.fields import translated
from tabulation.arithmetic.form import ProtocolForm, share
from tabulation.languages.columns import FigureColumn, PercentColumn
from tabulation.ledger.listing import Listing, Page
from tabulation.public.pages.asking import STATUSES
from tabulation.public.pages.results import Result

WIDE = {"td": {"class": "wide"}, "th": {"class": "wide"}}
WIDE_NUMBER = {"td": {"class": "number wide"}, "th": {"class": "number wide"}}
PER_PAGE = 100
UNREAD = Page([], 0)


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


@dataclass(frozen=True)
class Rows:
    """A `Listing` as the rows of a table, which orders them; then one page is read, with the total.

    ``around_code`` is the address of a station's page before and after its code.
    """

    listing: Listing
    form: ProtocolForm
    areas: Mapping[int, Any]
    around_code: tuple[str, str]
    page: Page = UNREAD

    def order_by(self, *columns: Any) -> "Rows":
        return replace(self, listing=self.listing.order_by(*(str(one) for one in columns)))

    def read(self, number: int, size: int) -> "Rows":
        return replace(self, page=self.listing.page(number, size))

    def count(self) -> int:
        return self.page.total

    def __getitem__(self, _part: slice) -> list[StationRow]:
        """Of the page that was read: the table asks for no other."""
        return [
            StationRow(unit, self.form, self.areas[unit.lineage[-1]], self._address(unit.code))
            for unit in self.page.units
        ]

    def _address(self, code: str) -> str:
        return code.join(self.around_code)


def column(kind: type[tables.Column], name: str, accessor: str, title: Any, **more: Any) -> Any:
    """A column that is sorted in SQL by what `Listing` calls ``name``."""
    return kind(accessor=accessor, order_by=(name,), verbose_name=title, **more)


class StationTable(tables.Table):
    """Whatever is shown here is sorted by the ledger, but for names, which are not in it."""

    code = column(
        tables.Column,
        "code",
        "unit__code",
        gettext_lazy("Code"),
        linkify=lambda record: record.address,
    )
    name = tables.Column(
        accessor="unit",
        orderable=False,
        verbose_name=gettext_lazy("Polling station"),
        attrs=WIDE,
    )
    area = column(tables.Column, "area", "area", gettext_lazy("Area"), attrs=WIDE)
    status = column(tables.Column, "status", "unit__status", gettext_lazy("Status"))
    registered = column(
        FigureColumn, "registered", "registered", gettext_lazy("Registered"), attrs=WIDE_NUMBER
    )
    voters = column(FigureColumn, "voters", "voters", gettext_lazy("Took part"), attrs=WIDE_NUMBER)
    turnout = column(PercentColumn, "turnout", "turnout", gettext_lazy("Turnout"))
    invalid = column(
        PercentColumn, "invalid", "invalid_share", gettext_lazy("Invalid"), attrs=WIDE_NUMBER
    )
    leader = column(tables.Column, "leader", "figures", gettext_lazy("Most votes"))
    share = column(PercentColumn, "share", "leader_share", gettext_lazy("Leader's share"))
    margin = column(FigureColumn, "margin", "margin", gettext_lazy("Lead, votes"))
    breaches = column(FigureColumn, "breaches", "breaches", gettext_lazy("Checks broken"))
    version = column(FigureColumn, "version", "unit__version", gettext_lazy("Version"))

    class Meta:
        empty_text = gettext_lazy("No polling station matches.")

    def __init__(self, rows: Rows, *, language: str, order: str, page: int) -> None:
        """``order`` is a column's name, backwards after a minus sign; ``page`` counts from 1.

        An unknown order is that of the codes; beyond the last page is the last one.
        """
        self.language = language
        super().__init__(rows, order_by=known(order), exclude=_without(rows.form))
        self.data.data = self.data.data.read(page, PER_PAGE)
        self.paginator = Paginator(self.rows, PER_PAGE)
        self.page = self.paginator.get_page(page)

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
        return _("equal") if record.tied else _("no votes")


def known(order: str) -> str:
    """``order`` if a column of the table can be sorted by it, else that of the codes."""
    columns = StationTable.base_columns
    name = order.removeprefix("-")
    return order if name in columns and columns[name].orderable is not False else "code"


def _without(form: ProtocolForm) -> Sequence[str]:
    """Columns of what this form does not ask for."""
    needed = {"voters": ["voters"], "turnout": ["voters", "registered"], "invalid": ["invalid"]}
    absent = [
        name for name, roles in needed.items() if not all(form.positions(role) for role in roles)
    ]
    return [*absent, *([] if form.checks else ["breaches"])]


def around_code(language: str, slug: str, contest: str) -> tuple[str, str]:
    """The address of a station's page without its code; to ask `reverse` for each takes long."""
    before, after = reverse("station", args=[language, slug, contest, "CODE"]).rsplit("CODE", 1)
    return before, after
