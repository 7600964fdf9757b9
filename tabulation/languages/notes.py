"""What translators are told about each text: where it stands, and what its placeholders are."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("candidates", "tabulation")
#: What stands around a text in a template, by the last tag before it.
ELEMENTS = {
    "a": "link",
    "button": "button",
    "caption": "caption of a table",
    "dt": "label",
    "figcaption": "caption of a picture",
    "h1": "heading",
    "h2": "heading",
    "h3": "heading",
    "label": "label of a field",
    "legend": "label of fields",
    "option": "choice",
    "summary": "heading of what opens",
    "th": "heading of a column or row",
    "title": "title",
}
#: Keywords of Python that say what a text is.
KEYWORDS = {
    "label": "label of a field",
    "help_text": "hint below a field",
    "verbose_name": "heading of a column",
    "choices": "choice",
}
TRANSLATED = re.compile(
    r"{%\s*translate\s+(?P<quote>['\"])(?P<text>.*?)(?P=quote)"
    r"(\s+context ['\"](?P<context>.*?)['\"])?"
    r"|{%\s*blocktranslate\b(?P<head>[^%]*)%}(?P<block>.*?){%\s*(?:plural|endblocktranslate)"
    r"|_\((?P<mark>['\"])(?P<marked>.*?)(?P=mark)\)",
    re.DOTALL,
)
#: Functions that mark a text for translation; those with a "p" have its context before it.
MARKS = re.compile(r"^(_|(n?p?)gettext(_lazy|_noop)?)$")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|{(\w+)}")
#: A text that stands in many places: so many of them are named.
MOST_PLACES = 3


def notes(text: str, context: str | None = None) -> str:
    """A line for each place of a text, and one for each placeholder."""
    places = sorted(places_of_texts().get((context, text), ()))
    more = [f"and {len(places) - MOST_PLACES} more"] if len(places) > MOST_PLACES else []
    names = dict.fromkeys(one or other for one, other in PLACEHOLDER.findall(text))
    told = [f"{name}: {placeholders()[name]}" for name in names if name in placeholders()]
    return "\n".join([*places[:MOST_PLACES], *more, *told])


@cache
def placeholders() -> dict[str, str]:
    """What each placeholder stands for, by name: placeholders.toml."""
    with Path(__file__).with_name("placeholders.toml").open("rb") as file:
        found: dict[str, str] = tomllib.load(file)
    return found


@cache
def places_of_texts() -> dict[tuple[str | None, str], set[str]]:
    """Where each text, by its context, stands: what kind of text it is there, and the file."""
    found: dict[tuple[str | None, str], set[str]] = defaultdict(set)
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in (".html", ".txt", ".xml"):
            name = path.relative_to(ROOT / "templates")
            for text, kind in _in_template(path.read_text(encoding="utf-8")):
                found[text].add(f"{kind} in {name}")
    for path in (path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))):
        if not {"tests", "migrations"} & set(path.parts):
            for text, kind in _in_module(ast.parse(path.read_text(encoding="utf-8")), "text"):
                found[text].add(f"{kind} in {path.relative_to(ROOT)}")
    return found


def _in_template(template: str) -> Iterator[tuple[tuple[str | None, str], str]]:
    for match in TRANSLATED.finditer(template):
        before = re.sub(r"{%.*?%}|{{.*?}}", "", template[: match.start()], flags=re.DOTALL)
        tag = re.search(r"<(\w+)[^<]*$", before)
        inside = re.search(r"([\w-]+)=[\"']$", before)
        kind = ELEMENTS.get(tag[1], "text") if tag else "text"
        key = match["context"], _text_of(match)
        yield key, f"attribute {inside[1]}" if inside else kind


def _text_of(match: re.Match[str]) -> str:
    if match["block"] is None:
        return match["text"] or match["marked"]
    text = re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", match["block"].replace("%", "%%"))
    if "trimmed" in match["head"]:
        return " ".join(line.strip() for line in text.strip().splitlines())
    return text


def _in_module(node: ast.AST, kind: str) -> Iterator[tuple[tuple[str | None, str], str]]:
    if isinstance(node, ast.keyword):
        kind = KEYWORDS.get(node.arg or "", kind)
    if isinstance(node, ast.Raise):
        kind = "refusal"
    if isinstance(node, ast.Call) and (mark := MARKS.match(_name(node.func))):
        texts: list[Any] = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        if "p" not in (mark[2] or ""):
            texts.insert(0, None)
        if len(texts) > 1:
            yield (texts[0], texts[1]), kind
    for child in ast.iter_child_nodes(node):
        yield from _in_module(child, kind)


def _name(function: ast.AST) -> str:
    return getattr(function, "id", "") or getattr(function, "attr", "")
