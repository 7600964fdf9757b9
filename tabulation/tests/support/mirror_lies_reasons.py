"""Lies in what stands beside the records: reasons of accepted warnings, turnout by the hour."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tabulation.tests.support.mirror_edits import Tampering, Target, edit, in_the_log
from tabulation.tests.support.mirrors import sha


def of_reasons(target: Target) -> Iterator[Tampering]:
    """None, where the mirror has no reasons."""
    code = next((r[2] for r in target.records if len(r) == 18 and r[9]), "")
    if not code:
        return
    path, words = f"{target.path}.reasons.tsv", (f"{target.contest}.reasons.tsv", f"station {code}")
    own, other = f"{code}\t".encode(), f"{target.code}\t".encode()

    def swapped(body: bytes) -> bytes:
        first, second, *others = body.splitlines(keepends=True)
        return b"".join([second, first, *others])

    changes: dict[str, tuple[Callable[[bytes], bytes], tuple[str, ...]]] = {
        "a reason": (lambda body: body[:-1] + b"!\n", words),
        "a relation": (lambda body: body.replace(own, own + b"x", 1), words),
        "a line removed": (lambda body: body[body.index(b"\n") + 1 :], words),
        "lines exchanged": (swapped, words),
        "reasons of another station": (
            lambda body: body.replace(own, other),
            (f"{target.contest}.reasons.tsv", f"station {target.code}"),
        ),
        "cut off": (lambda body: body[:-1], (f"{target.contest}.reasons.tsv", "cut off")),
    }
    for name, (change, found) in changes.items():
        yield Tampering(f"reasons: {name}", edit(path, change), found)


def of_hours(target: Target) -> Iterator[Tampering]:
    """Whatever is altered in the file, its hash is another."""
    path, words = f"{target.path}.turnout.csv", (f"{target.contest}.turnout.csv", "hash")
    changes: dict[str, Callable[[bytes], bytes]] = {
        "a digit": lambda body: body[:-4] + b"9" + body[-3:],
        "a row removed": lambda body: body[: body[:-1].rindex(b"\n") + 1],
        "a row twice": lambda body: body + body[body[:-1].rindex(b"\n") + 1 :],
        "lines of another kind": lambda body: body.replace(b"\n", b"\r\n"),
    }
    for name, change in changes.items():
        yield Tampering(f"turnout: {name}", edit(path, change), words)
    missing = (f"{target.contest}.turnout.csv", "missing")
    yield Tampering("turnout: missing", lambda mirror: (mirror / path).unlink(), missing)


def of_files(target: Target) -> Iterator[Tampering]:
    """None, where no document came out with the publication."""
    for name in target.files:
        words = (f"files/{name}", "hash")
        path = target.of_publication(f"files/{name}")
        yield Tampering(f"{name}: a byte", edit(path, lambda body: body[:-1] + b"~"), words)
        yield Tampering(f"{name}: cut off", edit(path, lambda body: body[:-1]), words)

        def removed(mirror: Path, path: str = path) -> None:
            (mirror / path).unlink()

        yield Tampering(f"{name}: missing", removed, (f"files/{name}", "missing"))


def row(unit: str, code: str, change: Callable[[list[str]], None]) -> Callable[[bytes], bytes]:
    """Alters the first row of a unit; a row that has no cells any more is left out."""

    def rewritten(body: bytes) -> bytes:
        lines = [line.split(",") for line in body.decode().split("\n")]
        change(next(line for line in lines if line[:2] == [unit, code]))
        return "\n".join(",".join(line) for line in lines if line).encode()

    return rewritten


def cell(at: int, value: str) -> Callable[[list[str]], None]:
    return lambda line: line.__setitem__(at, value)


def contest_in(manifest: Any, target: Target) -> Any:
    return next(c for c in manifest["contests"] if c["contest"] == target.contest)


def lie(target: Target, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Alters the file, and its hash wherever the manifest stands."""
    path = f"{target.path}.turnout.csv"

    def mutate(mirror: Path) -> None:
        edit(path, change)(mirror)
        digest = sha((mirror / path).read_bytes())
        in_the_log(target, lambda m: contest_in(m, target).update(turnout=digest))(mirror)

    return mutate


def lies_about_hours(target: Target) -> Iterator[Tampering]:
    """The file is altered and so is its hash, up to the log: the sums do not add up."""
    own = next(s for s in target.records if len(s) == 18 and s[2].startswith("S/"))
    area, station = own[4], own[2]
    of_area, of_station = (f"turnout.csv: area {area} at",), (f"turnout.csv: station {station} at",)
    for name, unit, change, words in (
        ("a station's voters", "station", cell(3, "99"), of_area),
        ("an hour", "station", cell(2, "11:59"), of_area),
        ("a station's list", "station", cell(5, "1"), of_station),
        ("a station not reporting", "station", list.clear, of_area),
        ("an area's voters", "area", cell(3, "1"), of_area),
        ("an area's stations", "area", cell(4, "1"), of_area),
        ("an area's lists", "area", cell(5, ""), of_area),
        ("stations expected", "area", cell(7, "29"), of_area),
        ("an area not reporting", "area", list.clear, of_area),
        ("nobody's station", "station", cell(1, "S/99"), ("station S/99 at", "not in the ledger")),
    ):
        code = station if unit == "station" else area
        mutate = lie(target, row(unit, code, change))
        yield Tampering(f"turnout, and its hash: {name}", mutate, words)

    def unsaid(manifest: Any) -> None:
        del contest_in(manifest, target)["turnout"]

    words = ("checkpoint", f"root of the log at size {target.number}")
    yield Tampering("turnout not in the manifest", in_the_log(target, unsaid), words)
