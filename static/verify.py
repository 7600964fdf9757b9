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
# JSON; reasons, turnout, acts; a publication and a proof. Then what is made anew of these: tables,
# EML, NIST, outcome, zips, changes, feeds. Last the folder of a mirror, and the command.

from __future__ import annotations

import argparse
import base64
import binascii
import codecs
import csv
import dataclasses
import gzip
import hashlib
import http.client
import io
import json
import os
import re
import shutil
import struct
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Callable, Optional
from xml.etree import ElementTree
from xml.sax.saxutils import escape

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
STATION, AREA = "hashvark station v1", "hashvark area v1"
HEADS = ("stations", "counted", "annulled", "registered", "registered where counted")
READING = (OSError, EOFError, zlib.error, http.client.HTTPException)

NUMBER = r"(?:0|[1-9][0-9]{0,17})"
TEXT = r"(?:[^\\\t\n\r]|\\[\\tnr])*"
CODE = r"[^\x00-\x1f\x7f]+"
HASH = r"[0-9a-f]{64}"
ADDRESSABLE = re.compile(r"[^\x00-\x20\x7f/\\.?#%][^\x00-\x20\x7f/\\?#%]*")
KEY_TEXT = re.compile(r"[^+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}")
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+")
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


def key_of(line: str, place: str) -> Key:
    parts = line.split("+", 2)  # base64 may hold a + too
    if len(parts) != 3 or not parts[0] or re.search(r"\s", parts[0]):
        raise Wrong(place, f"{quoted(line)} is no key: origin+hash+base64")
    data = unbase64(parts[2], 33, place)
    key_id = hashlib.sha256(parts[0].encode() + b"\n" + data).digest()[:4]
    if data[0] != 1 or key_id.hex() != parts[1]:
        raise Wrong(place, f"the key {quoted(line)} does not have the hash it names")
    return Key(parts[0], key_id, data[1:])


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
    "format": matching("hashvark manifest v1"),
    "note": is_text,
    "number": is_number,
    "published_at": lambda v: isinstance(v, str) and MOMENT.fullmatch(v) is not None,
    "seal": lambda v: v is None or isinstance(v, dict),
    "status": is_text,
}  # type: dict[str, Callable[[Any], bool]]


def is_files(value: Any) -> bool:
    """Hashes of documents by their names."""
    return isinstance(value, dict) and all(
        FILE_NAME.fullmatch(name) and is_hash(digest) for name, digest in value.items()
    )


def checked_manifest(body: Any, place: str) -> dict[str, Any]:
    fields = dict(MANIFEST_FIELDS)
    if isinstance(body, dict) and "files" in body:  # where documents came out with it
        fields["files"] = is_files
    return checked(body, fields, place)


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
    tolds: dict[tuple[int, str], Told] = field(default_factory=dict)
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
            self.judges[key] = Ledger(contest["contest"], form, "", report)
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

    def cast(self, figures: Numbers) -> int | None:
        """Ballots in the box; where no line says so, the valid and the invalid ones."""
        if self.role("ballots_in_box"):
            return self.of("ballots_in_box", figures)
        parts = [self.valid(figures), self.of("invalid", figures)]
        return sum(part or 0 for part in parts) if parts != [None, None] else None

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

    def __init__(self, contest: str, form: Form) -> None:
        n, m = len(form.lines), len(form.relations)
        own, self.contest = re.escape(contest), contest
        sums = list_of(rf"{NUMBER}|", 5 + n)
        self.lines = n
        self.fields: dict[str, dict[str, str]] = {
            STATION: {
                "format": STATION, "contest": own, "station": CODE, "name": TEXT, "area": CODE,
                "status": "not counted|counted|annulled", "version": rf"{NUMBER}|",
                "reason": TEXT, "decision": TEXT, "explanations": rf"{HASH}|",
                "scan": rf"{HASH}|", "registered": rf"{NUMBER}|",
                "figures": rf"{list_of(rf'{NUMBER}|-|', n)}|",
                "broken": list_of("[01]", m), "evaluated": list_of("[01]", m),
            },
            AREA: {
                "format": AREA, "contest": own, "area": CODE, "name": TEXT,
                "parent": rf"(?:{CODE})?", "status": "not counted|annulled|partial|counted",
                "sums": sums,
                "filled": list_of(NUMBER, n), "broken": list_of(NUMBER, m),
                "evaluated": list_of(NUMBER, m), "children": NUMBER, "root": HASH,
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
        if kind == "station":
            self._protocol(values, place)
        return values

    def _protocol(self, values: list[str], place: str) -> None:
        """A station that is counted or annulled has a protocol, with its version and figures."""
        for i, name, needed in ((6, "version", True), (12, "figures", self.lines > 1)):
            if needed and values[5] != "not counted" and values[i] == "":
                raise Wrong(place, f"field {name} is empty, but the status is {values[5]}")


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
    if status == "counted":
        return f"1,1,0,{registered},{registered},{values[12].replace('-', '')}"
    where_counted = "0" if registered else ""
    return f"1,0,{int(status == 'annulled')},{registered},{where_counted}{',' * lines}"


def status_of(sums: str) -> str:
    """The status of an area with these sums."""
    stations, counted, annulled = (int(item or 0) for item in sums.split(",")[:3])
    if counted + annulled == 0:
        return "not counted"
    if annulled == stations:
        return "annulled"
    return "partial" if counted + annulled < stations else "counted"


class Ledger:
    """The records of one contest, each folded into the area it lies in as it comes."""

    def __init__(self, contest: str, form: Form, path: str, report: Report) -> None:
        self.form, self.path, self.report = form, path, report
        self.records = Records(contest, form)
        self.stations: dict[str, bytes] = {}  # code: digest of what a row of the CSV must say,
        self.places: dict[str, bytes] = {}  # then the number of its area, by the area's code here
        self.areas: dict[str, str] = {}  # code: record
        self.below: dict[str, Below] = {}
        self.head: tuple[str, str, str] | None = None  # code, hash, sums
        self.quoted: set[str] = set()  # stations whose names look as if made safe already
        self.annulled: dict[str, int | None] = {}  # and how many voters are on their lists
        self.listless = False  # whether a station that is not counted keeps no list
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
        place_ = self.places.setdefault(values[4], len(self.places).to_bytes(4, "big"))
        self.stations[code] = row_digest(csv_cells(values, self.form)) + place_
        if values[9]:
            self.explained[code] = values[9]
        if values[5] == "annulled":
            self.annulled[code] = int(values[11]) if values[11] else None
        self.listless |= values[5] == "not counted" and not values[11]
        if values[3][:1] == "'" and FORMULA.match(plain_text(values[3])):
            self.quoted.add(code)
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
        """Fields 14 and 15 say what the figures say; of a station not counted, nothing."""
        if values[5] == "not counted":
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


# --- The same for people and programs: CSV and JSON -------------------------------------------


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def csv_cells(values: list[str], form: Form) -> list[str]:
    """The cells that a row must hold, but for "unchanged_since", which no record says."""
    if values[0] == AREA:
        sums = values[6].split(",")
        state = [values[5], *sums[:3], "", "", ""]
        return ["area", values[2], safe(plain_text(values[3])), *state, *sums[5:]]
    counted, annulled = (str(int(values[5] == s)) for s in ("counted", "annulled"))
    texts = [safe(plain_text(values[i])) for i in (3, 7, 8)]
    figures = values[12].split(",") if values[12] else [""] * len(form.lines)
    state = [values[5], "1", counted, annulled, values[6], *texts[1:]]
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
        self.ballot.check(cells[10:], self.codes[digest[16:]], place, self.report)
        if cells[3] == "not counted":
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
            cells = self.wrong.get(values[2]) if len(values) == 15 else None
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
        self.absent: dict[str, list[str]] = {}  # of areas: whose lines are on no ballot there

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
        if said:
            self.absent[code] = said

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
    figures, lines = sums[5:], form.lines
    checks = zip(form.body["checks"], numbers(values[8]), numbers(values[9]))
    return {
        "unit": "area", "code": values[2], "unit_name": plain_text(values[3]),
        "unit_status": values[5], "version": None, "reason": "", "decision": "",
        "stations": dict(zip(("expected", "reported", "annulled"), sums[:3])),
        "registered_on_lists": {"expected": sums[3], "reported": sums[4]},
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
            if values[0] == STATION and len(values) == 15:
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
    tolds = []
    for contest in manifest["contests"]:
        with report.naming(needed=needed):
            told = check_contest(election, manifest, contest, report, needed=needed)
            if told is not None:
                tolds.append(told)
                election.tolds[number, told.contest] = told
    if tolds and len(tolds) == len(manifest["contests"]):
        check_kinds(election, tolds, number, report)
        if number == election.size and not election.source.web:
            check_rehearsal(election, tolds, report)
    check_differences(election, number, report)
    election.tolds = {key: told for key, told in election.tolds.items() if key[0] == number}


def check_documents(election: Election, number: int, report: Report) -> None:
    for name, digest in election.manifests.get(number, {}).get("files", {}).items():
        check_file(election, election.manifests[number], name, digest, report)


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
) -> Told | None:  # fmt: skip
    """What its other files must tell; None where the records, the CSV or the JSON are wrong."""
    number, code = manifest["number"], contest["contest"]
    source, before = election.source, report.findings
    path = election.path(f"{number}/{code}")
    form = form_in(election, number, contest, report)
    ledger = Ledger(code, form, f"{path}.ledger.tsv", report)
    readable = False
    with report.naming(needed=needed):
        ledger.read(source.lines(ledger.path, LINE))
        readable = True
    if not readable:
        report.say(shown(f"publication {number}, {code}: CSV and JSON not compared"))
        return None
    if ledger.head is not None:
        head, digest, sums = ledger.head
        place = f"{ledger.path}: head {head}"
        report.differs(f"{place}: root of the contest in the manifest", contest["root"], digest)
        report.differs(f"{place}: sums in the manifest", contest["sums"], sums)
    table = Table(f"{path}.csv", number, ledger, report)
    certified = "certified" in election.statuses[:number]
    summary = Summary(f"{path}.json", ledger, manifest, certified, report)
    rows = areas = 0
    whole_ = False
    with report.naming(needed=needed):
        rows = table.read(source.lines(table.path, LINE))
        table.explain(source.lines(ledger.path, LINE))
        areas = summary.read(source.open(summary.path))
        whole_ = True
        notice = safe(str(summary.whole.get("notice")))
        report.differs(f"{table.path}: notice", table.notice or "", notice if rows else "")
    sound = whole_ and report.findings == before
    beside = check_beside(path, contest, source, ledger, report)
    check_since(election, number, ledger, report)
    verdict = "verified" if report.findings == before else "WRONG"
    counts = f"{len(ledger.stations)} stations and {len(ledger.areas)} areas recomputed"
    files = ", ".join([f"{rows} rows of CSV and {areas} areas of JSON compared", *beside])
    report.say(shown(f"publication {number}, {code}: {counts}, {files}: {verdict}"))
    if not sound:
        return None
    issuer = election.checkpoint(f"{number}/checkpoint").origin
    return Told(
        path, source, election, manifest, ledger, summary.whole, summary.absent, issuer,
        "turnout" in contest,
    )  # fmt: skip


def check_since(election: Election, number: int, ledger: Ledger, report: Report) -> None:
    """From the publication before whose records are here: no station goes away, and what it says
    changes by another version of its protocol, or by a decision that is stated.
    """
    code = ledger.records.contest
    earlier, old = election.before.get(code, (0, ledger))
    election.before[code] = number, ledger
    changed = changed_stations(old, ledger, earlier, report) if earlier else set()
    if not changed:
        return
    was = {
        values[2]: values
        for values in records_in(election.source, old.path)
        if values[2] in changed and values[5] != "not counted"
    }
    for now in records_in(election.source, ledger.path):
        if now[2] in was:
            place = f"{ledger.path}: station {now[2]}"
            check_change(was.pop(now[2]), now, earlier, place, report)


def changed_stations(old: Ledger, ledger: Ledger, earlier: int, report: Report) -> set[str]:
    """Those of which anything that a row of the CSV has is another."""
    changed = set()
    for code, digest in old.stations.items():
        place = f"{ledger.path}: station {code}"
        now = ledger.stations.get(code)
        if now is None:
            report.found(place, f"was there in publication {earlier} and is not any more")
        elif now[:16] != digest[:16]:
            changed.add(code)
        elif old.explained.get(code) != ledger.explained.get(code):
            report.found(place, f"has other reasons of warnings than in publication {earlier}")
    return changed


def records_in(source: Source, path: str) -> Iterator[list[str]]:
    """The stations' records once more."""
    for line in source.lines(path, LINE):
        values = line.decode("utf-8", "replace").split("\t")
        if values[0] == STATION and len(values) == 15:
            yield values


def check_change(was: list[str], now: list[str], earlier: int, place: str, report: Report) -> None:
    stated = now[7] and now[8]
    before = f"in publication {earlier}"
    if now[5] == "not counted":
        if not stated:
            report.found(place, f"was {was[5]} {before} and is not counted, without a reason")
    elif int(now[6]) < int(was[6]):
        report.found(place, f"is of version {now[6]}, and was of version {was[6]} {before}")
    elif now[6] != was[6]:
        if not stated:
            text = f"is of version {now[6]}, without a reason and a decision: it was {was[6]}"
            report.found(place, f"{text} {before}")
    elif (now[12], now[9], now[10]) != (was[12], was[9], was[10]):
        report.found(place, f"has other figures than {before}, of the same version {now[6]}")
    elif (now[5], now[7], now[8]) != (was[5], was[7], was[8]) and not stated:
        text = f"is {now[5]}, without a reason and a decision: it was {was[5]} {before}"
        report.found(place, text)


PROOF = {
    "contest": is_code, "election": is_text, "format": matching("hashvark (proof|bundle) v1"),
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
        report.differs(f"{place}: root of {area[2]}", area[-1], digest)
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


# --- What else says the same: a contest as every other file has to tell it -------------------

FORMULA = re.compile(r"'[=+\-@\t\r]")
PIECE = 1 << 20  # bytes of a file compared at a time
HELD = 20_000  # stations of a contest that are held in memory; of more the CSV is read anew
MOST_CELLS = 500_000_000  # figures of a contest, beyond which files that have them all are left
ZEROS = "Rehearsal: zeros. No results."


@dataclass
class Unit:
    """A station or an area as files tell it. ``given``: there is a paper, or a sum of some."""

    kind: str
    code: str
    name: str
    above: str
    status: str
    since: int
    counts: tuple[int, int, int]  # stations expected, counted, annulled
    version: str
    reason: str
    decision: str
    figures: Numbers
    stands: list[bool]  # whether each line is on the ballot there
    given: bool

    @property
    def key(self) -> str:
        """Its name in XML, another one for each code."""
        return identifier(self.kind, self.code)


def identifier(kind: str, code: str) -> str:
    return f"{kind}-" + "".join(
        c if c.isascii() and (c.isalnum() or c in ".-") else f"_{ord(c):x}_" for c in code
    )


@dataclass
class Told:
    """One contest of one publication: its records, which the CSV and the JSON agree with, and the
    words that no record has, as the JSON says them. ``zeroed``: with every figure 0, to rehearse.
    """

    path: str  # of its files, without their endings
    source: Source
    election: Election
    manifest: dict[str, Any]
    ledger: Ledger
    said: dict[str, Any]  # the JSON without its areas
    absent: dict[str, list[str]]
    issuer: str
    turnout: bool
    zeroed: bool = False
    reported: bool = False  # whether the report of NIST agrees
    held: list[Unit] = field(default_factory=list)

    @property
    def form(self) -> Form:
        return self.ledger.form

    @property
    def contest(self) -> str:
        return str(self.said["contest"])

    @property
    def number(self) -> int:
        return 0 if self.zeroed else int(self.manifest["number"])

    @property
    def status(self) -> str:
        return "pre-election" if self.zeroed else str(self.said["status"])

    @property
    def notice(self) -> str:
        return ZEROS if self.zeroed else str(self.said["notice"])

    @property
    def note(self) -> str:
        return "" if self.zeroed else str(self.manifest["note"])

    @property
    def decision(self) -> str:
        return "" if self.zeroed else str(self.manifest["decision"])

    @property
    def is_test(self) -> bool:
        return self.zeroed or self.said["kind"] in ("rehearsal", "sample")

    @property
    def moment(self) -> str:
        return str(self.manifest["published_at"])[:19] + "Z"

    @property
    def too_large(self) -> bool:
        return len(self.ledger.stations) * len(self.form.lines) > MOST_CELLS

    def as_zeros(self, first: dict[str, Any]) -> Told:
        """The same places with zeros, of the time of the ``first`` publication."""
        manifest = {**self.manifest, "published_at": first["published_at"]}
        return dataclasses.replace(
            self, zeroed=True, manifest=manifest, turnout=False, held=[], reported=False
        )

    def areas(self) -> list[Unit]:
        return [self.area(code) for code in sorted(self.ledger.areas)]

    def area(self, code: str) -> Unit:
        values = self.ledger.areas[code].split("\t")
        sums = figures_of(values[6])
        absent = self.absent.get(code, [])
        stands = [str(line.get("candidate")) not in absent for line in self.form.lines]
        counts = (sums[0] or 0, sums[1] or 0, sums[2] or 0)
        unit = Unit(
            "area", code, plain_text(values[3]), values[4], values[5], 0, counts, "", "", "",
            sums[5:], stands, counts[1] > 0,
        )  # fmt: skip
        return zeroed(unit) if self.zeroed else unit

    @property
    def head(self) -> Unit:
        return self.area(self.ledger.head[0] if self.ledger.head else "")

    def stations(self) -> Iterator[Unit]:
        """In the order of codes."""
        if not self.held and len(self.ledger.stations) <= HELD:
            self.held = list(self._stations())
        return iter(self.held) if self.held else self._stations()

    def _stations(self) -> Iterator[Unit]:
        codes = {number: code for code, number in self.ledger.places.items()}
        lines = self.source.lines(f"{self.path}.csv", LINE)
        rows = csv.reader((line.decode() + "\n" for line in lines), strict=True)
        next(rows)
        end = len(CSV_HEADER) + len(self.form.lines)
        for row in rows:
            if row[0] != "station":
                continue
            cells, above = row[len(CSV_HEADER) : end], codes[self.ledger.stations[row[1]][16:]]
            version, reason, decision = (self._raw("", cell) for cell in row[8:11])
            figures: Numbers = [int(x) if x not in ("", "-") else None for x in cells]
            unit = Unit(
                "station", row[1], self._raw(row[1], row[2]), above, row[3], int(row[4]),
                (1, int(row[6]), int(row[7])), version, reason, decision,
                figures, [cell != "-" for cell in cells], row[3] != "not counted",
            )  # fmt: skip
            yield zeroed(unit) if self.zeroed else unit

    def _raw(self, code: str, cell: str) -> str:
        """A text as it was before it was made safe for spreadsheets."""
        safe_ = FORMULA.match(cell) and code not in self.ledger.quoted
        return cell[1:] if safe_ else cell

    def units(self) -> Iterator[Unit]:
        yield from self.areas()
        yield from self.stations()


def zeroed(unit: Unit) -> Unit:
    figures: Numbers = [0 if stands else None for stands in unit.stands]
    stations = unit.counts[0]
    return dataclasses.replace(
        unit, status="counted", since=0, counts=(stations, stations, 0), given=True,
        version="1" if unit.kind == "station" else "", reason="", decision="", figures=figures,
    )  # fmt: skip


Pieces = Iterator[tuple[str, str]]  # of a file as it must be: where, and the text
Check = Callable[[BinaryIO, str], None]  # of a file: its content, and what it is called


def compare_text(stream: BinaryIO, pieces: Iterable[tuple[str, str]], path: str) -> None:
    """A file is, byte for byte, what it must be. Raises Wrong where it first is not."""
    try:
        with stream:
            for place, text in pieces:
                right = text.encode("utf-8", "surrogatepass")
                says = stream.read(len(right))
                if says != right:
                    at = next((i for i, (a, b) in enumerate(zip(says, right)) if a != b), len(says))
                    near = slice(max(0, at - 40), at + 40)
                    one, other = (x[near].decode("utf-8", "replace") for x in (says, right))
                    text = f"says {quoted(one)}, expected {quoted(other)}"
                    raise Wrong(f"{path}: {place}", text)
            if stream.read(1):
                raise Wrong(path, "has more after its end")
    except READING as error:
        raise Wrong(path, f"cannot be read to its end: {error}") from None


class Rows(io.StringIO):
    """What `csv.writer` writes into: each row ends with LF alone, and a bare CR is quoted."""

    def write(self, row: str) -> int:
        return super().write(row[:-2] + "\n" if row.endswith("\r\n") else row)


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    buffer = Rows()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def wide_csv(told: Told) -> Pieces:
    """The table that was held against the records, as it must be with other figures: zeros."""
    notice = [safe(told.notice)] if told.notice else []
    header = [*CSV_HEADER, *(line["key"] for line in told.form.lines)]
    yield "header", csv_text([[*header, *["notice" for _ in notice]]])
    for unit in told.stations():
        figures = ["-" if not s else f for s, f in zip(unit.stands, unit.figures)]
        state = [unit.status, unit.since, *unit.counts, unit.version, unit.reason, unit.decision]
        cells = [unit.kind, unit.code, safe(unit.name), *state, *figures, *notice]
        yield f"station {unit.code}", csv_text([cells])


LONG = (
    "unit", "code", "name", "area_code", "status", "line_number", "line_key", "role",
    "candidate_number", "candidate_name", "figure", "missing",
)  # fmt: skip


def long_csv(told: Told) -> Pieces:
    """One row for each station and line."""
    notice = [safe(told.notice)] if told.notice else []
    yield "header", csv_text([[*LONG, *["notice" for _ in notice]]])
    names = {c.get("number"): str(c.get("name")) for c in choices_of(told.form)}
    fixed = []
    for line in told.form.lines:
        number = line.get("candidate")
        who = ["", ""] if number is None else [number, safe(names.get(number, ""))]
        fixed.append([safe(str(line.get("number"))), line["key"], line.get("role", ""), *who])
    for unit in told.stations():
        start = [unit.kind, unit.code, safe(unit.name), unit.above, unit.status]
        blank = "blank" if unit.given else "not counted"
        rows = []
        for about, figure, stands in zip(fixed, unit.figures, unit.stands):
            why = ["", blank] if stands else ["-", "not on ballot"]
            rows.append([*start, *about, *([figure, ""] if figure is not None else why), *notice])
        yield f"station {unit.code}", csv_text(rows)


def choices_of(form: Form) -> list[dict[str, Any]]:
    choices = form.body.get("choices")
    return [c for c in choices if isinstance(c, dict)] if isinstance(choices, list) else []


# --- The same in the words of XML: EML 510 ----------------------------------------------------

NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def xml_text(value: str) -> str:
    return escape(NO_XML.sub("\ufffd", value), {"\r": "&#13;"})


def xml_attribute(value: str) -> str:
    marks = {"\r": "&#13;", "\t": "&#9;", "\n": "&#10;", '"': "&quot;"}
    return f'"{escape(NO_XML.sub(chr(0xFFFD), value), marks)}"'


def token(value: str) -> str:
    return " ".join(value.split())


def eml(told: Told) -> Pieces:
    """The count of a contest. What is not counted is not in it."""
    said, form, head = told.said, told.form, told.head
    about = [told.notice, told.note, f"Status: {told.status}."]
    about += [f"Source: {said['source']}."] if said["source"] else []
    remark = " ".join(filter(None, [*about, f"Licence: {said['licence']}."]))
    remark = NO_XML.sub("\ufffd", remark).replace("--", "- -").replace("--", "- -")
    slug = xml_attribute(told.election.code)
    key = f"{told.election.code}/{told.number}/{told.contest}"
    yield "remark", f"{DECLARATION}<!-- {remark} -->\n"
    yield "head", '<EML xmlns="urn:oasis:names:tc:evs:schema:eml" Id="510" SchemaVersion="5.0">\n'
    yield "TransactionId", f"<TransactionId>{xml_text(key)}</TransactionId>\n"
    yield "IssueDate", f"<IssueDate>{told.moment}</IssueDate>\n<Count>\n"
    qualifier = eml_element("EventQualifier", told.notice) if told.notice else ""
    event = f"<EventIdentifier Id={slug}>{eml_element('EventName', said['name'])}{qualifier}"
    yield "EventIdentifier", f"{event}</EventIdentifier>\n"
    name = eml_element("ElectionName", said["name"])
    yield "Election", f"<Election><ElectionIdentifier Id={slug}>{name}</ElectionIdentifier>\n"
    office = eml_element("ContestName", str(form.body.get("office")))
    yield "Contest", f"<Contests><Contest><ContestIdentifier Id={xml_attribute(told.contest)}>"
    yield "ContestName", f"{office}</ContestIdentifier>\n"
    expected, counted, annulled = head.counts
    answers = {
        "Simulation": told.is_test, "Final": told.status == "certified",
        "Partial": expected - counted - annulled > 0,
    }  # fmt: skip
    words = "".join(f"<{k}>{'yes' if v else 'no'}</{k}>" for k, v in answers.items())
    seats = f"<NumberOfPositions>{form.body.get('seats')}</NumberOfPositions>"
    yield "CountQualifier", f"<CountQualifier>{words}</CountQualifier>\n{seats}\n"
    named = {c["number"]: eml_candidate(c) for c in choices_of(form) if c.get("number") is not None}
    yield "TotalVotes", f"<TotalVotes>{eml_votes(form, head, named)}</TotalVotes>\n"
    bare = {n: f'<Candidate><CandidateIdentifier Id="{n}"/></Candidate>' for n in named}
    for unit in told.units():
        if unit.code != head.code or unit.kind != "area":
            yield f"{unit.kind} {unit.code}", eml_unit(form, unit, bare)
    yield "end", "</Contest></Contests></Election>\n</Count>\n</EML>\n"


def eml_element(name: str, value: str) -> str:
    return f"<{name}>{xml_text(token(value))}</{name}>"


def eml_candidate(choice: dict[str, Any]) -> str:
    name, nominator = token(str(choice.get("name"))), choice.get("nominator")
    name = name if len(name) <= 70 else f"{name[:69]}…"
    registered = eml_element("RegisteredName", nominator) if nominator else ""
    party = f"<AffiliationIdentifier>{registered}</AffiliationIdentifier>" if registered else ""
    return (
        f'<Candidate><CandidateIdentifier Id="{choice["number"]}">'
        f"{eml_element('CandidateName', name)}</CandidateIdentifier></Candidate>{party}"
    )


def has_count(form: Form, unit: Unit) -> bool:
    """EML has no form for a unit that is not counted."""
    return unit.counts[1] > 0 and any(v is not None for v in form.votes(unit.figures).values())


def eml_unit(form: Form, unit: Unit, candidates_: dict[int, str]) -> str:
    if not has_count(form, unit):
        return ""
    name = xml_text(token(f"{unit.code} {unit.name}"))
    return (
        f'<ReportingUnitVotes><ReportingUnitIdentifier Id="{unit.key}">{name}'
        f"</ReportingUnitIdentifier>{eml_votes(form, unit, candidates_)}</ReportingUnitVotes>\n"
    )


def eml_votes(form: Form, unit: Unit, candidates_: dict[int, str]) -> str:
    figures = unit.figures
    text = "".join(
        f"<CountMetric Type={xml_attribute(line['key'])}>{figure}</CountMetric>"
        for line, figure in zip(form.lines, figures)
        if line.get("candidate") is None and figure is not None
    )
    for number, votes in form.votes(figures).items():
        if votes is not None:
            who = candidates_[number]
            text += f"<Selection>{who}<ValidVotes>{votes}</ValidVotes></Selection>"
    invalid = form.of("invalid", figures)
    for name, figure in (("Cast", form.cast(figures)), ("TotalCounted", form.valid(figures))):
        text += f"<{name}>{figure}</{name}>" if figure is not None else ""
    if invalid is not None:
        text += f'<RejectedVotes ReasonCode="invalid">{invalid}</RejectedVotes>'
    return text


# --- The same in the words of NIST SP 1500-100 ------------------------------------------------

NIST = "ElectionResults."
LEVELS = ("country", "state", "county", "city", "municipality", "town", "village", "ward")
COUNT_STATUS = {
    "not counted": "not-processed", "partial": "in-process", "counted": "completed",
    "annulled": "completed",
}  # fmt: skip
INVALID = (
    "Invalid ballots are BallotsRejected in the BallotCounts of each unit. VotersRegistered and"
    " VotersParticipated are those of the counted stations. Units without counts are not counted"
    " yet. Counts of the type other, annulled, belong to annulled stations and are in no sum."
)


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


def nist_object(kind: str, **members: Any) -> dict[str, Any]:
    """Without members that are not known."""
    known = {name: value for name, value in members.items() if value not in (None, "", [])}
    key = {"@id": known.pop("id")} if "id" in known else {}
    return {**key, "@type": f"{NIST}{kind}", **known}


def in_words(name: str, names: dict[str, str] | None = None) -> dict[str, Any]:
    """A text, in every language that is known to have it."""
    every = {"und": name, **{code: text for code, text in (names or {}).items() if text}}
    texts = [
        {"@type": f"{NIST}LanguageString", "Content": text, "Language": code}
        for code, text in every.items()
    ]
    return nist_object("InternationalizedText", Text=texts)


def translated(name: str, names: dict[str, str] | None) -> Free:
    """A text with all of its translations, which stand in no certain order."""
    expected = in_words(name, names)
    texts = sorted(map(exact, expected["Text"]))

    def good(said: Any) -> bool:
        mine = said.get("Text") if isinstance(said, dict) else None
        return (
            isinstance(mine, list)
            and exact(said) == exact({**expected, "Text": mine})
            and mine[:1] == expected["Text"][:1]
            and sorted(map(exact, mine)) == texts
        )

    return Free(good)


def named(name: str) -> Free:
    """A text that is ``name`` in no language, and has other words in some that no record says."""
    first = in_words(name)["Text"][0]

    def good(said: Any) -> bool:
        texts = (
            said.get("Text") if isinstance(said, dict) and list(said) == ["@type", "Text"] else 0
        )
        if not isinstance(texts, list) or not all(isinstance(text, dict) for text in texts):
            return False
        codes = [text.get("Language") for text in texts]
        return (
            said["@type"] == f"{NIST}InternationalizedText"
            and texts[:1] == [first]
            and len(set(map(str, codes))) == len(codes)
            and all(
                list(text) == list(first) and all(map(is_text, text.values())) for text in texts
            )
            and all(text["@type"] == first["@type"] for text in texts)
        )

    return Free(good)


def external(kind: str, value: str) -> dict[str, Any]:
    return nist_object("ExternalIdentifier", Type="other", OtherType=kind, Value=value)


def type_of(unit: Unit) -> dict[str, str]:
    return (
        {"Type": "other", "OtherType": "annulled"}
        if unit.status == "annulled"
        else {"Type": "total"}
    )


def count_status(unit: Unit) -> dict[str, Any]:
    return {**nist_object("CountStatus", Status=COUNT_STATUS[unit.status]), **type_of(unit)}


class Nist:
    """The report of a contest as JSON, held against its records item by item."""

    def __init__(self, told: Told, path: str) -> None:
        self.told, self.path, self.form = told, path, told.form
        choices = choices_of(told.form)
        self.choices = [
            (f"w{i}" if c.get("number") is None else str(c["number"]), c)
            for i, c in enumerate(choices)
        ]
        self.by_list = told.form.body.get("rule") == "list"
        parties = dict.fromkeys(filter(None, (self._party(c) for c in choices)))
        self.parties = {name: f"party-{i}" for i, name in enumerate(parties, 1)}

    def read(self, stream: BinaryIO) -> None:
        with stream:
            walk = Walk(stream, self.path)
            self._follow(walk, self._report(), self.path)
            walk.end()

    def _follow(self, walk: Walk, expected: dict[str, Any], place: str) -> None:
        """Member by member; in the place of a long list stands what reads it."""
        keys = iter(expected)
        for key in walk.members():
            wanted = next(keys, None)
            if key != wanted:
                raise Wrong(place, f"has the member {quoted(key)}, expected {quoted(wanted)}")
            value = expected[key]
            if callable(value):
                value(walk, f"{place}: {key}")
            else:
                same(walk.value(), value, f"{place}: {key}")
        if (wanted := next(keys, None)) is not None:
            raise Wrong(place, f"misses the member {quoted(wanted)}")

    def _each(self, objects: list[dict[str, Any]]) -> Callable[[Walk, str], None]:
        """A list of objects with long lists in them."""

        def read(walk: Walk, place: str) -> None:
            count = 0
            for _ in walk.items():
                if count >= len(objects):
                    raise Wrong(place, f"has more than {len(objects)} items")
                self._follow(walk, objects[count], f"{place}, item {count + 1}")
                count += 1
            if count < len(objects):
                raise Wrong(place, f"has {count} items, expected {len(objects)}")

        return read

    def _units(
        self, units: Callable[[], Iterator[Unit]], make: Callable[[Unit, Any], Any]
    ) -> Callable[[Walk, str], None]:
        """A list with one item for each of the units of which ``make`` gives one."""

        def read(walk: Walk, place: str) -> None:
            waiting = iter(units())
            for said in walk.values():
                expected = unit = None
                for unit in waiting:
                    expected = make(unit, said)
                    if expected is not None:
                        break
                if unit is None or expected is None:
                    raise Wrong(place, f"has an item more than there are: {quoted(said)}")
                same(said, expected, f"{place}: {unit.kind} {unit.code}")
            for unit in waiting:
                if make(unit, {}) is not None:
                    raise Wrong(f"{place}: {unit.kind} {unit.code}", "is not there")

        return read

    def _report(self) -> dict[str, Any]:
        told = self.told
        ids = [external("publication", str(told.number))]
        ids += [external("decision", told.decision)] if told.decision else []
        test = "zeros" if told.zeroed else told.said["kind"]
        return nist_object(
            "ElectionReport",
            Election=self._each([self._election()]),
            ExternalIdentifier=ids,
            Format="precinct-level",
            GeneratedDate=told.moment,
            GpUnit=self._units(self._stations_first, self._unit),
            Issuer=told.issuer,
            IssuerAbbreviation=told.issuer,
            IsTest=told.is_test,
            Notes=self._notes(),
            Office=[self._office()],
            Party=[
                nist_object("Party", id=key, Name=in_words(name))
                for name, key in self.parties.items()
            ],
            Person=[] if self.by_list else [self._person(*choice) for choice in self.choices],
            SequenceStart=1,
            SequenceEnd=1,
            Status=told.status,
            TestType=test if told.is_test else None,
            VendorApplicationId="Hashvark",
        )

    def _election(self) -> dict[str, Any]:
        told = self.told
        day = Free(lambda said: isinstance(said, str) and bool(DAY.fullmatch(said)))
        return nist_object(
            "Election",
            BallotCounts=self._units(told.units, self._ballots),
            Candidate=[self._candidate(*choice) for choice in self.choices],
            Contest=self._each([self._contest()]),
            ElectionScopeId=told.head.key,
            ExternalIdentifier=[external("election", told.election.code)],
            Name=named(told.said["name"]),
            StartDate=day,
            EndDate=day,
            Type="runoff" if self.form.body.get("round", 1) > 1 else "general",
        )

    def _contest(self) -> dict[str, Any]:
        told, form, head = self.told, self.form.body, self.told.head
        rules = {"plurality": "plurality", "majority": "majority", "list": "proportional"}
        selections = [self._selection(*c) for c in self.choices if c[1].get("number") is not None]
        return nist_object(
            "CandidateContest",
            id=identifier("contest", told.contest),
            ContestSelection=self._each(selections) if selections else None,
            CountStatus=[count_status(head)],
            ElectionDistrictId=head.key,
            ExternalIdentifier=[external("contest", told.contest)],
            Name=form.get("office"),
            SubUnitsReported=head.counts[1] + head.counts[2],
            TotalSubUnits=head.counts[0],
            VoteVariation=rules.get(str(form.get("rule"))),
            NumberElected=form.get("seats"),
            NumberRunoff=2 if form.get("rule") == "majority" else None,
            OfficeIds=[identifier("office", told.contest)],
            VotesAllowed=1,
        )

    def _selection(self, key: str, choice: dict[str, Any]) -> dict[str, Any]:
        number = choice["number"]

        def votes(unit: Unit, said: Any) -> Any:
            count = self.form.votes(unit.figures).get(number)
            start = nist_object("VoteCounts", GpUnitId=unit.key)
            return None if count is None else {**start, **type_of(unit), "Count": count}

        return nist_object(
            "CandidateSelection",
            id=f"selection-{key}",
            SequenceOrder=number,
            VoteCounts=self._units(self.told.units, votes),
            CandidateIds=[f"candidate-{key}"],
        )

    def _ballots(self, unit: Unit, said: Any) -> Any:
        cast, rejected = self.form.cast(unit.figures), self.form.of("invalid", unit.figures)
        known = {"BallotsCast": cast, "BallotsRejected": rejected}
        counts = {name: count for name, count in known.items() if count is not None}
        start = nist_object("BallotCounts", GpUnitId=unit.key)
        return {**start, **type_of(unit), **counts} if counts else None

    def _stations_first(self) -> Iterator[Unit]:
        self.below: dict[str, Any] = {}
        for area in self.told.areas():
            self.below.setdefault(area.above, hashlib.sha256()).update(f"{area.key}\n".encode())
        for station in self.told.stations():
            key = f"{station.key}\n".encode()
            self.below.setdefault(station.above, hashlib.sha256()).update(key)
            yield station
        yield from self.told.areas()

    def _unit(self, unit: Unit, said: Any) -> Any:
        area, counts = unit.kind == "area", unit.counts[1] > 0
        said = said if isinstance(said, dict) else {}
        other = area and said.get("Type") not in LEVELS
        below = self.below[unit.code].hexdigest() if area and unit.code in self.below else ""
        expected, counted, annulled = unit.counts
        return nist_object(
            "ReportingUnit",
            id=unit.key,
            ComposingGpUnitIds=Free(
                lambda ids: is_texts(ids) and sha("".join(f"{x}\n" for x in ids).encode()) == below
            )
            if below
            else None,
            ExternalIdentifier=[external(f"code of the {unit.kind}", unit.code)],
            Name=named(unit.name),
            CountStatus=[count_status(unit)],
            Number=unit.code,
            SubUnitsReported=counted + annulled if area else None,
            TotalSubUnits=expected if area else None,
            Type="other" if other else said.get("Type") if area else "precinct",
            OtherType=Free(is_text) if other else None,
            VotersParticipated=self.form.of("voters", unit.figures) if counts else None,
            VotersRegistered=self.form.of("registered", unit.figures) if counts else None,
        )

    def _party(self, choice: dict[str, Any]) -> str:
        return str(choice.get("name") if self.by_list else choice.get("nominator") or "")

    def _candidate(self, key: str, choice: dict[str, Any]) -> dict[str, Any]:
        number = choice.get("number")
        return nist_object(
            "Candidate",
            id=f"candidate-{key}",
            BallotName=translated(str(choice.get("name")), choice.get("names")),
            ExternalIdentifier=[] if number is None else [external("ballot number", str(number))],
            PartyId=self.parties.get(self._party(choice)),
            PersonId=None if self.by_list else f"person-{key}",
            PreElectionStatus="withdrawn" if choice.get("status") == "withdrawn" else "qualified",
        )

    def _person(self, key: str, choice: dict[str, Any]) -> dict[str, Any]:
        work = choice.get("occupation")
        return nist_object(
            "Person",
            id=f"person-{key}",
            FullName=translated(str(choice.get("name")), choice.get("names")),
            Profession=in_words(work) if work else None,
        )

    def _office(self) -> dict[str, Any]:
        body = self.form.body
        return nist_object(
            "Office",
            id=identifier("office", self.told.contest),
            ElectionDistrictId=self.told.head.key,
            Name=translated(str(body.get("office")), body.get("offices")),
        )

    def _notes(self) -> Free:
        """The areas of a candidate's ballot are named in no certain order."""
        told, said, areas = self.told, self.told.said, self.told.ledger.areas
        scopes = []
        for line in self.form.lines:
            if line.get("scope") and line.get("candidate") is not None:
                inside = ", ".join(x if x in areas else "no area here" for x in line["scope"])
                text = f"Candidate {line['candidate']} is on the ballot only in: {inside}."
                scopes.append(text)
        start = " ".join(filter(None, [told.notice, told.note, INVALID]))
        source = f"Source: {said['source']}." if said["source"] else ""
        whole_ = " ".join(filter(None, [start, *scopes, source, f"Licence: {said['licence']}."]))
        words = sorted(re.split("[ ,.]+", whole_))
        return Free(
            lambda notes: (
                is_text(notes)
                and notes.startswith(start)
                and sorted(re.split("[ ,.]+", notes)) == words
            )
        )


DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONG_LISTS = ("BallotCounts", "VoteCounts", "GpUnit")
AROUND_THEM = ("Election", "Contest", "ContestSelection")
ATTRIBUTES = {"@id": "ObjectId", "@type": "xsi:type", "Label": "Label", "Language": "Language"}
ABSTRACT = ("ReportingUnit", "CandidateContest", "CandidateSelection")


def nist_xml(walk: Walk) -> Pieces:
    """The report as XML, from the same as JSON."""
    xsi = "http://www.w3.org/2001/XMLSchema-instance"
    names = f'xmlns="http://itl.nist.gov/ns/voting/1500-100/v2" xmlns:xsi="{xsi}"'
    yield "head", f"{DECLARATION}<ElectionReport {names}>\n"
    keys = walk.members()
    next(keys)
    walk.value()  # the type of the report is its name
    yield from xml_members(walk, keys)
    yield "end", "</ElectionReport>\n"
    walk.end()


def nist_xml_of(told: Told) -> Pieces:
    path = f"{told.path}.nist.json"
    if not told.reported:
        raise Skipped(f"{told.path}.nist.xml", f"{path} is wrong or missing")
    with told.source.open(path) as stream:
        yield from nist_xml(Walk(stream, path))


def xml_members(walk: Walk, keys: Iterator[str]) -> Pieces:
    for name in keys:
        if name in LONG_LISTS:
            for item in walk.values():
                yield (
                    f"{name} {item.get('@id') or item.get('GpUnitId')}",
                    f"{xml_element(name, item)}\n",
                )
        elif name in AROUND_THEM:
            for _ in walk.items():
                yield from xml_around(walk, name)
        else:
            yield name, f"{xml_member(name, walk.value())}\n"


def xml_around(walk: Walk, name: str) -> Pieces:
    inside = walk.members()
    known: dict[str, Any] = {}
    for key in inside:
        known[key] = walk.value()
        if key == "@type":
            break
    yield name, f"<{name}{xml_attributes(known)}>\n"
    yield from xml_members(walk, inside)
    yield name, f"</{name}>\n"


def xml_element(name: str, value: Any) -> str:
    if not isinstance(value, dict):
        inside = xml_text(value) if isinstance(value, str) else str(value).lower()
        return f"<{name}>{inside}</{name}>"
    if "Content" in value:
        inside = xml_text(value["Content"])
    else:
        inside = "".join(xml_member(n, m) for n, m in value.items() if n not in ATTRIBUTES)
    return f"<{name}{xml_attributes(value)}>{inside}</{name}>"


def xml_member(name: str, member: Any) -> str:
    if not isinstance(member, list):
        return xml_element(name, member)
    if name.endswith("Ids"):
        return f"<{name}>{' '.join(member)}</{name}>"
    return "".join(xml_element(name, item) for item in member)


def xml_attributes(value: dict[str, Any]) -> str:
    kind = value["@type"][len(NIST) :]
    known = {
        attribute: kind if name == "@type" else value[name]
        for name, attribute in ATTRIBUTES.items()
        if name in value and (name != "@type" or kind in ABSTRACT)
    }
    return "".join(f" {name}={xml_attribute(text)}" for name, text in known.items())


# --- What the rule makes of the figures: docs/outcome.md --------------------------------------


class NoRule(Exception):
    """The rule of the form cannot be applied."""


class Tie(Exception):
    """The rule stops until a lot is drawn."""


@dataclass
class Count:
    """The sums a rule is applied to."""

    votes: dict[int, int]
    valid: int
    cast: int
    voters: int | None
    registered: int | None


def count_of(form: Form, figures: Numbers) -> Count | None:
    """None: nothing is counted yet."""
    valid = form.valid(figures)
    if valid is None:
        return None
    return Count(
        {number: votes or 0 for number, votes in form.votes(figures).items()},
        valid, form.cast(figures) or 0, form.of("voters", figures), form.of("registered", figures),
    )  # fmt: skip


class Rule:
    """The rule of a contest, with its settings; exact numbers throughout."""

    def __init__(self, form: Form) -> None:
        self.settings = form.body.get("outcome") or {}
        self.kind, self.base = str(form.body.get("rule")), str(form.body.get("base"))
        self.seats, self.round = form.body.get("seats", 1), form.body.get("round", 1)
        self.advance, self.method = self.get("advance", 2), self.get("method", "")
        self.alone = set(self.get("independents", ()))
        choices = choices_of(form)
        gone = {c.get("number") for c in choices if c.get("status") == "withdrawn"}
        self.withdrawn = gone - {None}
        self.out = {self.get("against"), *self.withdrawn}

    def get(self, name: str, otherwise: Any = None) -> Any:
        return self.settings.get(name, otherwise)

    def part(self, name: str) -> Fraction | None:
        """A percentage as a part of 1."""
        if name not in self.settings:
            return None
        found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,3})?) ?%", str(self.settings[name]))
        if not found:
            raise NoRule
        return Fraction(found[1]) / 100

    def whole(self, count: Count, base: str = "") -> int:
        return count.valid if (base or self.base) == "valid" else count.cast

    def standing(self, count: Count) -> dict[int, int]:
        """Votes of everybody who can be elected, in ballot order."""
        return {number: votes for number, votes in count.votes.items() if number not in self.out}

    def enough(self, voters: int, registered: int) -> bool:
        needed = (self.part("turnout") or 0) * registered
        return voters > needed or (self.get("turnout_inclusive", True) and voters == needed)

    def needed(self, number: int, count: Count) -> Fraction:
        """How many votes a list must reach, or exceed, to take part in the division."""
        share = self.part("threshold") or Fraction(0)
        if number in self.get("alliances", ()):
            own = self.part("alliance_threshold")
            share = share if own is None else own
        return share * self.whole(count, self.get("threshold_base", ""))


class Course:
    """One application of a rule: its steps, and what it gives."""

    def __init__(self, rule: Rule, count: Count, lots: list[list[int]]) -> None:
        self.rule, self.count, self.unused = rule, count, list(lots)
        self.steps: list[dict[str, Any]] = []

    def say(self, code: str, **named: Any) -> None:
        self.steps.append({"step": code, **named})

    def apply(self) -> dict[str, Any]:
        """The proposal as the file has it. Raises NoRule."""
        rules = {"plurality": self._plurality, "majority": self._majority, "list": self._lists}
        if self.rule.kind not in rules or (self.rule.kind == "majority" and self.rule.seats != 1):
            raise NoRule
        try:
            failed = self._failed_by_turnout()
            return ended("failed") if failed else rules[self.rule.kind]()
        except Tie as tie:
            return {"kind": "lot needed", "among": list(tie.args[0]), "places": tie.args[1]}

    def first(self, worth: Mapping[int, Any], places: int) -> list[int]:
        """Those with the highest worth, highest first."""
        ranked = sorted(worth, key=lambda number: Fraction(-worth[number]))
        if len(ranked) <= places or not places:
            return ranked if places else []
        last = worth[ranked[places - 1]]
        safe_ = [number for number in ranked if worth[number] > last]
        tied = [number for number in ranked if worth[number] == last]
        return safe_ + self.some(tied, places - len(safe_), last)

    def some(self, tied: list[int], places: int, worth: Any) -> list[int]:
        """So many of those who tie: all, if they fit, else by lot."""
        if len(tied) <= places:
            return list(tied)
        self.say("tie", places=places, value=worth, candidates=list(tied))
        for lot in self.unused:
            if sorted(lot) == sorted(tied):
                self.unused.remove(lot)
                self.say("lot", candidates=list(lot))
                return list(lot[:places])
        raise Tie(tied, places)

    def _failed_by_turnout(self) -> bool:
        rule, count, part = self.rule, self.count, self.rule.part("turnout")
        if part is None:
            return False
        if count.voters is None or count.registered is None:
            raise NoRule
        enough = rule.enough(count.voters, count.registered)
        self.say(
            "turnout_reached" if enough else "turnout_missed", voters=count.voters,
            registered=count.registered, needed=part,
            inclusive=int(rule.get("turnout_inclusive", True)),
        )  # fmt: skip
        return not enough

    def _standing(self) -> dict[int, int]:
        rule, base = self.rule, self.rule.whole(self.count)
        self.say("of_valid_votes" if rule.base == "valid" else "of_ballots_cast", base=base)
        for number, votes in sorted(self.count.votes.items(), key=lambda one: -one[1]):
            if number in rule.withdrawn:
                self.say("withdrawn", candidate=number, votes=votes)
                continue
            code = "against" if number == rule.get("against") else "votes"
            share = Fraction(votes, base) if base else 0
            self.say(code, candidate=number, votes=votes, share=share)
        standing = rule.standing(self.count)
        if not standing:
            self.say("nobody_to_choose_from", standing=0)
        return standing

    def _plurality(self) -> dict[str, Any]:
        standing, seats = self._standing(), self.rule.seats
        if not standing:
            return ended("failed")
        self.say("places", places=seats)
        elected = self.first(standing, seats)
        for number in elected:
            self.say("place", candidate=number, votes=standing[number])
        vacant = seats - len(elected)
        if vacant:
            self.say("fewer_than_places", standing=len(standing), places=seats)
        return ended("elected", elected=elected, vacant=vacant)

    def _majority(self) -> dict[str, Any]:
        standing, rule, base = self._standing(), self.rule, self.rule.whole(self.count)
        if not standing:
            return ended("failed")
        self.say("half", half=Fraction(base, 2))
        best = max(standing, key=lambda one: standing[one])
        if 2 * standing[best] > base:
            self.say("above_half", candidate=best, votes=standing[best])
            return ended("elected", elected=[best])
        self.say("nobody_above_half", most=standing[best])
        if len(standing) == 1:
            return ended("failed")
        if rule.round > 1:
            halves = [n for n, votes in standing.items() if base and 2 * votes == base]
            if len(halves) < 2:
                return ended("failed")
            return ended("elected", elected=self.some(halves, 1, Fraction(base, 2)))
        self.say("places", places=rule.advance)
        advancing = self._advancing(standing)
        for number in advancing:
            self.say("place", candidate=number, votes=standing[number])
        return ended("second round", advancing=advancing)

    def _advancing(self, standing: dict[int, int]) -> list[int]:
        places = self.rule.advance
        ranked = sorted(standing, key=lambda number: -standing[number])
        if self.rule.get("tie", "lot") == "lot" or len(ranked) <= places:
            return self.first(standing, places)
        last = standing[ranked[places - 1]]
        advancing = [number for number in ranked if standing[number] >= last]
        if len(advancing) > places:
            tied = [number for number in advancing if standing[number] == last]
            self.say("tie_all", value=last, candidates=tied)
        return advancing

    def _lists(self) -> dict[str, Any]:
        if self.rule.method not in ("largest_remainder", *DIVISORS):
            raise NoRule
        count = self.count
        for number, votes in count.votes.items():
            if number in self.rule.withdrawn:
                self.say("withdrawn", candidate=number, votes=votes)
        alone = self._independents()
        inside = self._reaching()
        seats, given = self.rule.seats - len(alone), dict.fromkeys(alone, 1)
        if seats and inside:
            self.say("division", votes=sum(inside.values()), seats=seats)
            divide = self._averages if self.rule.method in DIVISORS else self._remainders
            given.update(divide(inside, seats))
        if not given:
            self.say("no_list")
            return ended("failed")
        shown_ = {number: given[number] for number in count.votes if number in given}
        for number, mine in shown_.items():
            self.say("seats", list=number, seats=mine)
        vacant = self.rule.seats - sum(given.values())
        return ended("elected", elected=alone, seats=shown_, vacant=vacant)

    def _independents(self) -> list[int]:
        standing, base, seats = (
            self.rule.standing(self.count),
            self.rule.whole(self.count),
            self.rule.seats,
        )
        alone = {number: votes for number, votes in standing.items() if number in self.rule.alone}
        if not alone:
            return []
        quotient = Fraction(base, seats)
        self.say("independent_quotient", base=base, seats=seats, quotient=quotient)
        reaching = {number: votes for number, votes in alone.items() if votes and votes >= quotient}
        for number, votes in alone.items():
            if number not in reaching:
                self.say("independent_below", candidate=number, votes=votes)
        elected = self.first(reaching, seats)
        for number in elected:
            self.say("independent_seat", candidate=number, votes=alone[number])
        return elected

    def _reaching(self) -> dict[int, int]:
        rule, count = self.rule, self.count
        base, inclusive = (
            rule.whole(count, rule.get("threshold_base", "")),
            rule.get("threshold_inclusive", True),
        )
        everybody = rule.part("threshold") or Fraction(0)
        parts = {"threshold": everybody}
        if rule.get("alliances"):
            own = rule.part("alliance_threshold")
            parts["alliance_threshold"] = everybody if own is None else own
        for code, part in parts.items():
            least = part * base
            self.say(code, base=base, needed=part, least_votes=least, inclusive=int(inclusive))
        inside = {}
        for number, votes in rule.standing(count).items():
            if number in rule.alone:
                continue
            needed = rule.needed(number, count)
            reaches = bool(votes) and (votes > needed or (inclusive and votes == needed))
            share = Fraction(votes, base) if base else 0
            self.say("reaches" if reaches else "below", list=number, votes=votes, share=share)
            if reaches:
                inside[number] = votes
        return inside

    def _remainders(self, votes: dict[int, int], seats: int) -> dict[int, int]:
        quotient = Fraction(sum(votes.values()), seats)
        self.say("hare_quotient", quotient=quotient)
        given, left = {}, {}
        for number, mine in votes.items():
            given[number] = int(mine // quotient)
            left[number] = mine / quotient - given[number]
            self.say("whole", list=number, seats=given[number], remainder=left[number])
        for number in self.first(left, seats - sum(given.values())):
            given[number] += 1
            self.say("remainder", list=number, remainder=left[number])
        return given

    def _averages(self, votes: dict[int, int], seats: int) -> dict[int, int]:
        divisor, given, left = DIVISORS[self.rule.method], dict.fromkeys(votes, 0), seats
        while left:
            worth = {number: mine / divisor(given[number]) for number, mine in votes.items()}
            highest = max(worth.values())
            equal = [number for number in votes if worth[number] == highest]
            for number in self.some(equal, left, highest):
                by = divisor(given[number])
                given[number] += 1
                left -= 1
                self.say("quotient", list=number, divisor=by, quotient=highest, seat=seats - left)
        return given


def ended(kind: str, **more: Any) -> dict[str, Any]:
    end = {"kind": kind, "elected": [], "advancing": [], "seats": {}, "vacant": 0, **more}
    end["seats"] = {str(number): seats for number, seats in end["seats"].items()}
    return end


#: What the votes of a list are divided by for its next seat, by how many it has.
DIVISORS: dict[str, Callable[[int], Fraction]] = {
    "dhondt": lambda has: Fraction(has + 1),
    "sainte_lague": lambda has: Fraction(2 * has + 1),
    "modified_sainte_lague": lambda has: Fraction(2 * has + 1) if has else Fraction(14, 10),
}


def verdict(count: Count, rule: Rule, out: int | None) -> str:
    """Whether all who are out, voting in the worst way, could change who is elected."""
    if out is None or rule.kind not in ("plurality", "majority"):
        return "unknown" if out is None or not lacking(count, rule, out) else "open"
    if rule.kind == "majority" and rule.seats > 1:
        return "unknown"
    if lacking(count, rule, out):
        return "open"
    votes = sorted(rule.standing(count).values(), reverse=True)
    if rule.kind == "plurality":
        return "elected" if apart(votes, rule.seats, out) else "open"
    whole_ = rule.whole(count) + out
    if 2 * votes[0] > whole_:
        return "elected"
    if 2 * (votes[0] + out) > whole_:
        return "open"
    if len(votes) == 1:
        return "unknown"
    another = rule.round == 1 and apart(votes, rule.advance, out)
    return "second round" if another else "open"


def lacking(count: Count, rule: Rule, out: int) -> bool:
    """Whether nobody stands, or too few may have taken part."""
    if not rule.standing(count):
        return True
    if rule.part("turnout") is None:
        return False
    known = count.voters is not None and count.registered is not None
    return not known or not rule.enough(count.voters or 0, (count.registered or 0) + out)


def apart(votes: list[int], places: int, out: int) -> bool:
    return len(votes) <= places or votes[places - 1] - votes[places] > out


Gap = tuple[str, Fraction, list[int]]  # what decides, by how many ballots, and whose votes


def gaps(count: Count, rule: Rule) -> list[Gap]:
    """The differences that decide a count."""
    standing, found = rule.standing(count), []
    if rule.kind == "plurality":
        found += last_place(standing, rule.seats)
    elif rule.kind == "majority" and standing:
        best = max(standing, key=lambda number: standing[number])
        above = Fraction(2 * standing[best] - rule.whole(count), 2)
        found.append(("half", abs(above), [best]))
        if above <= 0 and rule.round == 1:
            found += last_place(standing, rule.advance)
    elif rule.kind == "list":
        found += gaps_of_lists(count, rule, standing)
    part = rule.part("turnout")
    if found and part is not None and count.voters is not None:
        found.append(("turnout", abs(count.voters - part * (count.registered or 0)), []))
    return found


def last_place(standing: dict[int, int], places: int) -> list[Gap]:
    ranked = sorted(standing, key=lambda number: -standing[number])
    if len(ranked) <= places:
        return []
    last, next_ = ranked[places - 1], ranked[places]
    return [("last_place", Fraction(standing[last] - standing[next_]), [last, next_])]


def gaps_of_lists(count: Count, rule: Rule, standing: dict[int, int]) -> list[Gap]:
    found: list[Gap] = []
    for number, votes in standing.items():
        alone = Fraction(rule.whole(count), rule.seats)
        needed = alone if number in rule.alone else rule.needed(number, count)
        if needed:
            found.append(("threshold", abs(votes - needed), [number]))
    try:
        answer = Course(rule, count, [])._lists()  # whatever the turnout is
    except Tie as tie:
        return [*found, ("seat", Fraction(0), list(tie.args[0]))]
    inside = {int(n): s for n, s in answer["seats"].items() if int(n) not in answer["elected"]}
    pairs = [(a, b) for a in inside for b in inside if a != b and inside[a]]
    quotient = Fraction(sum(count.votes[n] for n in inside), sum(inside.values()) or 1)
    moved = [(moving(count, rule, inside, a, b, quotient), a, b) for a, b in pairs]
    best = min(moved, key=lambda one: one[0], default=None)
    return [*found, *([("seat", best[0], [best[1], best[2]])] if best else [])]


def moving(
    count: Count, rule: Rule, inside: dict[int, int], one: int, other: int, quotient: Fraction
) -> Fraction:
    """How many votes of one list for another would move a seat."""
    mine, theirs = count.votes[one], count.votes[other]
    if rule.method in DIVISORS:
        last = DIVISORS[rule.method](inside[one] - 1)
        following = DIVISORS[rule.method](inside[other])
        return (mine * following - theirs * last) / (last + following)
    distance = (mine - theirs) / quotient - inside[one] + inside[other]
    return quotient * (1 + distance) / 2


def exactly_as(value: Any) -> Any:
    """A number as the file has it: a fraction is a text."""
    if isinstance(value, Fraction):
        small = value.denominator == 1
        return int(value) if small else f"{value.numerator}/{value.denominator}"
    return value


def outcome_of(told: Told) -> Check:
    """The outcome holds the figures of this publication, and what the rule of the form gives."""

    def check(stream: BinaryIO, place: str) -> None:
        said = from_json(start_of(stream, MANIFEST, place), place)
        contests = said.get("contests") if isinstance(said, dict) else None
        one = contests[0] if isinstance(contests, list) and contests else None
        lots = one.get("lots") if isinstance(one, dict) else None
        lots = lots if isinstance(lots, list) else []
        expected = {
            "election": told.election.code, "publication": told.number,
            "status": told.manifest["status"], "notice": told.notice,
            "contests": [outcome_object(told, known_lots(told, lots, place))],
        }  # fmt: skip
        same(said, expected, place)

    return check


def known_lots(told: Told, said: list[Any], place: str) -> list[dict[str, Any]]:
    """Lots that were published, each as its own document has it, which a manifest binds."""
    published = []
    for number, manifest in told.election.manifests.items():
        if number <= told.number and "lot.json" in manifest.get("files", {}):
            path = told.election.path(f"{number}/files/lot.json")
            if told.source.has(path):
                published.append(from_json(told.source.read(path), path))
    keys = ("decision", "asked_in", "drawn", "places", "drawn_at", "drawn_by", "witnesses")
    for lot in said:
        same(list(lot) if isinstance(lot, dict) else lot, list(keys), f"{place}: lots")
        known = [one for one in published if one.get("contest") == told.contest]
        if told.source.web and not known:
            continue  # only the documents of the newest publication are read
        if not any(all(one.get(key) == lot[key] for key in keys) for one in known):
            raise Wrong(f"{place}: lots", f"no publication has the lot {quoted(lot)}")
    return said


def outcome_object(told: Told, lots: list[dict[str, Any]]) -> dict[str, Any]:
    form, head = told.form, told.head
    body, (expected, counted, annulled) = form.body, head.counts
    out, rule = expected - counted - annulled, Rule(form)
    stations = list(annulled_in(told)) if annulled else []
    added: Numbers = head.figures
    for unit in stations:
        pairs = zip(added, unit.figures)
        added = [None if (a, b) == (None, None) else (a or 0) + (b or 0) for a, b in pairs]
    drawn = [lot["drawn"] for lot in lots]
    answer, steps = answered(rule, count_of(form, head.figures), drawn, used=True)
    back = answered(rule, count_of(form, added), drawn)[0] if stations else None
    voters = voters_out(told, out)
    ends = [{**end, "steps": []} for end in (answer, back or answer)]
    return {
        "contest": told.contest,
        **{key: body.get(key) for key in ("office", "rule", "base", "seats", "round")},
        "details": Free(lambda said: sorted_text(said) == sorted_text(body.get("outcome", {}))),
        "candidates": candidates(body),
        "stations": {
            "expected": expected, "reported": counted, "annulled": annulled, "outstanding": out
        },
        "registered_outstanding": voters,
        "can_still_change": verdict_of(told, rule, answer, out, voters),
        "proposal": answer, "steps": steps, "lots": lots,
        "inaccuracies": inaccuracies(told, rule, answer),
        "annulled": {
            "stations": [
                {
                    "code": unit.code, "reason": unit.reason, "decision": unit.decision,
                    "registered": told.ledger.annulled[unit.code],
                }
                for unit in stations
            ],
            "proposal_with_them": back,
            "would_change_it": None if back is None else ends[0] != ends[1],
        },
    }  # fmt: skip


def sorted_text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def annulled_in(told: Told) -> Iterator[Unit]:
    return (unit for unit in told.stations() if unit.status == "annulled")


def answered(
    rule: Rule, count: Count | None, lots: list[list[int]], *, used: bool = False
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the rule gives, and by which steps. ``used``: every lot must have been asked for."""
    nothing = {"kind": "none", "problem": Free(is_text)}
    if count is None:
        return nothing, []
    course = Course(rule, count, lots)
    try:
        answer = course.apply()
    except NoRule:
        return nothing, []
    if used and course.unused:
        return {"kind": "a lot that no tie asks for"}, []
    steps = [
        {**{key: exactly_as(value) for key, value in step.items()}, "text": Free(is_text)}
        for step in course.steps
    ]
    return answer, steps


def voters_out(told: Told, out: int) -> int | None:
    """Registered voters of the stations that are out; None: nobody knows how many."""
    if not out:
        return 0
    sums = figures_of(told.ledger.areas[told.head.code].split("\t")[6])
    if told.ledger.listless or sums[3] is None:
        return None
    return sums[3] - (sums[4] or 0) - sum(x or 0 for x in told.ledger.annulled.values())


def verdict_of(told: Told, rule: Rule, answer: dict[str, Any], out: int, voters: int | None) -> str:
    count = count_of(told.form, told.head.figures)
    if count is None or answer["kind"] == "none" or (out and is_doubtful(told, rule)):
        return "unknown"
    return verdict(count, rule, voters)


def is_doubtful(told: Told, rule: Rule) -> bool:
    """Whether who withdrew is among the first, or a line that decides is blank somewhere."""
    form, head = told.form, told.head
    filled = numbers(told.ledger.areas[head.code].split("\t")[7])
    roles = ("valid",) if rule.base == "valid" else ("ballots_in_box", "valid", "invalid")
    if rule.kind == "majority" and any(
        line.get("role") in roles and mine < head.counts[1]
        for line, mine in zip(form.lines, filled)
    ):
        return True
    absent, votes = told.absent.get(head.code, []), form.votes(head.figures)
    ballot = [c for c in choices_of(form) if c.get("number") is not None]
    standing = [c for c in ballot if str(c["number"]) not in absent]
    standing.sort(key=lambda c: -(votes.get(c["number"]) or 0))
    return any(c.get("status") == "withdrawn" for c in standing[: max(2, rule.seats)])


def inaccuracies(told: Told, rule: Rule, answer: dict[str, Any]) -> dict[str, Any] | None:
    """The formula of the form, added up over the counted stations, against what decides."""
    terms, form = told.form.body.get("terms") or [], told.form
    if not terms:
        return None
    total_, stations = 0, 0
    for unit in told.stations():
        found = [missed(term, unit.figures) for term in terms] if unit.status == "counted" else []
        known = [one for one in found if one is not None]
        total_, stations = total_ + sum(known), stations + bool(known)
    count, gap = count_of(form, told.head.figures), None
    if count is not None and answer["kind"] != "none":
        gap = min(gaps(count, rule), key=lambda one: one[1], default=None)
    return {
        "total": total_, "stations": stations, "decides": gap[0] if gap else None,
        "candidates": gap[2] if gap else [], "difference": exactly_as(gap[1]) if gap else None,
        "could_change": 0 < total_ >= gap[1] if gap else None,
    }  # fmt: skip


def missed(term: dict[str, Any], figures: Numbers) -> int | None:
    left, right = total(figures, term["left"]), total(figures, term["right"])
    if left is None or right is None:
        return None
    return abs(left - right) if term["kind"] == "difference" else max(0, left - right)


# --- What describes the files, and has all of them in one -------------------------------------

CC_BY = "Creative Commons Attribution 4.0 International (CC BY 4.0)"
CC_BY_AT = "https://creativecommons.org/licenses/by/4.0/"
WHOLE_NUMBERS = {
    "unchanged_since", "stations_expected", "stations_reported", "stations_annulled", "version",
    "candidate_number", "figure", "voters", "stations", "registered", "without_list", "expected",
}  # fmt: skip


def package(tolds: list[Told]) -> dict[str, Any]:
    """The description of a publication's tables (Frictionless Data Package)."""
    first = tolds[0]
    code, said = first.election.code, first.said
    status = "pre-election" if first.zeroed else first.manifest["status"]
    about = [first.notice, first.note, f"Status of the publication: {status}."]
    licence = {"name": "CC-BY-4.0", "path": CC_BY_AT, "title": CC_BY}
    other, cc_by = {"name": "other", "title": said["licence"]}, said["licence"] == CC_BY
    sources = {"sources": [{"title": said["source"]}]} if said["source"] else {}
    return {
        "profile": "tabular-data-package", "name": f"{code}-{first.number}",
        "title": said["name"], "description": " ".join(filter(None, about)),
        "version": str(first.number), "created": first.moment,
        "keywords": ["election", "results", status],
        "licenses": [Free(lambda one: one in ([licence, other] if cc_by else [other]))],
        "resources": [one for told in tolds for one in resources(told)], **sources,
    }  # fmt: skip


def resources(told: Told) -> Iterator[dict[str, Any]]:
    code, office = told.contest, told.form.body.get("office")
    notice = fields_named(["notice"] if told.notice else [])
    lines = [
        {
            "name": line["key"], "title": line.get("name"), "type": "integer",
            "description": f"line {line.get('number')} of the paper: {line.get('name')}",
            "constraints": {"minimum": 0},
        }
        for line in told.form.lines
    ]  # fmt: skip
    wide = [*fields_named(CSV_HEADER), *lines, *notice]
    yield resource(code, f"{office}: every polling station, one row each", wide, ["code"])
    title = f"{office}: every line of every polling station, one row each"
    yield resource(f"{code}.long", title, [*fields_named(LONG), *notice], ["code", "line_key"])
    if told.turnout:
        title = f"{office}: turnout of every area and station, one row for each hour"
        fields = [*fields_named(HOURS), *notice]
        yield resource(f"{code}.turnout", title, fields, ["unit", "code", "hour"])


def fields_named(names: Iterable[str]) -> list[Any]:
    """Columns, of which what is said in words is anybody's."""

    def described(name: str) -> Free:
        kind = "integer" if name in WHOLE_NUMBERS else "string"
        known = ("name", "type", "description", "constraints")
        return Free(
            lambda said: (
                isinstance(said, dict)
                and list(said) in (list(known), list(known[:3]))
                and (said["name"], said["type"]) == (name, kind)
                and is_text(said["description"])
            )
        )

    return [described(name) for name in names]


def resource(name: str, title: str, fields: list[Any], key: list[str]) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource", "name": name, "path": f"{name}.csv", "title": title,
        "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "header": True},
        "schema": {"fields": fields, "missingValues": ["", "-"], "primaryKey": key},
    }  # fmt: skip


KINDS = {
    "csv": "every polling station: one row each, one column a line of the paper",
    "long.csv": "every figure: one row for each station and line",
    "json": "the sums of the whole contest and of each area",
    "nist.json": "NIST SP 1500-100 version 2, JSON: every station and area",
    "nist.xml": "NIST SP 1500-100 version 2, XML: the same",
    "eml.xml": "OASIS EML 5.0, message 510 (count)",
}


def kinds_of(told: Told) -> list[str]:
    return [kind for kind in KINDS if kind != "eml.xml" or has_count(told.form, told.head)]


def readme(tolds: list[Told]) -> str:
    """The README.txt of a zip."""
    first = tolds[0]
    said, decision = first.said, f", by decision {first.decision}" if first.decision else ""
    which = [
        f"Publication {first.number}, {first.manifest['status']}{decision}",
        f"Published at {first.moment}",
    ]
    if first.zeroed:
        which = ["Files to make programs ready with: the same names and columns, every figure 0"]
    licence = f"{CC_BY}, {CC_BY_AT}" if said["licence"] == CC_BY else said["licence"]
    source = [f"Source: {said['source']}"] if said["source"] else []
    lines = [
        said["name"], *which, *filter(None, [first.notice, first.note]),
        f"Issued by {first.issuer}", *source, f"Licence: {licence}", "",
        "datapackage.json: what the columns of the tables are (Frictionless Data Package)",
    ]  # fmt: skip
    for told in tolds:
        lines.append(f"{told.form.body.get('office')}:")
        files = {kind: KINDS[kind] for kind in kinds_of(told)}
        files["form.json"] = "the form: its lines, candidates and control relations"
        if not told.zeroed:
            files["outcome.json"] = "what the rule makes of the figures, step by step"
            files["ledger.tsv"] = "every record as it is hashed"
            files["reasons.tsv"] = "why broken warnings were accepted"
        if told.turnout:
            files["turnout.csv"] = "turnout by the hour"
        lines += [f"  {told.contest}.{kind}: {what}" for kind, what in files.items()]
    lines += ["", *MISSING, *([] if first.zeroed else VERIFY)]
    return "".join(f"{line}\n" for line in lines)


MISSING = (
    "A figure that is not there is empty or null, and never 0: not counted yet, or left blank on",
    "the paper. A hyphen (-) in a table: the candidate is not on the ballot there.",
)
VERIFY = (
    "",
    "To verify it",
    "manifest.json, checkpoint and the .ledger.tsv files are what verify.py checks, a program that"
    " the",
    "commission's site serves at /static/verify.py; take the public key from somewhere else. The",
    "checkpoint is as it was signed; a second signature may have come to it since.",
)


def zeros_json(told: Told) -> Pieces:
    """The JSON of a contest as it must be with zeros."""
    said, areas = told.said, told.areas()
    first = {
        **{key: said[key] for key in ABOUT}, "notice": told.notice, "publication": told.number,
        "status": told.status, "published_at": told.moment[:-1] + "+00:00",
    }  # fmt: skip
    text = json.dumps({**first, **zeros_of(told, told.head)}, ensure_ascii=False, indent=2)
    yield "total", text[:-2] + ',\n  "areas": [\n'
    for number, unit in enumerate(areas, 1):
        text = json.dumps(zeros_of(told, unit), ensure_ascii=False, indent=2)
        ending = ",\n" if number < len(areas) else "\n"
        yield f"area {unit.code}", "    " + text.replace("\n", "\n    ") + ending
    yield "end", "  ]\n}\n"


def zeros_of(told: Told, unit: Unit) -> dict[str, Any]:
    values = told.ledger.areas[unit.code].split("\t")
    sums = figures_of(values[6])
    count = str(unit.counts[0])
    zeros = ["" if item is None else "0" for item in sums[3:5]]
    figures = ["" if figure is None else "0" for figure in unit.figures]
    relations = told.form.relations
    values[5:10] = [
        "counted", ",".join([count, count, "0", *zeros, *figures]), "",
        ",".join("0" for _ in relations), ",".join(count for _ in relations),
    ]  # fmt: skip
    absent = told.absent.get(unit.code, [])
    all_ = {**area_json(values, told.form), "not_on_ballot": absent, "unchanged_since": 0}
    return {key: all_[key] for key in AREA_KEYS}


class Zip:
    """All files of a publication in one, member by member."""

    def __init__(self, path: str, source: Source, at: str, report: Report) -> None:
        self.path, self.source, self.at, self.report = path, source, at, report

    def read(self, checks: dict[str, Check]) -> int:
        """``checks``: what is done with the content of each member. How many were right."""
        before, right = self.report.findings, 0
        with self.source.open(self.path) as packed, tempfile.TemporaryFile() as file:
            try:
                shutil.copyfileobj(packed, file)
                with zipfile.ZipFile(file) as archive:
                    self._container(archive, file, list(checks))
                    for info in archive.infolist():
                        before = self.report.findings
                        place = f"{self.path}: {info.filename}"
                        with self.report.naming(needed=False), archive.open(info) as member:
                            checks[info.filename](member, place)  # type: ignore[arg-type]
                        right += self.report.findings == before
            except (
                *READING,
                zipfile.BadZipFile,
                NotImplementedError,
                ValueError,
                struct.error,
            ) as error:
                raise Wrong(self.path, f"cannot be unpacked: {error}") from None
        return right

    def _container(self, archive: zipfile.ZipFile, file: Any, names: list[str]) -> None:
        """The members are those that there must be, one after the other with nothing between."""
        if archive.namelist() != names:
            text = f"has the members {quoted(archive.namelist())}, expected {quoted(names)}"
            raise Wrong(self.path, text)
        end, index = 0, b""
        for info in archive.infolist():
            end, entry = self._member(info, file, end)
            index += entry
        count = len(names)
        index += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(index), end, 0)
        file.seek(end)
        if file.read() != index and all(x.file_size < ZIP64 for x in archive.infolist()):
            raise Wrong(self.path, "has another index than its members make")

    def _member(self, info: zipfile.ZipInfo, file: Any, start: int) -> tuple[int, bytes]:
        """Where the next one begins, and what the index must say of this one."""
        file.seek(start)
        head = file.read(30)
        wide = head[28:30] != b"\0\0"  # its sizes have eight bytes
        version, unknown = (45, 2**32 - 1) if wide else (20, 0)
        name = info.filename.encode()
        about = (8 if name.isascii() else 0x808, 8, *dos_time(self.at))
        extra = struct.pack("<HHQQ", 1, 16, 0, 0) if wide else b""
        right = struct.pack(
            "<4s5H3L2H", b"PK\3\4", version, *about, 0, unknown, unknown, len(name), len(extra)
        )
        sizes = struct.pack("<QQ" if wide else "<LL", info.compress_size, info.file_size)
        ending = b"PK\7\x08" + struct.pack("<L", info.CRC) + sizes
        end = start + 30 + len(name) + len(extra) + info.compress_size
        rest = file.read(len(name) + len(extra))
        file.seek(end)
        if (head, rest, file.read(len(ending))) != (right, name + extra, ending):
            raise Wrong(f"{self.path}: {info.filename}", "is not packed as it must be")
        counts = (info.CRC, info.compress_size, info.file_size, len(name), 0, 0, 0, 0)
        if max(counts[:3]) >= 2**32:
            return end + len(ending), b""
        entry = struct.pack(
            "<4s4B4HL2L5H2L", b"PK\1\2", version, 3, version, 0, *about, *counts, 0o100644 << 16,
            start,
        )  # fmt: skip
        return end + len(ending), entry + name


ZIP64 = 2**31 - 1  # bytes of a member, from which on the index has them elsewhere
ZIP_TIME = ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))


def dos_time(at: str) -> tuple[int, int]:
    year, month, day, hour, minute, second = (int(at[i:j]) for i, j in ZIP_TIME)
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day


def same_file(source: Source, path: str) -> Check:
    """What finds whether a member is the file that stands outside."""

    def check(member: BinaryIO, place: str) -> None:
        with source.open(path) as other:
            while True:
                block = member.read(PIECE)
                if block != whole_block(other, len(block) or 1):
                    raise Wrong(place, f"is not the same as {path}")
                if not block:
                    return

    return check


def whole_block(stream: BinaryIO, size: int) -> bytes:
    parts = []
    while size and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def as_signed(source: Source, path: str) -> Check:
    """As `same_file`, of a checkpoint, to which a signature may have come since."""

    def check(member: BinaryIO, place: str) -> None:
        body = member.read(SMALL)
        if not body.endswith(b"\n") or not source.read(path, SMALL).startswith(body):
            raise Wrong(place, f"is not the beginning of {path}")
        checkpoint_of(body, place)

    return check


def exactly(pieces: Callable[[], Iterable[tuple[str, str]]]) -> Check:
    return lambda stream, place: compare_text(stream, pieces(), place)


def packaged(tolds: list[Told]) -> Check:
    def check(stream: BinaryIO, place: str) -> None:
        same(from_json(start_of(stream, MANIFEST, place), place), package(tolds), place)

    return check


def reported(told: Told) -> Check:
    def check(stream: BinaryIO, place: str) -> None:
        Nist(told, place).read(stream)
        told.reported = True

    return check


# --- Beside each publication's own files ------------------------------------------------------

KIND_CHECKS: dict[str, Callable[[Told], Check]] = {
    "long.csv": lambda told: exactly(lambda: long_csv(told)),
    "nist.json": reported,
    "nist.xml": lambda told: exactly(lambda: nist_xml_of(told)),
    "eml.xml": lambda told: exactly(lambda: eml(told)),
}


def check_kinds(election: Election, tolds: list[Told], number: int, report: Report) -> None:
    """The other files of a publication, where there are any of them: then there are all."""
    checks = kinds_in(election, tolds, number, report)
    before = report.findings
    missing = [path for path in checks if not check_other(path, checks[path], election, report)]
    if len(missing) == len(checks):
        report.say(f"note: publication {number} has no files of other formats here")
        return
    if not election.source.web:
        check_zip(election, tolds, number, report)
        missing += [path for path in made_later(election, number) if not election.source.has(path)]
    for path in missing:
        report.absent(path)
    if report.findings == before:
        text = f"{len(checks)} files of other formats agree, or are named"
        report.say(f"publication {number}: {text}")


def kinds_in(
    election: Election, tolds: list[Told], number: int, report: Report
) -> dict[str, Check]:
    """What is asked of each of them."""
    checks = {election.path(f"{number}/datapackage.json"): packaged(tolds)}
    if number == election.size:
        checks[election.path("latest.json")] = check_latest(election)
    for told in tolds:
        for kind in kinds_of(told):
            if kind in KIND_CHECKS:
                checks[f"{told.path}.{kind}"] = bounded(told, KIND_CHECKS[kind](told), report)
        checks[f"{told.path}.outcome.json"] = outcome_of(told)
    return checks


def made_later(election: Election, number: int) -> Iterator[str]:
    """What there is beside a publication's own files."""
    if number == election.size:
        yield election.path("rehearsal.zip")
    yield from differences_to(election, number)


def differences_to(election: Election, number: int) -> dict[str, str]:
    """Tables of what changed from the publication before: the contest of each."""
    earlier = election.manifests.get(number - 1, {"contests": []})
    codes = [contest["contest"] for contest in earlier["contests"]]
    name = f"difference-{number - 1}-{number}.csv"
    return {election.path(f"{code}.{name}"): code for code in codes}


def check_other(path: str, check: Check, election: Election, report: Report) -> bool:
    """Whether the file is there."""
    try:
        stream = election.source.open(path)
    except Missing:
        return False
    except Wrong as wrong:
        report.found(wrong.place, wrong.text)
        return True
    with report.naming(needed=False), stream:
        check(stream, path)
    return True


def bounded(told: Told, check: Check, report: Report) -> Check:
    """Files that would take days are left, and named."""
    if told.too_large:
        return lambda stream, path: report.skip(path, f"holds more than {MOST_CELLS} figures")
    return check


def check_latest(election: Election) -> Check:
    """Which publication is the newest; over an address there may be a newer one by now."""
    manifest = election.manifests[election.size]
    at = manifest["published_at"][:19] + "+00:00"
    body = {"publication": election.size, "published_at": at, "status": manifest["status"]}

    def check(stream: BinaryIO, place: str) -> None:
        said = start_of(stream, SMALL, place)
        value = from_json(said, place)
        number: Any = value.get("publication") if isinstance(value, dict) else 0
        if not election.source.web or not is_number(number) or number <= election.size:
            compare_text(io.BytesIO(said), [("", json.dumps(body))], place)

    return check


def check_zip(election: Election, tolds: list[Told], number: int, report: Report) -> None:
    """The zip of a publication holds the files that lie beside it, and a README."""
    source, folder = election.source, election.path(f"{number}/")
    text = readme(tolds)
    files = ["datapackage.json"]
    for told in tolds:
        files += [f"{told.contest}.{kind}" for kind in [*kinds_of(told), "form.json"]]
    files += ["manifest.json", "checkpoint"]
    for told in tolds:
        kinds = ["ledger.tsv", "outcome.json", "reasons.tsv"]
        files += [f"{told.contest}.{kind}" for kind in [*kinds, *["turnout.csv"] * told.turnout]]
    checks = {"README.txt": exactly(lambda: [("", text)])}
    checks.update({name: same_file(source, folder + name) for name in files})
    checks["checkpoint"] = as_signed(source, folder + "checkpoint")
    with report.naming(needed=False):
        at = str(tolds[0].manifest["published_at"])
        count = Zip(f"{folder}all.zip", source, at, report).read(checks)
        report.say(f"publication {number}: {count} members of all.zip are the files beside it")


def check_rehearsal(election: Election, tolds: list[Told], report: Report) -> None:
    """The zip of zeros, to make programs ready with."""
    first = election.manifests.get(1)
    path = election.path("rehearsal.zip")
    if first is None or not election.source.has(path):
        return
    zeros = [told.as_zeros(first) for told in tolds]
    text = readme(zeros)
    checks = {"README.txt": exactly(lambda: [("", text)]), "datapackage.json": packaged(zeros)}
    for told in zeros:
        one: dict[str, Check] = {
            "csv": exactly(partial(wide_csv, told)), "long.csv": exactly(partial(long_csv, told)),
            "json": exactly(partial(zeros_json, told)), "nist.json": reported(told),
            "nist.xml": partial(nist_of_zip, path, told),
            "eml.xml": exactly(partial(eml, told)),
        }  # fmt: skip
        checks.update({f"{told.contest}.{kind}": one[kind] for kind in kinds_of(told)})
        form = f"{told.contest}.form.json"
        checks[form] = same_file(election.source, f"{told.path}.form.json")
    with report.naming():
        count = Zip(path, election.source, first["published_at"], report).read(checks)
        report.say(f"rehearsal.zip: {count} files of zeros are as they must be")


def nist_of_zip(path: str, told: Told, stream: BinaryIO, place: str) -> None:
    """The XML in a zip says what the JSON in it does."""
    name = f"{told.contest}.nist.json"
    if not told.reported:
        raise Skipped(place, f"{name} is wrong")
    with told.source.open(path) as packed, tempfile.TemporaryFile() as file:
        shutil.copyfileobj(packed, file)
        with zipfile.ZipFile(file) as archive, archive.open(name) as other:
            compare_text(stream, nist_xml(Walk(other, place)), place)  # type: ignore[arg-type]


# --- What changed from one publication to the next --------------------------------------------


def change_of(was: Unit | None, now: Unit) -> str:
    """What happened to a station, in the word of the table; empty: nothing that shows."""
    before = was.status if was else "not counted"
    if now.status == before:
        if was is None or now.figures != was.figures:
            return "corrected" if was else ""
        one, other = ((x.version, x.reason, x.decision) for x in (was, now))
        return "restated" if one != other else ""
    words = {"not counted": "uncounted", "annulled": "annulled"}
    return words.get(now.status) or ("reinstated" if before == "annulled" else "newly counted")


def difference_header(told: Told) -> list[str]:
    heads = [
        "kind", "code", "name", "status_was", "status_is", "version_was", "version_is", "reason",
        "decision",
    ]  # fmt: skip
    lines = [f"{line['key']}_{when}" for line in told.form.lines for when in ("was", "is")]
    return [*heads, *lines, *(["notice"] if told.notice else [])]


def difference_row(kind: str, was: Unit | None, now: Unit, notice: str) -> list[object]:
    before: Numbers = was.figures if was else [None] * len(now.figures)
    cells: list[object] = []
    for stands, *pair in zip(now.stands, before, now.figures):
        cells += ["-" if figure is None and not stands else figure for figure in pair]
    status, version = (was.status, was.version) if was else ("not counted", "")
    return [
        kind, now.code, safe(now.name), status, now.status, version, now.version,
        safe(now.reason), safe(now.decision), *cells, *([safe(notice)] if notice else []),
    ]  # fmt: skip


def difference(old: Told, new: Told) -> Pieces:
    """The whole table, where the records of both publications are there."""
    yield "header", csv_text([difference_header(new)])
    before = old.stations()
    was = next(before, None)
    for now in new.stations():
        while was is not None and was.code < now.code:
            was = next(before, None)
        known = was if was is not None and was.code == now.code else None
        kind = change_of(known, now)
        if kind:
            row = difference_row(kind, known, now, new.notice)
            yield f"station {now.code}", csv_text([row])


class Difference:
    """The table where only the later records are there: what is, station by station; what was, by
    the sums of both publications, which their manifests have.
    """

    def __init__(self, path: str, told: Told, earlier: dict[str, Any], report: Report) -> None:
        self.path, self.told, self.report = path, told, report
        contests = [c for c in earlier["contests"] if c["contest"] == told.contest]
        count = 5 + len(told.form.lines)
        self.was: Numbers = figures_of(contests[0]["sums"]) if contests else [None] * count
        self.heads = difference_header(told)
        self.moved = [0] * count

    def read(self, stream: BinaryIO) -> None:
        with io.TextIOWrapper(stream, "utf-8", newline="") as text:
            rows = csv.reader(text, strict=True)
            try:
                same(next(rows, []), self.heads, f"{self.path}: header")
                self._rows(rows)
            except (csv.Error, UnicodeDecodeError, ValueError) as error:
                raise Wrong(self.path, f"is no table as it must be: {error}") from None
        sums = figures_of(",".join(str(x or 0) for x in self._sums()))
        names = ["counted", "annulled", *(line["key"] for line in self.told.form.lines)]
        for name, i in zip(names, [1, 2, *range(5, len(sums))]):
            moved = (sums[i] or 0) - (self.was[i] or 0) if i < len(self.was) else 0
            self.report.differs(f"{self.path}: {name}, all changes", self.moved[i], moved)

    def _sums(self) -> Numbers:
        head = self.told.head
        return [*head.counts, None, None, *head.figures]

    def _rows(self, rows: Iterator[list[str]]) -> None:
        row = next(rows, None)
        for now in self.told.stations():
            if row is not None and len(row) == len(self.heads) and row[1] == now.code:
                self._row(row, now)
                row = next(rows, None)
            elif now.since == self.told.number and now.status != "not counted":
                self.report.found(f"{self.path}: station {now.code}", "changed, and has no row")
        if row is not None:
            raise Wrong(self.path, f"has a row that is out of its place: {quoted(row)}")

    def _row(self, row: list[str], now: Unit) -> None:
        place, cells = f"{self.path}: station {now.code}", row[9 : 9 + 2 * len(now.figures)]
        figures: Numbers = [int(x) if re.fullmatch(NUMBER, x) else None for x in cells[::2]]
        blank = row[3] == "not counted"
        was = dataclasses.replace(
            now, status=row[3], version=row[5], figures=figures, given=not blank
        )
        kind = change_of(None if blank else was, now)
        if kind == "" and row[0] == "restated":
            kind = "restated"  # another reason, which only the earlier records have
        same(row, list(map(cell, difference_row(kind, was, now, self.told.notice))), place)
        older = int(row[5] or 0) <= int(now.version or 0) and (row[5] == "") is blank
        if now.since != self.told.number or row[3] not in PROTOCOLS or not older:
            self.report.found(place, "did not change in this publication, or not in this way")
        for unit, sign in ((was, -1), (now, 1)):
            self.moved[1] += sign * (unit.status == "counted")
            self.moved[2] += sign * (unit.status == "annulled")
            for i, figure in enumerate(unit.figures if unit.status == "counted" else [], 5):
                self.moved[i] += sign * (figure or 0)


PROTOCOLS = ("not counted", "counted", "annulled")


def cell(value: object) -> str:
    return "" if value is None else str(value)


def check_differences(election: Election, number: int, report: Report) -> None:
    source, earlier = election.source, election.manifests.get(number - 1, {})
    for path, contest in differences_to(election, number).items():
        old, new = (election.tolds.get((n, contest)) for n in (number - 1, number))
        if source.web or new is None or not source.has(path):
            continue
        with report.naming():
            if old is not None:
                compare_text(source.open(path), difference(old, new), path)
                continue
            Difference(path, new, earlier, report).read(source.open(path))
            report.out_of_reach("version before, in tables of changes from records not here")


# --- Feeds and the catalogue: which publications there are ------------------------------------

ATOM = "{http://www.w3.org/2005/Atom}"
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
        if token(NO_XML.sub("\ufffd", words)) not in summary:
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
    if not isinstance(datasets, list) or not all(isinstance(one, dict) for one in datasets):
        raise Wrong(path, "has no list of datasets")
    own = [one for one in datasets if one.get("dct:identifier") == election.code]
    if not own:
        return  # a rehearsal is in no catalogue
    place, manifest = f"{path}: {election.code}", election.manifest(election.size, path)
    same(len(own), 1, f"{place}: datasets")
    tolds = [election.tolds.get((election.size, c["contest"])) for c in manifest["contests"]]
    names = ["datapackage.json", "all.zip"]
    for told in tolds:
        if told is None:
            raise Skipped(place, "the records of the newest publication are wrong or missing")
        names += [f"{told.contest}.{kind}" for kind in [*kinds_of(told), "outcome.json"]]
    first = tolds[0]
    assert first  # noqa: S101  # there is a contest
    same(own[0], dataset(election, first, names, own[0]), place)
    same_moment(own[0]["dct:modified"]["@value"], manifest, f"{place}: dct:modified")


def dataset(
    election: Election, told: Told, names: list[str], said: dict[str, Any]
) -> dict[str, Any]:
    """What the catalogue must say of an election; the names in other languages are anybody's."""
    words, about = told.said, f"/en/{election.code}/"
    rights: dict[str, Any] = {"dct:license": {"@id": CC_BY_AT}}
    if "dct:rights" in said:
        kind = {"@type": "dct:RightsStatement", "rdfs:label": words["licence"]}
        rights = {"dct:rights": kind}
    source = {"@type": "dct:ProvenanceStatement", "rdfs:label": words["source"]}
    files = [f"/data/{election.code}/{election.size}/{name}" for name in names]
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
            for path in files
        ],
    }  # fmt: skip


def ending(text: str) -> Free:
    """An address, on whatever site."""
    return Free(lambda said: is_text(said) and said.endswith(text))


# --- Every file in the folder of a mirror -----------------------------------------------------

PAGES = "pages, with what they are made of: HTML, scripts, styles, pictures, search engines' lists"
PAPERS = "papers (PDF) that nobody signed: made for people from the same figures"
SCHEMAS = "descriptions of formats and addresses: data/schema and openapi.json"
OTHERS = "files of other elections, and of publications that you did not ask for"
PAPER = re.compile(r"([1-9][0-9]*)/[^/]+(?:\.protocol|/area/.+)\.[a-z-]+\.pdf")
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
    else:
        report.skip(path, "is no file that a mirror has, or belongs to what is wrong or missing")
        source.opened.add(path)


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
        told = election.tolds.get((int(number or election.size), contest))
        text = f"{len(codes)} {kind}s of {contest} lead to the total, and are in the log"
        report.say(shown(text))
        if told is None:
            continue
        ledger = told.ledger
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
    for number in range(1, election.size + 1) if args.publication is None else ():
        if number != latest and (args.all or lies(election, number)):
            check_publication(election, number, report, needed=False)
    check_publication(election, latest, report)
    folder = not election.source.web
    for number in election.manifests if folder and args.publication is None else (latest,):
        check_documents(election, number, report)
    if folder:
        check_folder(election, args.publication, report)
    else:
        report.out_of_reach("zips, papers, proofs, tables of changes and feeds at this address")
    report.out_of_reach(
        "words that no record has: names in other languages, kind, notice, source, licence,"
        " unchanged_since"
    )


def lies(election: Election, number: int) -> bool:
    """Whether any file of a contest in this publication lies in the folder."""
    source, manifest = election.source, election.manifests.get(number)
    kinds = ("form.json", "ledger.tsv", "csv", "json", *KIND_CHECKS, "outcome.json")
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
