"""Many files in one zip, sent as it is made: nothing but a piece is ever in memory.

The bytes depend on the files and the time that they are given alone.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

#: Of the zip: one more whenever other files are in it.
ZIP_VERSION = 2
#: The zip format knows no earlier time.
EARLIEST = (1980, 1, 1, 0, 0, 0)
READ_BY_ALL = 0o100644
UNIX = 3


class _Out(io.RawIOBase):
    """What has been written since it was last taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes alone
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zipped(
    files: Iterable[tuple[str, Iterable[bytes]]], at: datetime, *, large: bool = False
) -> Iterator[bytes]:
    """A zip of the ``files`` (name, content), each as old as ``at``.

    ``large``: a file may have two gigabytes or more, which some old programs cannot read.
    """
    out = _Out()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            with archive.open(_entry(name, at), "w", force_zip64=large) as member:
                for piece in content:
                    member.write(piece)
                    if taken := out.take():
                        yield taken
    yield out.take()


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    time = at.astimezone(UTC).timetuple()[:6]
    entry = zipfile.ZipInfo(name, max(EARLIEST, time))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = UNIX
    entry.external_attr = READ_BY_ALL << 16
    return entry
