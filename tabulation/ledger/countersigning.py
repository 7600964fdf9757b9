"""A second signature of a certified publication's checkpoint, made where no network is."""

from datetime import datetime

from tabulation.arithmetic.commitments.notes import (
    NotANote,
    key_hint,
    read_signature_line,
    read_verifier_key,
    signature_line,
    verifier_key,
)
from tabulation.ledger import signing
from tabulation.models import Countersignature, Publication, User, record

#: What the second key's name adds to the log's.
CERTIFIED = "/certified"


class CountersignRefused(Exception):
    """Nothing was added; the message says why."""


def sign_offline(checkpoint: str, signer: signing.Signer) -> tuple[str, str]:
    """The signature line of a checkpoint and the key to check it with. Needs no database. Raises
    NotANote.
    """
    text, blank, _signatures = checkpoint.partition("\n\n")
    if not blank or text.count("\n") != 2:
        raise NotANote("This is no checkpoint: three lines, an empty one, and signatures.")
    name = text.split("\n", 1)[0] + CERTIFIED
    line = signature_line(name, signer.public, signer.sign(f"{text}\n".encode()))
    return line, verifier_key(name, signer.public)


def countersign(
    *, publication: Publication, line: str, key: str, by: User | None, at: datetime
) -> Countersignature:
    """Add ``line`` to the checkpoint of ``publication``, after checking it with ``key``.

    Raises CountersignRefused.
    """
    if publication.status != Publication.Status.CERTIFIED:
        raise CountersignRefused("Only a certified publication has a second signature.")
    text = publication.checkpoint.partition("\n\n")[0]
    try:
        name, public = read_verifier_key(key)
        signed_as, hint, signature = read_signature_line(line)
    except NotANote as error:
        raise CountersignRefused(str(error)) from error
    wanted = text.split("\n", 1)[0] + CERTIFIED
    if name != wanted or signed_as != wanted or hint != key_hint(name, public):
        raise CountersignRefused(f"Key and signature must both be of {wanted}.")
    if not signing.is_signed(f"{text}\n".encode(), signature, public):
        raise CountersignRefused("This is not a signature of this checkpoint by this key.")
    countersignature, new = Countersignature.objects.get_or_create(
        publication=publication,
        line=f"{line.strip()}\n",
        defaults={"key": key.strip(), "at": at},
    )
    if not new:
        raise CountersignRefused("This signature is there already.")
    record(
        act="countersigned",
        subject=f"publication {publication.number} of {publication.election.slug}",
        by=by,
        at=at,
        election=publication.election,
        after={"key": key.strip()},
    )
    return countersignature
