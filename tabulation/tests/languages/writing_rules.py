"""The rules of docs/writing.md, as far as a program can tell, and the list of who breaks them."""

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "writing.md"
OFFENDERS = Path(__file__).with_name("writing_offenders.tsv")
MOST_WORDS = 20
#: A colon or semicolon with more after it than values; `Label: value of value` is no splice.
SPLICE = re.compile(r"[:;]\s+(?!(?:«value»|of|\W)*$)\S")

#: A rule and what breaks it.
Offence = tuple[str, str]


def section(heading: str) -> str:
    """The text below a heading of docs/writing.md, up to the next."""
    page = PAGE.read_text(encoding="utf-8")
    return page.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def terms() -> dict[str, str]:
    """Words that are not used, each with what is written in their place."""
    found = {}
    for row in section("One term for one thing").splitlines():
        if row.startswith("| ") and not row.startswith("| write"):
            write, avoid = (cell.strip() for cell in row.strip("|").split("|"))
            found |= dict.fromkeys(avoid.split(", "), write)
    stiff = section("Words we do not use").strip().split("\n\n")[1]
    return found | dict.fromkeys(" ".join(stiff.split()).split(", "), "")


def verbs() -> set[str]:
    return set(" ".join(section("Buttons").strip().split("\n\n")[1].split()).split(", "))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {word: re.compile(rf"(?<![\w-]){word}(?![\w-])", re.IGNORECASE) for word in terms()}


def offences(kind: str, text: str, sentences: list[str]) -> Iterator[Offence]:
    """What a text breaks; ``kind`` is that of `texts.Text`."""
    if kind == "button":
        if text.split()[0] not in verbs():
            yield "button without a verb", text
        return
    if kind == "page" and text.endswith(":") and text != "«value»:":
        yield "label with a colon", text
    for sentence in sentences:
        yield from ((rule, sentence) for rule in _broken_by(sentence))


def _broken_by(sentence: str) -> Iterator[str]:
    if len(re.findall(r"[\w«’']+", sentence)) > MOST_WORDS:
        yield "long sentence"
    if SPLICE.search(sentence):
        yield "joined by a colon or semicolon"
    for word, pattern in _patterns().items():
        if pattern.search(sentence):
            yield f"“{word}”"


def found() -> list[Offence]:
    """Every offence of every text, each once, sorted."""
    from tabulation.tests.support.texts import all_texts, sentences

    of_all = (offences(one.kind, one.text, sentences(one.text)) for one in all_texts())
    return sorted({offence for some in of_all for offence in some})


def listed() -> list[Offence]:
    lines = OFFENDERS.read_text(encoding="utf-8").splitlines()
    return [(rule, text) for rule, _tab, text in (line.partition("\t") for line in lines[1:])]


def write(entries: list[Offence]) -> None:
    """The list, with the number of its entries in its first line."""
    lines = [f"{len(entries)} entries", *("\t".join(entry) for entry in entries)]
    OFFENDERS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _shorten() -> Iterator[str]:
    """Take what was mended off the list; what there is to say about it, line by line."""
    today, before = found(), listed()
    write([entry for entry in before if entry in set(today)])
    for rule, many in Counter(rule for rule, _text in listed()).most_common():
        yield f"{many:5} {rule}"
    yield f"{len(before)} entries before, {len(listed())} now."
    for rule, text in sorted(set(today) - set(before)):
        yield f"New: {rule}: {text}"


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tabulation.settings")
    django.setup()
    sys.stdout.writelines(f"{line}\n" for line in _shorten())
