"""How figures are shown. A figure that is not there is said in words, never as 0."""

from fractions import Fraction
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from candidates.fields import translated
from tabulation.paper import Paper

register = template.Library()

#: A narrow space that does not break, between groups of three digits.
GROUP = "\u202f"
DASH = "\u2013"


def missing() -> SafeString:
    """A dash, with its meaning."""
    return format_html('<span class="none" title="{}">{}</span>', _("no figure"), DASH)


@register.filter
def figure(value: int | None) -> str:
    """`1234567` as ``1 234 567`` with narrow spaces; a dash for none."""
    if value is None:
        return missing()
    return f"{value:,}".replace(",", GROUP)


@register.filter
def signed(value: int | None) -> str:
    """A difference: `+5`, `0`, or 5 after a real minus sign; a dash for none."""
    if value is None:
        return missing()
    return ("+" if value > 0 else "\u2212" if value < 0 else "") + figure(abs(value))


def rounded(value: Fraction, places: int = 2) -> str:
    """``value`` with ``places`` decimals, half away from zero, without ever being a float."""
    scaled = value * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return f"{whole // 10**places}.{whole % 10**places:0{places}d}"


@register.filter
def percent(value: Fraction | None) -> str:
    """`62.12 %`; a dash where there is nothing to divide by."""
    if value is None:
        return missing()
    return f"{rounded(value)}{GROUP}%"


@register.filter
def points(value: Fraction) -> str:
    """A difference of two percentages in percentage points: `+3.21`, `0.00`, 1.50 after a minus."""
    return ("+" if value > 0 else "\u2212" if value < 0 else "") + rounded(abs(value))


@register.filter
def unlocalized(value: Fraction | int | None) -> str:
    """A number as programs read it, for what sorts a table; empty for none."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return ("-" if value < 0 else "") + rounded(abs(value), 4)


@register.simple_tag
def bar(value: Fraction | None, kind: str = "") -> SafeString:
    """A bar of ``value`` percent; only a picture of the number beside it."""
    if value is None:
        return SafeString("")
    return format_html(
        '<svg class="bar {}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="6"/><rect width="{}" height="6"/></svg>',
        kind,
        rounded(min(value, Fraction(100))),
    )


@register.filter
def office(paper: Paper, language: str) -> str:
    """What is elected, in the reader's language."""
    return translated(paper.office, paper.offices, language)


@register.filter
def translate_name(place: Any, language: str) -> str:
    """The name of a unit, line or candidate in the reader's language, else as it is."""
    return translated(place.name, place.names, language)


@register.filter
def label(value: str, labels: dict[str, str]) -> str:
    """The label of a value, as a model's choices have it."""
    return str(labels.get(value, value))
