"""Columns of figures for tables."""

from typing import Any

import django_tables2 as tables

from tabulation.languages.formatting import figure, missing, percent

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}


class FigureColumn(tables.Column):
    """A number, right-aligned; a dash where there is none."""

    def __init__(self, *, attrs: Any = NUMBER, **kwargs: Any) -> None:
        super().__init__(attrs=attrs, default=missing, **kwargs)

    def render(self, value: int) -> str:
        return figure(value)


class PercentColumn(FigureColumn):
    def render(self, value: Any) -> str:
        return percent(value)
