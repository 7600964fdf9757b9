"""Write the site into a folder: what did not change is taken over, and it is switched at once."""

import fcntl
import gzip
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

from tabulation.database.snapshots import one_snapshot
from tabulation.public.document import made_for
from tabulation.public.mirroring.contents import FEW_STATIONS, PAST_DATA, PAST_PAGES, Item, contents
from tabulation.public.packing.build import build

#: How many releases stay: readers of the last one may be in the middle of it.
KEPT = 2
SAY_EVERY = 1_000
#: Where an index has what made its pages: no address.
BUILD = "build"


class ExportRefused(Exception):
    """Nothing was switched; the message says why."""


@dataclass
class Exported:
    """What was done: documents made, taken over unchanged, carried along from the past."""

    folder: Path
    made: int = 0
    kept: int = 0
    carried: int = 0


def export(
    folder: Path, *, at: datetime, few: int = FEW_STATIONS, say: Callable[[str], None]
) -> Exported:
    """Write everything public into ``folder``/releases/TIME, then point ``folder``/current there.

    The link is replaced by one rename: who reads through it sees one whole site or the other.
    Raises ExportRefused when there is nothing to write, or another export is at it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder), one_snapshot():
        items = contents(few)
        before = _current(folder)
        release = folder / "releases" / at.strftime("%Y%m%dT%H%M%S.%fZ")
        release.mkdir(parents=True)
        done = _write(items, f"{build().hex()}-{few}", release, before, say)
        if not done.made + done.kept:
            raise ExportRefused("Nothing is published yet: there is no site to write.")
        _static_files(release)
        os.sync()
        _switch(folder, release)
        _forget(folder)
    return done


def _write(
    items: Iterable[Item],
    made_by: str,
    release: Path,
    before: Path | None,
    say: Callable[[str], None],
) -> Exported:
    old = _read_index(before)
    done = Exported(release)
    with _index_of(release).open("w", encoding="utf-8") as index:
        index.write(f"{made_by} {BUILD}\n")
        seen = set()
        for item in items:
            seen.add(item.address)
            if before is not None and old.get(item.address) == item.key:
                _take_over(item.address, before, release)
                done.kept += 1
            else:
                _make(item, release)
                done.made += 1
            index.write(f"{item.key} {item.address}\n")
            if (done.made + done.kept) % SAY_EVERY == 0:
                say(f"{done.made} documents made, {done.kept} unchanged ...")
        for address, key in old.items():
            if (
                before is not None
                and address not in seen
                and _is_past(address, old.get(BUILD) == made_by)
            ):
                _take_over(address, before, release)
                done.carried += 1
                index.write(f"{key} {address}\n")
    return done


def _is_past(address: str, same_build: bool) -> bool:
    """Whether it stays for ever. Pages do while the styles and scripts they name are the same."""
    return bool(PAST_DATA.match(address) or (same_build and PAST_PAGES.match(address)))


def _make(item: Item, release: Path) -> None:
    """The document, and beside it the same compressed, for servers that send ready bytes."""
    path = _file(release, item.address)
    path.parent.mkdir(parents=True, exist_ok=True)
    with made_for(item.address):
        document = item.make()
    with (
        path.open("wb") as plain,
        _packed(path).open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
    ):
        for chunk in document.chunks:
            plain.write(chunk)
            packed.write(chunk)


def _take_over(address: str, before: Path, release: Path) -> None:
    old, new = _file(before, address), _file(release, address)
    new.parent.mkdir(parents=True, exist_ok=True)
    os.link(old, new)
    os.link(_packed(old), _packed(new))


def _file(release: Path, address: str) -> Path:
    """Where an address lies; a folder's own page is its index.html."""
    name = unquote(address).lstrip("/")
    path = release / (f"{name}index.html" if address.endswith("/") else name)
    if ".." in path.parts:
        raise ExportRefused(f"The address {address} leads out of the folder.")
    return path


def _packed(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def _static_files(release: Path) -> None:
    """Scripts, styles, and the public's verifier, by the names that the pages have for them."""
    if (settings.STATIC_ROOT / "staticfiles.json").is_file():
        shutil.copytree(settings.STATIC_ROOT, release / "static")
        return
    for finder in get_finders():
        for name, storage in finder.list([]):
            path = release / "static" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with storage.open(name) as source, path.open("wb") as copy:
                shutil.copyfileobj(source, copy)


def _current(folder: Path) -> Path | None:
    link = folder / "current"
    return link.resolve() if link.is_symlink() and link.exists() else None


def _switch(folder: Path, release: Path) -> None:
    unfinished = folder / "current.new"
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(release.relative_to(folder))
    unfinished.replace(folder / "current")


def _forget(folder: Path) -> None:
    """Remove releases but the last ones, and what an interrupted export left."""
    kept = sorted(path for path in (folder / "releases").iterdir() if path.is_dir())
    current = _current(folder)
    for path in kept[:-KEPT]:
        if path != current:
            shutil.rmtree(path)
            _index_of(path).unlink(missing_ok=True)


def _index_of(release: Path) -> Path:
    """Beside the release, not in it: what is served are documents alone."""
    return release.with_name(f"{release.name}.index")


def _read_index(release: Path | None) -> dict[str, str]:
    if release is None or not _index_of(release).exists():
        return {}
    with _index_of(release).open(encoding="utf-8") as index:
        lines = (line.rstrip("\n").split(" ", 1) for line in index)
        return {address: key for key, address in lines}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ExportRefused(f"Another export is writing into {folder}.") from error
        yield
