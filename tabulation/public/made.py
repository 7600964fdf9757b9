"""Files that take long to make: made once by who asks first, and kept on this host's disk.

The tag of a document says what determines it, so what is kept by its tag never is another one.
"""

import hashlib
import logging
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tabulation.database import keeper
from tabulation.public.document import Document

log = logging.getLogger(__name__)

#: Where they are kept; `wsgi.py` says it. `None`: each is made anew, as tests and commands do.
folder: Path | None = None
#: Bytes kept; beyond them those go that nobody asked for longest.
MOST = 4 * 2**30
#: Threads of a process that make a file or wait for one: its others are there for the pages.
AT_ONCE = threading.BoundedSemaphore(2)
#: Seconds for which somebody waits for a file that another process makes.
PATIENCE = 60.0
#: Digits of the names of locks: files with the same ones are made one after the other.
LOCKS = 2


class InTurn:
    """The pieces of a file that depends on what was asked, and is not kept; few are made at once.

    Raises Busy where others are at it. Whoever got it closes it.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        if not AT_ONCE.acquire(blocking=False):
            raise Busy
        self._pieces = pieces
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        if self._open:
            self._open = False
            AT_ONCE.release()


class Busy(Exception):
    """Others are at it, or the disk cannot hold it: ask again later."""


def kept(address: str, document: Document) -> Path | None:
    """The file with what is answered at an address, made now where it is not there.

    `None`: nothing is kept here. Raises Busy.
    """
    if folder is None:
        return None
    name = hashlib.sha256(f"{address} {document.etag}".encode()).hexdigest()
    path = folder / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = keeper.open_lock(folder / f"lock-{name[:LOCKS]}")
    except OSError as error:
        log.warning("Large files cannot be kept, so each request makes one: %s", error)
        return None
    try:
        if not path.exists():
            with _turn(lock):
                _make(path, document)
        os.utime(path)
    except OSError as error:
        log.error("A file could not be kept: %s", error)
        raise Busy from error
    finally:
        os.close(lock)
    return path


@contextmanager
def _turn(lock: int) -> Iterator[None]:
    """Alone on this host with files of this lock, and with few others in this process."""
    if not AT_ONCE.acquire(blocking=False):
        raise Busy
    try:
        if not keeper.wait_lock(lock, PATIENCE):
            raise Busy
        yield
    finally:
        AT_ONCE.release()


def _make(path: Path, document: Document) -> None:
    if path.exists():  # by who had the lock before
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix="new-", delete=False) as draft:
        try:
            draft.writelines(document.chunks)
        except BaseException:
            Path(draft.name).unlink()
            raise
    Path(draft.name).replace(path)
    _make_room(path)


def _make_room(newest: Path) -> None:
    """Remove what nobody asked for longest; who is reading it reads on."""
    files = (one for one in newest.parent.iterdir() if not one.name.startswith("lock-"))
    found = [(one.stat(), one) for one in files if one != newest]
    room = MOST - newest.stat().st_size
    for stat, path in sorted(found, key=lambda one: -one[0].st_mtime):
        room -= stat.st_size
        if room < 0:
            path.unlink(missing_ok=True)
