"""A language that nobody speaks: each English text in brackets, longer by two fifths.

It shows which texts are not translated, which are put together of pieces, and what sticks out of
a narrow screen when a translation is long.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.test import override_settings
from django.utils.translation import trans_real
from lxml import html

from tabulation.languages import formatting

OPEN, CLOSE = "⟦", "⟧"
#: Brackets that the fonts of paper have.
PRINTED = "«»"
KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?[a-zA-Z][^>]*>|&\w+;|NUMBER|NAME)")
LETTERS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")


def lengthened(text: str) -> str:
    """The text in brackets, its words kept apart, two fifths longer; placeholders stay."""
    pieces = KEPT.split(text)
    accented = (piece.translate(LETTERS) if i % 2 == 0 else piece for i, piece in enumerate(pieces))
    padding = " ".join(["~~~~"] * (len(text) * 2 // 25))
    return f"{OPEN}{f'{padding} ' if padding else ''}{''.join(accented)}{CLOSE}"


@contextmanager
def pseudo_language(brackets: str = OPEN + CLOSE) -> Iterator[None]:
    """Inside it the English pages say every text lengthened, in these brackets."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "en" / "LC_MESSAGES"
        path.mkdir(parents=True)
        _catalogue(brackets).save_as_mofile(str(path / "django.mo"))
        try:
            with override_settings(LOCALE_PATHS=[folder]):
                _forget()
                yield
        finally:
            _forget()


def _catalogue(brackets: str) -> polib.POFile:
    other = str.maketrans(OPEN + CLOSE, brackets)
    made = polib.POFile()
    made.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for entry in polib.pofile(str(settings.LOCALE_PATHS[0] / "hy/LC_MESSAGES/django.po")):
        one, many = (
            lengthened(text).translate(other) for text in (entry.msgid, entry.msgid_plural)
        )
        if entry.msgid_plural:
            entry.msgstr_plural = {0: one, 1: many}
        else:
            entry.msgstr = one
        made.append(entry)
    return made


def _forget() -> None:
    """What Django has read of catalogues, and what we keep of it."""
    trans_real._translations = {}
    trans_real._default = None
    formatting._missing.cache_clear()


INLINE = {
    *("a", "abbr", "b", "bdi", "cite", "code", "data", "em", "i", "kbd", "mark", "q", "small"),
    *("span", "strong", "sub", "sup", "time", "var", "wbr"),
}
SPOKEN = ("title", "alt", "aria-label", "placeholder")
INNERMOST = re.compile(rf"({OPEN}[^{OPEN}{CLOSE}]*){OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
TEXT = re.compile(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
#: A hash, and a name cut short on a map.
DIGEST = re.compile(r"\b[0-9a-f]{64}\b|\w+…")
#: A sign that is not part of the text beside it, and two texts that only together are a sentence.
GLUED = re.compile(rf"{CLOSE}\s?[.:;,]|[:;]\s*{OPEN}")
BROKEN = re.compile(rf"[^.:?!…{OPEN}]{CLOSE}[^{OPEN}{CLOSE}·÷()]*{OPEN}")


def untranslated(page: str, names: Iterable[str]) -> set[str]:
    """What a pseudo page says outside the brackets that is none of ``names`` (longest first)."""
    tree = _tree(page)
    rests = {rest_of(text, names) for text in {*_runs(tree), *_attributes(tree)}}
    return {rest for rest in rests if re.search(r"[^\W\d_]{2}", rest)}


def rest_of(text: str, names: Iterable[str]) -> str:
    """What stands outside the brackets of a text, without ``names`` (longest first)."""
    rest = DIGEST.sub(" ", TEXT.sub(" ", flat(text)))
    for name in names:
        rest = rest.replace(name, " ")
    return " ".join(rest.split())


def read_back(text: str) -> str:
    """What was printed, in our brackets and without names of files and addresses."""
    text = text.translate(str.maketrans(PRINTED, OPEN + CLOSE))
    return re.sub(
        r"(?<!\w)/\S*|\b(\w{4} )+\w{4}\b(?= /|$)|[a-z0-9]{4}(-[a-z0-9]{4}){3}", " ", flat(text)
    )


def composed(page: str) -> set[str]:
    """Runs of a pseudo page that are put together of pieces; without their figures."""
    tree = _tree(page)
    runs = {*_runs(tree), *_attributes(tree)}
    glued = {run for run in runs if GLUED.search(run)}
    broken = {run for run in map(flat, tree.xpath("//text()")) if BROKEN.search(run)}
    return {_unlengthened(run) for run in glued | broken}


def flat(text: str) -> str:
    """On one line; of texts inside texts only the outer ones are in brackets."""
    text = " ".join(text.split())
    while INNERMOST.search(text):
        text = INNERMOST.sub(r"\1\2", text)
    return text


def _tree(page: str) -> Any:
    """Without what nobody reads as a sentence: scripts, styles, code to copy."""
    tree = html.fromstring(page)
    for silent in tree.xpath("//script|//style|//code|//pre|//textarea"):
        silent.drop_tree()
    return tree


def _attributes(tree: Any) -> Iterator[str]:
    for name in SPOKEN:
        yield from (flat(value) for value in tree.xpath(f"//@{name}"))


def _runs(tree: Any) -> Iterator[str]:
    """The text of each block between the blocks inside it."""
    for block in tree.iter():
        if isinstance(block.tag, str) and block.tag not in INLINE:
            parts = [block.text or ""]
            for child in block:
                inline = child.tag in INLINE
                parts += ["".join(child.itertext()) if inline else "\n\n", child.tail or ""]
            yield from map(flat, "".join(parts).split("\n\n"))


def _unlengthened(run: str) -> str:
    back = {
        plain: ord(letter) for letter, plain in zip("aeiouAEIOU", LETTERS.values(), strict=True)
    }
    short = re.sub(r"(~~~~ )+", "", run).translate(back)
    return re.sub(r"\d+([.,]\d+)*", "9", short)
