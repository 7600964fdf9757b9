"""One change at a random place in a mirror: whoever verifies it must not say that all is right."""

import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: What nobody signed and no record says word by word: papers, descriptions of formats, a catalogue.
UNBOUND = (".pdf", "openapi.json", "catalog.jsonld")
Body = Callable[[bytes, random.Random], bytes]


def files_of(mirror: Path) -> list[Path]:
    """Every file of data, without its packed twin."""
    found = [p for p in mirror.glob("data/**/*") if p.is_file() and p.parent.name != "schema"]
    return sorted(
        p for p in found
        if p.suffix != ".gz" and ("files" in p.parts or not p.name.endswith(UNBOUND))
    )  # fmt: skip


def a_digit(body: bytes, chance: random.Random) -> bytes:
    at = chance.choice([match.start() for match in re.finditer(rb"[0-9]", body)])
    other = chance.choice([d for d in b"0123456789" if d != body[at]])
    return body[:at] + bytes([other]) + body[at + 1 :]


def lines_changed(change: Callable[[list[bytes], int], None]) -> Body:
    def changed(body: bytes, chance: random.Random) -> bytes:
        lines = body.splitlines(keepends=True)
        change(lines, chance.randrange(len(lines)))
        return b"".join(lines)

    return changed


def swapped(lines: list[bytes], at: int) -> None:
    other = (at + 1) % len(lines)
    lines[at], lines[other] = lines[other], lines[at]


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers(item)


def element_added(body: bytes, chance: random.Random) -> bytes:
    """Into JSON a member or an item, into XML an element once more, else a line."""
    if body.startswith(b"<"):
        elements = list(re.finditer(rb"<(\w+)[^<>]*>[^<]*</\1>", body))
        element = chance.choice(elements)
        return body[: element.end()] + element[0] + body[element.end() :]
    try:
        value = json.loads(body)
    except ValueError:
        lines = body.splitlines(keepends=True) or [b""]
        at = chance.randrange(len(lines))
        return b"".join([*lines[:at], lines[at][:-1] + b"9\n", *lines[at:]])
    chosen = chance.choice(list(containers(value)))
    if isinstance(chosen, dict):
        chosen[chance.choice(["more", "unit", "areas"])] = chance.choice([1, "x", [], {}])
    else:
        chosen.insert(chance.randrange(len(chosen) + 1), chance.choice([1, "x", [], {}, None]))
    indent = 2 if body.count(b"\n") > 3 else None
    return json.dumps(value, ensure_ascii=False, indent=indent).encode() + b"\n"


def member_changed(body: bytes, chance: random.Random) -> bytes:
    """The zip packed anew, with a digit of a member changed, its sums right."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        infos = archive.infolist()
        chosen = chance.choice([x for x in infos if re.search(rb"[0-9]", archive.read(x))])
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for info in archive.infolist():
                content = archive.read(info)
                if info is chosen:
                    content = a_digit(content, chance)
                with new.open(info, "w") as member:
                    member.write(content)
    return out.getvalue()


BODIES: dict[str, Body] = {
    "a digit changed": a_digit,
    "a line removed": lines_changed(lambda lines, at: lines.__delitem__(at)),
    "a line twice": lines_changed(lambda lines, at: lines.insert(at, lines[at])),
    "lines swapped": lines_changed(swapped),
    "an element added": element_added,
}


class Mutations:
    """Changes one file of the mirror at a time, and puts it back."""

    def __init__(self, mirror: Path, seed: int) -> None:
        self.mirror, self.chance = mirror, random.Random(seed)
        self.files = files_of(mirror)

    @contextmanager
    def one(self) -> Iterator[str]:
        """What was changed, in words."""
        path = self.chance.choice(self.files)
        kept = {p: p.read_bytes() for p in (path, packed(path)) if p.exists()}
        try:
            yield f"{path.relative_to(self.mirror)}: {self._change(path)}"
        finally:
            for extra in path.parent.glob(f"{path.name}.moved*"):
                extra.unlink()
            for where, body in kept.items():
                where.write_bytes(body)

    def _change(self, path: Path) -> str:
        kind = self.chance.choice(
            [*BODIES, "removed", "renamed", "twin changed", "a digit changed"]
        )
        if kind == "removed":
            path.unlink()
            packed(path).unlink(missing_ok=True)
            return kind
        if kind == "renamed":
            for one in (path, packed(path)):
                if one.exists():
                    one.rename(one.with_name(f"{path.name}.moved{one.suffix}"))
            return kind
        changed = self._body(path.read_bytes(), kind, path.suffix == ".zip")
        twin = packed(path)
        if twin.exists() and kind == "twin changed":
            twin.write_bytes(gzip.compress(changed, mtime=0))
            return kind
        path.write_bytes(changed)
        if twin.exists():
            twin.write_bytes(gzip.compress(changed, mtime=0))
        return kind

    def _body(self, body: bytes, kind: str, zipped: bool) -> bytes:
        change = member_changed if zipped else BODIES.get(kind, a_digit)
        for _ in range(50):
            changed = change(body, self.chance) if body else b"0\n"
            if changed != body:
                return changed
        return body + b"0\n"


def packed(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")
