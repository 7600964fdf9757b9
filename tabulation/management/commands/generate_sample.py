import tomllib
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tabulation.importing.synthesis import SampleArea, SampleStation, SampleTotals, make_stations
from tabulation.management.commands._command import PlainCommand
from tabulation.management.commands._output import write_table


class Command(PlainCommand):
    help = (
        "Make stations.csv, turnout.csv and protocols.csv of a sample election from its"
        " generated.toml: figures that add up to the national ones, the same for the same seed."
        " Exit status 1 when the figures contradict each other."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--into", type=Path, help="write there (default: DIR itself)")

    def handle(self, *, folder: Path, into: Path | None, **options: Any) -> None:
        try:
            content = tomllib.loads((folder / "generated.toml").read_text(encoding="utf-8"))
            areas = [_area(area) for area in content["area"]]
            totals = _totals(content)
            stations = make_stations(areas, totals, content["seed"])
        except OSError as error:
            raise CommandError(
                f"{folder}/generated.toml cannot be read: {error.strerror}."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{folder}/generated.toml: {error}") from error
        _write(into or folder, stations, totals)
        self.stdout.write(f"{len(stations)} stations are made in {into or folder}.")


def _area(table: dict[str, Any]) -> SampleArea:
    """An area of the file; `name_hy` and the like are its pattern in other languages."""
    names = {key.removeprefix("name_"): table[key] for key in table if key.startswith("name_")}
    known = {key: value for key, value in table.items() if not key.startswith("name_")}
    return SampleArea(**known, names=names)


def _totals(content: dict[str, Any]) -> SampleTotals:
    named = dict(content["totals"])
    votes = {
        int(key.removeprefix("votes_")): named.pop(key)
        for key in list(named)
        if key.startswith("votes_")
    }
    return SampleTotals(**named, votes=votes, turnout=content.get("turnout", {}))


def _write(folder: Path, stations: list[SampleStation], totals: SampleTotals) -> None:
    folder.mkdir(exist_ok=True)
    languages = sorted({code for s in stations for code in s.names})
    write_table(
        folder / "stations.csv",
        ["code", "name", *(f"name_{code}" for code in languages), "area_code", "registered"],
        (
            [
                *(s.code, s.name, *(s.names.get(code, "") for code in languages)),
                *(s.area, _cell(s.registered)),
            ]
            for s in stations
        ),
    )
    write_table(
        folder / "turnout.csv",
        ["station_code", "time", "voters"],
        (
            [s.code, hour, voters]
            for s in stations
            for hour, voters in zip(totals.turnout, s.turnout, strict=True)
        ),
    )
    write_table(
        folder / "protocols.csv",
        [
            *("station_code", "registered", "supplementary", "ballots_received"),
            *("ballots_unused", "voters", "ballots_in_box", "invalid"),
            *(f"votes_{number}" for number in totals.votes),
        ],
        (
            [
                *(s.code, _cell(s.registered), s.supplementary, s.ballots_received),
                *(s.ballots_unused, s.voters, s.ballots_in_box, s.invalid),
                *s.votes,
            ]
            for s in stations
        ),
    )


def _cell(value: int | None) -> object:
    return "" if value is None else value
