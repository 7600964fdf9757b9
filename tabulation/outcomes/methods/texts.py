"""Sentences that are written once, in English, and said in any language.

Nothing here knows the languages: `gettext_noop` and `ngettext_noop` only mark a text for those who
translate, and a `Tongue` says it. Places in a text have names: ``{candidate}``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

Value = int | Fraction


def gettext_noop(text: str) -> str:
    """``text``, collected for translation."""
    return text


def ngettext_noop(one: str, many: str) -> tuple[str, str]:
    """A text for one vote and for many, collected for translation."""
    return one, many


class Filled(str):
    """An English sentence that remembers its ``text`` and what fills its places."""

    text: str
    values: dict[str, object]

    def __new__(cls, text: str, **values: object) -> "Filled":
        filled = super().__new__(cls, text.format(**values))
        filled.text, filled.values = text, values
        return filled


@dataclass(frozen=True)
class Tongue:
    """How a language says texts, numbers and parts of 1 in percent.

    ``texts`` chooses between the text for one and for many by a count.
    """

    text: Callable[[str], str]
    texts: Callable[[str, str, int], str]
    number: Callable[[Value], str]
    percent: Callable[[Value], str]

    def filled(self, sentence: Filled) -> str:
        return self.text(sentence.text).format(**sentence.values)


def number(value: Value) -> str:
    """`12,345`, or `12,345.67` for what is no whole number."""
    if isinstance(value, int) or value.denominator == 1:
        return f"{int(value):,}"
    return f"{_rounded(value, '0.01'):,}"


def percent(value: Value) -> str:
    """A part of 1 in percent, rounded only here."""
    return f"{_rounded(Fraction(100 * value), '0.01')}%"


def _rounded(value: Fraction, to: str) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(to), rounding=ROUND_HALF_UP)


#: As terminals and files have it.
ENGLISH = Tongue(
    text=lambda text: text,
    texts=lambda one, many, count: one if count == 1 else many,
    number=number,
    percent=percent,
)
