"""The signed list of the files that are made after a publication: docs/verification.md.

What takes long to make is not made while a publication is signed. Its hashes are signed later, by
the same key under a name of its own, so that no such list passes for a checkpoint.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef

from candidates.models import Election
from tabulation.arithmetic.commitments.notes import (
    FILES_SIGNER,
    NotANote,
    files_text,
    read_signature_line,
    signature_line,
    signed_note,
)
from tabulation.ledger import signing
from tabulation.ledger.manifests import log_of
from tabulation.models import FileList, Publication


def files_list(publication: Publication, hashes: Mapping[str, str], issue: int = 1) -> str:
    """The text that is signed; ``hashes`` by the paths of the files, from the site's root."""
    return files_text(
        origin=publication.checkpoint.split("\n", 1)[0],
        number=publication.number,
        issue=issue,
        manifest=publication.manifest.encode(),
        hashes=hashes,
    )


def sign_files(
    publication: Publication, hashes: Mapping[str, str], *, at: datetime
) -> FileList | None:
    """Sign and keep the list of a publication that is out; `None` where the newest issue says the
    same. Raises SigningRefused.
    """
    last = newest_list(publication)
    if last and last.body.startswith(f"{files_list(publication, hashes, last.issue)}\n"):
        return None
    issue = last.issue + 1 if last else 1
    text = files_list(publication, hashes, issue)
    signer = signing.signer()
    name = log_of(publication) + FILES_SIGNER
    line = signature_line(name, signer.public, signer.sign(text.encode()))
    return FileList.objects.create(
        publication=publication, issue=issue, body=signed_note(text, [line]), at=at
    )


def is_signed_list(found: FileList, keys: Iterable[bytes]) -> bool:
    """Whether a list is of its publication and issue, signed by one of the public ``keys``."""
    text, _empty, line = found.body.partition("\n\n")
    name = log_of(found.publication) + FILES_SIGNER
    try:
        _name, _hint, signature = read_signature_line(line)
    except NotANote:
        return False
    return f"{text}\n".startswith(files_list(found.publication, {}, found.issue)) and any(
        line == signature_line(name, public, signature)
        and signing.is_signed(f"{text}\n".encode(), signature, public)
        for public in keys
    )


def newest_list(publication: Publication) -> FileList | None:
    """The issue that holds; `None`: the files are not signed yet."""
    return publication.file_lists.order_by("issue").last()


def without_list(election_id: int) -> list[Publication]:
    """Publications whose files are not signed yet, the newest first."""
    waiting = Publication.objects.filter(election=election_id, file_lists=None)
    return list(waiting.select_related("election").order_by("-number"))


def unlisted_elections() -> list[Election]:
    """Elections the files of whose newest publication are not signed yet. One query."""
    newest = Publication.objects.order_by("election_id", "-number").distinct("election_id")
    listed = FileList.objects.filter(publication=OuterRef("pk"))
    rows = Publication.objects.filter(pk__in=newest.values("pk")).filter(~Exists(listed))
    return [publication.election for publication in rows.select_related("election")]
