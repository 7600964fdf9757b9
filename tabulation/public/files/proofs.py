"""What anybody checks a publication with: keys, checkpoints, the log, every record, proofs."""

from collections.abc import Iterator, Sequence

from candidates.models import Contest
from tabulation.arithmetic.commitments.canonical import canonical
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import acts, history, proving
from tabulation.ledger.filelists import newest_list
from tabulation.public.document import Document, UnknownAddress, document, streamed
from tabulation.public.edition import Edition
from tabulation.public.files.statement import JSON, in_chunks

TEXT = "text/plain; charset=utf-8"
LINES = "application/x-ndjson"
TABLE = "text/tab-separated-values; charset=utf-8"


def keys(edition: Edition) -> Document:
    """The public keys that signed the election's checkpoints, one a line."""
    return document("".join(f"{key}\n" for key in proving.public_keys(edition.election)), TEXT)


def checkpoint(edition: Edition) -> Document:
    """The signed head of the log at a publication. A second signature may still come to it."""
    return document(proving.checkpoint(edition.published), TEXT)


def manifests(edition: Edition) -> Document:
    """Every manifest, one a line: the leaves of the log."""
    lines = (f"{manifest}\n" for manifest in proving.log(edition.election))
    return streamed(lines, LINES, "manifests", edition.published.checkpoint)


def manifest(edition: Edition) -> Document:
    """The manifest of one publication, byte for byte."""
    return document(edition.published.manifest, JSON)


def file_list(edition: Edition) -> Document:
    """The signed list of the files made after a publication; UnknownAddress until it is signed."""
    found = newest_list(edition.published)
    if found is None:
        raise UnknownAddress
    return document(found.body, TEXT)


def published_file(edition: Edition, file: str) -> Document:
    """A document that came out with a publication, byte for byte; its hash is in the manifest."""
    found = acts.file_of(edition.published, file)
    if found is None:
        raise UnknownAddress
    return Document([bytes(found.body)], found.media_type, bytes(found.sha256).hex())


def form(edition: Edition, contest: Contest, _form: ProtocolForm) -> Document:
    """The form of a contest, as its hash in the manifest has it."""
    return document(proving.form_bytes(edition.published, contest).decode(), JSON)


def ledger(edition: Edition, contest: Contest, form: ProtocolForm) -> Document:
    """Every record of a contest, as it is hashed, one a line."""
    records = proving.every_record(edition.published, contest, form)
    lines = in_chunks(f"{record}\n" for record in records)
    return streamed(lines, TABLE, "ledger", contest.code, edition.published.manifest)


def reasons(edition: Edition, contest: Contest, _form: ProtocolForm) -> Document:
    """Why broken warnings were accepted, by station: the lines that each record has the hash of."""
    lines = history.every_reason(edition.published, contest)
    return streamed(lines, TABLE, "reasons", contest.code, edition.published.manifest)


def proofs(
    edition: Edition, contest: Contest, form: ProtocolForm, codes: Sequence[str]
) -> Iterator[Document]:
    """That stations are inside the national total, in the order of ``codes``.

    Of the newest publication they stay the same until the next.
    """
    for proof in edition.prover(contest, form).stations(codes):
        yield document(canonical(proof).decode(), JSON)


def bundle(edition: Edition, contest: Contest, form: ProtocolForm, code: str) -> Document:
    """The proofs of all that lies directly in an area. Raises UnknownUnit."""
    return document(canonical(edition.prover(contest, form).area(code)).decode(), JSON)
