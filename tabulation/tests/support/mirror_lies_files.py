"""Lies in the files around the ledger: checkpoints, manifests, the log, CSV and JSON, and cuts."""

import base64
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tabulation.tests.support.mirror_edits import (
    Change,
    Tampering,
    Target,
    edit,
    edit_json,
    in_the_log,
    more,
)
from tabulation.tests.support.mirror_files import pack
from tabulation.tests.support.mirrors import canonical


def of_checkpoints(target: Target) -> Iterator[Tampering]:
    def line(number: int, change: Callable[[str], str]) -> Callable[[bytes], bytes]:
        def rewritten(body: bytes) -> bytes:
            lines = body.decode().split("\n")
            lines[number] = change(lines[number])
            return "\n".join(lines).encode()

        return rewritten

    def bit(text: str) -> str:
        """The base64 at the end of the line, with one bit of its bytes changed."""
        *before, last = text.split(" ")
        data = bytearray(base64.b64decode(last))
        data[-1] ^= 1
        return " ".join([*before, base64.b64encode(data).decode()])

    changes = {
        "root": line(2, bit),
        "size": line(1, lambda text: str(int(text) + 1)),
        "origin": line(0, lambda text: text + "x"),
        "signature": line(4, bit),
        "signature's name": line(4, lambda text: text.replace("— ", "— x", 1)),
        "signature removed": lambda body: body[: body.index("—".encode())],
        "signature by a stranger": line(4, lambda text: text[:-88] + "A" * 86 + "=="),
        "extension": lambda body: body.replace(b"\n\n", b"\nmore\n\n", 1),
    }
    for name, change in changes.items():
        for path in {"checkpoint", f"{target.number}/checkpoint", "1/checkpoint"}:
            yield Tampering(
                f"{path}: {name}", edit(target.data(path), change), (f"{path}:",)
            )  # fmt: skip


def of_manifests(target: Target) -> Iterator[Tampering]:
    def figure(manifest: Any) -> None:
        contest = next(c for c in manifest["contests"] if c["contest"] == target.contest)
        contest["sums"] = more(contest["sums"])

    changes: dict[str, Callable[[Any], None]] = {
        "figure": figure,
        "number": lambda m: m.update(number=m["number"] + 1),
        "note": lambda m: m.update(note=m["note"] + "!"),
        "status": lambda m: m.update(status="recount"),
        "time": lambda m: m.update(published_at="2013" + m["published_at"][4:]),
        "seal": lambda m: m.update(seal={"hash": "0" * 64, "number": 99}),
        "field": lambda m: m.update(more=1),
        "list of further files that is empty": lambda m: m.update(further={}),
        "further file": lambda m: m.update(further={"program.txt": "0" * 64}),
    }
    path = target.of_publication("manifest.json")
    for name, change in changes.items():
        yield Tampering(
            f"{name} of a manifest", edit_json(path, change),
            (f"{target.number}/manifest.json",),
        )  # fmt: skip
        yield Tampering(
            f"{name} of a manifest and of the log", in_the_log(target, change),
            ("checkpoint", f"root of the log at size {target.number}"),
        )  # fmt: skip


def of_list(target: Target) -> Iterator[Tampering]:
    """The signed list of files: any other byte of what it says is not signed."""
    path = target.of_publication("filelist")

    def line(number: int, change: Callable[[str], str]) -> Change:
        def rewritten(body: bytes) -> bytes:
            lines = body.decode().split("\n")
            lines[number] = change(lines[number])
            return "\n".join(lines).encode()

        return edit(path, rewritten)

    own = f"data/{target.election}/"
    for name, change in {
        "another format": line(0, lambda _: "hashvark files v2"),
        "another origin": line(1, lambda text: text + "x"),
        "another publication": line(2, lambda _: "1"),
        "another issue": line(3, lambda _: "2"),
        "issue none": line(3, lambda _: "0"),
        "another manifest": line(4, lambda _: "0" * 64),
        "another hash": line(5, lambda text: "0" * 64 + text[64:]),
        "a file twice": line(5, lambda text: f"{text}\n{text}"),
        "a file of another election": line(5, lambda text: text.replace(own, "data/other/")),
        "a file of another publication": line(
            5, lambda text: text.replace(f"{own}{target.number}/", f"{own}1/")
        ),
        "a path that leads out": line(5, lambda text: text.replace(own, f"{own}../")),
        "one space": line(5, lambda text: text.replace("  ", " ")),
        "cut off": edit(path, lambda body: body[:-10]),
        "without a signature": edit(path, lambda body: body[: body.index("—".encode())]),
        "the signature of the checkpoint": edit(path, lambda b: b.replace(b"/files ", b" ")),
        "the name of a checkpoint's signer": edit(
            path, lambda b: b.replace(b"/files ", b"/certified ")
        ),
    }.items():
        yield Tampering(f"list of files: {name}", change, (f"{target.number}/filelist",))


def of_log(target: Target) -> Iterator[Tampering]:
    path = target.data("manifests.jsonl")

    def lines(change: Callable[[list[bytes]], list[bytes]]) -> Change:
        return edit(path, lambda body: b"".join(change(body.splitlines(keepends=True))))

    def appended(all_: list[bytes]) -> list[bytes]:
        manifest = json.loads(all_[-1])
        manifest["number"] += 1
        return [*all_, canonical(manifest) + b"\n"]

    words = ("manifests.jsonl",)
    yield Tampering("the first line removed", lines(lambda all_: all_[1:]), words)
    yield Tampering("the last line removed", lines(lambda all_: all_[:-1]), words)
    yield Tampering("a line removed between", lines(lambda all_: [*all_[:1], *all_[2:]]), words)
    yield Tampering("two lines exchanged", lines(lambda all_: [all_[1], all_[0], *all_[2:]]), words)
    yield Tampering("a line appended", lines(appended), words)
    yield Tampering("a line twice", lines(lambda all_: [*all_, all_[-1]]), words)
    yield Tampering("an empty line", lines(lambda all_: [*all_, b"\n"]), words)
    yield Tampering("not canonical", edit(path, lambda b: b.replace(b":", b": ", 1)), words)


def of_row(target: Target, change: Callable[[list[bytes], int], None]) -> Change:
    """Alters the lines of the CSV, given where the row of the station is."""

    def rewritten(body: bytes) -> bytes:
        lines, start = body.split(b"\n"), f"station,{target.code},".encode()
        change(lines, next(i for i, row in enumerate(lines) if row.startswith(start)))
        return b"\n".join(lines)

    return edit(f"{target.path}.csv", rewritten)


def of_cell(target: Target, number: int, change: Callable[[str], str]) -> Change:
    """Alters a cell, of a row that has no quoted cells before it."""

    def mutate(lines: list[bytes], at: int) -> None:
        cells = lines[at].decode().split(",")
        cells[number] = change(cells[number])
        lines[at] = ",".join(cells).encode()

    return of_row(target, mutate)


def of_csv(target: Target) -> Iterator[Tampering]:
    station = f"{target.contest}.csv: station {target.code}: "

    def removed(lines: list[bytes], at: int) -> None:
        del lines[at]

    def twice(lines: list[bytes], at: int) -> None:
        lines.insert(at, lines[at])

    def header(lines: list[bytes], at: int) -> None:
        cells = lines[0].split(b",")
        cells[12], cells[13] = cells[13], cells[12]
        lines[0] = b",".join(cells)

    raw = edit(f"{target.path}.csv", lambda body: body + b"\xff\n")
    for name, change, words in (
        ("a figure", of_cell(target, 11, lambda text: str(int(text) + 1)), (station,)),
        ("a status", of_cell(target, 3, lambda _: "annulled"), (station, "status")),
        ("a name", of_cell(target, 2, lambda text: text + "!"), (station, "name")),
        ("no such publication", of_cell(target, 4, lambda _: "99"), (station, "unchanged_since")),
        ("a row removed", of_row(target, removed), (station, "has no row")),
        ("a row twice", of_row(target, twice), (station, "has two rows")),
        ("columns exchanged", of_row(target, header), (f"{target.contest}.csv: row 1", "columns")),
        ("no UTF-8", raw, (f"{target.contest}.csv",)),
    ):
        yield Tampering(f"CSV: {name}", change, words, shell=False)


def of_json(target: Target) -> Iterator[Tampering]:
    path = f"{target.path}.json"
    place = f"{target.contest}.json: area {target.area}"

    def area(change: Callable[[Any], None]) -> Change:
        def mutate(body: Any) -> None:
            change(next(a for a in body["areas"] if a["code"] == target.area))

        return edit_json(path, mutate, indent=2)

    def whole(change: Callable[[Any], None]) -> Change:
        return edit_json(path, change, indent=2)

    def votes(unit: Any) -> None:
        numbers = list(unit["votes"])
        unit["votes"] = dict(zip(numbers, reversed(unit["votes"].values()), strict=True))

    def without(body: Any) -> None:
        body["areas"] = [a for a in body["areas"] if a["code"] != target.area]

    def named(body: Any) -> None:
        body["candidates"] = {n: name + "!" for n, name in body["candidates"].items()}

    for name, change, words in (
        ("a figure", area(lambda a: a["lines"][0].update(figure=7)), (place, "lines")),
        ("votes exchanged", area(votes), (place, "votes")),
        ("turnout", area(lambda a: a.update(voters=1)), (place, "voters")),
        ("a figure as text", area(lambda a: a.update(voters=str(a["voters"]))), (place, "voters")),
        ("a name", area(lambda a: a.update(unit_name="x")), (place, "unit_name")),
        ("stations", area(lambda a: a["stations"].update(reported=0)), (place, "stations")),
        ("a relation", area(lambda a: a["relations"][0].update(broken=99)), (place, "relations")),
        ("off the ballot", area(lambda a: a.update(not_on_ballot=["1"])), (place, "not_on")),
        ("an area removed", whole(without), (place, "not listed")),
        ("the total", whole(lambda b: b.update(voters=1)), (".json: total: voters",)),
        ("a candidate's name", whole(named), (f"{target.contest}.json: candidates",)),
        ("its status", whole(lambda b: b.update(status="x")), (f"{target.contest}.json: status",)),
        ("a number with a point", whole(lambda b: b.update(voters=1.0)), ("is no JSON",)),
    ):
        yield Tampering(f"JSON: {name}", change, words, shell=False)


def cut(target: Target) -> Iterator[Tampering]:
    """A file that ends too early, at a random place; so does a gzipped one."""
    chance = random.Random(2012)
    names = ["checkpoint", "manifests.jsonl"]
    names += [f"{target.number}/{name}" for name in ("checkpoint", "manifest.json")]
    kinds = ("form.json", "ledger.tsv", "csv", "json")
    names += [f"{target.number}/{target.contest}.{kind}" for kind in kinds]
    for name in names:
        path, shell = target.data(name), not name.endswith((".csv", f"{target.contest}.json"))
        for share in (chance.random(), chance.random()):

            def shorter(body: bytes, share: float = share) -> bytes:
                return body[: int(len(body) * share)]

            def packed(mirror: Path, path: str = path, share: float = share) -> None:
                file = pack(mirror, path)
                body = file.read_bytes()
                file.write_bytes(body[: int(len(body) * share)])

            at = f"{share:.2f}"
            yield Tampering(f"{name} cut at {at}", edit(path, shorter), (name,), shell=shell)
            yield Tampering(f"{name}.gz cut at {at}", packed, (name,), shell=shell)

        def gone(mirror: Path, path: str = path) -> None:
            (mirror / path).unlink()

        yield Tampering(f"{name} missing", gone, (name, "missing"), shell=shell)
