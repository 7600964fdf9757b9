"""Lengths in a picture: exact until they are written down."""

from fractions import Fraction

Number = int | Fraction

#: Units from the left edge of a picture to its right: about the pixels of a small phone.
WIDTH = 320


def decimal(value: Number, places: int = 1) -> str:
    """``value`` as short as it can be written with ``places`` decimals, half away from zero."""
    scaled = abs(Fraction(value)) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = f"{whole // 10**places}.{whole % 10**places:0{places}d}".rstrip("0").rstrip(".")
    return f"-{digits}" if value < 0 and digits != "0" else digits


def after(value: str) -> str:
    """``value`` as it follows another number in a path: a minus sign needs no space before it."""
    return value if value.startswith("-") else f" {value}"
