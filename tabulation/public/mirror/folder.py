"""The mirror on disk: each document a file, its compressed twin beside it, and an index of all.

site/       the documents, each at its address; a page is the index.html of a folder
previous/   what a newer publication made stale, for when nothing can be had of Django
new/        what is written and not in its place yet
permits/N   a link to site/: who shows the mirror has one, and a watchdog takes it away
public      a link to a permit, which nginx reads through; without it Django answers everything
edition/N   a link's target that is another one after each publication: nginx keeps answers of
            Django by it
index       what each document was made of, a line each
confirmed   its time is when the follower last knew the mirror to be the newest there is
"""

import fcntl
import gzip
import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from tabulation.public.document import Document

LEVEL = 6
#: Times of files from 1970 to 2038, which every file system can say.
TIMES = 2**31


class MirrorRefused(Exception):
    """Nothing was written; the message says why."""


@dataclass
class Entry:
    """A document in the index: the key it was made by, and its addresses. Without a key it is on
    its way into its place.
    """

    key: str
    addresses: list[str]


@dataclass(frozen=True)
class Staged:
    """A document that is written, and not in its place yet."""

    address: str
    plain: Path
    packed: Path


#: Documents by their names: the key of each, and what was written of it.
Ready = dict[str, tuple[str, list[Staged]]]


class Folder:
    """The mirror in the folder ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.site, self.previous, self.new = (root / name for name in ("site", "previous", "new"))
        self.link, self.permits = root / "public", root / "permits"
        self._permit = self.permits / "none"
        self.index: dict[str, Entry] = {}
        self._staged = 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Raises MirrorRefused when somebody else writes into the same mirror, or nobody can."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise MirrorRefused(
                f"Cannot write into {self.root} ({error.strerror}). Make it writable, or name"
                " another folder."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._prepare()
            yield
        except BlockingIOError:
            raise MirrorRefused(f"Another process keeps {self.root}: one is enough.") from None
        finally:
            os.close(lock)

    def _prepare(self) -> None:
        shutil.rmtree(self.new, ignore_errors=True)
        for folder in (self.site, self.previous, self.new, self.permits):
            folder.mkdir(exist_ok=True)
        self._permit = max(self.permits.iterdir(), default=self._permit)
        self.ask_permit()
        self._read_index()

    # documents

    def stage(self, address: str, document: Document) -> Staged:
        """Write a document beside its place.

        The time of the file comes of what is in it: a server makes the tag of time and length, so
        the tag changes with the content, and is the same on every host.
        """
        self._staged += 1
        plain = self.new / str(self._staged)
        packed = plain.with_suffix(".gz")
        digest = hashlib.sha256()
        with (
            plain.open("wb") as whole,
            packed.open("wb") as raw,
            gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as small,
        ):
            for chunk in document.chunks:
                digest.update(chunk)
                whole.write(chunk)
                small.write(chunk)
        changed = int.from_bytes(digest.digest()[:8], "big") % TIMES
        for path in (plain, packed):
            os.utime(path, (changed, changed))
        return Staged(address, plain, packed)

    def put(self, staged: Staged) -> None:
        """Put a document in its place, by renaming."""
        path = self.path(staged.address)
        path.parent.mkdir(parents=True, exist_ok=True)
        staged.packed.replace(_packed(path))
        staged.plain.replace(path)
        for old in _both(self._aside(path)):
            old.unlink(missing_ok=True)

    def put_all(self, ready: Ready) -> None:
        """Put documents in their places, in this order.

        Each is in the index, without its key, before it is in its place: nothing is ever there that
        the index does not know. `settle` comes after.
        """
        entries = {
            name: Entry("", [one.address for one in staged])
            for name, (_key, staged) in ready.items()
        }
        self.record(dict(entries))
        for _key, staged in ready.values():
            for one in staged:
                self.put(one)

    def settle(self, ready: Ready) -> None:
        """Once they are on the disk, what was put has its keys: it need not be made again."""
        os.sync()
        self.record(
            {name: Entry(key, self.index[name].addresses) for name, (key, _s) in ready.items()}
        )

    def set_aside(self, addresses: Iterable[str]) -> None:
        """Keep what is stale out of the way."""
        for address in addresses:
            path = self.path(address)
            for old, new in zip(_both(path), _both(self._aside(path)), strict=True):
                _move(old, new)

    def remove(self, addresses: Iterable[str]) -> None:
        """Leave nothing of what there is no more."""
        for address in addresses:
            path = self.path(address)
            for file in (*_both(path), *_both(self._aside(path))):
                file.unlink(missing_ok=True)
            for top in (self.site, self.previous):
                _prune((top / path.relative_to(self.site)).parent, top)

    def path(self, address: str) -> Path:
        """Where a document lies; a folder's own page is its index.html."""
        name = unquote(address).lstrip("/")
        path = self.site / (f"{name}index.html" if address.endswith("/") else name)
        if ".." in path.parts:
            raise MirrorRefused(f"The address {address} leads out of the folder.")
        return path

    def _aside(self, path: Path) -> Path:
        return self.previous / path.relative_to(self.site)

    # what is read through links

    def hide(self) -> None:
        """Nobody is served from here: what nginx does not find it asks Django for."""
        self.link.unlink(missing_ok=True)

    def ask_permit(self) -> None:
        """Before you read what is newest. `take_away` then also holds against whoever hung between
        reading and showing: what it shows with the permit of before leads nowhere.
        """
        if not self._permit.is_symlink():
            self._permit = self.permits / str(time.time_ns())
            self._permit.symlink_to(Path("..") / self.site.name)

    def show(self) -> None:
        target = Path(self.permits.name) / self._permit.name
        if not self.link.is_symlink() or self.link.readlink() != target:
            _switch(self.link, target)

    def turn_over(self, name: str, number: str) -> None:
        """Lead the link ``name`` elsewhere: what was kept by it before is not asked for again."""
        turns = self.root / f"{name}s"
        (turns / number).mkdir(parents=True, exist_ok=True)
        _switch(self.root / name, Path(turns.name) / number)
        for old in turns.iterdir():
            if old.name != number:
                old.rmdir()

    def confirm(self) -> None:
        (self.root / "confirmed").touch()

    # the index

    def record(self, entries: dict[str, Entry | None]) -> None:
        """Remember documents by name; ``None``: it is there no more."""
        with (self.root / "index").open("a", encoding="utf-8") as index:
            for name, entry in entries.items():
                index.write(_line(name, entry))
        for name, entry in entries.items():
            if entry is None:
                self.index.pop(name, None)
            else:
                self.index[name] = entry

    def _read_index(self) -> None:
        path = self.root / "index"
        self.index = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                name, _tab, rest = line.partition("\t")
                key, _tab, addresses = rest.partition("\t")
                if addresses:
                    self.index[name] = Entry(key, addresses.split(" "))
                else:
                    self.index.pop(name, None)
        whole = "".join(_line(name, entry) for name, entry in self.index.items())
        unfinished = path.with_suffix(".new")
        unfinished.write_text(whole, encoding="utf-8")
        unfinished.replace(path)


def take_away(root: Path) -> bool:
    """Nobody is served from the mirror in ``root`` until its writer has read again what is newest;
    whether anybody was.
    """
    permits = list((root / "permits").glob("*"))
    for link in (*permits, root / "public"):
        link.unlink(missing_ok=True)
    return bool(permits)


def _line(name: str, entry: Entry | None) -> str:
    return f"{name}\t{entry.key}\t{' '.join(entry.addresses)}\n" if entry else f"{name}\t\t\n"


def _packed(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def _both(path: Path) -> tuple[Path, Path]:
    return path, _packed(path)


def _move(old: Path, new: Path) -> None:
    """Rename a file, if it is there; the folder of its new name is made the first time."""
    try:
        old.replace(new)
    except FileNotFoundError:
        if old.exists():
            new.parent.mkdir(parents=True, exist_ok=True)
            old.replace(new)


def _prune(folder: Path, top: Path) -> None:
    """Remove empty folders upwards."""
    while folder != top:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _switch(link: Path, target: Path) -> None:
    unfinished = link.with_name(f"{link.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(target)
    unfinished.replace(link)
