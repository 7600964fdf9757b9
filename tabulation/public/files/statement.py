"""What every format is made of: a publication's statement of a contest, and safe cells."""

import copy
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import reading, turnout
from tabulation.ledger.reading import Unit
from tabulation.ledger.status import status_of

#: What a cell holds where the candidate does not stand on the ballot.
NOT_ON_BALLOT = "-"
#: Said in every rehearsal file, in the place of the election's own notice.
ZEROS = "Rehearsal: zeros. No results."
#: Their number: no publication has it.
REHEARSAL_NUMBER = 0

CSV = "text/csv; charset=utf-8"
JSON = "application/json"
XML = "application/xml"
ZIP = "application/zip"

#: Rows of text are gathered up to this size before they are sent on, in characters.
CHUNK = 64_000


@dataclass(frozen=True)
class Licence:
    """How the data may be used. ``name`` is its identifier (SPDX), empty for any other."""

    title: str
    name: str = ""
    address: str = ""


#: What holds where the election's folder names none.
CC_BY = Licence(
    "Creative Commons Attribution 4.0 International (CC BY 4.0)",
    "CC-BY-4.0",
    "https://creativecommons.org/licenses/by/4.0/",
)


def licence_of(election: Election) -> Licence:
    """The licence that the folder names, else CC BY 4.0."""
    return Licence(election.licence) if election.licence else CC_BY


@dataclass(frozen=True)
class Edition:
    """A publication as files name it: what `Publication` has, without its row."""

    number: int
    status: str
    published_at: datetime
    decision: str = ""
    note: str = ""


@dataclass(frozen=True)
class Statement:
    """What one publication says of one contest.

    ``read`` gives units anew: every "station", every "area", or the "head", which is one.
    """

    publication: Any
    contest: Contest
    form: ProtocolForm
    read: Callable[[str], Iterable[Unit]]
    #: The name of the log that the publication is signed in.
    issuer: str
    #: The publication that forms and places are from, which is the same one unless `zeroed`.
    of: Any
    #: The figures are zeros, for programs to be made ready with.
    zeroed: bool = False

    @property
    def election(self) -> Election:
        return self.contest.election

    @cached_property
    def status(self) -> str:
        """How far the contest is, in the publication's words."""
        if self.zeroed:
            return str(self.publication.status)
        return status_of(self.publication, self.contest)

    @property
    def has_turnout(self) -> bool:
        """Whether the publication has a file of turnout by the hour, which zeros do not have."""
        return not self.zeroed and bool(turnout.turnout_bound(self.publication, self.contest.code))

    @property
    def is_test(self) -> bool:
        """Whether no one may take the figures for results."""
        return self.zeroed or self.election.kind in ("rehearsal", "sample")

    @cached_property
    def areas(self) -> list[Unit]:
        """All areas in code order. There are few of them, in every country."""
        return list(self.read("area"))

    @cached_property
    def head(self) -> Unit:
        """The whole contest."""
        (unit,) = self.read("head")
        return unit

    @cached_property
    def codes(self) -> dict[int, str]:
        """Codes of the contest's areas, by the ids that lineages are made of."""
        return {unit.lineage[-1]: unit.code for unit in self.areas}

    def stations(self) -> Iterable[Unit]:
        """All stations in code order, from a server-side cursor."""
        return self.read("station")

    def above(self, unit: Unit) -> str:
        """The code of the area that ``unit`` lies directly in; empty for the head."""
        if unit.is_station:
            return self.codes[unit.lineage[-1]]
        return self.codes.get(unit.lineage[-2], "") if len(unit.lineage) > 1 else ""


def statement(published: Any, contest: Contest, form: ProtocolForm) -> Statement:
    """What ``published`` says of ``contest``, from the ledger."""

    def read(kind: str) -> Iterable[Unit]:
        if kind == "head":
            return [reading.unit_of_head(published, contest)]
        return reading.everything(published, contest, kind=kind)

    issuer = published.checkpoint.partition("\n")[0]
    return Statement(published, contest, form, read, issuer, published)


def zeros(real: Statement, at: datetime) -> Statement:
    """The same contest with every station counted and every figure 0, plainly marked.

    Nothing in it depends on the count: only on the form and the places. ``at`` stands for the time.
    """
    election = copy.copy(real.election)
    election.notice = ZEROS
    contest = copy.copy(real.contest)
    contest.election = election
    edition = Edition(REHEARSAL_NUMBER, "pre-election", at)

    def read(kind: str) -> Iterator[Unit]:
        return (zeroed_unit(unit, real.form) for unit in real.read(kind))

    return Statement(edition, contest, real.form, read, real.issuer, real.of, zeroed=True)


def zeroed_unit(unit: Unit, form: ProtocolForm) -> Unit:
    """As if all of it were counted, and every figure 0 that stands on its paper."""
    return replace(
        unit,
        status="counted",
        figures=tuple(0 if stands else None for stands in on_ballot(form, unit)),
        filled=(),
        version=1 if unit.is_station else None,
        reason="",
        decision="",
        counted=unit.stations,
        annulled=0,
        registered=None if unit.registered is None else 0,
        registered_counted=None if unit.registered is None else 0,
        broken=(0,) * len(form.checks),
        evaluated=(unit.stations,) * len(form.checks),
        since=REHEARSAL_NUMBER,
        until=None,
    )


def on_ballot(form: ProtocolForm, unit: Unit) -> list[bool]:
    """Per line, whether it is on the ballot of the station, or of any in the area."""
    return [line.stands_in(unit.lineage, station=unit.is_station) for line in form.lines]


def cell(figure: int | None, *, stands: bool) -> object:
    """A figure in a table: blank and not on the ballot are told apart."""
    if figure is None:
        return "" if stands else NOT_ON_BALLOT
    return figure


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


class CsvBuffer(io.StringIO):
    """What `csv.writer` writes its rows into; each ends with LF alone.

    The writer has to believe in CR LF, or it leaves a cell with a bare CR unquoted, and whoever
    reads the file finds two rows there.
    """

    def write(self, row: str) -> int:
        return super().write(row.removesuffix("\r\n") + "\n")


def noticed(
    election: Election, header: Sequence[object], rows: Iterable[Sequence[object]]
) -> Iterator[str]:
    """A table as `csv_chunks`, with the election's notice as the last cell of each row."""
    if election.notice:
        notice = safe(election.notice)
        return csv_chunks([*header, "notice"], ([*row, notice] for row in rows))
    return csv_chunks(header, rows)


def csv_chunks(header: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table as text, in chunks of many rows."""
    buffer = CsvBuffer()
    writer = csv.writer(buffer)
    writer.writerow(header)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > CHUNK:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def in_chunks(pieces: Iterable[str]) -> Iterator[str]:
    """The same text in fewer and larger pieces."""
    gathered: list[str] = []
    size = 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size > CHUNK:
            yield "".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield "".join(gathered)
