"""One file of ready answers: written once, memory-mapped, asked by address, never trusted blindly.

The file, all numbers little-endian:

- a head of `HEAD` bytes: magic, version of this format, how many slots and answers there are,
  SHA-256 of head, table and kinds, where table and kinds begin, the bytes of the file, the build;
- the records, one after another, each as `_RECORD` says, then its address, ETag and body;
- the table of slots: in the slot that the CRC-32 of an address names, or the next that is free,
  stands where its record is; 0 is an empty slot. At most half of them are full;
- the kinds: status and headers that many records share, as JSON.

The table and the kinds are checked when the file is opened, a record whenever it is taken: reading
a whole national pack in every process at every publication would cost more than it finds.
"""

import hashlib
import json
import mmap
import os
import struct
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

MAGIC = b"HASHVARK"
VERSION = 1
_HEAD = struct.Struct("<8sIII32sQQQ32s")
HEAD = _HEAD.size
#: CRC-32 of the rest of the record; kind; lengths of address, ETag and body; whether the body is
#: gzipped; the key: what the answer was made of.
_RECORD = struct.Struct("<IHHHIB16s")
_CRC = struct.Struct("<I")
NO_KEY = bytes(16)


class PackRefused(ValueError):
    """The file is no pack, not a whole one, or not as it was written; the message says what."""


@dataclass(frozen=True)
class Kind:
    """What many answers share: the status line's number and words, and the headers."""

    status: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answer:
    """A ready answer. ``etag`` is that of the plain text, without its quotes; empty: it has none.

    ``key`` is 16 bytes that change when what the answer is made of does; `NO_KEY`: ask anew.
    """

    address: bytes
    kind: Kind
    etag: bytes
    body: bytes
    gzipped: bool
    key: bytes = NO_KEY


class Pack:
    """A pack, open for reading by any number of threads. Its map is closed with its last user.

    Raises PackRefused, or OSError where there is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            if stat.st_size < HEAD:
                raise PackRefused(f"{path} has {stat.st_size} bytes: too few for a pack.")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        #: Which file this is: no other has the same while this one is mapped.
        self.file = (stat.st_dev, stat.st_ino)
        try:
            self._check(stat.st_size)
        except PackRefused:
            self._map.close()
            raise

    def _check(self, size: int) -> None:
        magic, version, self._slots, self.count, digest, table, kinds, whole, build = (
            _HEAD.unpack_from(self._map)
        )
        if magic != MAGIC or version != VERSION:
            raise PackRefused(f"{self.path} is no pack of version {VERSION}.")
        if whole != size or not HEAD <= table <= kinds <= size:
            raise PackRefused(f"{self.path} has {size} bytes of {whole}: it is not whole.")
        # The head as well, its own digest apart.
        if digest != _digest(self._map[: _HEAD.size], self._map[table:]):
            raise PackRefused(f"{self.path} is damaged: its table is not as it was written.")
        self._table, self.build = table, build
        self._kinds = [
            Kind(status, tuple((name, value) for name, value in headers))
            for status, headers in json.loads(self._map[kinds:])
        ]

    def __len__(self) -> int:
        return int(self.count)

    def find(self, address: bytes) -> Answer | None:
        """The answer at exactly this address. Raises PackRefused when its record is damaged."""
        slot = zlib.crc32(address) % self._slots
        while True:
            (at,) = _SLOT.unpack_from(self._map, self._table + slot * _SLOT.size)
            if not at:
                return None
            found = self._record(at, address)
            if found is not None:
                return found
            slot = (slot + 1) % self._slots

    def __iter__(self) -> Iterator[Answer]:
        """All answers in the order in which they were written."""
        at = HEAD
        while at < self._table:
            answer = self._record(at)
            if answer is not None:
                yield answer
                at += _length(answer)

    def _record(self, at: int, wanted: bytes | None = None) -> Answer | None:
        """The record at ``at``; ``None`` when it is not that of the address ``wanted``."""
        crc, kind, address_length, etag_length, body_length, gzipped, key = _RECORD.unpack_from(
            self._map, at
        )
        begin = at + _RECORD.size
        address = self._map[begin : begin + address_length]
        if wanted is not None and address != wanted:
            return None
        end = begin + address_length + etag_length + body_length
        record = self._map[at + _CRC.size : end]
        if end > self._table or zlib.crc32(record) != crc:
            raise PackRefused(f"{self.path} is damaged at byte {at}.")
        behind = _RECORD.size - _CRC.size + address_length
        etag, body = record[behind : behind + etag_length], record[behind + etag_length :]
        return Answer(address, self._kinds[kind], etag, body, bool(gzipped), key)


class PackWriter:
    """Writes a pack beside ``path`` and puts it in its place at the end of the ``with`` block.

    An exception in the block leaves what was there. Only the table is kept in memory: 12 bytes an
    answer. One writer at a time.
    """

    def __init__(self, path: Path, build: bytes) -> None:
        self._path, self._build = path, build
        self._new = path.with_name(path.name + ".new")
        self._places: array[int] = array("Q")
        self._crcs: array[int] = array("I")
        self._kinds: dict[Kind, int] = {}
        self._at = HEAD

    def __enter__(self) -> "PackWriter":
        self._new.unlink(missing_ok=True)
        self._file: BinaryIO = os.fdopen(
            os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb", 1 << 20
        )
        self._file.write(bytes(HEAD))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._finish()
        finally:
            self._file.close()
            self._new.unlink(missing_ok=True)

    def __len__(self) -> int:
        return len(self._places)

    def add(self, answer: Answer) -> None:
        """Each address once: of two the first is found."""
        rest = _RECORD.pack(
            0,
            self._kinds.setdefault(answer.kind, len(self._kinds)),
            len(answer.address),
            len(answer.etag),
            len(answer.body),
            answer.gzipped,
            answer.key,
        )[_CRC.size :]
        record = b"".join((rest, answer.address, answer.etag, answer.body))
        self._file.write(_CRC.pack(zlib.crc32(record)))
        self._file.write(record)
        self._places.append(self._at)
        self._crcs.append(zlib.crc32(answer.address))
        self._at += _length(answer)

    def _finish(self) -> None:
        slots = max(2 * len(self._places), 1)
        table = bytearray(slots * _SLOT.size)
        for place, crc in zip(self._places, self._crcs, strict=True):
            slot = crc % slots
            while any(table[slot * _SLOT.size : (slot + 1) * _SLOT.size]):
                slot = (slot + 1) % slots
            _SLOT.pack_into(table, slot * _SLOT.size, place)
        kinds = json.dumps([(kind.status, kind.headers) for kind in self._kinds]).encode()
        where = (self._at, self._at + len(table), self._at + len(table) + len(kinds), self._build)
        head = _HEAD.pack(MAGIC, VERSION, slots, len(self._places), bytes(32), *where)
        digest = _digest(head, table + kinds)
        self._file.write(table + kinds)
        self._file.seek(0)
        self._file.write(_HEAD.pack(MAGIC, VERSION, slots, len(self._places), digest, *where))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._new.replace(self._path)


_SLOT = struct.Struct("<Q")
_DIGEST_AT = struct.calcsize("<8sIII")


def _digest(head: bytes, rest: bytes | bytearray) -> bytes:
    blank = head[:_DIGEST_AT] + bytes(32) + head[_DIGEST_AT + 32 :]
    return hashlib.sha256(blank + rest).digest()


def _length(answer: Answer) -> int:
    return _RECORD.size + len(answer.address) + len(answer.etag) + len(answer.body)
