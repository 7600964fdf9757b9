"""The files of a publication, in every format, all of them in one, and zeros to rehearse with.

A file's tag names what determines it, a closed publication and the version of the format, so that
a hundred thousand stations need not be read to say "not modified".
"""

import hashlib
import json
from collections.abc import Iterable, Iterator

from candidates.models import Election
from tabulation.ledger import history, proving, reading, turnout
from tabulation.outcomes.proposals.proposal import propose
from tabulation.public.document import Document, UnknownAddress, contest_in, document, encoded, find
from tabulation.public.files import bulk, datapackage, json_, readme, statement
from tabulation.public.files.kinds import KINDS, Kind, kinds_of
from tabulation.public.files.schemas import schema
from tabulation.public.files.statement import JSON, ZIP, Statement
from tabulation.public.pages.outcome import outcome_json

#: A file that many stations make longer than old programs can read, in cells of the long table.
LARGE = 5_000_000

__all__ = ["data_file", "everything", "kinds_of", "package", "rehearsal", "schema_file"]

Files = Iterator[tuple[str, Iterable[bytes]]]


def data_file(slug: str, number: int, contest: str, kind: str) -> Document:
    """One contest in one format, by its ending. Immutable, for ever. Raises UnknownAddress."""
    election, published = find(slug, number)
    of, paper = contest_in(published, contest)
    of.election = election
    return contest_file(statement.statement(published, of, paper), KINDS[kind])


def contest_file(said: Statement, kind: Kind) -> Document:
    """As `data_file`. JSON of our own is small, and answered with its length."""
    if kind.ending == "eml.xml" and "eml.xml" not in kinds_of(said.head, said.paper):
        raise UnknownAddress
    chunks = encoded(_made(said, kind))
    tag = _tag(kind.ending, kind.version, _said_of(said), said.contest.code)
    whole = list(chunks) if kind.ending == "json" else chunks
    return Document(whole, kind.content_type, tag, immutable=True)


def _made(said: Statement, kind: Kind) -> Iterator[str]:
    """Nothing is read before the first piece is asked for."""
    yield from kind.make(said)


def package(slug: str, number: int) -> Document:
    """The description of a publication's tables."""
    return document(_package(statements(slug, number)), JSON, immutable=True)


def everything(slug: str, number: int) -> Document:
    """Every file of a publication in one zip."""
    said = statements(slug, number)
    chunks = _zip(_files_of(said), said)
    tag = _tag("all.zip", ZIP_OF, *map(_said_of, said))
    return Document(chunks, ZIP, tag, immutable=True)


def rehearsal(slug: str, number: int | None = None) -> Document:
    """The same files with every station counted and every figure 0.

    They depend on forms and places alone, and are the same from the first publication on while
    these are.
    """
    said = zeroed(statements(slug, number))
    forms = [json.dumps(one.paper.as_json(), sort_keys=True) for one in said]
    tag = _tag("rehearsal.zip", ZIP_OF, *map(_said_of, said), *forms)
    return Document(_zip(_files(said), said), ZIP, tag)


def schema_file(name: str) -> Document:
    """The JSON Schema of one of our own files. Raises UnknownAddress."""
    try:
        return document(schema(name), "application/schema+json")
    except KeyError:
        raise UnknownAddress from None


def statements(slug: str, number: int | None = None) -> list[Statement]:
    """What a publication says of each of its contests. Raises UnknownAddress."""
    election, published = find(slug, number)
    found = []
    for contest, paper in reading.published_contests(published):
        contest.election = election
        found.append(statement.statement(published, contest, paper))
    return found


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


def _zip(files: Files, said: list[Statement]) -> Iterator[bytes]:
    """Read only when it is sent: the size of a contest is asked for as late as its stations."""
    large = any(one.head.stations * len(one.paper.lines) > LARGE for one in said)
    yield from bulk.zipped(files, said[0].publication.published_at, large=large)


def _files_of(said: list[Statement]) -> Files:
    """Those of `_files`, and what only a real publication has: the outcome, and what proves it."""
    yield from _files(said)
    published = said[0].publication
    yield "manifest.json", [published.manifest.encode()]
    yield "checkpoint", [published.checkpoint.encode()]
    for one in said:
        code = one.contest.code
        records = proving.every_record(published, one.contest, one.paper)
        yield f"{code}.ledger.tsv", (f"{record}\n".encode() for record in records)
        proposal = propose(published, one.contest, one.paper)
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
        for ending in kinds_of(one.head, one.paper):
            yield f"{one.contest.code}.{ending}", encoded(KINDS[ending].make(one))
        yield f"{one.contest.code}.form.json", [_form(one)]


def _form(said: Statement) -> bytes:
    return proving.form_bytes(said.of, said.contest)


def _package(said: list[Statement]) -> str:
    return json_.as_json(datapackage.description(said))


def _said_of(said: Statement) -> str:
    """What determines a statement: what was bound when it was published, and the election's row."""
    edition = said.publication
    bound = edition.published_at.isoformat() if said.zeroed else edition.manifest
    return f"{bound}\n{_row(said.election)}"


def _row(election: Election) -> str:
    return repr([getattr(election, field.attname) for field in election._meta.concrete_fields])


def _tag(*made_of: object) -> str:
    return hashlib.sha256(repr(made_of).encode()).hexdigest()
