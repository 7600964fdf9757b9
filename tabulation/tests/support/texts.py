"""Every English text that people read: of pages, refusals, commands, documents and docs pages."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polib
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
#: Functions that mark a text for translation: the catalogue has it, and its place is a page.
MARKS = re.compile(r"^(_|\w*gettext\w*|noop|n_)$")
#: A proof in words, and the page that quotes what is wrong.
APART = ("verification.md", "writing.md")
#: What a placeholder of any kind is read as: one word.
VALUE = "«value»"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|\{%.*?%\}|\{\{.*?\}\}|NUMBER")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")
STATEMENT = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WITH|GRANT|COPY|FROM|WHERE|JOIN|CASE"
    r"|(ORDER|GROUP) BY|VALUES|LIMIT)\b|::\w|@@"
)
MARKUP = re.compile(r"[\\<>={}]{2}|\(\?|^/|charset=")
BUTTON = re.compile(r"<button\b.*?</button>", re.DOTALL)
MARKED = re.compile(r"{%\s*translate\s+(?:\"([^\"]+)\"|'([^']+)')")
SENTENCES = re.compile(r"(?<=[.?!…])[\"”’)*]*\s+(?=[\"“(*]*[A-Z«`])")
REFUSED = re.compile(r"RAISE\s+EXCEPTION\s+'((?:[^']|'')+)'|MESSAGE\s*=\s*'((?:[^']|'')+)'")


@dataclass(frozen=True)
class Text:
    """A text as it is read: placeholders are ``VALUE``, tags are gone."""

    #: ``page`` (or a refusal on one), ``button``, ``program`` or ``docs``.
    kind: str
    text: str


def sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in SENTENCES.split(text) if sentence.strip()]


@cache
def all_texts() -> tuple[Text, ...]:
    """Each once, in the order of their words."""
    buttons = {Text("button", text) for text in _buttons()}
    pages = {Text("page", plain(text)) for text in _translated()}
    program = {Text("program", plain(text)) for text in _programs()}
    docs = {Text("docs", text) for text in _docs()}
    return tuple(sorted(buttons | pages | program | docs, key=lambda one: (one.kind, one.text)))


def plain(text: str) -> str:
    """With one word for each placeholder, without tags, on one line."""
    return " ".join(TAG.sub("", PLACEHOLDER.sub(VALUE, text)).replace("%%", "%").split())


def _translated() -> Iterator[str]:
    """Our texts in the catalogue; those of libraries are written by others."""
    others = set(_strings(ast.parse((ROOT / "tabulation/languages/of_libraries.py").read_text())))
    for entry in polib.pofile(str(settings.LOCALE_PATHS[0] / "hy/LC_MESSAGES/django.po")):
        if entry.msgid not in others:
            yield entry.msgid
            if entry.msgid_plural:
                yield entry.msgid_plural


def _buttons() -> Iterator[str]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for button in BUTTON.findall(path.read_text(encoding="utf-8")):
            for double, single in MARKED.findall(button):
                yield plain(double or single)


def _programs() -> Iterator[str]:
    """Sentences of the program that are not translated: commands, refusals, files, the database."""
    for path in sorted((ROOT / "tabulation").rglob("*.py")):
        if "tests" not in path.parts and "migrations" not in path.parts:
            yield from filter(_is_read, _spoken(ast.parse(path.read_text(encoding="utf-8"))))
    for path in sorted(ROOT.glob("*/**/sql/*.sql")):
        for one, other in REFUSED.findall(path.read_text(encoding="utf-8")):
            yield (one or other).replace("''", "'").replace("%", VALUE)


def _spoken(tree: ast.AST) -> Iterator[str]:
    """Strings besides docstrings and what is marked for translation."""
    if isinstance(tree, ast.Call) and MARKS.match(_name(tree.func)):
        return
    if isinstance(tree, ast.JoinedStr | ast.Constant):
        yield from _strings(tree)
        return
    body = list(ast.iter_child_nodes(tree))
    if isinstance(tree, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        body = [child for child in body if not _is_docstring(child)]
    for child in body:
        yield from _spoken(child)


def _strings(tree: ast.AST) -> Iterator[str]:
    if isinstance(tree, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else VALUE for part in tree.values]
        yield "".join(map(str, parts))
    elif isinstance(tree, ast.Constant):
        if isinstance(tree.value, str):
            yield tree.value
    else:
        for child in ast.iter_child_nodes(tree):
            yield from _strings(child)


def _name(function: ast.AST) -> str:
    return getattr(function, "id", "") or getattr(function, "attr", "")


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_read(text: str) -> bool:
    """Whether people read it: words, and no statement, address, pattern or markup."""
    words = re.findall(r"(?<![\w/.])[A-Za-z][a-z’']+(?![\w/])", text)
    return len(words) >= 3 and not STATEMENT.search(text) and not MARKUP.search(text)


def _docs() -> Iterator[str]:
    """Paragraphs, items and cells of the docs pages; of the changelog, what is not released."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    for path in pages:
        if path.name not in APART:
            yield from _blocks(path.read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    yield from _blocks(changes.split("\n## ")[1])


def _blocks(page: str) -> Iterator[str]:
    page = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    block: list[str] = []
    for line in [*page.splitlines(), ""]:
        starts = re.match(r"\s*([-*]|\d+\.|#+|>)\s+|\s*\|", line)
        if (starts or not line.strip()) and block:
            yield from _cells(" ".join(block))
            block = []
        if line.strip():
            block.append(re.sub(r"^\s*([-*]|\d+\.|#+|>)\s+", "", line).strip())


def _cells(block: str) -> Iterator[str]:
    cells = block.strip("|").split("|") if block.startswith("|") else [block]
    for cell in cells:
        text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", cell)
        text = re.sub(r"`[^`]*`", VALUE, text).replace("**", "").replace("*", "")
        text = " ".join(TAG.sub("", text).split())
        if re.search(r"[A-Za-z]{2}", text.replace(VALUE, "")):
            yield text
