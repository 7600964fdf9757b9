#!/usr/bin/env python3
"""Verify what an electoral commission published: every figure, every sum, and the log they are in.

    python3 verify.py https://results.example --key KEY

KEY is a line ``origin+hash+base64`` that you have from somewhere else than the server (the minutes,
a newspaper), or a file with such lines. Needs Python 3.9 and nothing else; with the package
``cryptography`` it checks the signatures too, and without says that they are NOT checked. How all
of it is hashed is written in docs/verification.md; the server is nowhere taken at its word.

In its reach is, over an address, the log and the files of the newest publication; over the folder
of a mirror every file of data that lies there. What is in its reach and was not checked is named.

Exit status: 0 all that is in its reach was checked and is right; 1 something is wrong, and named;
2 wrong usage, or nothing can be reached; 3 nothing is wrong in what was checked, but something that
is named was NOT checked or is NOT THERE: a file, or the signature with a key from elsewhere.
"""

# In its order: reading; words and bytes; the log and its keys; the form, records and sums; CSV and
# JSON; reasons, turnout, acts; a publication, what changed since the one before, a proof; the list
# of files made afterwards; feeds and the catalogue. Last the folder of a mirror, and the command.

from __future__ import annotations

import argparse
import base64
import binascii
import codecs
import csv
import gzip
import hashlib
import http.client
import io
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Callable, Optional
from xml.etree import ElementTree

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    CAN_CHECK = True
except ImportError:
    CAN_CHECK = False

SHOWN, WORDS = 100, 1000  # findings printed, and letters of one; the others are counted
SMALL, LARGE = 64 << 10, 256 << 20  # bytes a checkpoint, and any other whole file, may have
LINE, MANIFEST = 1 << 20, 64 << 20  # bytes of one record, and of one manifest
RECORDS, PUBLICATIONS = 20_000_000, 1_000_000  # of one contest, of one election
WIDTH = 10_000  # lines or relations of one form
FAN_OUT = 16
STATION, AREA, FILES = "hashvark station v2", "hashvark area v2", "hashvark files v1"
WIDE = 18  # fields of a station's record
HEADS = (
    "stations", "counted", "annulled", "without a result", "registered", "registered where counted",
)  # fmt: skip
COUNTS = len(HEADS)
PROTOCOL = ("counted", "annulled")  # a station with one of these has a protocol; with one of those
DECIDED = ("no result", "closed")  # it has none, by a decision
READING = (OSError, EOFError, zlib.error, http.client.HTTPException)

NUMBER = r"(?:0|[1-9][0-9]{0,17})"
TEXT = r"(?:[^\\\t\n\r]|\\[\\tnr])*"
CODE = r"[^\x00-\x1f\x7f]+"
HASH = r"[0-9a-f]{64}"
SINCE = r"(?:[2-9]|[1-9][0-9]{1,17})?"
ADDRESSABLE = re.compile(r"[^\x00-\x20\x7f/\\.?#%][^\x00-\x20\x7f/\\?#%]*")
KEY_TEXT = re.compile(r"[^+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}")
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+")
NAMED = rf"(?:{FILE_NAME.pattern}:{HASH}(?:,{FILE_NAME.pattern}:{HASH})*)?"
MOMENT = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{6}\+00:00")
ESCAPES = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}

Numbers = list[Optional[int]]
Entry = tuple[str, int, str]


class Wrong(Exception):
    """Something does not verify: where, and what is wrong with it."""

    def __init__(self, place: str, text: str) -> None:
        super().__init__(place, text)
        self.place, self.text = place, text


class Missing(Wrong):
    """A file is not there."""

    def __init__(self, place: str) -> None:
        super().__init__(place, "is missing")


class Skipped(Wrong):
    """A file cannot be checked, since another one is wrong or missing."""


class Unusable(Exception):
    """Nothing can be said: what was asked for makes no sense, or cannot be read at all."""


class Report:
    """What was found, as it is found; and what could not be checked."""

    def __init__(self) -> None:
        self.findings = 0
        self.unchecked: dict[str, None] = {}  # why signatures were not
        self.left: set[str] = set()  # files that were not checked, or are not there
        self.beyond: dict[str, int] = {}  # kinds of files that are out of reach, and how many
        self.ignored: dict[str, None] = {}  # names of signers that are nobody's here

    def say(self, text: str) -> None:
        print(text, flush=True)

    def found(self, place: str, text: str) -> None:
        self.findings += 1
        if self.findings <= SHOWN:
            self.say(shown(f"WRONG  {place}: {text}"[:WORDS]))

    def differs(self, place: str, says: object, expected: object) -> None:
        if says != expected:
            self.found(place, f"says {quoted(says)}, expected {quoted(expected)}")

    def leave(self, what: str, place: str, text: str) -> None:
        """Of a file in reach: it is NOT CHECKED, or NOT THERE."""
        if place in self.left:
            return
        self.left.add(place)
        if len(self.left) <= SHOWN:
            self.say(shown(f"{what}  {place}: {text}"[:WORDS]))

    def absent(self, place: str, text: str = "is missing") -> None:
        self.leave("NOT THERE", place, text)

    def skip(self, place: str, text: str) -> None:
        self.leave("NOT CHECKED", place, text)

    def out_of_reach(self, kind: str, files: int = 0) -> None:
        self.beyond[kind] = self.beyond.get(kind, 0) + files

    @contextmanager
    def naming(self, *, needed: bool = True) -> Iterator[None]:
        """What is wrong inside becomes a finding, and the rest goes on; ``needed``: so is a file
        that is missing.
        """
        try:
            yield
        except Missing as missing:
            (self.found if needed else self.absent)(missing.place, missing.text)
        except Skipped as skipped:
            self.skip(skipped.place, skipped.text)
        except Wrong as wrong:
            self.found(wrong.place, wrong.text)

    def end(self) -> int:
        if self.findings > SHOWN:
            self.say(f"and {self.findings - SHOWN} more that are not printed")
        for reason in self.unchecked:
            self.say(shown(f"signature NOT checked: {reason}"))
        for name in self.ignored:
            self.say(shown(f"note: a signature of {quoted(name)} was ignored"))
        for kind, files in self.beyond.items():
            self.say(shown(f"out of reach: {f'{files} ' if files else ''}{kind}"))
        if self.findings:
            self.say(f"FAILED: {self.findings} thing(s) wrong")
            return 1
        said = [f"{len(self.left)} file(s) were NOT checked or are NOT THERE"] if self.left else []
        said += ["the signature was NOT checked"] if self.unchecked else []
        self.say(f"OK, but {' and '.join(said)}" if said else "OK")
        return 3 if said else 0


def shown(text: str) -> str:
    """Text of a stranger as it can be printed: nothing that drives a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def quoted(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return f'"{text}"' if len(text) <= 200 else f'"{text[:200]}..."'


# --- Reading: an address, or a folder of a mirror ---------------------------------------------


class Source:
    """Where the files are: ``/data/E/...`` under an address, or in a folder (there also .gz)."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self.web = base.startswith(("http://", "https://"))
        self.opened: set[str] = set()  # everything that somebody read, to its end or not
        if not self.web and not Path(base, "data").is_dir():
            raise Unusable(f"{base} is no http(s) address and no folder with data/ in it")

    def open(self, path: str) -> BinaryIO:
        self.opened.add(path)
        return fetch(self.base + urllib.parse.quote(path)) if self.web else self._file(path)

    def has(self, path: str) -> bool:
        if not self.web:
            return any(Path(self.base + path + end).is_file() for end in ("", ".gz"))
        try:
            self.open(path).close()
        except Missing:
            return False
        return True

    def _file(self, path: str) -> BinaryIO:
        plain, packed = Path(self.base + path), Path(self.base + path + ".gz")
        try:
            if plain.is_file() and packed.is_file():
                same_content(plain, packed, path)
            if plain.is_file():
                return plain.open("rb")
            return gzip.open(packed, "rb")  # type: ignore[return-value]  # reads like a file
        except FileNotFoundError:
            raise Missing(path) from None
        except READING as error:
            raise Wrong(path, f"cannot be read: {error}") from None

    def read(self, path: str, limit: int = LARGE) -> bytes:
        """The whole file. Raises Wrong when it is missing, cut off or larger than ``limit``."""
        body = start_of(self.open(path), limit + 1, path)
        if len(body) > limit:
            raise Wrong(path, f"is larger than {limit} bytes")
        return body

    def lines(self, path: str, limit: int) -> Iterator[bytes]:
        """Line by line, without their LF."""
        with self.open(path) as stream:
            number = 0
            while True:
                number += 1
                try:
                    line = stream.readline(limit)
                except READING as error:
                    raise Wrong(path, f"cannot be read beyond line {number}: {error}") from None
                if not line:
                    return
                if not line.endswith(b"\n"):
                    long = len(line) >= limit
                    why = f"is longer than {limit} bytes" if long else "has no LF: it is cut off"
                    raise Wrong(path, f"line {number} {why}")
                yield line[:-1]


def start_of(stream: BinaryIO, size: int, place: str) -> bytes:
    """The first ``size`` bytes, and the stream is closed. Raises Wrong."""
    with stream:
        try:
            return stream.read(size)
        except READING as error:
            raise Wrong(place, f"cannot be read to its end: {error}") from None


class SameOrigin(urllib.request.HTTPRedirectHandler):
    """Whoever was asked may lead elsewhere on the same host, and to nobody else."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        if origin_of(newurl) != origin_of(req.full_url):
            raise Unusable(f"{req.full_url} leads away to {newurl}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def origin_of(address: str) -> tuple[str, str | None, int | None]:
    parts = urllib.parse.urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


OPENER = urllib.request.build_opener(SameOrigin)


def fetch(address: str) -> BinaryIO:
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})  # noqa: S310  # http(s) alone
    try:
        answer: Any = OPENER.open(request, timeout=60)
    except urllib.error.HTTPError as error:
        if error.code in (404, 410):
            raise Missing(address) from None
        raise Unusable(f"{address} answers with status {error.code}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unusable(f"{address} cannot be reached: {error}") from None
    packed = answer.headers.get("Content-Encoding") == "gzip"
    stream: Any = gzip.GzipFile(fileobj=answer) if packed else answer
    return stream  # type: ignore[no-any-return]  # both read like a file


def same_content(plain: Path, packed: Path, path: str) -> None:
    """A mirror that holds both gives some readers the one and some the other."""
    with plain.open("rb") as first, gzip.open(packed, "rb") as second:
        while True:
            block = first.read(1 << 20)
            if block != second.read(1 << 20):
                raise Wrong(path, "and the same file with .gz are not the same")
            if not block:
                return


# --- Words and bytes --------------------------------------------------------------------------


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def utf8(data: bytes, place: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Wrong(place, f"is not UTF-8 at byte {error.start}") from None


def plain_text(field_: str) -> str:
    """A text field as it was before it was written into a record."""
    return re.sub(r"\\[\\tnr]", lambda m: ESCAPES[m[0]], field_) if "\\" in field_ else field_


def whole(digits: str) -> int:
    if len(digits) > 18:
        raise ValueError("a number of more than 18 digits")
    return int(digits)


def refused(digits: str) -> Any:
    raise ValueError(f"{digits} is no whole number")


def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


#: JSON of whole numbers, no key twice.
STRICT = json.JSONDecoder(
    object_pairs_hook=made, parse_int=whole, parse_float=refused, parse_constant=refused
)
NO_JSON = "is no JSON as the specification has it"


def from_json(data: bytes, place: str) -> Any:
    try:
        return STRICT.decode(utf8(data, place))
    except (ValueError, RecursionError) as error:
        raise Wrong(place, f"{NO_JSON}: {error}") from None


class Walk:
    """JSON read piece by piece, so that a large file is never in memory as a whole. Whoever walks
    reads every member and item, in their order.
    """

    def __init__(self, stream: BinaryIO, place: str) -> None:
        self.stream, self.place = stream, place
        self.text, self.at, self.ended = "", 0, False
        self.bytes = codecs.getincrementaldecoder("utf-8")()

    def members(self) -> Iterator[str]:
        """The key of each member; its value is to be read before the next."""
        seen = set()
        for _ in self._between("{", "}"):
            key = self.value()
            if not isinstance(key, str) or key in seen:
                raise Wrong(self.place, f"{NO_JSON}: a key stands twice, or is no text")
            seen.add(key)
            self._take(":")
            yield key

    def items(self) -> Iterator[None]:
        """Once for each item of a list, which is to be read before the next."""
        return self._between("[", "]")

    def values(self) -> Iterator[Any]:
        """Each item of a list, whole."""
        for _ in self.items():
            yield self.value()

    def value(self) -> Any:
        self._peek()
        while True:
            try:
                value, end = STRICT.raw_decode(self.text, self.at)
                if end < len(self.text) or not self._more():
                    self.at = end
                    return value
            except json.JSONDecodeError as error:
                if not self._more():
                    raise Wrong(self.place, f"{NO_JSON}: {error.msg}") from None
            except (ValueError, RecursionError) as error:
                raise Wrong(self.place, f"{NO_JSON}: {error}") from None
            if len(self.text) - self.at > MANIFEST:
                raise Wrong(self.place, f"holds a value of more than {MANIFEST} characters")

    def end(self) -> None:
        if self._peek():
            raise Wrong(self.place, f"{NO_JSON}: more comes after its end")

    def _between(self, first: str, last: str) -> Iterator[None]:
        self._take(first)
        if self._peek() != last:
            yield
            while self._peek() == ",":
                self._take(",")
                yield
        self._take(last)

    def _take(self, character: str) -> None:
        if self._peek() != character:
            raise Wrong(self.place, f"{NO_JSON}: {character} is expected")
        self.at += 1

    def _peek(self) -> str:
        """The next character that is no space; none at the end."""
        while True:
            while self.at < len(self.text):
                if self.text[self.at] not in " \t\n\r":
                    return self.text[self.at]
                self.at += 1
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Whether there was more to read; as much again as is waiting, so that it stays linear."""
        if self.ended:
            return False
        try:
            data = self.stream.read(max(1 << 16, len(self.text) - self.at))
            more = self.bytes.decode(data, not data)
        except UnicodeDecodeError:
            raise Wrong(self.place, "is not UTF-8") from None
        except READING as error:
            raise Wrong(self.place, f"cannot be read to its end: {error}") from None
        self.ended = not data
        self.text, self.at = self.text[self.at :] + more, 0
        return not self.ended


def canonical_json(data: bytes, place: str) -> Any:
    value = from_json(data, place)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if text.encode("utf-8", "surrogatepass") != data:
        raise Wrong(place, "is not canonical JSON")
    return value


def matching(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    return type(value) is int and value >= 0


def is_list(value: Any) -> bool:
    return isinstance(value, list)


def is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_text, value))


is_code, is_hash = matching(CODE), matching(HASH)
is_sums = matching(rf"(?:{NUMBER}|)(?:,(?:{NUMBER}|))*")


def checked(value: Any, fields: dict[str, Callable[[Any], bool]], place: str) -> dict[str, Any]:
    """An object with exactly these fields, each of its kind."""
    if not isinstance(value, dict):
        raise Wrong(place, "is no JSON object")
    for name in sorted(fields.keys() ^ value.keys()):
        raise Wrong(place, f"{'misses' if name in fields else 'has the unknown'} field {name}")
    for name, good in fields.items():
        if not good(value[name]):
            raise Wrong(place, f"field {name} is malformed: {quoted(value[name])}")
    return value


class Free:
    """In the place of a value that no record says: what may stand there."""

    def __init__(self, good: Callable[[Any], bool]) -> None:
        self.good = good


def same(said: Any, expected: Any, place: str) -> None:
    """Raises Wrong where a value is not the expected one: neither more nor less, in its order."""
    if isinstance(expected, Free):
        if not expected.good(said):
            raise Wrong(place, f"says {quoted(said)}")
    elif isinstance(expected, dict) and isinstance(said, dict):
        same_members(said, expected, place)
    elif isinstance(expected, list) and isinstance(said, list) and len(said) == len(expected):
        for number, (one, other) in enumerate(zip(said, expected), 1):
            same(one, other, f"{place}, item {number}")
    elif type(said) is not type(expected) or said != expected:
        raise Wrong(place, f"says {quoted(said)}, expected {quoted(expected)}")


def same_members(said: dict[str, Any], expected: dict[str, Any], place: str) -> None:
    if list(said) != list(expected):
        text = f"has the members {quoted(list(said))}, expected {quoted(list(expected))}"
        raise Wrong(place, text)
    for key, value in expected.items():
        same(said[key], value, f"{place}: {key}")


# --- The log, its checkpoints and keys --------------------------------------------------------


class Log:
    """The leaves' Merkle tree (RFC 6962): its root at every size."""

    def __init__(self) -> None:
        self.roots: list[bytes] = []
        self.leaves: list[bytes] = []  # their hashes
        self._full: list[tuple[int, bytes]] = []  # whole subtrees, the widest first

    def append(self, leaf: bytes) -> None:
        width, top = 1, hashlib.sha256(b"\x00" + leaf).digest()
        self.leaves.append(top)
        while self._full and self._full[-1][0] == width:
            top = hashlib.sha256(b"\x01" + self._full.pop()[1] + top).digest()
            width *= 2
        self._full.append((width, top))
        root = top
        for _width, left in reversed(self._full[:-1]):
            root = hashlib.sha256(b"\x01" + left + root).digest()
        self.roots.append(root)


@dataclass(frozen=True)
class Key:
    name: str
    id: bytes
    public: bytes

    def signed(self, text: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Checkpoint:
    place: str
    text: bytes
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes]]
    others: list[str]  # names on further lines, which prove nothing here


def unbase64(text: str, size: int, place: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(place, f"{quoted(text)} is no base64") from None
    if len(data) != size or base64.b64encode(data).decode() != text:
        raise Wrong(place, f"{quoted(text)} is no base64 of {size} bytes")
    return data


def key_id(name: str, data: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]


def key_of(line: str, place: str) -> Key:
    parts = line.split("+", 2)  # base64 may hold a + too
    if len(parts) != 3 or not parts[0] or re.search(r"\s", parts[0]):
        raise Wrong(place, f"{quoted(line)} is no key: origin+hash+base64")
    data = unbase64(parts[2], 33, place)
    if data[0] != 1 or key_id(parts[0], data).hex() != parts[1]:
        raise Wrong(place, f"the key {quoted(line)} does not have the hash it names")
    return Key(parts[0], key_id(parts[0], data), data[1:])


def keys_given(word: str) -> list[Key]:
    """The keys from elsewhere: one as a text, or a file of some. Raises Unusable."""
    try:
        lines = [word]
        if not KEY_TEXT.fullmatch(word):
            lines = Path(word).read_text("utf-8").splitlines()
        return [key_of(line, f"--key {word}") for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise Unusable(f"--key {word} is no key and no file of keys: {error}") from None
    except Wrong as wrong:
        raise Unusable(f"{wrong.place}: {wrong.text}") from None


def checkpoint_of(body: bytes, place: str) -> Checkpoint:
    parts = utf8(body, place).split("\n\n")
    text = parts[0].split("\n")
    if len(parts) != 2 or len(text) != 3 or not parts[1].endswith("\n"):
        raise Wrong(place, "is no checkpoint: three lines, an empty one, then signatures")
    if not text[0] or "+" in text[0] or re.search(r"\s", text[0]):
        raise Wrong(place, f"has a malformed origin {quoted(text[0])}")
    if not re.fullmatch(NUMBER, text[1]) or text[1] == "0":
        raise Wrong(place, f"has a malformed size {quoted(text[1])}")
    signatures, others = [], []
    for line in parts[1][:-1].split("\n"):
        words = line.split(" ")
        if len(words) != 3 or words[0] != "—" or not words[1]:
            raise Wrong(place, f"has a malformed signature line {quoted(line)}")
        if words[1] in (text[0], text[0] + "/certified"):
            signatures.append((words[1], unbase64(words[2], 68, place)))
        else:
            others.append(words[1])
    names = [name for name, _blob in signatures]
    if len(set(signatures)) < len(names) or names[:1] not in ([], [text[0]]):
        raise Wrong(place, "has a signature twice, or another one before that of its origin")
    root, body = unbase64(text[2], 32, place), (parts[0] + "\n").encode()
    return Checkpoint(place, body, text[0], int(text[1]), root, signatures, others)


@dataclass
class Keys:
    """What signatures are checked with: keys from elsewhere, or else the server's own."""

    known: list[Key]
    served: list[Key] = field(default_factory=list)
    good: int = 0

    def check(self, point: Checkpoint, report: Report, *, certified: bool = False) -> None:
        """Finds a wrong signature, a missing one, and one of nobody whose key is given."""
        report.ignored.update(dict.fromkeys(point.others))
        if not self.known:
            return
        names = {key.name for key in self.known}
        if point.origin not in names:
            text = f"its origin is {quoted(point.origin)}, the keys' are {quoted(sorted(names))}"
            report.found(point.place, text)
            return
        wanted = [point.origin]
        if certified and point.origin + "/certified" in names:
            wanted.append(point.origin + "/certified")
        by = self._signers(point, report)
        for name in wanted:
            if name not in by:
                report.found(point.place, f"bears no signature of {name} by a key that is known")

    def check_files(
        self, origin: str, text: bytes, signatures: list[bytes], place: str, report: Report
    ) -> None:
        """A list of files is signed by the same keys, under a name that signs no checkpoint."""
        name, by = f"{origin}/files", False
        for key in dict.fromkeys([*self.known, *self.served]) if self.known else ():
            own = Key(name, key_id(name, b"\1" + key.public), key.public)
            for signature in signatures if key.name == origin else ():
                if signature[:4] != own.id:
                    continue
                by |= key in self.known
                if CAN_CHECK and not own.signed(text, signature[4:]):
                    report.found(place, f"the signature of {name} is wrong")
        if self.known and not by:
            report.found(place, f"bears no signature of {name} by a key that is known")

    def _signers(self, point: Checkpoint, report: Report) -> set[str]:
        """Names of the known keys whose signature stands there, right or wrong."""
        by = set()
        for name, signature in point.signatures:
            for key in dict.fromkeys([*self.known, *self.served]):
                if (key.name, key.id) != (name, signature[:4]):
                    continue
                if key in self.known:
                    by.add(name)
                if CAN_CHECK and not key.signed(point.text, signature[4:]):
                    report.found(point.place, f"the signature of {name} is wrong")
                elif CAN_CHECK:
                    self.good += 1
        return by


# --- The election: manifests and their log ----------------------------------------------------

CONTEST = {"contest": is_code, "form": is_hash, "root": is_hash, "sums": is_sums}
MANIFEST_FIELDS = {
    "contests": is_list,
    "decision": is_text,
    "election": is_text,
    "format": matching("hashvark manifest v2"),
    "note": is_text,
    "number": is_number,
    "published_at": lambda v: isinstance(v, str) and MOMENT.fullmatch(v) is not None,
    "seal": lambda v: v is None or isinstance(v, dict),
    "status": is_text,
}  # type: dict[str, Callable[[Any], bool]]


def is_files(value: Any) -> bool:
    """Hashes of documents by their names, at least one."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(FILE_NAME.fullmatch(name) and is_hash(digest) for name, digest in value.items())
    )


def checked_manifest(body: Any, place: str) -> dict[str, Any]:
    there = ("files", "further") if isinstance(body, dict) else ()  # said where there are any
    more = {name: is_files for name in there if name in body}
    return checked(body, {**MANIFEST_FIELDS, **more}, place)


def manifest_of(data: bytes, place: str, election: str, number: int) -> dict[str, Any]:
    manifest = checked_manifest(canonical_json(data, place), place)
    if manifest["number"] != number:
        raise Wrong(place, f"field number is {manifest['number']}, expected {number}")
    if manifest["election"] != election:
        raise Wrong(place, f"field election is {quoted(manifest['election'])}")
    if manifest["seal"] is not None:
        checked(manifest["seal"], {"hash": is_hash, "number": is_number}, f"{place}: seal")
    last = ""
    for contest in manifest["contests"]:
        fields = dict(CONTEST)
        if isinstance(contest, dict) and "turnout" in contest:  # where stations reported any
            fields["turnout"] = is_hash
        code = checked(contest, fields, f"{place}: contests")["contest"]
        if code <= last:
            raise Wrong(place, f"contest {code} is not in the order of codes, or twice")
        if not ADDRESSABLE.fullmatch(code):
            raise Wrong(place, f"contest {quoted(code)} cannot stand in an address")
        last = code
    return manifest


@dataclass
class Election:
    """One election at one address: its log, and the manifests that are asked for."""

    source: Source
    code: str
    log: Log = field(default_factory=Log)
    statuses: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    signers: list[tuple[str, bytes]] = field(default_factory=list)
    manifests: dict[int, dict[str, Any]] = field(default_factory=dict)
    #: What was checked so far: contests by publication, the records of each that came last, and
    #: the units whose proofs were.
    ledgers: dict[tuple[int, str], Ledger] = field(default_factory=dict)
    words: dict[str, Any] = field(default_factory=dict)  # of the newest JSON, without its areas
    listed: dict[str, str] = field(default_factory=dict)  # hashes by path, of the newest list
    further: set[bytes] = field(default_factory=set)  # digests of files that manifests bind
    named: set[bytes] = field(default_factory=set)  # of those that records bind,
    seen: set[bytes] = field(default_factory=set)  # and of these the ones that are here
    keys: Keys = field(default_factory=lambda: Keys([]))
    before: dict[str, tuple[int, Ledger]] = field(default_factory=dict)
    proved: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)
    judges: dict[tuple[int, str], Ledger] = field(default_factory=dict)

    def path(self, name: str) -> str:
        return f"/data/{self.code}/{name}"

    def manifest(self, number: int, place: str) -> dict[str, Any]:
        """What a file at this place is held against. Raises Skipped."""
        if number not in self.manifests:
            raise Skipped(place, f"the manifest of publication {number} is wrong or missing")
        return self.manifests[number]

    def judge(self, number: int, contest: dict[str, Any], report: Report) -> Ledger:
        """What knows how records of a contest look; the same for all of its proofs."""
        key = number, contest["contest"]
        if key not in self.judges:
            form = form_in(self, number, contest, report)
            self.judges[key] = Ledger(contest["contest"], form, "", report, number)
        return self.judges[key]

    def checkpoint(self, name: str = "checkpoint") -> Checkpoint:
        return checkpoint_of(self.source.read(self.path(name), SMALL), self.path(name))

    def read_log(self, wanted: Callable[[int], bool], report: Report) -> None:
        """Every manifest becomes a leaf, whatever is wrong with it; the wanted ones are kept."""
        path, last = self.path("manifests.jsonl"), None
        with report.naming():
            for number, line in enumerate(self.source.lines(path, MANIFEST), 1):
                if number > PUBLICATIONS:
                    raise Wrong(path, f"has more than {PUBLICATIONS} lines")
                self.log.append(line)
                self.hashes.append(sha(line))
                self.statuses.append("")
                before, last = last, None
                with report.naming():
                    place = f"{path}: line {number}"
                    manifest = manifest_of(line, place, self.code, number)
                    self.statuses[-1] = manifest["status"]
                    last = manifest
                    if before is not None:
                        check_order(before, manifest, place, report)
                    if wanted(number):
                        self.manifests[number] = manifest
        if last is not None:
            self.manifests[last["number"]] = last

    @property
    def size(self) -> int:
        return len(self.log.roots)


def check_order(
    before: dict[str, Any], manifest: dict[str, Any], place: str, report: Report
) -> None:
    """Times and seals never go back from one publication to the next, and no contest goes away."""
    if manifest["published_at"] < before["published_at"]:
        text = f"says {manifest['published_at']}, which is before the publication before it"
        report.found(f"{place}: published_at", f"{text}: {before['published_at']}")
    old, new = before["seal"], manifest["seal"]
    if old and new != old and (not new or new["number"] <= old["number"]):
        report.found(f"{place}: seal", f"says {quoted(new)}, after {quoted(old)}")
    codes = {contest["contest"] for contest in manifest["contests"]}
    for contest in before["contests"]:
        if contest["contest"] not in codes:
            report.found(f"{place}: contest {contest['contest']}", "is not there any more")


def read_election(
    source: Source, code: str, wanted: Callable[[int], bool], report: Report
) -> tuple[Election, Checkpoint | None]:
    """The latest checkpoint, then the log."""
    election, point = Election(source, code), None
    with report.naming():
        point = election.checkpoint()
    election.read_log(wanted, report)
    if source.web and point is not None and point.size < election.size:
        with report.naming():  # something may have been published between the two requests
            point = election.checkpoint(f"{election.size}/checkpoint")
    return election, point


def check_log(election: Election, point: Checkpoint | None, keys: Keys, report: Report) -> None:
    """The latest checkpoint, and that of each publication, sign this log at their size."""
    before = report.findings
    if point is not None:
        if point.size != election.size:
            text = f"has {election.size} lines, {point.place} says {point.size} publications"
            report.found(election.path("manifests.jsonl"), text)
        check_root(point, election, keys, report)
    last = election.size if point is None else min(election.size, point.size)
    for number in range(1, last + 1):
        with report.naming():
            each = election.checkpoint(f"{number}/checkpoint")
            if each.size != number:
                report.found(each.place, f"has size {each.size}, expected {number}")
            if point is not None and number == point.size and not same_point(each, point, election):
                report.found(each.place, f"is not the same as {point.place}")
            check_root(each, election, keys, report)
            election.signers += [(name, signature[:4]) for name, signature in each.signatures]
        with report.naming():
            path = election.path(f"{number}/manifest.json")
            if sha(election.source.read(path, MANIFEST)) != election.hashes[number - 1]:
                report.found(path, f"is not line {number} of manifests.jsonl")
    if report.findings == before:
        check_served(election, keys, report)
    report.say(
        f"log: {election.size} manifests, root recomputed at {last} checkpoints, "
        f"{keys.good} signatures checked"
    )


def same_point(one: Checkpoint, other: Checkpoint, election: Election) -> bool:
    """Over an address a second signature may come between two requests."""
    if election.source.web:
        return one.text == other.text
    return (one.text, one.signatures, one.others) == (other.text, other.signatures, other.others)


def check_root(point: Checkpoint, election: Election, keys: Keys, report: Report) -> None:
    inside = point.size <= election.size
    certified = inside and election.statuses[point.size - 1] == "certified"
    keys.check(point, report, certified=certified)
    if not inside:
        text = f"is of size {point.size}, but the log here has only {election.size} manifests"
        report.found(point.place, text)
    elif point.root != election.log.roots[point.size - 1]:
        found = base64.b64encode(election.log.roots[point.size - 1]).decode()
        said = base64.b64encode(point.root).decode()
        text = f"root of the log at size {point.size} is {found}, the checkpoint says {said}"
        report.found(point.place, text)


def compare(
    address: str, election: Election, point: Checkpoint | None, keys: Keys, report: Report
) -> None:
    """A mirror shows the same log, or an earlier or later state of it: else a split view."""
    if point is None:
        raise Wrong(address, "cannot be compared: there is no checkpoint here to compare it with")
    other = Election(Source(address), election.code)
    body = other.source.read(other.path("checkpoint"), SMALL)
    theirs = checkpoint_of(body, f"checkpoint of {address}")
    keys.check(theirs, report)
    size, mine = min(theirs.size, point.size), point.root
    root = theirs.root
    if theirs.size < point.size:
        if size > election.size:
            raise Wrong(address, f"cannot be compared: the log here has {election.size} manifests")
        mine = election.log.roots[size - 1]
    elif theirs.size > point.size:
        other.read_log(lambda number: False, report)
        if other.size < theirs.size or other.log.roots[theirs.size - 1] != theirs.root:
            raise Wrong(address, "its log does not have the root of its own checkpoint")
        root = other.log.roots[size - 1]
    if mine == root:
        report.say(shown(f"mirror {address}: the same log up to publication {size}"))
        return
    report.found(address, f"SPLIT VIEW: another log than {election.source.base} at size {size}")
    for each, where in ((point, election.source.base), (theirs, address)):
        report.say(shown(f"checkpoint of {where}:"))
        report.say("\n".join("    " + shown(x) for x in each.text.decode().splitlines()))


# --- The form ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Relation:
    code: str
    left: list[int]
    operator: str
    right: list[int]
    allowed: Fraction
    percent: bool

    def holds(self, figures: Numbers) -> bool | None:
        """None: a side has lines and all of them are blank, so it is not evaluated."""
        left, right = total(figures, self.left), total(figures, self.right)
        if left is None or right is None:
            return None
        missed = left - right if self.operator == "<=" else right - left
        if self.operator == "==":
            missed = abs(missed)
        if self.percent:
            missed, right = missed * 100 * self.allowed.denominator, self.allowed.numerator * right
            return missed <= right
        return missed * self.allowed.denominator <= self.allowed.numerator


@dataclass(frozen=True)
class Form:
    body: dict[str, Any]
    lines: list[dict[str, Any]]
    relations: list[Relation]

    def role(self, name: str) -> list[int]:
        """Positions of the lines with this role."""
        return [i for i, line in enumerate(self.lines, 1) if line.get("role") == name]

    def of(self, name: str, figures: Numbers) -> int | None:
        """What the lines with this role say; None when they are blank, or there are none."""
        at = self.role(name)
        return total(figures, at) if at else None

    def valid(self, figures: Numbers) -> int | None:
        return self.of("valid" if self.role("valid") else "votes", figures)

    def votes(self, figures: Numbers) -> dict[int, int | None]:
        """By ballot number, in the order of the paper."""
        pairs = zip(self.lines, figures)
        return {x["candidate"]: f for x, f in pairs if x.get("candidate") is not None}


def total(figures: Numbers, positions: list[int]) -> int | None:
    """The lines at these positions (from 1) added up; None when there are some and all blank."""
    filled = [figure for p in positions if (figure := figures[p - 1]) is not None]
    return sum(filled) if filled or not positions else None


def form_of(data: bytes, place: str) -> Form:
    body = canonical_json(data, place)
    lines: Any
    checks: Any
    lines, checks = (body.get(k) if isinstance(body, dict) else None for k in ("lines", "checks"))
    for part in (lines, checks):
        if not isinstance(part, list) or not all(isinstance(each, dict) for each in part):
            raise Wrong(place, "has no lists of objects named lines and checks")
        if len(part) > WIDTH:
            raise Wrong(place, f"has more than {WIDTH} lines or checks")
    if not lines or any("key" not in line for line in lines):
        raise Wrong(place, "has no lines, or a line without its key")
    if not all(is_texts(line.get("scope", [])) for line in lines):
        raise Wrong(place, "has a line with a scope that is no list of codes")
    relations = [relation_of(check, len(lines), place) for check in checks]
    return Form(body, lines, relations)


def relation_of(check: dict[str, Any], lines: int, place: str) -> Relation:
    place = f"{place}: check {check.get('code')}"
    for side in (check.get("left"), check.get("right")):
        if not isinstance(side, list) or any(not is_number(p) or not 1 <= p <= lines for p in side):
            raise Wrong(place, f"positions {quoted(side)} are not those of lines")
    operator, percent = check.get("operator"), check.get("percent", False)
    tolerance = str(check.get("tolerance", "0"))
    if operator not in ("==", ">=", "<=") or not isinstance(percent, bool):
        raise Wrong(place, f"operator {quoted(operator)} or percent {quoted(percent)} is unknown")
    if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18})?", tolerance):
        raise Wrong(place, f"tolerance {quoted(tolerance)} is malformed")
    allowed = Fraction(tolerance)
    code = str(check.get("code"))
    return Relation(code, check["left"], operator, check["right"], allowed, percent)


# --- Records and the sum tree -----------------------------------------------------------------


def list_of(item: str, count: int) -> str:
    return rf"(?:{item})(?:,(?:{item})){{{count - 1}}}" if count else ""


class Records:
    """How the records of one contest look: their fields by name, each with its pattern."""

    def __init__(self, contest: str, form: Form, number: int) -> None:
        n, m = len(form.lines), len(form.relations)
        own, self.contest, self.number = re.escape(contest), contest, number
        sums = list_of(rf"{NUMBER}|", COUNTS + n)
        self.lines = n
        self.fields: dict[str, dict[str, str]] = {
            STATION: {
                "format": STATION, "contest": own, "station": CODE, "name": TEXT, "area": CODE,
                "status": "|".join(["not counted", *PROTOCOL, *DECIDED]), "version": rf"{NUMBER}|",
                "reason": TEXT, "decision": TEXT, "explanations": rf"{HASH}|",
                "scans": NAMED, "registered": rf"{NUMBER}|",
                "figures": rf"{list_of(rf'{NUMBER}|-|', n)}|",
                "broken": list_of("[01]", m), "evaluated": list_of("[01]", m),
                "since": SINCE, "continues": TEXT, "files": NAMED,
            },
            AREA: {
                "format": AREA, "contest": own, "area": CODE, "name": TEXT,
                "parent": rf"(?:{CODE})?",
                "status": "|".join(["not counted", "partial", *PROTOCOL, *DECIDED]),
                "sums": sums,
                "filled": list_of(NUMBER, n), "broken": list_of(NUMBER, m),
                "evaluated": list_of(NUMBER, m), "children": NUMBER, "root": HASH,
                "since": SINCE,
            },
        }  # fmt: skip
        self._whole = {
            kind: re.compile("\t".join(f"(?:{pattern})" for pattern in fields.values()))
            for kind, fields in self.fields.items()
        }

    def parse(self, line: str, place: str) -> list[str]:
        """The fields of a record. Raises Wrong with the name of the one that is malformed."""
        values = line.split("\t")
        known = self.fields.get(values[0])
        if known is None:
            raise Wrong(place, f"is no record: it begins with {quoted(values[0])}")
        kind = values[0].split()[1]
        place += f" ({kind} {values[2] if len(values) > 2 else '?'})"
        if len(values) != len(known):
            raise Wrong(place, f"has {len(values)} fields, expected {len(known)}")
        if not self._whole[values[0]].fullmatch(line):
            for value, (name, pattern) in zip(values, known.items()):
                if not re.fullmatch(pattern, value):
                    raise Wrong(place, f"field {name} is malformed: {quoted(value)}")
        since = values[15 if kind == "station" else 12]
        if since and int(since) > self.number:
            raise Wrong(place, f"field since says {since}, which is no publication up to this one")
        if kind == "station":
            self._by_status(values, place)
            self._in_order(values, place)
        return values

    def _by_status(self, values: list[str], place: str) -> None:
        """A station that is counted or annulled has a protocol, with its version and figures; one
        that a decision leaves without has the decision, and one that is closed no voters.
        """
        needed = {"reason": 7, "decision": 8} if values[5] in DECIDED else {}
        if values[5] in PROTOCOL:
            needed = {"version": 6, "figures": 12} if self.lines > 1 else {"version": 6}
        for name, i in needed.items():
            if values[i] == "":
                raise Wrong(place, f"field {name} is empty, but the status is {values[5]}")
        none = {"explanations": 9, "figures": 12} if values[5] in DECIDED else {}
        if values[5] == "closed":
            none["registered"] = 11
        for name, i in none.items():
            if values[i]:
                raise Wrong(place, f"field {name} is {values[i]}, but the status is {values[5]}")

    def _in_order(self, values: list[str], place: str) -> None:
        """Names of files, and codes of the stations that one continues, each once."""
        for name, i in (("scans", 10), ("files", 17)):
            names = [item.split(":")[0] for item in values[i].split(",")]
            if values[i] and names != sorted(set(names)):
                raise Wrong(place, f"field {name} is not in the order of names, each once")
        codes = continued(values)
        right = all(re.fullmatch(CODE, code) for code in codes)
        if not right or codes != sorted(set(codes)):
            raise Wrong(place, f"field continues is malformed: {quoted(values[16])}")


def continued(values: list[str]) -> list[str]:
    """The codes of the stations that one continues."""
    return plain_text(values[16]).split("\n") if values[16] else []


def files_named(text: str) -> dict[str, str]:
    """Hashes by the names of a field of scans or further files."""
    return dict(item.split(":") for item in text.split(",")) if text else {}


@dataclass
class Below:
    """What was read so far of what lies directly below an area."""

    entries: list[Entry] = field(default_factory=list)
    last: str = ""
    last_area: str = ""
    added: list[list[int]] = field(default_factory=list)  # filled, broken, evaluated

    def add(self, entry: Entry, parts: list[list[int]]) -> None:
        self.entries.append(entry)
        if not self.added:
            self.added = [list(part) for part in parts]
            return
        for mine, part in zip(self.added, parts):
            for i, value in enumerate(part):
                mine[i] += value


def numbers(text: str) -> list[int]:
    return [int(item) for item in text.split(",")] if text else []


def figures_of(text: str) -> Numbers:
    return [int(item) if item and item != "-" else None for item in text.split(",")]


def added_up(texts: list[str]) -> str:
    """Lists added item by item: empty items add nothing; where all are empty, so is the sum."""
    sums = []
    for column in zip(*(text.split(",") for text in texts)):
        filled = [int(item) for item in column if item]
        sums.append(str(sum(filled)) if filled else "")
    return ",".join(sums)


def node(entries: list[str]) -> tuple[str, str]:
    """Hash and sums of a node; an entry is hash, TAB, sums, LF."""
    text = "hashvark node v1\n" + "".join(entries)
    return sha(text.encode()), added_up([entry[65:-1] for entry in entries])


def tree(entries: list[str]) -> tuple[str, str]:
    """Root and sums of the sum tree over the entries, in their order; there is at least one."""
    while True:
        nodes = [node(entries[i : i + FAN_OUT]) for i in range(0, len(entries), FAN_OUT)]
        if len(nodes) == 1:
            return nodes[0]
        entries = [f"{digest}\t{sums}\n" for digest, sums in nodes]


def contribution(values: list[str], lines: int) -> str:
    """What a station adds to the sums."""
    status, registered = values[5], values[11]
    is_ = [str(int(status == word)) for word in (*PROTOCOL, "no result")]
    counts = ",".join([str(int(status != "closed")), *is_, registered])
    if status == "counted":
        return f"{counts},{registered},{values[12].replace('-', '')}"
    where_counted = "0" if registered else ""
    return f"{counts},{where_counted}{',' * lines}"


def status_of(sums: str) -> str:
    """The status of an area with these sums."""
    stations, counted, annulled, without = (int(item or 0) for item in sums.split(",")[:4])
    done = counted + annulled + without
    if stations == 0:
        return "closed"
    if done < stations:
        return "partial" if done else "not counted"
    return "counted" if counted else "annulled" if annulled else "no result"


class Ledger:
    """The records of one contest, each folded into the area it lies in as it comes."""

    def __init__(self, contest: str, form: Form, path: str, report: Report, number: int) -> None:
        self.form, self.path, self.report = form, path, report
        self.records = Records(contest, form, number)
        self.stations: dict[str, bytes] = {}  # code: see `_station`
        self.places: dict[str, bytes] = {}  # areas with stations: a number of 4 bytes for each
        self.areas: dict[str, str] = {}  # code: record
        self.below: dict[str, Below] = {}
        self.head: tuple[str, str, str] | None = None  # code, hash, sums
        self.closed: set[str] = set()
        self.continued: dict[str, list[str]] = {}  # stations: those that they continue
        self.named: set[bytes] = set()  # digests of the files that records bind
        self.awaited = ""  # the area whose stations are being read
        self.explained: dict[str, str] = {}  # stations with reasons: the hash of these

    def read(self, lines: Iterable[bytes]) -> None:
        """Everything; what is wrong is found, and reading goes on where it can."""
        count = 0
        for count, line in enumerate(lines, 1):
            if count > RECORDS:
                raise Wrong(self.path, f"has more than {RECORDS} records")
            with self.report.naming():
                self._record(line, f"{self.path}: line {count}")
        for code, below in self.below.items():
            text = f"has {len(below.entries)} records below it, but none of its own"
            self.report.found(f"{self.path}: area {code}", text)
        for code, before in self.continued.items():
            for other in sorted(set(before) - self.closed):
                text = f"continues station {other}, which is not closed"
                self.report.found(f"{self.path}: station {code}", text)
        if self.head is None:
            raise Wrong(self.path, f"has no head: it ends at line {count}")

    def _record(self, line: bytes, place: str) -> None:
        text = utf8(line, place)
        if self.head is not None:
            raise Wrong(place, "comes after the record of the head")
        values = self.records.parse(text, place)
        self._in_order(values, f"{self.path}: {values[0].split()[1]} {values[2]}")
        if values[0] == STATION:
            self._station(values, sha(line), f"{self.path}: station {values[2]}")
        else:
            self._area(values, text, sha(line), f"{self.path}: area {values[2]}")

    def _in_order(self, values: list[str], place: str) -> None:
        """The stations of an area come together, and right before its own record."""
        here = values[4] if values[0] == STATION else values[2]
        if self.awaited not in ("", here):
            text = f"stands among the stations of area {self.awaited}, before the record of area "
            self.report.found(place, text + self.awaited)
        self.awaited = here if values[0] == STATION else ""

    def _station(self, values: list[str], digest: str, place: str) -> None:
        code = values[2]
        if code in self.stations:
            raise Wrong(place, "stands there twice")
        area = self.places.setdefault(values[4], len(self.places).to_bytes(4, "big"))
        # What a row of the CSV must say, the area, the whole record, the place alone.
        row = row_digest(csv_cells(values, self.form))
        here = row_digest(place_of(values))
        self.stations[code] = row + area + bytes.fromhex(digest)[:16] + here
        if values[9]:
            self.explained[code] = values[9]
        if values[5] == "closed":
            self.closed.add(code)
        if values[16]:
            self.continued[code] = continued(values)
        for name, hash_ in {**files_named(values[10]), **files_named(values[17])}.items():
            self.named.add(file_digest(hash_, name))
        self.relations(values, place)
        below = self._put(values[4], place)
        if code <= below.last:
            self.report.found(place, f"comes after station {below.last} of the same area")
        below.last = max(code, below.last)
        below.add(*self.added(values, digest))

    def added(self, values: list[str], digest: str) -> tuple[Entry, list[list[int]]]:
        """The entry of a unit in its area's tree; what it adds to filled, broken, evaluated."""
        if values[0] == AREA:
            parts = [numbers(values[i]) for i in (7, 8, 9)]
            return (values[2], 0, f"{digest}\t{values[6]}\n"), parts
        counted, n = values[5] == "counted", len(self.form.lines)
        figures = values[12].split(",") if values[12] else [""] * n
        filled = [int(counted and item not in ("", "-")) for item in figures]
        broken, evaluated = numbers(values[13]), numbers(values[14])
        if not counted:
            broken, evaluated = [0] * len(broken), [0] * len(evaluated)
        entry = f"{digest}\t{contribution(values, n)}\n"
        return (values[2], 1, entry), [filled, broken, evaluated]

    def lineage(self, area: str) -> list[str]:
        """The area and all above it, as far as the contest goes."""
        found: list[str] = []
        while area in self.areas and area not in found:
            found.append(area)
            area = self.areas[area].split("\t")[4]
        return found

    def relations(self, values: list[str], place: str) -> None:
        """Fields 14 and 15 say what the figures say; of a station without any, nothing."""
        if values[5] not in PROTOCOL:
            if values[12] or "1" in values[13] or "1" in values[14]:
                self.report.found(place, "has figures or relations, but is not counted")
            return
        figures = figures_of(values[12])
        pairs = zip(self.form.relations, numbers(values[13]), numbers(values[14]))
        for relation, broken, evaluated in pairs:
            holds = relation.holds(figures)
            for name, said, right in (
                ("broken", broken, int(holds is False)),
                ("evaluated", evaluated, int(holds is not None)),
            ):
                self.report.differs(f"{place}: {name}, relation {relation.code}", said, right)

    def _put(self, parent: str, place: str) -> Below:
        if parent in self.areas:
            raise Wrong(place, f"comes after the record of area {parent}, in which it lies")
        return self.below.setdefault(parent, Below())

    def _area(self, values: list[str], text: str, digest: str, place: str) -> None:
        code, parent, sums = values[2], values[4], values[6]
        if code in self.areas:
            raise Wrong(place, "stands there twice")
        self.areas[code] = text
        below = self.below.pop(code, None)
        if below is None:
            self.report.found(place, "children: nothing lies below it")
        else:
            self.sums(values, below, place)
        if not parent:
            self.head = code, digest, sums
            return
        above = self._put(parent, place)
        if code <= above.last_area:
            self.report.found(place, f"comes after area {above.last_area} of the same area")
        above.last_area = max(code, above.last_area)
        above.add(*self.added(values, digest))

    def sums(self, values: list[str], below: Below, place: str) -> None:
        root, sums = tree([entry for _code, _kind, entry in sorted(below.entries)])
        said = dict(zip(self.records.fields[AREA], values))
        filled, broken, evaluated = (",".join(map(str, part)) for part in below.added)
        lines = [f"line {line['key']}" for line in self.form.lines]
        relations = [f"relation {relation.code}" for relation in self.form.relations]
        for name, expected, items in (
            ("sums", sums, [*HEADS, *lines]), ("filled", filled, lines),
            ("broken", broken, relations), ("evaluated", evaluated, relations),
        ):  # fmt: skip
            for item, mine, theirs in zip(items, said[name].split(","), expected.split(",")):
                self.report.differs(f"{place}: {name}, {item}", mine, theirs)
        self.report.differs(f"{place}: status", said["status"], status_of(sums))
        self.report.differs(f"{place}: children", said["children"], str(len(below.entries)))
        self.report.differs(f"{place}: root", said["root"], root)


def place_of(values: list[str]) -> list[str]:
    """What a record says of the place: the area it lies in, its name, since when, what it was."""
    if values[0] == AREA:
        return [values[4], values[3], values[12], ""]
    return [values[4], values[3], values[15], values[16]]


def file_digest(hash_: str, name: str) -> bytes:
    return row_digest([hash_, name])


# --- The same for people and programs: CSV and JSON -------------------------------------------


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def csv_cells(values: list[str], form: Form) -> list[str]:
    """The cells that a row must hold, but for "unchanged_since", which no record says."""
    if values[0] == AREA:
        sums = values[6].split(",")
        state = [values[5], *sums[:3], "", "", ""]
        return ["area", values[2], safe(plain_text(values[3])), *state, *sums[COUNTS:]]
    expected = str(int(values[5] != "closed"))
    counted, annulled = (str(int(values[5] == s)) for s in PROTOCOL)
    texts = [safe(plain_text(values[i])) for i in (3, 7, 8)]
    figures = values[12].split(",") if values[12] else [""] * len(form.lines)
    state = [values[5], expected, counted, annulled, values[6], *texts[1:]]
    return ["station", values[2], texts[0], *state, *figures]


def row_digest(cells: list[str]) -> bytes:
    return hashlib.blake2b(repr(cells).encode("utf-8", "surrogatepass"), digest_size=16).digest()


CSV_HEADER = [
    "unit", "code", "name", "status", "unchanged_since", "stations_expected", "stations_reported",
    "stations_annulled", "version", "reason", "decision",
]  # fmt: skip


class Table:
    """The CSV of a contest, held against its ledger row by row."""

    def __init__(self, path: str, number: int, ledger: Ledger, report: Report) -> None:
        self.path, self.number, self.ledger, self.report = path, number, ledger, report
        self.columns = [*CSV_HEADER, *(str(line["key"]) for line in ledger.form.lines)]
        self.waiting = dict(ledger.stations)
        self.codes = {number: code for code, number in ledger.places.items()}
        self.ballot = Ballot(ledger)
        self.areas: set[str] = set()
        self.wrong: dict[str, list[str]] = {}  # stations whose rows differ
        self.notice: str | None = None
        self.width, self.last = len(self.columns), ""

    def read(self, lines: Iterable[bytes]) -> int:
        """How many rows there are."""
        texts = (utf8(line, self.path) + "\n" for line in lines)
        rows = csv.reader(texts, strict=True)
        count = 0
        try:
            for count, row in enumerate(rows):
                with self.report.naming():
                    self._row(count, row)
        except csv.Error as error:
            raise Wrong(self.path, f"row {count + 1} is no CSV: {error}") from None
        for code in self.waiting:
            self.report.found(f"{self.path}: station {code}", "has no row")
        return count

    def _row(self, number: int, row: list[str]) -> None:
        place = f"{self.path}: row {number + 1}"
        if number == 0:
            self.width = len(row)
            if row not in (self.columns, [*self.columns, "notice"]):
                raise Wrong(place, f"columns are {quoted(row)}, expected {quoted(self.columns)}")
            return
        if len(row) != self.width:
            raise Wrong(place, f"has {len(row)} cells, expected {self.width}")
        self.unit(row, f"{self.path}: {row[0]} {row[1]}")

    def unit(self, row: list[str], place: str) -> None:
        notice = row[len(self.columns)] if len(row) > len(self.columns) else ""
        if self.notice is None:
            self.notice = notice
        if notice != self.notice:
            self.report.differs(f"{place}: notice", notice, self.notice)
        if not re.fullmatch(NUMBER, row[4]) or not 1 <= int(row[4]) <= self.number:
            self.report.found(f"{place}: unchanged_since", f"says {quoted(row[4])}")
        cells = [*row[:4], *row[5 : len(self.columns)]]
        if row[0] == "area":
            cells[10:] = ["" if cell == "-" else cell for cell in cells[10:]]
            self._area(cells, place)
            return
        if row[0] != "station":
            raise Wrong(place, f"unit {quoted(row[0])} is unknown")
        self._station(cells, place)

    def _station(self, cells: list[str], place: str) -> None:
        code = cells[1]
        digest = self.waiting.pop(code, None)
        if digest is None:
            known = "has two rows" if code in self.ledger.stations else "is not in the ledger"
            raise Wrong(place, known)
        if code < self.last:
            self.report.found(place, f"comes after station {self.last}")
        self.last = code
        self.ballot.check(cells[10:], self.codes[digest[16:20]], place, self.report)
        if cells[3] not in PROTOCOL:
            # A dash is the ballot's, and the record does not say it.
            cells[10:] = ["" if cell == "-" else cell for cell in cells[10:]]
        if digest[:16] != row_digest(cells):
            self.wrong[code] = cells

    def _area(self, cells: list[str], place: str) -> None:
        record = self.ledger.areas.get(cells[1])
        if record is None or cells[1] in self.areas:
            raise Wrong(place, "has two rows" if record else "is not in the ledger")
        self.areas.add(cells[1])
        self.name(cells, csv_cells(record.split("\t"), self.ledger.form), place)

    def name(self, cells: list[str], expected: list[str], place: str) -> None:
        """Names each cell that is not as the record has it."""
        names = [*self.columns[:4], *self.columns[5:]]
        for column, cell, right in zip(names, cells, expected):
            self.report.differs(f"{place}: {column}", cell, right)

    def explain(self, lines: Iterable[bytes]) -> None:
        """Reads the ledger once more, to say in which cells the wrong rows differ."""
        for line in lines if self.wrong else ():
            values = line.decode("utf-8", "replace").split("\t")
            cells = self.wrong.get(values[2]) if len(values) == WIDE else None
            if cells and self.ledger.stations[values[2]][:16] == row_digest(
                right := csv_cells(values, self.ledger.form)
            ):
                del self.wrong[values[2]]
                self.name(cells, right, f"{self.path}: station {values[2]}")
        for code in self.wrong:
            self.report.found(f"{self.path}: station {code}", "is not as its record has it")


class Ballot:
    """On which ballots a line of the paper is, by its scope: areas, or everywhere."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.scopes = [set(line.get("scope", ())) for line in ledger.form.lines]
        self.everywhere = not any(self.scopes)
        self.known: dict[str, list[bool | None]] = {}

    def at_stations(self, area: str) -> list[bool | None]:
        """Of the stations directly in an area, for each line; None: its scope is not all here."""
        if area not in self.known:
            lineage = set(self.ledger.lineage(area))
            self.known[area] = [self._stands(scope, scope & lineage) for scope in self.scopes]
        return self.known[area]

    def in_area(self, area: str) -> list[bool | None]:
        """Of any station in an area."""
        lineage = set(self.ledger.lineage(area))
        return [
            self._stands(
                scope, scope & lineage or {x for x in scope if area in self.ledger.lineage(x)}
            )
            for scope in self.scopes
        ]

    def _stands(self, scope: set[str], found: set[str]) -> bool | None:
        return True if not scope or found else None if scope - self.ledger.areas.keys() else False

    def check(self, cells: list[str], area: str, place: str, report: Report) -> None:
        """A station's cells are dashes where the line is not on its ballot, and nowhere else."""
        if self.everywhere and "-" not in cells:
            return
        lines = zip(self.ledger.form.lines, self.at_stations(area), cells)
        for line, stands, cell in lines:
            if stands is not None and stands is (cell == "-"):
                text = f"says {quoted(cell)}, but the line {'is' if stands else 'is not'} on"
                report.found(f"{place}: {line['key']}", f"{text} the ballot there")


def words_of(sums: str, manifest: dict[str, Any], certified: bool) -> list[str]:
    """What a contest with these sums may be called: as the publication is, where it is alone. Of
    several each goes its own way: by its count or, once something was ``certified``, by decision.
    """
    if len(manifest["contests"]) == 1:
        return [manifest["status"]]
    counted = {"not counted": "pre-election", "partial": "unofficial-partial"}
    words = [counted.get(status_of(sums), "unofficial-complete")]
    words += ["certified", "correction"] if certified else []
    return words + (["recount"] if manifest["status"] == "recount" else [])


class Summary:
    """The JSON of a contest, held against the records of the areas. ``certified``: whether the log
    up to this publication has one that is certified.
    """

    def __init__(
        self, path: str, ledger: Ledger, manifest: dict[str, Any], certified: bool, report: Report
    ) -> None:
        self.path, self.ledger, self.manifest, self.report = path, ledger, manifest, report
        self.certified, self.ballot = certified, Ballot(ledger)
        self.codes: dict[str, None] = {}
        self.whole: dict[str, Any] = {}  # all but the areas

    def read(self, stream: BinaryIO) -> int:
        """How many areas there are."""
        with stream:
            walk, keys = Walk(stream, self.path), []
            for key in walk.members():
                keys.append(key)
                if key == "areas":
                    for area in walk.values():
                        with self.report.naming():
                            self._listed(area)
                else:
                    self.whole[key] = walk.value()
            walk.end()
        for code in sorted(self.ledger.areas.keys() - self.codes.keys()):
            self.report.found(f"{self.path}: area {code}", "is not listed")
        head = (self.ledger.head or [None])[0]
        if self.whole.get("code") != head:
            said = quoted(self.whole.get("code"))
            self.report.found(self.path, f"its total is of area {said}, not of the head")
        else:
            unit = {key: self.whole[key] for key in AREA_KEYS if key in self.whole}
            self._area(unit, f"{self.path}: total")
        self._publication({k: v for k, v in self.whole.items() if k not in AREA_KEYS})
        if keys != [*ABOUT, *AREA_KEYS, "areas"]:
            self.report.found(self.path, f"its members are {quoted(keys)}")
        return len(self.codes)

    def _listed(self, area: Any) -> None:
        """One item of the list of areas: nothing in it is passed over."""
        code = area.get("code") if isinstance(area, dict) else None
        if not is_text(code):
            raise Wrong(f"{self.path}: areas", f"holds something that is no area: {quoted(area)}")
        place = f"{self.path}: area {code}"
        if code not in self.ledger.areas:
            raise Wrong(place, "is not in the ledger")
        if code in self.codes:
            raise Wrong(place, "is listed twice")
        if self.codes and code < next(reversed(self.codes)):
            self.report.found(place, "is not listed in the order of codes")
        self.codes[code] = None
        self._area(area, place)

    def _area(self, said: dict[str, Any], place: str) -> None:
        code = said["code"]
        expected = area_json(self.ledger.areas[code].split("\t"), self.ledger.form)
        absent: Any = said.get("not_on_ballot")
        since: Any = said.get("unchanged_since")
        if not is_number(since) or not 1 <= since <= self.manifest["number"]:
            self.report.found(f"{place}: unchanged_since", f"says {quoted(since)}")
        self._absent(code, absent, f"{place}: not_on_ballot")
        said_, right = dict(said), {**expected, "not_on_ballot": absent, "unchanged_since": since}
        self._compare(said_, {key: right[key] for key in AREA_KEYS}, place)

    def _absent(self, code: str, said: Any, place: str) -> None:
        """Who is on no ballot in an area, by the scopes of the form."""
        lines = list(zip(self.ledger.form.lines, self.ballot.in_area(code)))
        if not is_texts(said):
            raise Wrong(place, f"says {quoted(said)}")
        possible = [str(line.get("candidate")) for line, stands in lines if stands is not True]
        certain = [str(line.get("candidate")) for line, stands in lines if stands is False]
        if [n for n in possible if n in said] != said or set(certain) - set(said):
            self.report.found(place, f"says {quoted(said)}, expected {quoted(certain)}")

    def _publication(self, said: dict[str, Any]) -> None:
        form, manifest = self.ledger.form.body, self.manifest
        words = words_of(self.ledger.head[2], manifest, self.certified) if self.ledger.head else []
        status = said.get("status") if said.get("status") in words else " or ".join(words)
        expected = {
            "election": manifest["election"], "contest": form.get("contest"),
            "publication": manifest["number"], "status": status,
            "published_at": manifest["published_at"][:19] + "+00:00",
            "office": form.get("office"), "base": form.get("base"),
            "candidates": candidates(form),
        }  # fmt: skip
        unbound = {key: said.get(key) for key in UNBOUND}
        for key in UNBOUND:
            if not is_text(unbound[key]):
                self.report.found(f"{self.path}: {key}", f"says {quoted(unbound[key])}")
        self._compare(said, {key: {**expected, **unbound}[key] for key in ABOUT}, self.path)

    def _compare(self, said: dict[str, Any], expected: dict[str, Any], place: str) -> None:
        if exact(said) == exact(expected):
            return
        before = self.report.findings
        for key in sorted(said.keys() | expected.keys()):
            mine, right = (d.get(key, "(no such key)") for d in (said, expected))
            if isinstance(mine, list) and isinstance(right, list) and len(mine) == len(right):
                for i, (one, other) in enumerate(zip(mine, right), 1):
                    self.report.differs(f"{place}: {key}, item {i}", exact(one), exact(other))
            else:
                self.report.differs(f"{place}: {key}", exact(mine), exact(right))
        if self.report.findings == before:
            self.report.found(place, "its members stand in another order")


def exact(value: Any) -> str:
    """JSON by which 1, "1" and true differ, as they do not in Python; and the order of members."""
    return json.dumps(value, ensure_ascii=False)


#: Members of the JSON that no record says, and all that stand before those of the whole contest.
UNBOUND = ("name", "kind", "notice", "source", "licence")
ABOUT = (
    "election", "name", "kind", "notice", "contest", "office", "publication", "status",
    "published_at", "base", "candidates", "source", "licence",
)  # fmt: skip


AREA_KEYS = (
    "unit", "code", "unit_name", "unit_status", "unchanged_since", "version", "reason", "decision",
    "stations", "registered_on_lists", "registered", "voters", "invalid", "valid", "votes",
    "not_on_ballot", "lines", "relations",
)  # fmt: skip


def candidates(form: dict[str, Any]) -> dict[str, Any]:
    """Names by number, of those who stand on the ballot."""
    choices = form.get("choices")
    found = [c for c in choices if isinstance(c, dict)] if isinstance(choices, list) else []
    return {str(c["number"]): c.get("name") for c in found if c.get("number") is not None}


def area_json(values: list[str], form: Form) -> dict[str, Any]:
    """What the JSON must say of an area, but for what its record does not say."""
    sums = figures_of(values[6])
    figures, lines = sums[COUNTS:], form.lines
    checks = zip(form.body["checks"], numbers(values[8]), numbers(values[9]))
    return {
        "unit": "area", "code": values[2], "unit_name": plain_text(values[3]),
        "unit_status": values[5], "version": None, "reason": "", "decision": "",
        "stations": dict(zip(("expected", "reported", "annulled"), sums[:3])),
        "registered_on_lists": {"expected": sums[4], "reported": sums[5]},
        "registered": form.of("registered", figures), "voters": form.of("voters", figures),
        "invalid": form.of("invalid", figures), "valid": form.valid(figures),
        "votes": {str(number): votes for number, votes in form.votes(figures).items()},
        "lines": [
            {**{k: line.get(k) for k in ("number", "key", "name")}, "figure": figure}
            for line, figure in zip(lines, figures)
        ],
        "relations": [
            {**{k: c.get(k) for k in ("code", "name", "severity")}, "broken": b, "evaluated": e}
            for c, b, e in checks
        ],
    }  # fmt: skip


# --- Beside the records: reasons of accepted warnings, timed turnout --------------------------


def check_reasons(path: str, lines: Iterable[bytes], ledger: Ledger, report: Report) -> int:
    """The lines of each station have the hash in its record. How many stations gave reasons."""
    hashes: dict[str, Any] = {}
    last = ""
    for number, line in enumerate(lines, 1):
        place = f"{path}: line {number}"
        code, _tab, reason = utf8(line, place).partition("\t")
        if not re.fullmatch(rf"{CODE}\t{TEXT}", reason):
            raise Wrong(place, "is no station, relation and reason with a TAB between them")
        if code < last:
            report.found(place, f"station {code} comes after {last}")
        last = max(code, last)
        hashes.setdefault(code, hashlib.sha256()).update(reason.encode() + b"\n")
    for code, hashed in hashes.items():
        expected = ledger.explained.get(code, "")
        report.differs(f"{path}: station {code}: hash", hashed.hexdigest(), expected)
    missing = len(ledger.explained.keys() - hashes.keys())
    if missing:
        report.absent(path, f"does not give the reasons of {missing} station(s)")
    return len(hashes)


HOURS = ["unit", "code", "hour", "voters", "stations", "registered", "without_list", "expected"]
ROW = re.compile(
    rf"(?:area|station)\t{CODE}\t(?:[01][0-9]|2[0-3]):[0-5][0-9]\t{NUMBER}\t{NUMBER}"
    rf"\t(?:{NUMBER})?\t{NUMBER}\t{NUMBER}"
)


class Hours:
    """The timed turnout of a contest: who had come by when, and every area's sums of that."""

    def __init__(self, path: str, ledger: Ledger, report: Report) -> None:
        self.path, self.ledger, self.report = path, ledger, report
        self.places: dict[str, tuple[str, str]] = {}  # station: area, registered
        self.said: dict[tuple[str, str], list[str]] = {}  # (area, hour): cells
        self.sums: dict[tuple[str, str], list[int | None]] = {}
        self.digest = hashlib.sha256()
        self.last: tuple[bool, str, str] = (False, "", "")

    def read(self, lines: Iterable[bytes], records: Iterable[bytes], expected: str) -> int:
        """How many readings of stations there are. ``expected``: the hash in the manifest."""
        for line in records:
            values = line.decode("utf-8", "replace").split("\t")
            if values[0] == STATION and len(values) == WIDE:
                self.places[values[2]] = values[4], values[11]
        rows = csv.reader(self._texts(lines), strict=True)
        readings = 0
        try:
            for number, row in enumerate(rows, 1):
                with self.report.naming():
                    readings += self._row(row, number)
        except csv.Error as error:
            raise Wrong(self.path, f"is no CSV: {error}") from None
        self.report.differs(f"{self.path}: hash", self.digest.hexdigest(), expected)
        self._areas()
        return readings

    def _texts(self, lines: Iterable[bytes]) -> Iterator[str]:
        for line in lines:
            self.digest.update(line + b"\n")
            yield utf8(line, self.path) + "\n"

    def _row(self, row: list[str], number: int) -> int:
        place = f"{self.path}: row {number}"
        if number == 1:
            if row not in (HOURS, [*HOURS, "notice"]):
                raise Wrong(place, f"columns are {quoted(row)}, expected {quoted(HOURS)}")
            return 0
        cells = row[: len(HOURS)]
        if not ROW.fullmatch("\t".join(cells)):
            raise Wrong(place, f"is malformed: {quoted(row)}")
        unit, code, hour = cells[:3]
        at = unit == "station", code, hour
        if at <= self.last:
            self.report.found(place, f"{code} at {hour} is not in the order of units and hours")
        self.last = max(at, self.last)
        if unit == "area":
            self.said[code, hour] = cells[3:]
            return 0
        self._station(code, hour, cells[3:], f"{self.path}: station {code} at {hour}")
        return 1

    def _station(self, code: str, hour: str, cells: list[str], place: str) -> None:
        if code not in self.places:
            raise Wrong(place, "is not in the ledger")
        area, registered = self.places[code]
        right = ["1", registered, str(int(not registered)), "1"]
        for name, says, expected in zip(HOURS[4:], cells[1:], right):
            self.report.differs(f"{place}: {name}", says, expected)
        added: list[int | None] = [int(cells[0]), 1, None, int(not registered)]
        added[2] = int(registered) if registered else None
        for _step in range(len(self.ledger.areas)):  # so many areas at most lie above one another
            if area not in self.ledger.areas:
                break
            known = self.sums.setdefault((area, hour), [0, 0, None, 0])
            for i, item in enumerate(added):
                if item is not None:
                    known[i] = (known[i] or 0) + item
            area = self.ledger.areas[area].split("\t")[4]

    def _areas(self) -> None:
        for code, hour in sorted(self.said.keys() | self.sums.keys()):
            place = f"{self.path}: area {code} at {hour}"
            if (code, hour) not in self.said:
                self.report.found(place, "has no row")
                continue
            if (code, hour) not in self.sums:
                self.report.found(place, "no station in it reports at that hour")
                continue
            sums = ["" if item is None else str(item) for item in self.sums[code, hour]]
            stations = self.ledger.areas[code].split("\t")[6].split(",")[0]
            for name, says, right in zip(HOURS[3:], self.said[code, hour], [*sums, stations]):
                self.report.differs(f"{place}: {name}", says, right)


def check_beside(
    path: str, contest: dict[str, Any], source: Source, ledger: Ledger, report: Report
) -> list[str]:
    """What else there is of a contest, in words: reasons where a file gives them, turnout where the
    manifest binds it.
    """
    words = []
    reasons, hours = f"{path}.reasons.tsv", f"{path}.turnout.csv"
    with report.naming():
        if source.has(reasons):
            count = check_reasons(reasons, source.lines(reasons, LINE), ledger, report)
            words.append(f"reasons of {count} stations")
        elif ledger.explained:
            report.absent(reasons, f"the reasons of {len(ledger.explained)} station(s)")
    if "turnout" in contest:
        with report.naming():
            records = source.lines(ledger.path, LINE)
            table = Hours(hours, ledger, report)
            count = table.read(source.lines(hours, LINE), records, contest["turnout"])
            words.append(f"{count} readings of timed turnout added up")
    return words


# --- The acts of the commission: do they say what their manifest says? ------------------------


ACT = {"decision": is_text, "election": is_text, "format": is_text, "publication": is_number}
MINUTES = {
    **ACT, "contests": is_list, "decided_on": is_number, "present": is_texts,
    "vote": lambda v: isinstance(v, dict),
}  # type: dict[str, Callable[[Any], bool]]  # fmt: skip
VOTE = dict.fromkeys(("abstained", "against", "for"), is_number)
LOT = {**ACT, "asked_in": is_number, "contest": is_code}
ROUND = {
    **ACT, "contest": is_code, "order": lambda v: isinstance(v, list) and all(map(is_number, v)),
    "second": is_code,
}  # type: dict[str, Callable[[Any], bool]]  # fmt: skip


def holding(value: Any, fields: Mapping[str, Callable[[Any], bool]], place: str) -> dict[str, Any]:
    """An object with at least these fields, each of its kind; what else it tells is its own."""
    if not isinstance(value, dict):
        raise Wrong(place, "is no JSON object")
    known = {name: item for name, item in value.items() if name in fields}
    checked(known, dict(fields), place)
    return value


def check_act(
    act: dict[str, Any], format_: str, manifest: dict[str, Any], place: str, report: Report
) -> None:
    """It is of this election and publication, under the number of the decision there."""
    report.differs(f"{place}: format", act["format"], format_)
    report.differs(f"{place}: election", act["election"], manifest["election"])
    report.differs(f"{place}: publication", act["publication"], manifest["number"])
    report.differs(f"{place}: decision", act["decision"], manifest["decision"])


def check_earlier(number: int, manifest: dict[str, Any], place: str, report: Report) -> None:
    if not 1 <= number < manifest["number"]:
        text = f"says {number}, expected a publication before {manifest['number']}"
        report.found(place, text)


def check_decision(act: Any, manifest: dict[str, Any], place: str, report: Report) -> None:
    """The sitting decided on figures of before, by a vote that carries, about contests of this
    publication with the roots they have in it.
    """
    act = holding(act, MINUTES, place)
    check_act(act, "hashvark decision v1", manifest, place, report)
    check_earlier(act["decided_on"], manifest, f"{place}: decided_on", report)
    check_vote(act, place, report)
    check_decided(act["contests"], manifest, place, report)


def check_decided(
    contests: list[Any], manifest: dict[str, Any], place: str, report: Report
) -> None:
    """What was decided on: each contest once, with the root it has in the manifest."""
    roots = {contest["contest"]: contest["root"] for contest in manifest["contests"]}
    seen = set()
    if not contests:
        report.found(place, "decides about no contest")
    for number, decided in enumerate(contests, 1):
        holding(decided, {"contest": is_code, "root": is_hash}, f"{place}: contest {number}")
        code = decided["contest"]
        if code not in roots:
            report.found(f"{place}: contest {code}", "is not in the manifest")
        elif code in seen:
            report.found(f"{place}: contest {code}", "is decided twice")
        else:
            report.differs(f"{place}: contest {code}: root", decided["root"], roots[code])
        seen.add(code)


def check_vote(act: dict[str, Any], place: str, report: Report) -> None:
    """Each member present voted or abstained, and more were for it than against."""
    place = f"{place}: vote"
    vote, present = holding(act["vote"], VOTE, place), len(set(act["present"]))
    voted = vote["for"] + vote["against"] + vote["abstained"]
    if voted != present:
        report.found(place, f"adds up to {voted}, but {present} members were present")
    if vote["for"] <= vote["against"]:
        text = f"{vote['for']} were for it and {vote['against']} against: nothing was decided"
        report.found(place, text)


def check_lot(act: Any, manifest: dict[str, Any], place: str, report: Report) -> None:
    """The lot was drawn in a contest of this publication, for a tie of before."""
    act = holding(act, LOT, place)
    check_act(act, "hashvark lot v1", manifest, place, report)
    check_earlier(act["asked_in"], manifest, f"{place}: asked_in", report)
    if all(contest["contest"] != act["contest"] for contest in manifest["contests"]):
        report.found(f"{place}: contest {act['contest']}", "is not in the manifest")


def check_round(act: Any, manifest: dict[str, Any], place: str, report: Report) -> None:
    """The second round is another contest of this publication, between two or more."""
    act = holding(act, ROUND, place)
    check_act(act, "hashvark second round v1", manifest, place, report)
    codes = {contest["contest"] for contest in manifest["contests"]}
    for name in ("contest", "second"):
        if act[name] not in codes:
            report.found(f"{place}: contest {act[name]}", "is not in the manifest")
    if act["contest"] == act["second"]:
        report.found(f"{place}: second", "is the first round itself")
    if len(act["order"]) < 2 or len(set(act["order"])) != len(act["order"]):
        report.found(f"{place}: order", "does not name two or more, each once")


ACTS = {
    "decision.json": check_decision, "lot.json": check_lot, "second-round.json": check_round,
}  # fmt: skip


# --- One publication, one proof ---------------------------------------------------------------


def check_publication(
    election: Election, number: int, report: Report, *, needed: bool = True
) -> None:
    """Its contests, with all files of theirs, and the documents that came out with it. ``needed``:
    records that are not there are missing; else they are only named.
    """
    manifest = election.manifests.get(number)
    if manifest is None:
        report.found(
            f"publication {number}", f"its manifest is not among the {election.size} of the log"
        )
        return
    if not manifest["contests"]:
        report.found(f"publication {number}", "holds no contest")
    for contest in manifest["contests"]:
        with report.naming(needed=needed):
            check_contest(election, manifest, contest, report, needed=needed)
    election.ledgers = {key: one for key, one in election.ledgers.items() if key[0] == number}
    check_made(election, number, report)


def check_documents(election: Election, number: int, report: Report) -> None:
    manifest = election.manifests.get(number, {})
    for name, digest in manifest.get("further", {}).items():
        election.further.add(file_digest(digest, name))
    for name, digest in manifest.get("files", {}).items():
        check_file(election, manifest, name, digest, report)


def check_file(
    election: Election, manifest: dict[str, Any], name: str, digest: str, report: Report
) -> None:
    """A document that came out with a publication is the one that the manifest means; and an act of
    the commission says what the manifest says.
    """
    number = manifest["number"]
    path = election.path(f"{number}/files/{name}")
    before, agrees = report.findings, ""
    with report.naming():
        body = election.source.read(path)
        report.differs(f"{path}: hash", sha(body), digest)
        if report.findings == before and name in ACTS:
            ACTS[name](canonical_json(body, path), manifest, path, report)
            agrees = ", and agrees with its manifest"
    if report.findings == before:
        report.say(shown(f"publication {number}: {name} is what was signed{agrees}"))


def form_in(election: Election, number: int, contest: dict[str, Any], report: Report) -> Form:
    path = election.path(f"{number}/{contest['contest']}.form.json")
    body = election.source.read(path, MANIFEST)
    report.differs(f"{path}: hash", sha(body), contest["form"])
    form = form_of(body, path)
    report.differs(
        f"{path}: contest", form.body.get("contest", contest["contest"]), contest["contest"]
    )
    return form


def check_contest(
    election: Election, manifest: dict[str, Any], contest: dict[str, Any], report: Report,
    *, needed: bool,
) -> None:  # fmt: skip
    number, code = manifest["number"], contest["contest"]
    source, before = election.source, report.findings
    path = election.path(f"{number}/{code}")
    form = form_in(election, number, contest, report)
    ledger = Ledger(code, form, f"{path}.ledger.tsv", report, number)
    readable = False
    with report.naming(needed=needed):
        ledger.read(source.lines(ledger.path, LINE))
        readable = True
    if not readable:
        report.say(shown(f"publication {number}, {code}: CSV and JSON not compared"))
        return
    election.ledgers[number, code] = ledger
    election.named |= ledger.named
    if ledger.head is not None:
        head, digest, sums = ledger.head
        place = f"{ledger.path}: head {head}"
        report.differs(f"{place}: root of the contest in the manifest", contest["root"], digest)
        report.differs(f"{place}: sums in the manifest", contest["sums"], sums)
    table = Table(f"{path}.csv", number, ledger, report)
    certified = "certified" in election.statuses[:number]
    summary = Summary(f"{path}.json", ledger, manifest, certified, report)
    rows = areas = 0
    with report.naming(needed=needed):
        rows = table.read(source.lines(table.path, LINE))
        table.explain(source.lines(ledger.path, LINE))
        areas = summary.read(source.open(summary.path))
        notice = safe(str(summary.whole.get("notice")))
        report.differs(f"{table.path}: notice", table.notice or "", notice if rows else "")
        if number == election.size and not election.words:
            election.words = summary.whole
    beside = check_beside(path, contest, source, ledger, report)
    check_since(election, number, ledger, report)
    verdict = "verified" if report.findings == before else "WRONG"
    counts = f"{len(ledger.stations)} stations and {len(ledger.areas)} areas recomputed"
    files = ", ".join([f"{rows} rows of CSV and {areas} areas of JSON compared", *beside])
    report.say(shown(f"publication {number}, {code}: {counts}, {files}: {verdict}"))


def check_since(election: Election, number: int, ledger: Ledger, report: Report) -> None:
    """From the publication before whose records are here: no place goes away or moves, and what a
    station says changes by another version of its protocol, or by a decision that is stated.
    """
    code = ledger.records.contest
    earlier, old = election.before.get(code, (0, ledger))
    election.before[code] = number, ledger
    if not earlier:
        return
    check_areas_since(old, ledger, earlier, report)
    changed = changed_stations(old, ledger, earlier, report)
    was = {
        values[2]: values
        for values in records_in(election.source, old.path)
        if changed.get(values[2], False) or (values[2] in changed and values[5] != "not counted")
    }
    for now in records_in(election.source, ledger.path) if changed else ():
        place = f"{ledger.path}: station {now[2]}"
        if now[2] in was:
            check_place(place_of(was[now[2]]), place_of(now), earlier, place, report)
            check_change(was.pop(now[2]), now, earlier, place, report)
        elif now[2] not in old.stations and int(now[15] or 0) <= earlier:
            text = f"was not there in publication {earlier}, and does not say since when it is"
            report.found(place, text)


def check_areas_since(old: Ledger, ledger: Ledger, earlier: int, report: Report) -> None:
    for code in sorted(old.areas.keys() | ledger.areas.keys()):
        place = f"{ledger.path}: area {code}"
        was, now = (one.areas.get(code, "").split("\t") for one in (old, ledger))
        if now == [""]:
            report.found(place, f"was there in publication {earlier} and is not any more")
        elif was != [""]:
            check_place(place_of(was), place_of(now), earlier, place, report)
        elif int(now[12] or 0) <= earlier:
            text = f"was not there in publication {earlier}, and does not say since when it is"
            report.found(place, text)


def check_place(was: list[str], now: list[str], earlier: int, place: str, report: Report) -> None:
    """A place stays in its area; another name says from which publication on it is called so."""
    if was[0] != now[0]:
        report.found(place, f"lies in area {now[0]}, and lay in {was[0]} in publication {earlier}")
    if was[1:] != now[1:] and int(now[2] or 0) <= earlier:
        text = f"is another place than in publication {earlier}, and does not say since when"
        report.found(place, text)


def changed_stations(old: Ledger, ledger: Ledger, earlier: int, report: Report) -> dict[str, bool]:
    """Those whose record is another one, and new ones: whether the place itself changed."""
    changed = dict.fromkeys(ledger.stations.keys() - old.stations.keys(), True)
    for code, digests in old.stations.items():
        now = ledger.stations.get(code)
        if now is None:
            text = f"was there in publication {earlier} and is not any more"
            report.found(f"{ledger.path}: station {code}", text)
        elif now[20:36] != digests[20:36]:
            changed[code] = now[36:] != digests[36:]
    return changed


def records_in(source: Source, path: str) -> Iterator[list[str]]:
    """The stations' records once more."""
    for line in source.lines(path, LINE):
        values = line.decode("utf-8", "replace").split("\t")
        if values[0] == STATION and len(values) == WIDE:
            yield values


def check_change(was: list[str], now: list[str], earlier: int, place: str, report: Report) -> None:
    """What stood says something else only by a higher version or another ruling, stated."""
    stated, before = now[7] and now[8], f"in publication {earlier}"
    if "not counted" in (was[5], now[5]):
        if was[5] != "not counted" and not stated:
            report.found(place, f"was {was[5]} {before} and is not counted, without a reason")
        return
    older, newer = int(was[6] or 0), int(now[6] or 0)
    unsaid = "without a reason and a decision: it was"
    if newer < older:
        report.found(place, f"is of version {now[6]}, and was of version {was[6]} {before}")
    elif newer > older and not stated:
        report.found(place, f"is of version {now[6]}, {unsaid} {was[6]} {before}")
    elif newer == older and now[5] in PROTOCOL and not same_protocol(was, now):
        report.found(place, f"has other figures than {before}, of the same version {now[6]}")
    elif (now[5], now[7], now[8]) != (was[5], was[7], was[8]) and not stated:
        report.found(place, f"is {now[5]}, {unsaid} {was[5]} {before}")


def same_protocol(was: list[str], now: list[str]) -> bool:
    """One version has one count, with its reasons. Scans and files come to it, and none goes."""
    kept = all(
        files_named(was[i]).items() <= files_named(now[i]).items() for i in (10, 17)
    )  # fmt: skip
    return kept and (now[12], now[9]) == (was[12], was[9])


PROOF = {
    "contest": is_code, "election": is_text, "format": matching("hashvark (?:proof|bundle) v1"),
    "log": is_list, "path": is_list, "publication": is_number,
}  # type: dict[str, Callable[[Any], bool]]  # fmt: skip
BUNDLE = "hashvark bundle v1"


def read_proof(word: str) -> dict[str, Any]:
    """The proof of a station, or the bundle of an area."""
    web = word.startswith(("http://", "https://"))
    return proof_in(start_of(fetch(word), MANIFEST, word) if web else saved(word), word)


def proof_in(body: bytes, word: str) -> dict[str, Any]:
    proof = from_json(body, word)
    many = isinstance(proof, dict) and proof.get("format") == BUNDLE
    proved: dict[str, Callable[[Any], bool]] = {"records": is_list} if many else {"record": is_text}
    checked(proof, {**PROOF, **proved}, word)
    for number, step in enumerate(proof["path"], 1):
        checked(step, {"levels": is_list, "record": is_text}, f"{word}: step {number}")
    return proof  # type: ignore[no-any-return]  # it is an object


def check_proof(
    word: str, proof: dict[str, Any], election: Election, report: Report, *, quiet: bool = False
) -> None:
    """From the record of a station, or those of all that lies in an area, up to the root in the
    manifest and to the checkpoint. Raises Wrong where it breaks.
    """
    manifest = election.manifests.get(proof["publication"])
    contests = manifest["contests"] if manifest else []
    contest = next((c for c in contests if c["contest"] == proof["contest"]), None)
    if contest is None or proof["election"] != election.code:
        raise Wrong(word, "is of an election, a publication or a contest that is not in the log")
    ledger = election.judge(proof["publication"], contest, report)
    steps = proof["path"]
    if proof["format"] == BUNDLE:
        what, (digest, sums, above) = check_bundle(word, proof["records"], steps, ledger)
    else:
        what, (digest, sums, above) = check_station(word, proof["record"], ledger)
    for number, step in enumerate(steps, 1):
        place = f"{word}: step {number}"
        for level in step["levels"]:
            digest, sums = level_of(level, digest, sums, place)
        area = area_of(step, ledger, place)
        report.differs(f"{place}: area", area[2], above)
        report.differs(f"{place}: root of {area[2]}", area[11], digest)
        report.differs(f"{place}: sums of {area[2]}", area[6], sums)
        digest, sums, above = sha(utf8_of(step["record"], place)), area[6], area[4]
    report.differs(f"{word}: root in the manifest", contest["root"], digest)
    report.differs(f"{word}: sums in the manifest", contest["sums"], sums)
    report.differs(f"{word}: area above the last step", above, "")
    check_audit_path(word, proof, election, report)
    if not quiet:
        text = f"{what}, through {len(steps)} areas up to the total, and in the log"
        report.say(shown(text))


def area_of(step: dict[str, Any], ledger: Ledger, place: str) -> list[str]:
    values = ledger.records.parse(step["record"], place)
    if values[0] != AREA:
        raise Wrong(place, "has a record that is none of an area")
    return values


def utf8_of(record: str, place: str) -> bytes:
    """JSON can hold halves of characters, which have no bytes."""
    try:
        return record.encode()
    except UnicodeEncodeError:
        raise Wrong(place, f"holds half a character: {quoted(record)}") from None


def check_station(word: str, record: str, ledger: Ledger) -> tuple[str, tuple[str, str, str]]:
    """What is proved; hash and sums of the station, and the area it lies in."""
    station = ledger.records.parse(record, word)
    if station[0] != STATION:
        raise Wrong(word, "begins with a record that is none of a station")
    ledger.relations(station, f"{word}: station {station[2]}")
    digest, sums = sha(utf8_of(record, word)), contribution(station, ledger.records.lines)
    return f"proof: station {station[2]}", (digest, sums, station[4])


def check_bundle(
    word: str, records: list[Any], steps: list[dict[str, Any]], ledger: Ledger
) -> tuple[str, tuple[str, str, str]]:
    """What is proved; root and sums of the tree of all that lies in the area, and its code."""
    if not records or not steps or steps[0]["levels"]:
        raise Wrong(word, "has no records, or a first step that is not of their area alone")
    area = area_of(steps[0], ledger, f"{word}: step 1")
    below, last = Below(), ("", -1)
    for number, record in enumerate(records, 1):
        place = f"{word}: record {number}"
        if not is_text(record):
            raise Wrong(place, "is no text")
        values = ledger.records.parse(record, place)
        place = f"{word}: {values[0].split()[1]} {values[2]}"
        ledger.report.differs(f"{place}: area", values[4], area[2])
        if values[0] == STATION:
            ledger.relations(values, place)
        entry, parts = ledger.added(values, sha(utf8_of(record, place)))
        if entry[:2] <= last:
            ledger.report.found(place, f"comes after {last[0]}, or twice")
        last = entry[:2]
        below.add(entry, parts)
    ledger.sums(area, below, f"{word}: area {area[2]}")
    root, sums = tree([entry for _code, _kind, entry in sorted(below.entries)])
    return f"bundle: all {len(records)} units in area {area[2]}", (root, sums, area[2])


def level_of(level: Any, digest: str, sums: str, place: str) -> tuple[str, str]:
    """The node that the child makes with its siblings."""
    if not isinstance(level, list) or not 1 <= len(level) <= FAN_OUT or level.count(None) != 1:
        raise Wrong(place, "a level does not have 1 to 16 entries and one place for the child")
    entries = []
    for pair in level:
        if pair is None:
            entries.append(f"{digest}\t{sums}\n")
            continue
        good = isinstance(pair, list) and len(pair) == 2 and is_text(pair[0]) and is_sums(pair[1])
        if not good or pair[1].count(",") != sums.count(","):
            raise Wrong(place, f"has a malformed entry {quoted(pair)}")
        entries.append(f"{unbase64(pair[0], 32, place).hex()}\t{pair[1]}\n")
    return node(entries)


def check_audit_path(word: str, proof: dict[str, Any], election: Election, report: Report) -> None:
    """From the manifest, which is the last leaf, to the root that its own checkpoint signs: every
    hash of the path stands left of it.
    """
    number, place = proof["publication"], f"{word}: log"
    top = election.log.leaves[number - 1]
    for left in proof["log"]:
        if not is_text(left):
            raise Wrong(place, f"{quoted(left)} is no text")
        top = hashlib.sha256(b"\x01" + unbase64(left, 32, place) + top).digest()
    point = election.checkpoint(f"{number}/checkpoint")
    if top != point.root:
        said, found = (base64.b64encode(root).decode() for root in (point.root, top))
        report.found(place, f"leads to the root {found}, {point.place} signs {said}")


# --- The signed list of the files that are made after a publication ---------------------------


def file_list(election: Election, number: int, report: Report) -> dict[str, str]:
    """Hashes by the paths of files. Raises Wrong, also for a list of something else."""
    path = election.path(f"{number}/filelist")
    parts = utf8(election.source.read(path), path).split("\n\n")
    lines = parts[0].split("\n")
    if len(parts) != 2 or len(lines) < 5 or not parts[1].endswith("\n"):
        raise Wrong(path, "is no list of files: five lines, the files, an empty one, signatures")
    origin = election.checkpoint(f"{number}/checkpoint").origin
    about = [FILES, origin, str(number), lines[3], election.hashes[number - 1]]
    for name, says, right in zip(
        ("format", "origin", "publication", "issue", "manifest"), lines, about
    ):
        same(says, right, f"{path}: {name}")
    if not re.fullmatch(NUMBER, lines[3]) or lines[3] == "0":
        raise Wrong(f"{path}: issue", f"says {quoted(lines[3])}")
    hashes: dict[str, str] = {}
    for line in lines[5:]:
        digest, name = line[:64], line[66:]
        if line[64:66] != "  " or not is_hash(digest) or not may_list(name, election, number):
            raise Wrong(path, f"has a line that is no file of this publication: {quoted(line)}")
        if hashes and name <= next(reversed(hashes)):
            raise Wrong(path, f"lists {quoted(name)} out of its order, or twice")
        hashes[name] = digest
    signatures = list_signatures(parts[1], f"{origin}/files", path, report)
    text = (parts[0] + "\n").encode()
    election.keys.check_files(origin, text, signatures, path, report)
    return hashes


def list_signatures(text: str, name: str, place: str, report: Report) -> list[bytes]:
    signatures = []
    for line in text[:-1].split("\n"):
        words = line.split(" ")
        if len(words) != 3 or words[0] != "—" or not words[1]:
            raise Wrong(place, f"has a malformed signature line {quoted(line)}")
        if words[1] == name:
            signatures.append(unbase64(words[2], 68, place))
        else:
            report.ignored[words[1]] = None
    if len(set(signatures)) < len(signatures):
        raise Wrong(place, "has a signature twice")
    return signatures


def may_list(path: str, election: Election, number: int) -> bool:
    """A file of this election, and of no other publication."""
    own = f"data/{election.code}/"
    parts = path[len(own) :].split("/")
    if not path.startswith(own) or not re.fullmatch(CODE, path) or {"", ".", ".."} & set(parts):
        return False
    return len(parts) == 1 or not re.fullmatch(NUMBER, parts[0]) or parts[0] == str(number)


def check_made(election: Election, number: int, report: Report) -> None:
    """The files made after a publication are those of its list. They are there all or none, but
    those of the newest must be; CSV and JSON are compared with the records, and here once more.
    """
    newest, before = number == election.size, report.findings
    with report.naming(needed=False):
        try:
            hashes = file_list(election, number, report)
        except Missing as missing:
            text = f"is missing: nothing binds the files made after publication {number} yet"
            report.absent(missing.place, text)
            return
        if newest:
            election.listed = hashes
        else:  # a path without a number is of the newest publication
            hashes = {path: hash_ for path, hash_ in hashes.items() if is_numbered(path)}
        check_listed(election, number, hashes, report)
        if report.findings == before:
            text = f"the {len(hashes)} files of its signed list are right, or are named"
            report.say(f"publication {number}: {text}")


def is_numbered(path: str) -> bool:
    return re.search(r"^data/[^/]+/[1-9][0-9]*/|-[1-9][0-9]*-[1-9][0-9]*\.csv$", path) is not None


def check_listed(election: Election, number: int, hashes: dict[str, str], report: Report) -> None:
    source, missing, there = election.source, [], number == election.size
    for path, expected in hashes.items():
        if source.web and path.endswith((".zip", ".pdf")):
            continue  # out of reach at an address
        with report.naming():
            try:
                stream = source.open(f"/{path}")
            except Missing:
                missing.append(f"/{path}")
                continue
            report.differs(f"/{path}: hash", hash_of(stream, f"/{path}"), expected)
            there |= not path.endswith((".csv", ".json")) or path.count(".") > 1
    for place in missing if there else ():
        report.absent(place)


def hash_of(stream: BinaryIO, place: str) -> str:
    digest = hashlib.sha256()
    with stream:
        try:
            while block := stream.read(1 << 20):
                digest.update(block)
        except READING as error:
            raise Wrong(place, f"cannot be read to its end: {error}") from None
    return digest.hexdigest()


def check_latest(election: Election, report: Report) -> None:
    """Which publication is the newest; over an address there may be a newer one by now."""
    manifest, place = election.manifest(election.size, "latest"), election.path("latest.json")
    at = manifest["published_at"][:19] + "+00:00"
    body = {"publication": election.size, "published_at": at, "status": manifest["status"]}
    data = election.source.read(place, SMALL)
    value = from_json(data, place)
    number: Any = value.get("publication") if isinstance(value, dict) else 0
    if not election.source.web or not is_number(number) or number <= election.size:
        same(value, body, place)
        same(utf8(data, place), json.dumps(body), place)


# --- Feeds and the catalogue: which publications there are ------------------------------------

ATOM = "{http://www.w3.org/2005/Atom}"
CC_BY_AT = "https://creativecommons.org/licenses/by/4.0/"
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
COUNT = re.compile(r"[0-9](?:[0-9.,'’\s]*[0-9])?")


def check_feed(election: Election, path: str, report: Report) -> None:
    """The newest 100 publications: number, time, decision and note, and how much is counted."""
    body = election.source.read(path)
    if b"<!DOCTYPE" in body:
        raise Wrong(path, "has a document type, which no feed has")
    try:
        feed = ElementTree.fromstring(body)  # noqa: S314  # without entities of its own
    except ElementTree.ParseError as error:
        raise Wrong(path, f"is no XML: {error}") from None
    entries = feed.findall(f"{ATOM}entry")
    numbers_ = list(range(election.size, max(0, election.size - 100), -1))
    if len(entries) != len(numbers_):
        raise Wrong(path, f"has {len(entries)} entries, expected {len(numbers_)}")
    heads = ["id", "title", "subtitle", "link", "link", "updated", "author", "generator"]
    said = [one.tag for one in feed if one.tag != f"{ATOM}entry"]
    if said not in ([ATOM + x for x in heads], [ATOM + x for x in heads if x != "subtitle"]):
        raise Wrong(path, f"has the elements {quoted(said)}")
    code, language = re.escape(election.code), path.split("/")[1]
    name = feed.findtext(f"{ATOM}id") or ""
    good = re.fullmatch(rf"tag:[^,/]+,{DAY.pattern}:{code}/{language}/publications", name)
    if not good or feed.get("{http://www.w3.org/XML/1998/namespace}lang") != language:
        raise Wrong(f"{path}: id", f"says {quoted(name)}")
    check_moment(feed, "updated", election.manifest(election.size, path), path)
    check_links(feed, [f"/{language}/{election.code}/publications/", path], path)
    for number, entry in zip(numbers_, entries):
        with report.naming():
            place = f"{path}: publication {number}"
            same(entry.findtext(f"{ATOM}id"), f"{name}/{number}", f"{place}: id")
            check_entry(entry, election.manifest(number, path), place)


def check_entry(entry: Any, manifest: dict[str, Any], place: str) -> None:
    number = manifest["number"]
    sums = [figures_of(contest["sums"]) for contest in manifest["contests"]]
    done = sum((one[1] or 0) + (one[2] or 0) for one in sums)
    counts = sorted([number, done, sum(one[0] or 0 for one in sums)])
    title = entry.findtext(f"{ATOM}title") or ""
    said = sorted(int(re.sub(r"\D", "", found)) for found in COUNT.findall(title))
    if said != counts:
        raise Wrong(f"{place}: title", f"says {quoted(title)}, expected the numbers {counts}")
    for name in ("updated", "published"):
        check_moment(entry, name, manifest, place)
    names = [one.tag[len(ATOM) :] for one in entry if one.tag != f"{ATOM}link"]
    same(names, ["id", "title", "updated", "published", "summary"], f"{place}: elements")
    summary = " ".join((entry.findtext(f"{ATOM}summary") or "").split())
    for words in (manifest["decision"], manifest["note"]):
        if " ".join(NO_XML.sub("\ufffd", words).split()) not in summary:
            raise Wrong(f"{place}: summary", f"does not say {quoted(words)}")
    ends = [f"/publications/{number}/", f"/difference/{number - 1}/{number}/"]
    check_links(entry, ends, place)


def check_links(element: Any, ends: list[str], place: str) -> None:
    for link in element.findall(f"{ATOM}link"):
        if not str(link.get("href")).endswith(tuple(ends)):
            raise Wrong(f"{place}: link", f"leads to {quoted(link.get('href'))}")


def check_moment(element: Any, name: str, manifest: dict[str, Any], place: str) -> None:
    said = element.findtext(f"{ATOM}{name}") or ""
    same_moment(said, manifest, f"{place}: {name}")


def same_moment(said: Any, manifest: dict[str, Any], place: str) -> None:
    """The same second, in whatever zone."""
    expected = datetime.fromisoformat(manifest["published_at"]).replace(microsecond=0)
    try:
        right = datetime.fromisoformat(said).replace(microsecond=0) == expected
    except (TypeError, ValueError):
        right = False
    if not right:
        raise Wrong(place, f"says {quoted(said)}, expected {expected.isoformat()}")


def text_of(words: Any = None) -> dict[str, Any]:
    said = Free(is_text) if words is None else words
    return {"@value": said, "@language": Free(is_text)}


def check_catalogue(election: Election, path: str, report: Report) -> None:
    """What the catalogue says of this election: the newest publication, and where its files are."""
    body = from_json(election.source.read(path), path)
    datasets = body.get("dcat:dataset") if isinstance(body, dict) else None
    if not is_objects(datasets):
        raise Wrong(path, "has no list of datasets")
    own = [one for one in datasets or [] if one.get("dct:identifier") == election.code]
    if not own:
        return  # a rehearsal is in no catalogue
    place, manifest = f"{path}: {election.code}", election.manifest(election.size, path)
    same(len(own), 1, f"{place}: datasets")
    if not election.listed or not election.words:
        raise Skipped(place, "the list of files or the JSON of the newest publication is missing")
    same(own[0], dataset(election, own[0], place), place)
    same_moment(own[0]["dct:modified"]["@value"], manifest, f"{place}: dct:modified")


def dataset(election: Election, said: dict[str, Any], place: str) -> dict[str, Any]:
    """What the catalogue must say of an election; the names in other languages are anybody's."""
    words, about = election.words, f"/en/{election.code}/"
    rights: dict[str, Any] = {"dct:license": {"@id": CC_BY_AT}}
    if "dct:rights" in said:
        kind = {"@type": "dct:RightsStatement", "rdfs:label": words["licence"]}
        rights = {"dct:rights": kind}
    source = {"@type": "dct:ProvenanceStatement", "rdfs:label": words["source"]}
    texts = Free(is_list)
    day = {"@value": Free(lambda x: is_text(x) and bool(DAY.fullmatch(x))), "@type": "xsd:date"}
    return {
        "@id": ending(f"{about}#dataset"), "@type": "dcat:Dataset",
        "dct:identifier": election.code, "dct:title": texts,
        "dct:description": text_of(Free(lambda x: is_text(x) and words["notice"] in x)),
        "dct:modified": {"@value": Free(is_text), "@type": "xsd:dateTime"},
        "dcat:version": str(election.size),
        "dct:temporal": {"@type": "dct:PeriodOfTime", "dcat:startDate": day, "dcat:endDate": day},
        "dcat:landingPage": {"@id": ending(about)}, **rights,
        **({"dct:provenance": source} if words["source"] else {}),
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution", "dct:title": text_of(),
                "dcat:downloadURL": {"@id": ending(path)}, "dcat:accessURL": {"@id": ending(path)},
                "dcat:mediaType": {"@id": Free(is_text)}, **rights,
            }
            for path in distributed(election, said.get("dcat:distribution"), place)
        ],
    }  # fmt: skip


def distributed(election: Election, said: Any, place: str) -> list[str]:
    """The files it leads to: of the newest publication, each in the signed list, and once."""
    own = f"/data/{election.code}/{election.size}/"
    links = [one.get("dcat:downloadURL") for one in said] if is_objects(said) else []
    names = [str(one.get("@id")) for one in links if isinstance(one, dict)]
    found = [own + name.rpartition(own)[2] for name in names]
    if not found or len(set(found)) < len(found) or {x[1:] for x in found} - set(election.listed):
        raise Wrong(
            f"{place}: distributions", f"lead elsewhere than to listed files: {quoted(names)}"
        )
    return found


def is_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def ending(text: str) -> Free:
    """An address, on whatever site."""
    return Free(lambda said: is_text(said) and said.endswith(text))


# --- Every file in the folder of a mirror -----------------------------------------------------

PAGES = "pages, with what they are made of: HTML, scripts, styles, pictures, search engines' lists"
PAPERS = "papers of areas (PDF), made when somebody asks for them, from the same figures"
SCHEMAS = "descriptions of formats and addresses: data/schema and openapi.json"
OTHERS = "files of other elections, and of publications that you did not ask for"
PAPER = re.compile(r"([1-9][0-9]*)/[^/]+/area/.+\.[a-z-]+\.pdf")
FURTHER = re.compile(rf"further/({HASH})/({FILE_NAME.pattern})")
PAGE = re.compile(r"/(?!data/)(?:.*\.html|static/.*|(?:.*/)?sitemap\.xml)")
SCHEMA = re.compile(r"/data/(?:schema/[^/]+|openapi)\.json")
PACKED = (".gz", ".br")


def check_folder(election: Election, asked: int | None, report: Report) -> None:
    """Whatever else lies in the folder of a mirror is checked, out of reach, or named."""
    source = election.source
    files = set(files_in(source.base, report))
    for path in sorted(files):
        plain = path[:-3] if path.endswith(PACKED) else path
        with report.naming():
            if path.endswith(".br"):
                if not beyond(plain, election, asked):
                    report.skip(path, "is packed in a way that nobody here unpacks")
            elif path == plain or plain not in files:
                check_lying(plain, election, asked, report)
    check_all_proved(election, files, report)


def files_in(base: str, report: Report) -> Iterator[str]:
    for folder, names, files in os.walk(base):
        names.sort()
        for name in [*files, *(n for n in names if Path(folder, n).is_symlink())]:
            path = "/" + Path(folder, name).relative_to(base).as_posix()
            if Path(folder, name).is_file():
                yield path
            else:
                report.skip(path, "is no file")


def beyond(path: str, election: Election, asked: int | None) -> str:
    """The kind of files out of reach that a file is of, or nothing."""
    own = f"/data/{election.code}/"
    if PAGE.fullmatch(path) or SCHEMA.fullmatch(path):
        return SCHEMAS if path.startswith("/data/") else PAGES
    of = re.fullmatch(r"/data/([^/]+)/.*|/[a-z-]+/([^/]+)/feed\.xml", path)
    if of and (of[1] or of[2]) != election.code:
        return OTHERS if lies_there(of[1] or of[2], election.source) else ""
    paper = PAPER.fullmatch(path[len(own) :]) if path.startswith(own) else None
    if paper and int(paper[1]) <= election.size:
        return PAPERS
    if asked is not None and not path.startswith(f"{own}{asked}/"):
        return OTHERS
    return ""


def lies_there(code: str, source: Source) -> bool:
    """Whether there is another election of this code."""
    return bool(ADDRESSABLE.fullmatch(code)) and source.has(f"/data/{code}/manifests.jsonl")


def check_lying(path: str, election: Election, asked: int | None, report: Report) -> None:
    """A file that nobody has opened yet."""
    source, own = election.source, f"/data/{election.code}/"
    if path in source.opened:
        return
    kind = beyond(path, election, asked)
    if kind:
        report.out_of_reach(kind, 1)
        if path.startswith("/data/"):
            source.open(path).close()  # its packed twin is the same
    elif PROOF_FILE.fullmatch(path[len(own) :]) and path.startswith(own):
        check_proof_file(path, election, report)
    elif re.fullmatch(r"/[a-z-]+/[^/]+/feed\.xml", path):
        check_feed(election, path, report)
    elif path == "/data/catalog.jsonld":
        check_catalogue(election, path, report)
    elif FURTHER.fullmatch(path[len(own) :]) and path.startswith(own):
        check_further(path, election, report)
    else:
        report.skip(path, "is no file that a mirror has, or belongs to what is wrong or missing")
        source.opened.add(path)


def check_further(path: str, election: Election, report: Report) -> None:
    """A scan or another file that a record or a manifest binds lies under its hash."""
    found = FURTHER.fullmatch(path[len(election.path("")) :])
    assert found  # noqa: S101  # the caller asked
    report.differs(f"{path}: hash", hash_of(election.source.open(path), path), found[1])
    digest = file_digest(found[1], found[2])
    if digest in election.named:
        election.seen.add(digest)
    elif digest not in election.further:
        report.skip(path, "is bound by no record and no manifest that was read here")


PROOF_FILE = re.compile(r"(?:([1-9][0-9]*)/)?([^/]+)/(proof|bundle)/(.+)\.json")


def check_proof_file(path: str, election: Election, report: Report) -> None:
    """The proof at an address is that of the unit, contest and publication in the address."""
    found = PROOF_FILE.fullmatch(path[len(election.path("")) :])
    assert found  # noqa: S101  # the caller asked
    number, contest, kind, code = found[1], found[2], found[3], found[4]
    proof = proof_in(election.source.read(path, MANIFEST), path)
    report.differs(f"{path}: publication", proof["publication"], int(number or election.size))
    report.differs(f"{path}: contest", proof["contest"], contest)
    unit = proof["path"][0]["record"] if kind == "bundle" else proof.get("record", "")
    report.differs(f"{path}: {kind} of", str(unit).split("\t")[2:3], [code])
    report.differs(f"{path}: format", proof["format"], f"hashvark {kind} v1")
    check_proof(path, proof, election, report, quiet=True)
    election.proved.setdefault((number or "", contest, kind), set()).add(code)


def check_all_proved(election: Election, files: set[str], report: Report) -> None:
    """Where there are proofs, there is one of each station, or of all that lies in each area."""
    for (number, contest, kind), codes in election.proved.items():
        ledger = election.ledgers.get((int(number or election.size), contest))
        text = f"{len(codes)} {kind}s of {contest} lead to the total, and are in the log"
        report.say(shown(text))
        if ledger is None:
            continue
        units = set(ledger.stations) if kind == "proof" else set(ledger.places)
        for code in sorted(units - codes):
            report.absent(election.path(f"{number}/{contest}/{kind}/{code}.json".lstrip("/")))


# --- The command ------------------------------------------------------------------------------


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="verify.py", description=(__doc__ or "").split("\n\n")[0],
        epilog=(__doc__ or "").split("\n\n")[-1],
    )  # fmt: skip
    parser.add_argument("base", help="http(s) address of the server, or folder of a mirror")
    parser.add_argument("--election", metavar="E", help="needed where there are several")
    parser.add_argument("--key", action="append", default=[], help="key, or a file with keys")
    parser.add_argument("--publication", type=int, metavar="N", help="instead of the latest")
    parser.add_argument("--all", action="store_true", help="want the records of every publication")
    parser.add_argument("--compare", nargs="+", action="extend", default=[], metavar="MIRROR")
    parser.add_argument(
        "--checkpoint", nargs="+", action="extend", default=[], metavar="SAVED_FILE"
    )
    parser.add_argument(
        "--proof", nargs="+", action="extend", default=[], metavar="FILE",
        help="proofs of stations, bundles of areas: files or addresses",
    )  # fmt: skip
    return parser.parse_args(argv)


def keys_for(given: list[Key], election: Election, report: Report) -> Keys:
    """Those given; without any the server's own, which prove nothing about who signed."""
    served, path = [], election.path("key.txt")
    with report.naming():
        text = utf8(election.source.read(path, SMALL), path)
        served = [key_of(line, path) for line in text.splitlines()]
        if not served or not text.endswith("\n"):
            report.found(path, "holds no key, or is cut off")
        if given and not set(given) & set(served):
            report.found(path, "does not hold the key that you gave")
    if not CAN_CHECK:
        report.unchecked["the package cryptography is not installed"] = None
    if not given:
        text = "no --key given, so nothing here ties these figures to the commission"
        report.unchecked[text] = None
    return Keys(given or served, served)


def check_served(election: Election, keys: Keys, report: Report) -> None:
    """The server names the keys that signed, and no other: those of the log in the order in which
    they first did, then those made offline.
    """
    signed = sorted(election.signers, key=lambda one: one[0].endswith("/certified"))
    expected = list(dict.fromkeys(signed))
    if [(key.name, key.id) for key in keys.served] != expected:
        names = [f"{name}+{key_id.hex()}" for name, key_id in expected]
        text = f"does not hold the keys that signed the log, in their order: {quoted(names)}"
        report.found(election.path("key.txt"), text)


def election_in(source: Source) -> str:
    """The only election there is. Raises Unusable where there are several, or none is found."""
    if source.web:
        with Report().naming():
            body = from_json(source.read("/data/catalog.jsonld"), "/data/catalog.jsonld")
            found = [one["dct:identifier"] for one in body["dcat:dataset"]]
    else:
        folders = sorted(Path(source.base, "data").iterdir())
        names = ("manifests.jsonl*", "checkpoint*")
        found = [one.name for one in folders if any(any(one.glob(name)) for name in names)]
    if len(found) != 1:
        raise Unusable(f"name one of these elections with --election: {', '.join(found)}")
    return str(found[0])


def verify(args: argparse.Namespace, report: Report) -> None:
    source = Source(args.base)
    code = args.election or election_in(source)
    if not ADDRESSABLE.fullmatch(code):
        raise Unusable(f"{code} is no code of an election")
    given = [key for word in args.key for key in keys_given(word)]
    proofs = {}
    for word in args.proof:
        with report.naming():
            proofs[word] = read_proof(word)
    kept = {proof["publication"] for proof in proofs.values()} | {args.publication}
    everything = args.all or (not source.web and args.publication is None)
    election, point = read_election(source, code, lambda k: everything or k in kept, report)
    keys = keys_for(given, election, report)
    election.keys = keys
    check_log(election, point, keys, report)
    say_of_certified(election, keys, report)
    for name in args.checkpoint:
        with report.naming():
            check_root(checkpoint_of(saved(name)[: SMALL + 1], name), election, keys, report)
    for address in args.compare:
        with report.naming():
            compare(address, election, point, keys, report)
    for word, proof in proofs.items():
        with report.naming():
            check_proof(word, proof, election, report)
    check_asked(election, args, report)


def check_asked(election: Election, args: argparse.Namespace, report: Report) -> None:
    """The publications asked for; in a folder, where nothing is, whatever lies there."""
    latest = election.size if args.publication is None else args.publication
    for number in range(1, election.size) if args.publication is None else ():
        if args.all or lies(election, number):
            check_publication(election, number, report, needed=False)
        elif not election.source.web:
            check_made(election, number, report)
    check_publication(election, latest, report)
    folder = not election.source.web
    for number in election.manifests if folder and args.publication is None else (latest,):
        check_documents(election, number, report)
    if latest == election.size:
        with report.naming(needed=False):
            check_latest(election, report)
    if folder:
        check_folder(election, args.publication, report)
    else:
        report.out_of_reach("zips, papers, proofs and feeds at this address")
    if election.named - election.seen:
        text = "scans and further files that records bind, and that are not here"
        report.out_of_reach(text, len(election.named - election.seen))
    report.out_of_reach(
        "words that no record has: names in other languages, kind, notice, source, licence,"
        " unchanged_since"
    )


def lies(election: Election, number: int) -> bool:
    """Whether any file of a contest in this publication lies in the folder."""
    source, manifest = election.source, election.manifests.get(number)
    kinds = ("form.json", "ledger.tsv", "csv", "json", "long.csv", "nist.json", "outcome.json")
    return not source.web and any(
        source.has(election.path(f"{number}/{contest['contest']}.{kind}"))
        for contest in (manifest["contests"] if manifest else ())
        for kind in kinds
    )


def say_of_certified(election: Election, keys: Keys, report: Report) -> None:
    if any(key.name.endswith("/certified") for key in keys.known):
        return
    for number, status in enumerate(election.statuses, 1):
        if status == "certified":
            text = "its second signature was not looked for: no key of that name is given"
            report.say(f"publication {number} is certified; {text}")


def saved(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise Unusable(f"{name} cannot be read: {error}") from None


def main(argv: list[str] | None = None) -> int:
    args, report = arguments(argv), Report()
    csv.field_size_limit(LINE)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with report.naming():
            verify(args, report)
    except Unusable as error:
        report.say(shown(f"FAILED: {error}"))
        return 1 if report.findings else 2
    except Exception as error:  # what a stranger serves must never end in silence
        report.found(args.base, f"cannot be verified: {type(error).__name__}: {error}")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
