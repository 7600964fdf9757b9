"""Long texts of several kinds, gathered in one pass over the stations and read back one by one.

A report has all counts of the first candidate, then all of the second. So that neither the report
is held in memory nor the stations are read once for each candidate, what is gathered lies on disk.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator

from tabulation.public.files.statement import CHUNK

#: Up to so many bytes stay in memory.
IN_MEMORY = 8_000_000


class Spool:
    """Texts by kind, in one temporary file that is gone when the block ends."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed by __exit__
        self._places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._waiting: dict[str, list[str]] = defaultdict(list)
        self._sizes: dict[str, int] = defaultdict(int)
        self._end = 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def add(self, kind: str, text: str) -> None:
        self._waiting[kind].append(text)
        self._sizes[kind] += len(text)
        if self._sizes[kind] > CHUNK:
            self._write(kind)

    def holds(self, kind: str) -> bool:
        """Whether anything of this kind was added."""
        return bool(self._places[kind] or self._waiting[kind])

    def read(self, kind: str) -> Iterator[str]:
        """All of this kind, in the order in which it was added. Nothing is added after that."""
        self._write(kind)
        for start, size in self._places[kind]:
            self._file.seek(start)
            yield self._file.read(size).decode()

    def _write(self, kind: str) -> None:
        content = "".join(self._waiting.pop(kind, [])).encode()
        self._sizes[kind] = 0
        if content:
            self._file.seek(self._end)
            self._file.write(content)
            self._places[kind].append((self._end, len(content)))
            self._end += len(content)
