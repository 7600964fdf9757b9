"""The letters of every paper: Noto Sans from a wheel, never the fonts of the machine.

The same input is the same bytes everywhere, and Armenian is printed where no font is installed.
"""

import re
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

#: Where a long word may be broken: the one character without a picture that stays.
BREAK = "\u200b"
#: The wheel with the fonts: a package that holds nothing else.
PACKAGE = "manimgx_fonts"


class FontsMissing(RuntimeError):
    """The wheel with the fonts is not installed."""


@cache
def folder() -> Path:
    """Where the fonts lie. Raises FontsMissing."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise FontsMissing(f"{PACKAGE} is not installed: see requirements.txt.")
    return Path(found.submodule_search_locations[0])


@cache
def fonts() -> typst.Fonts:
    """The fonts as the typesetter takes them, read once a process."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder()]
    )


@cache
def characters() -> frozenset[int]:
    """Every character that some of the fonts has a picture of."""
    found: set[int] = set()
    for path in sorted(folder().glob("*.ttf")):
        with TTFont(path, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(found)


def printable(text: str) -> str:
    """``text`` with a picture for each of its characters: none is printed as an empty box.

    Control characters and those that turn the direction of writing become a space or nothing; one
    that no font has is told by its number: `[U+4E2D]`.
    """
    return text if text.isascii() and text.isprintable() else _unusual().sub(_told, text)


@cache
def _unusual() -> re.Pattern[str]:
    """Any one character that is not printed as it is."""
    plain = sorted(
        number
        for number in characters()
        if unicodedata.category(chr(number)) not in {"Cc", "Cf", "Zl", "Zp"} or chr(number) == BREAK
    )
    return re.compile(f"[^{''.join(re.escape(chr(number)) for number in plain)}]")


def _told(found: re.Match[str]) -> str:
    character = found.group()
    if unicodedata.category(character) in {"Cc", "Zl", "Zp"}:
        return " "
    if unicodedata.category(character) == "Cf":
        return ""
    return f"[U+{ord(character):04X}]"
