"""What anybody checks a publication with: keys, checkpoints, the log, every record, proofs."""

import hashlib
from collections.abc import Iterable, Iterator

from tabulation.arithmetic.commitments.canonical import canonical
from tabulation.ledger import acts, history, proving
from tabulation.ledger.reading import UnknownUnit
from tabulation.public.document import Document, UnknownAddress, contest_in, encoded, find

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
LINES = "application/x-ndjson"
TABLE = "text/tab-separated-values; charset=utf-8"


def keys(slug: str) -> Document:
    """The public keys that signed the election's checkpoints, one a line."""
    election, _published = find(slug)
    return _whole("".join(f"{key}\n" for key in proving.public_keys(election)), TEXT)


def newest_checkpoint(slug: str) -> Document:
    """The signed head of the log."""
    _election, published = find(slug)
    return _whole(proving.checkpoint(published), TEXT)


def checkpoint(slug: str, number: int) -> Document:
    """The signed head of the log at one publication. A second signature may still come to it."""
    _election, published = find(slug, number)
    return _whole(proving.checkpoint(published), TEXT)


def manifests(slug: str) -> Document:
    """Every manifest, one a line: the leaves of the log."""
    election, published = find(slug)
    lines = (f"{manifest}\n" for manifest in proving.log(election))
    return _streamed(lines, LINES, f"manifests/{slug}/{published.checkpoint}", immutable=False)


def manifest(slug: str, number: int) -> Document:
    """The manifest of one publication, byte for byte."""
    _election, published = find(slug, number)
    return _whole(published.manifest, JSON, immutable=True)


def published_file(slug: str, number: int, file: str) -> Document:
    """A document that came out with a publication, byte for byte; its hash is in the manifest."""
    _election, published = find(slug, number)
    found = acts.file_of(published, file)
    if found is None:
        raise UnknownAddress
    body = bytes(found.body)
    return Document([body], found.media_type, bytes(found.sha256).hex(), immutable=True)


def form(slug: str, number: int, contest: str) -> Document:
    """The form of a contest, as its hash in the manifest has it."""
    _election, published = find(slug, number)
    of, _paper = contest_in(published, contest)
    return _whole(proving.form_bytes(published, of).decode(), JSON, immutable=True)


def ledger(slug: str, number: int, contest: str) -> Document:
    """Every record of a contest, as it is hashed, one a line."""
    _election, published = find(slug, number)
    of, paper = contest_in(published, contest)
    lines = _in_chunks(proving.every_record(published, of, paper))
    name = f"ledger/{slug}/{contest}/{published.manifest}"
    return _streamed(lines, TABLE, name, immutable=True)


def reasons(slug: str, number: int, contest: str) -> Document:
    """Why broken warnings were accepted, by station: the lines that each record has the hash of."""
    _election, published = find(slug, number)
    of, _paper = contest_in(published, contest)
    lines = history.every_reason(published, of)
    return _streamed(lines, TABLE, f"reasons/{slug}/{contest}/{published.manifest}", immutable=True)


def proof(slug: str, contest: str, code: str, number: int | None = None) -> Document:
    """That a station is inside the national total, of the latest publication or of one by number.

    Of the latest it stays the same until the next.
    """
    prover = prover_of(slug, contest, number)
    return proof_of_station(prover, code, immutable=number is not None)


def bundle(slug: str, contest: str, code: str) -> Document:
    """The proofs of all that lies directly in an area, in the latest publication."""
    return proof_of_area(prover_of(slug, contest), code)


def prover_of(slug: str, contest: str, number: int | None = None) -> proving.Prover:
    """What proves many stations of one contest in one publication."""
    _election, published = find(slug, number)
    return proving.Prover(published, *contest_in(published, contest))


def proof_of_station(prover: proving.Prover, code: str, *, immutable: bool = False) -> Document:
    """As `proof`. Raises UnknownAddress."""
    try:
        return _whole(canonical(prover.station(code)).decode(), JSON, immutable=immutable)
    except UnknownUnit:
        raise UnknownAddress from None


def proof_of_area(prover: proving.Prover, code: str) -> Document:
    """As `bundle`. Raises UnknownAddress."""
    try:
        return _whole(canonical(prover.area(code)).decode(), JSON)
    except UnknownUnit:
        raise UnknownAddress from None


def _in_chunks(records: Iterable[str]) -> Iterator[str]:
    chunk: list[str] = []
    for record in records:
        chunk.append(f"{record}\n")
        if len(chunk) == 500:
            yield "".join(chunk)
            chunk = []
    yield "".join(chunk)


def _whole(text: str, content_type: str, *, immutable: bool = False) -> Document:
    content = text.encode()
    return Document([content], content_type, hashlib.sha256(content).hexdigest(), immutable)


def _streamed(lines: Iterator[str], content_type: str, name: str, *, immutable: bool) -> Document:
    etag = hashlib.sha256(name.encode()).hexdigest()
    return Document(encoded(lines), content_type, etag, immutable)
