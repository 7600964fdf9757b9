"""Speed as ratios: repeat, take medians, show the spread; and a synthetic nation to measure on."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tabulation.management.commands._output import write_table

TOML = """
[election]
slug = "benchmark"
name = "Synthetic nation"
kind = "sample"
confirmations = 0
polling_days = [2026-01-01]
notice = "Generated."

[[contest]]
code = "president"
office = "President"
rule = "majority"
base = "valid"
line = [
  {{ key = "registered", number = "1", name = "Registered", role = "registered" }},
  {{ key = "ballots_received", number = "2", name = "Received", role = "ballots_received" }},
  {{ key = "ballots_unused", number = "3", name = "Unused", role = "ballots_unused" }},
  {{ key = "voters", number = "4", name = "Took part", role = "voters" }},
  {{ key = "ballots_in_box", number = "5", name = "In the box", role = "ballots_in_box" }},
  {{ key = "invalid", number = "6", name = "Invalid", role = "invalid" }},
  {{ key = "votes_{{number}}", number = "7.{{number}}", name = "{{name}}", role = "votes" }},
]
relation = [
  {{ code = "box", name = "box", left = ["ballots_in_box"], operator = "==", {right} }},
  {{ code = "list", name = "list", left = ["registered"], operator = ">=", {voters} }},
  {{ code = "signed", name = "signed", left = ["voters"], operator = "==", {box} }},
]
"""


@dataclass(frozen=True)
class Timing:
    """Seconds of one thing, several times."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        return f"{self.name}: median {self.median:.3f} s (from {low:.3f} to {high:.3f})"


@dataclass(frozen=True)
class Ratio:
    """How many times faster ``of`` is than ``against``, pair by pair; and what it must reach."""

    name: str
    of: Timing
    against: Timing
    least: float

    @property
    def pairs(self) -> tuple[float, ...]:
        pairs = zip(self.against.seconds, self.of.seconds, strict=True)
        return tuple(against / of for against, of in pairs)

    @property
    def median(self) -> float:
        return statistics.median(self.pairs)

    @property
    def met(self) -> bool:
        return self.median >= self.least

    def __str__(self) -> str:
        low, high = min(self.pairs), max(self.pairs)
        verdict = "met" if self.met else "NOT MET"
        return (
            f"{self.name}: median {self.median:.3f} (from {low:.3f} to {high:.3f}),"
            f" at least {self.least:g}: {verdict}"
        )


@dataclass(frozen=True)
class AtMost:
    """A figure that must stay below a limit, measured several times."""

    name: str
    unit: str
    values: tuple[float, ...]
    most: float

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def met(self) -> bool:
        return self.median <= self.most

    def __str__(self) -> str:
        low, high = min(self.values), max(self.values)
        verdict = "met" if self.met else "NOT MET"
        return (
            f"{self.name}: median {self.median:.1f} {self.unit} (from {low:.1f} to {high:.1f}),"
            f" at most {self.most:g}: {verdict}"
        ).replace("  ", " ")


@dataclass(frozen=True)
class Waits:
    """Seconds from an act until its effect, many times; ``interval`` of them are meant to pass.

    What must stay under ``most`` is what the slowest of a hundred takes beyond the interval.
    """

    name: str
    seconds: tuple[float, ...]
    interval: float
    most: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p99(self) -> float:
        """By nearest rank: of fewer than a hundred it is the longest."""
        return sorted(self.seconds)[-(-99 * len(self.seconds) // 100) - 1]

    @property
    def met(self) -> bool:
        return self.p99 - self.interval < self.most

    def __str__(self) -> str:
        number = len(self.seconds)
        slow = "99th percentile" if number >= 100 else "longest"
        verdict = "met" if self.met else "NOT MET"
        return (
            f"{self.name}: median {self.median:.2f} s, {slow} {self.p99:.2f} s of {number};"
            f" beyond the interval of {self.interval:g} s {self.p99 - self.interval:.2f} s,"
            f" under {self.most:g}: {verdict}"
        )


@dataclass(frozen=True)
class Sight:
    """How many stations were counted by what was seen at ``at`` (monotonic seconds)."""

    at: float
    counted: int


def seen_from(sights: Sequence[Sight], counted: int) -> float | None:
    """From when on ``counted`` stations were seen and never fewer again; ``None``: not yet.

    Workers look for new pages one after the other, so that an old one can follow a new one.
    """
    since = None
    for sight in sights:
        if sight.counted < counted:
            since = None
        elif since is None:
            since = sight.at
    return since


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(repeat: int, **things: Callable[[], float]) -> dict[str, Timing]:
    """The seconds that each thing says it took: all in turn, ``repeat`` times, A B C, A B C, ...,
    after one round to warm up.

    In turns, so that a machine that grows slower in the middle is unfair to all alike.
    """
    rounds = [[thing() for thing in things.values()] for _round in range(repeat + 1)]
    columns = zip(*rounds[1:], strict=True)
    return {name: Timing(name, column) for name, column in zip(things, columns, strict=True)}


def make_nation(folder: Path, *, stations: int, candidates: int, seed: int = 1) -> None:
    """An election folder with protocols.csv: regions of 50 districts of 40 stations, seeded.

    Sizes are like real ones (50 to 2,500 voters); in one station of fifty a figure is off by one.
    """
    random = Random(seed)  # noqa: S311  # a benchmark, not a secret
    text = TOML.format(
        right='right = ["invalid", "votes"], severity = "warning"',
        voters='right = ["voters"], severity = "warning"',
        box='right = ["ballots_in_box"], severity = "warning"',
    )
    folder.mkdir(exist_ok=True)
    (folder / "election.toml").write_text(text, encoding="utf-8")
    districts = -(-stations // 40)
    regions = -(-districts // 50)
    write_table(
        folder / "areas.csv",
        ["code", "parent_code", "name"],
        [
            ["X", "", "Nation"],
            *([f"R{i}", "X", f"Region {i}"] for i in range(regions)),
            *([f"D{i}", f"R{i // 50}", f"District {i}"] for i in range(districts)),
        ],
    )
    write_table(
        folder / "candidates.csv",
        ["number", "name"],
        [[i, f"Candidate {i}"] for i in range(1, candidates + 1)],
    )
    papers = [_paper(random, candidates) for _station in range(stations)]
    codes = [f"{i // 40}/{i % 40:02d}" for i in range(stations)]
    write_table(
        folder / "stations.csv",
        ["code", "name", "area_code", "registered"],
        [[code, f"Station {code}", f"D{i // 40}", papers[i][0]] for i, code in enumerate(codes)],
    )
    write_table(
        folder / "protocols.csv",
        [
            *("station_code", "registered", "ballots_received", "ballots_unused"),
            *("voters", "ballots_in_box", "invalid"),
            *(f"votes_{i}" for i in range(1, candidates + 1)),
        ],
        [[code, *paper] for code, paper in zip(codes, papers, strict=True)],
    )


def _paper(random: Random, candidates: int) -> list[int]:
    registered = random.randint(50, 2500)
    voters = registered * random.randint(30, 90) // 100
    invalid = voters * random.randint(0, 40) // 1000
    left = voters - invalid
    votes = []
    for _candidate in range(candidates - 1):
        votes.append(random.randint(0, left // 2))
        left -= votes[-1]
    received = registered + registered // 50
    box = voters - (random.randint(0, 49) == 0)
    return [registered, received, received - voters, voters, box, invalid, *votes, left]
