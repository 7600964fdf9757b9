"""Published results as JSON and CSV, for programs. Everything here is read from the ledger."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from candidates.models import Contest, Election
from tabulation.paper import Paper
from tabulation.publication import Change, Said, Unit, everything

#: Of the wide table: one more whenever its columns or cells change.
CSV_VERSION = 1
#: What a cell holds where the candidate does not stand on the ballot.
NOT_ON_BALLOT = "-"


def results(publication: Any, contest: Contest, paper: Paper, unit: Unit) -> dict[str, Any]:
    """The results of one unit as a JSON object. ``null`` is "not yet counted" or blank, never 0;
    ``not_on_ballot`` names the candidates who do not stand there.

    Counts are of voters, ballots or stations. ``relations`` says for each control relation in how
    many stations it is broken, of how many in which it could be evaluated.
    """
    election: Election = contest.election
    return {
        "election": election.slug,
        "name": election.name,
        "kind": election.kind,
        "notice": election.notice,
        "contest": contest.code,
        "office": paper.office,
        "publication": publication.number,
        "status": publication.status,
        "published_at": publication.published_at.isoformat(timespec="seconds"),
        "base": paper.base,
        "candidates": {
            str(choice.number): choice.name for choice in paper.choices if choice.number is not None
        },
        "source": election.source,
        "licence": election.licence,
        **unit_results(paper, unit),
    }


def unit_results(paper: Paper, unit: Unit) -> dict[str, Any]:
    """What `results` says of the unit itself, without what all units of a contest share."""
    figures = unit.figures or paper.blank
    return {
        "unit": unit.kind,
        "code": unit.code,
        "unit_name": unit.name,
        "unit_status": unit.status,
        "unchanged_since": unit.since,
        "version": unit.version,
        "reason": unit.reason,
        "decision": unit.decision,
        "stations": {
            "expected": unit.stations,
            "reported": unit.counted,
            "annulled": unit.annulled,
        },
        "registered_on_lists": {
            "expected": unit.registered,
            "reported": unit.registered_counted,
        },
        "registered": paper.total("registered", figures),
        "voters": paper.total("voters", figures),
        "invalid": paper.total("invalid", figures),
        "valid": paper.valid(figures),
        "votes": {str(number): votes for number, votes in paper.votes(figures).items()},
        "not_on_ballot": [
            str(line.candidate)
            for line, stands in zip(paper.lines, on_ballot(paper, unit), strict=True)
            if not stands
        ],
        "lines": [
            {"number": line.number, "key": line.key, "name": line.name, "figure": figure}
            for line, figure in zip(paper.lines, figures, strict=True)
        ],
        "relations": [
            {
                "code": check.code,
                "name": check.name,
                "severity": check.severity,
                "broken": unit.broken[i],
                "evaluated": unit.evaluated[i],
            }
            for i, check in enumerate(paper.checks)
        ],
    }


def as_json(results_: object) -> str:
    return json.dumps(results_, ensure_ascii=False, indent=2) + "\n"


def csv_header(paper: Paper, election: Election) -> list[str]:
    """Columns of the wide table: the unit, its state, then the lines of the paper by key."""
    notice = ["notice"] if election.notice else []
    return [
        "unit",
        "code",
        "name",
        "status",
        "unchanged_since",
        "stations_expected",
        "stations_reported",
        "stations_annulled",
        "version",
        "reason",
        "decision",
        *(line.key for line in paper.lines),
        *notice,
    ]


def csv_row(paper: Paper, election: Election, unit: Unit) -> list[object]:
    figures = unit.figures or paper.blank
    return [
        unit.kind,
        unit.code,
        safe(unit.name),
        unit.status,
        unit.since,
        unit.stations,
        unit.counted,
        unit.annulled,
        "" if unit.version is None else unit.version,
        safe(unit.reason),
        safe(unit.decision),
        *(
            figure if figure is not None else "" if stands else NOT_ON_BALLOT
            for figure, stands in zip(figures, on_ballot(paper, unit), strict=True)
        ),
        *([election.notice] if election.notice else []),
    ]


def on_ballot(paper: Paper, unit: Unit) -> list[bool]:
    """Per line, whether it is on the ballot of the station, or of any in the area."""
    return [line.stands_in(unit.lineage, station=unit.is_station) for line in paper.lines]


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def as_csv(
    publication: Any, contest: Contest, paper: Paper, *, below: str | None = None
) -> Iterator[str]:
    """The stations of a contest (or of the subtree of an area) as CSV, in chunks of many rows."""
    units = everything(publication, contest, below=below)
    return csv_lines(paper, contest.election, units)


def csv_lines(paper: Paper, election: Election, units: Iterable[Unit]) -> Iterator[str]:
    rows = (csv_row(paper, election, unit) for unit in units)
    return _chunks(csv_header(paper, election), rows)


def difference_csv(paper: Paper, election: Election, changes: Iterable[Change]) -> Iterator[str]:
    """One row a station that changed: what it was, what it is and why; then each line twice."""
    header = [
        *("kind", "code", "name", "status_was", "status_is", "version_was", "version_is"),
        *("reason", "decision"),
        *(f"{line.key}_{when}" for line in paper.lines for when in ("was", "is")),
        *(["notice"] if election.notice else []),
    ]
    return _chunks(header, (_difference_row(paper, election, change) for change in changes))


def _difference_row(paper: Paper, election: Election, change: Change) -> list[object]:
    was, now = change.was, change.now
    versions = ["" if said.version is None else said.version for said in (was, now)]
    cells = zip(_cells(paper, change, was), _cells(paper, change, now), strict=True)
    return [
        *(change.kind, change.code, safe(change.name), was.status, now.status, *versions),
        *(safe(now.reason), safe(now.decision)),
        *(cell for pair in cells for cell in pair),
        *([election.notice] if election.notice else []),
    ]


def _cells(paper: Paper, change: Change, said: Said) -> list[object]:
    """The figures of a station as cells: blank and not on the ballot are told apart."""
    return [
        figure
        if figure is not None
        else ""
        if line.stands_in(change.lineage, station=True)
        else NOT_ON_BALLOT
        for line, figure in zip(paper.lines, said.figures or paper.blank, strict=True)
    ]


class CsvBuffer(io.StringIO):
    """What `csv.writer` writes its rows into; each ends with LF alone.

    The writer has to believe in CR LF, or it leaves a cell with a bare CR unquoted, and whoever
    reads the file finds two rows there.
    """

    def write(self, row: str) -> int:
        return super().write(row.removesuffix("\r\n") + "\n")


def _chunks(header: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    buffer = CsvBuffer()
    writer = csv.writer(buffer)
    writer.writerow(header)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > 64_000:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
