"""Made-up station figures that add up exactly to given national ones. Pure, whole numbers only.

The same seed makes the same figures on every machine: no float is ever computed. What comes out is
plausible and not real, and is to be labelled as generated wherever it is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random


class CannotAddUp(ValueError):
    """The figures asked for contradict each other; the message says which."""


@dataclass(frozen=True)
class SampleArea:
    """An area whose stations are made up: how many, and the registered voters they share."""

    code: str
    name: str
    stations: int
    registered: int
    #: Patterns in other languages, by code.
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SampleTotals:
    """National figures to be met. ``votes``: by ballot number, in order; the sums must agree."""

    registered: int
    supplementary: int
    voters: int
    invalid: int
    votes: dict[int, int]
    #: Voters who had come by an hour (``15:00``), hours in order.
    turnout: dict[str, int]


@dataclass
class SampleStation:
    """A made-up station with its protocol, figures in voters or ballots."""

    code: str
    name: str
    names: dict[str, str]
    area: str
    #: ``None``: no list was kept there before polling day.
    registered: int | None
    supplementary: int = 0
    voters: int = 0
    ballots_received: int = 0
    ballots_unused: int = 0
    ballots_in_box: int = 0
    invalid: int = 0
    votes: tuple[int, ...] = ()
    turnout: tuple[int, ...] = ()


def spread(total: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """Share ``total`` in proportion to ``weights``, none above its cap, by largest remainders.

    Raises CannotAddUp when the caps are too low.
    """
    if total > sum(caps) or total < 0:
        raise CannotAddUp(f"{total} cannot be shared: there is room for {sum(caps)}.")
    shares = [0] * len(weights)
    left = total
    while left:
        open_ = [i for i, cap in enumerate(caps) if shares[i] < cap]
        weight = sum(weights[i] for i in open_)
        # Where only weightless places are open they share alike.
        scale = {i: weights[i] if weight else 1 for i in open_}
        whole = weight or len(open_)
        quotas = {i: min(left * scale[i] // whole, caps[i] - shares[i]) for i in open_}
        if not any(quotas.values()):
            by_remainder = sorted(open_, key=lambda i: (-(left * scale[i] % whole), i))
            quotas = dict.fromkeys(by_remainder[:left], 1)
        for i, quota in quotas.items():
            shares[i] += quota
            left -= quota
    return shares


def make_stations(
    areas: Sequence[SampleArea], totals: SampleTotals, seed: int
) -> list[SampleStation]:
    """Stations with protocols that add up to ``totals``. Raises CannotAddUp."""
    _check(areas, totals)
    random = Random(seed)  # noqa: S311  # a sample, not a secret
    stations = [station for area in areas for station in _register(area, random)]
    _add_voters(stations, totals, random)
    _add_ballots(stations, totals, random)
    _add_votes(stations, totals, random)
    _add_turnout(stations, totals, random)
    return stations


def _check(areas: Sequence[SampleArea], totals: SampleTotals) -> None:
    registered = sum(area.registered for area in areas)
    if registered != totals.registered:
        raise CannotAddUp(f"The areas have {registered} registered, not {totals.registered}.")
    ballots = sum(totals.votes.values()) + totals.invalid
    if ballots != totals.voters:
        raise CannotAddUp(f"Votes and invalid ballots are {ballots}, voters {totals.voters}.")
    hours = [*totals.turnout.values(), totals.voters]
    if hours != sorted(hours):
        raise CannotAddUp("Turnout falls from one hour to a later one.")


def _register(area: SampleArea, random: Random) -> list[SampleStation]:
    """The stations of an area; one without registered voters keeps no list."""
    weights = [random.randint(30, 200) for _ in range(area.stations)]
    registered = spread(area.registered, weights, [area.registered] * area.stations)
    digits = max(2, len(str(area.stations)))
    return [
        SampleStation(
            code=f"{area.code}/{number:0{digits}d}",
            name=area.name.replace("{number}", str(number)),
            names={code: n.replace("{number}", str(number)) for code, n in area.names.items()},
            area=area.code,
            registered=voters or None,
        )
        for number, voters in enumerate(registered, 1)
    ]


def _add_voters(stations: list[SampleStation], totals: SampleTotals, random: Random) -> None:
    """Who voted: all of the supplementary list, and part of each list."""
    without_list = [s for s in stations if s.registered is None]
    with_list = [s for s in stations if s.registered is not None]
    supplementary = spread(
        totals.supplementary,
        [1] * len(without_list or stations),
        [totals.supplementary] * len(without_list or stations),
    )
    for station, added in zip(without_list or stations, supplementary, strict=True):
        station.supplementary = added
    lists = [station.registered or 0 for station in with_list]
    voters = spread(
        totals.voters - totals.supplementary,
        [voters * random.randint(600, 900) for voters in lists],
        lists,
    )
    for station, came in zip(with_list, voters, strict=True):
        station.voters = came
    for station in stations:
        station.voters += station.supplementary


def _add_ballots(stations: list[SampleStation], totals: SampleTotals, random: Random) -> None:
    """Ballots received, unused, in the box, invalid; in a few stations they do not quite agree."""
    invalid = spread(
        totals.invalid,
        [station.voters * random.randint(5, 60) for station in stations],
        [station.voters // 5 for station in stations],
    )
    for station, spoilt in zip(stations, invalid, strict=True):
        listed = (station.registered or 0) + station.supplementary
        station.ballots_received = -(-listed * 103 // 1000) * 10
        station.ballots_unused = station.ballots_received - station.voters
        station.ballots_in_box = station.voters
        station.invalid = spoilt
    large = [station for station in stations if station.voters > 50]
    odd = random.sample(large, min(len(large), 10) // 2 * 2)
    for kept, found in zip(odd[::2], odd[1::2], strict=True):
        kept.ballots_in_box -= 1
        found.ballots_in_box += 1
    for station in odd[:3]:
        station.ballots_unused -= 1


def _add_votes(stations: list[SampleStation], totals: SampleTotals, random: Random) -> None:
    """Votes of all candidates but the strongest are shared out; the strongest has the rest."""
    strongest = max(totals.votes, key=lambda number: totals.votes[number])
    rest = [station.ballots_in_box - station.invalid for station in stations]
    shared: dict[int, list[int]] = {}
    for number, votes in sorted(totals.votes.items(), key=lambda item: item[1]):
        if number != strongest:
            weights = [valid * random.randint(40, 160) for valid in rest]
            shared[number] = spread(votes, weights, rest)
            rest = [left - given for left, given in zip(rest, shared[number], strict=True)]
    shared[strongest] = rest
    for i, station in enumerate(stations):
        station.votes = tuple(shared[number][i] for number in totals.votes)


def _add_turnout(stations: list[SampleStation], totals: SampleTotals, random: Random) -> None:
    before = 0
    came = [0] * len(stations)
    for total in totals.turnout.values():
        room = [s.voters - already for s, already in zip(stations, came, strict=True)]
        more = spread(total - before, [left * random.randint(60, 140) for left in room], room)
        came = [already + new for already, new in zip(came, more, strict=True)]
        before = total
        for station, by_then in zip(stations, came, strict=True):
            station.turnout = (*station.turnout, by_then)
