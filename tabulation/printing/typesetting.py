"""A sheet and its data made into a PDF. Data are never part of a sheet's source.

A sheet (`sheets/*.typ`) reads its data as JSON and prints texts as texts: whatever a name holds, it
is printed letter by letter. The same data at the same time are the same bytes, in any process.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import typst

from tabulation.printing.fonts import fonts, printable

#: Data of so many letters make a paper that takes a hundred megabytes to typeset.
LONG = 200_000
#: So many papers later the typesetter has forgotten one.
KEPT = 10
#: What the typesetter raises where it breaks down: no `Exception`, and of a class it does not name.
PANIC = "PanicException"
SHEETS = Path(__file__).parent / "sheets"


class TypesettingFailed(RuntimeError):
    """A sheet and its data do not make a paper: a mistake of ours, never of who asked. It says
    which sheet, and what the typesetter says.
    """


def typeset(sheet: str, data: Mapping[str, object], *, at: datetime, tagged: bool = True) -> bytes:
    """The PDF of the sheet ``sheet`` (`protocol`). ``at``: what the file says it was made at.

    ``tagged``: with the structure that programs read aloud; long tables of numbers do without it.
    Raises TypesettingFailed, whatever the typesetter fails at, also for a mere warning.
    """
    with _failing(sheet):
        body = json.dumps(_printable(data), ensure_ascii=False, separators=(",", ":"))
        pdf, warnings = typst.compile_with_warnings(
            SHEETS / f"{sheet}.typ",
            root=SHEETS,
            font_paths=fonts(),
            sys_inputs={"data": body},
            format="pdf",
            timestamp=int(at.timestamp()),
            pdf_tags=tagged,
        )
    if warnings:
        raise _failed(sheet, "; ".join(warning.message for warning in warnings))
    if len(body) > LONG:
        forget()
    if not isinstance(pdf, bytes):
        raise _failed(sheet, "it made no file")
    return pdf


def forget() -> None:
    """Let the typesetter give back the memory of what it made: else it keeps it for ten papers.

    Raises TypesettingFailed.
    """
    with _failing("that is empty"):
        for _time in range(KEPT + 1):
            typst.compile(b"", font_paths=fonts(), format="pdf", timestamp=0)


@contextmanager
def _failing(sheet: str) -> Iterator[None]:
    """Whatever fails inside is TypesettingFailed. Who stops the process still stops it."""
    try:
        yield
    except Exception as error:
        raise _failed(sheet, getattr(error, "diagnostic", "") or str(error)) from error
    except BaseException as error:
        if type(error).__name__ != PANIC:
            raise
        raise _failed(sheet, f"the typesetter broke down: {error}") from error


def _failed(sheet: str, why: str) -> TypesettingFailed:
    return TypesettingFailed(f"The sheet {sheet} could not be typeset: {why.strip()}")


def _printable(value: object) -> object:
    """The same data with texts that can be printed."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(one) for one in value]
    return value
