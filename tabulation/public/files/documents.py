"""The files of a publication, in every format, all of them in one, and zeros to rehearse with.

A file's tag names what determines it, a closed publication and the version of the format, so that
a hundred thousand stations need not be read to say "not modified".
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import history, proving, reading, turnout
from tabulation.outcomes.proposals.proposal import propose
from tabulation.public.document import Document, UnknownAddress, document, encoded, streamed
from tabulation.public.edition import Edition, row_of
from tabulation.public.files import bulk, datapackage, json_, readme, statement
from tabulation.public.files.kinds import KINDS, Kind, kinds_of
from tabulation.public.files.schemas import schema
from tabulation.public.files.statement import JSON, ZIP, Statement
from tabulation.public.pages.outcome import outcome_json

#: A file that many stations make longer than old programs can read, in cells of the long table.
LARGE = 5_000_000


Files = Iterator[tuple[str, Iterable[bytes]]]


def nothing() -> Document:
    """There is an answer, and no document."""
    raise UnknownAddress


def data_file(kind: Kind) -> Callable[[Edition, Contest, ProtocolForm], Document]:
    """What makes one contest in one format. Raises UnknownAddress."""

    def make(edition: Edition, contest: Contest, form: ProtocolForm) -> Document:
        return contest_file(statement.statement(edition.published, contest, form), kind)

    return make


def contest_file(said: Statement, kind: Kind) -> Document:
    """One contest in one format. JSON of our own is small, and answered with its length."""
    if kind.ending == "eml.xml" and "eml.xml" not in kinds_of(said.head, said.form):
        raise UnknownAddress
    tag = kind.ending, kind.version, _said_of(said), said.contest.code
    lines = streamed(_made(said, kind), kind.content_type, tag)
    return replace(lines, chunks=list(lines.chunks)) if kind.ending == "json" else lines


def _made(said: Statement, kind: Kind) -> Iterator[str]:
    """Nothing is read before the first piece is asked for."""
    yield from kind.make(said)


def package(edition: Edition) -> Document:
    """The description of a publication's tables."""
    return document(_package(statements(edition)), JSON)


def everything(edition: Edition) -> Document:
    """Every file of a publication in one zip."""
    said = statements(edition)
    return _zipped(_files_of(said), said, "all.zip")


def rehearsal(edition: Edition) -> Document:
    """The same files with every station counted and every figure 0.

    They depend on forms and places alone, and are the same from the first publication on while
    these are.
    """
    said = zeroed(statements(edition))
    forms = [json.dumps(one.form.as_json(), sort_keys=True) for one in said]
    return _zipped(_files(said), said, "rehearsal.zip", *forms)


def schema_file(name: str) -> Document:
    """The JSON Schema of one of our own files. Raises UnknownAddress."""
    try:
        return document(schema(name), "application/schema+json")
    except KeyError:
        raise UnknownAddress from None


def statements(edition: Edition) -> list[Statement]:
    """What a publication says of each of its contests."""
    return [statement.statement(edition.published, *of) for of in edition.contests]


def zeroed(said: list[Statement]) -> list[Statement]:
    """The same with every station counted and every figure 0, as old as the first publication."""
    first = reading.publication_or_none(said[0].election, 1)
    at = first.published_at if first else said[0].publication.published_at
    return [statement.zeros(one, at) for one in said]


#: Versions of all that is in a zip.
ZIP_OF = (
    bulk.ZIP_VERSION,
    datapackage.PACKAGE_VERSION,
    readme.README_VERSION,
    *(kind.version for kind in KINDS.values()),
)


def _zipped(files: Files, said: list[Statement], name: str, *more: object) -> Document:
    """Read only when it is sent: the size of a contest is asked for as late as its stations."""

    def chunks() -> Iterator[bytes]:
        large = any(one.head.stations * len(one.form.lines) > LARGE for one in said)
        yield from bulk.zipped(files, said[0].publication.published_at, large=large)

    determined_by = repr((name, ZIP_OF, *map(_said_of, said), *more))
    return Document(chunks(), ZIP, hashlib.sha256(determined_by.encode()).hexdigest())


def _files_of(said: list[Statement]) -> Files:
    """Those of `_files`, and what only a real publication has: the outcome, and what proves it."""
    yield from _files(said)
    published = said[0].publication
    yield "manifest.json", [published.manifest.encode()]
    yield "checkpoint", [published.checkpoint.encode()]
    for one in said:
        code = one.contest.code
        records = proving.every_record(published, one.contest, one.form)
        yield f"{code}.ledger.tsv", (f"{record}\n".encode() for record in records)
        proposal = propose(published, one.contest, one.form)
        yield f"{code}.outcome.json", [outcome_json(proposal).encode()]
        reasons = history.every_reason(published, one.contest)
        yield f"{code}.reasons.tsv", encoded(reasons)
        if one.has_turnout:
            hours = turnout.turnout_file(one.contest, published.number)
            yield f"{code}.turnout.csv", encoded(hours)


def _files(said: list[Statement]) -> Files:
    yield "README.txt", [readme.text(said).encode()]
    yield "datapackage.json", [_package(said).encode()]
    for one in said:
        for ending in kinds_of(one.head, one.form):
            yield f"{one.contest.code}.{ending}", encoded(KINDS[ending].make(one))
        yield f"{one.contest.code}.form.json", [proving.form_bytes(one.of, one.contest)]


def _package(said: list[Statement]) -> str:
    return json_.as_json(datapackage.description(said))


def _said_of(said: Statement) -> str:
    """What determines a statement: what was bound when it was published, and the election's row."""
    edition = said.publication
    bound = edition.published_at.isoformat() if said.zeroed else edition.manifest
    return f"{bound}\n{row_of(said.election)}"
