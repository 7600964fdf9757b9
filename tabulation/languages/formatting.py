"""How figures are shown. A figure that is not there is said in words, never as 0."""

from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.utils.formats import get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from candidates.fields import translated

#: A space that does not break.
SPACE = "\u00a0"
#: Languages that write `66,65 %` with a space.
SPACE_BEFORE_PERCENT = {"ru"}
DASH = "\u2013"
MINUS = "\u2212"


def missing() -> SafeString:
    """A dash, with its meaning."""
    return _missing(spoken())


@cache
def _missing(_language: str) -> SafeString:
    return format_html('<span class="none" title="{}">{}</span>', _("no figure"), DASH)


def spoken() -> str:
    """The language of the page that is being made."""
    return get_language() or settings.LANGUAGE_CODE


def figure(value: int | None) -> str:
    """`1234567` as the page's language groups it: ``1,234,567``, ``1 234 567``; a dash for none."""
    if value is None:
        return missing()
    grouped = f"{abs(value):,}".replace(",", _written("THOUSAND_SEPARATOR", spoken()))
    return SafeString(MINUS + grouped if value < 0 else grouped)


@cache
def _written(name: str, language: str) -> str:
    """How a language writes numbers: asked once, for a page has hundreds of them."""
    return str(get_format(name, language))


def signed(value: int | None) -> str:
    """A difference: `+5`, `0`, or 5 after a real minus sign; a dash for none."""
    if value is None:
        return missing()
    return ("+" if value > 0 else "") + figure(value)


@lru_cache(maxsize=10_000)  # a page shows the same number as text, as bar and to sort by
def rounded(value: Fraction, places: int = 2) -> str:
    """``value`` with ``places`` decimals, half away from zero, without ever being a float.

    With a point, as programs and pictures read it; people get `percent`.
    """
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign = "-" if value < 0 and whole else ""
    decimals = f".{whole % 10**places:0{places}d}" if places else ""
    return f"{sign}{whole // 10**places}{decimals}"


def decimals(number: str) -> str:
    """A number as programs write it, as the page's language does."""
    return number.replace(".", _written("DECIMAL_SEPARATOR", spoken())).replace("-", MINUS)


def percent(value: Fraction | None) -> str:
    """`62.12%`, or as the reader's language writes it; a dash where nothing is to divide by."""
    if value is None:
        return missing()
    return _with_sign(decimals(rounded(value)))


def round_percent(value: int) -> str:
    """A round number of percents, as on an axis: `60%`, or as the reader's language writes it."""
    return _with_sign(str(value))


def _with_sign(number: str) -> str:
    return SafeString(f"{number}{SPACE if spoken() in SPACE_BEFORE_PERCENT else ''}%")


def points(value: Fraction) -> str:
    """A difference of two percentages in percentage points: `+3.21`, `0.00`, 1.50 after a minus."""
    return ("+" if value > 0 else "") + decimals(rounded(value))


def unlocalized(value: Fraction | int | None) -> str:
    """A number as programs read it, for what sorts a table; empty for none."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return ("-" if value < 0 else "") + rounded(abs(value), 4)


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


def office(form: Any, language: str = "") -> str:
    """What is elected, by a form or a contest, in the page's language."""
    return translated(form.office, form.offices, language or spoken())


def titled(form: Any, language: str = "") -> str:
    """What is elected, and in which round if it is a later one."""
    if form.round == 1:
        return office(form, language)
    # Translators: what is elected, and the number of the round.
    return _("%(office)s, round %(round)s") % {
        "office": office(form, language),
        "round": form.round,
    }


def labelled(label: str) -> str:
    """A label before its value, with the sign that the language puts there."""
    # Translators: the sign after a label. The value follows after a space.
    return _("%(label)s:") % {"label": label}


def sentence(text: str) -> str:
    """A name or a note as a sentence, with the full stop of the language."""
    # Translators: the full stop after a text that is a sentence of its own.
    return _("%(text)s.") % {"text": text}


def translate_name(place: Any, language: str = "") -> str:
    """The name of a unit, line or candidate in the page's language, else as it is."""
    return translated(place.name, place.names, language or spoken())


def translate_text(thing: Any, name: str) -> str:
    """The text ``name`` of a thing (`notice`, of its `notices`) in the page's language."""
    return translated(getattr(thing, name), getattr(thing, f"{name}s"), spoken())


def label(value: str, labels: dict[str, str]) -> str:
    """The label of a value, as a model's choices have it."""
    return str(labels.get(value, value))
