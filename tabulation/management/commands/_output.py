"""Where a command writes what is long: to the terminal, or into a file that is whole."""

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from django.core.management.base import CommandError
from tqdm import tqdm

#: What a new file may be read by, before the user's mask.
NEW_FILE = 0o666


def watched(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """The same pieces; how much has come is told on stderr after two seconds."""
    with tqdm(unit="B", unit_scale=True, desc=name, delay=2, disable=None) as bar:
        for piece in pieces:
            yield piece
            bar.update(len(piece))


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV file, in place."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_file(path: Path, pieces: Iterable[bytes]) -> None:
    """Write ``pieces`` beside ``path``, then put them in its place. Raises CommandError."""
    if not path.parent.is_dir():
        raise CommandError(f"There is no folder {path.parent} to write {path.name} into.")
    if path.is_dir():
        raise CommandError(f"{path} is a folder: name a file.")
    try:
        _replace(path, pieces)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}.") from error


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    number, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            os.fchmod(number, NEW_FILE & ~_mask())
            file.writelines(pieces)
            file.flush()
            os.fsync(number)
        os.replace(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
