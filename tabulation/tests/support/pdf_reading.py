"""Papers read back, for tests: their text, their fonts, whether an empty box stands on them."""

import io
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ContentStream

from tabulation.printing.fonts import BREAK

#: Armenian ligatures of Noto Sans Armenian, as letters.
SPACES = re.compile(r"\s+")
#: A one-time password on a slip.
ONE_TIME = re.compile(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}")
#: Where the staff asks for papers.
PAPERS = "/staff/artsakh/president/paper/"


def pages(pdf: bytes) -> list[str]:
    """The text of each page, with single spaces."""
    found = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return [SPACES.sub(" ", text.replace(BREAK, "")) for text in found]


def text(pdf: bytes) -> str:
    return " ".join(pages(pdf))


def fonts(pdf: bytes) -> set[str]:
    """Names of the fonts that are inside the file, without the mark of their subset."""
    return {str(font["/BaseFont"]).split("+")[-1] for font in _fonts(pdf).values()}


def empty_boxes(pdf: bytes) -> int:
    """How many glyphs have number 0: the box that a font shows for what it does not have."""
    reader, found = PdfReader(io.BytesIO(pdf)), 0
    for page in reader.pages:
        content = page.get_contents()
        if content is None:
            continue
        for operands, operator in ContentStream(content, reader).operations:
            if operator in (b"Tj", b"TJ"):
                found += sum(two == b"\0\0" for two in _glyphs(operands))
    return found


def _glyphs(operands: Any) -> Iterator[bytes]:
    """The two bytes of each glyph in what is shown."""
    for operand in operands:
        for piece in operand if isinstance(operand, list) else [operand]:
            raw = getattr(piece, "original_bytes", None) if isinstance(piece, str) else piece
            if isinstance(raw, bytes):
                yield from (raw[i : i + 2] for i in range(0, len(raw), 2))


def _fonts(pdf: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for name, font in page["/Resources"].get("/Font", {}).items():
            found[name] = font.get_object()
    return found
