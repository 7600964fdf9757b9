"""What the publisher remembers, after a disaster: rebuilt from the ledger and a checkpoint saved
elsewhere, or, where publications are lost for good, a new log by a decision.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from candidates.models import Election
from tabulation.arithmetic.commitments.merkle import root_of_hashes
from tabulation.arithmetic.commitments.notes import NotANote, checkpoint_text, read_signature_line
from tabulation.ledger import auditing_ledger, manifests, remembered, signing
from tabulation.ledger.reading import latest
from tabulation.ledger.refusals import PublicationRefused
from tabulation.models import User, record

#: Characters of the words that a new log begins with.
WORDS = 200


def rebuild(election: Election, note: str) -> int:
    """Remember the whole log of ``election``; how many publications are new. Raises
    PublicationRefused where ``note`` is no checkpoint of it that this key signed, where its log
    goes further than the ledger, and where the ledger's newest checkpoint is not signed.
    """
    last = latest(election)
    if last is None:
        raise PublicationRefused("Nothing is published yet, and there is nothing to remember.")
    origin = manifests.origin_of(election)
    signer = signing.signer()
    leaves = manifests.leaves_of(election)
    size = _signed_size(note, origin, signer)
    if size > len(leaves):
        raise PublicationRefused(
            f"The checkpoint is of {size} publications, and the database has {len(leaves)}."
            " Nothing was kept. Restore a newer backup."
        )
    text = checkpoint_text(origin=origin, size=size, root=root_of_hashes(leaves[:size]))
    if note.partition("\n\n")[0] + "\n" != text:
        raise PublicationRefused(
            "The checkpoint is of another log than the database has. Nothing was kept. Have the"
            " database checked."
        )
    if not auditing_ledger.is_signed(last, {signer.key_id: signer.public}):
        raise PublicationRefused(
            f"The checkpoint of publication {last.number} in the database is not signed by this"
            " key. Nothing was kept. Have the database checked."
        )
    return remembered.grow(election, origin, leaves, last.published_at)


@transaction.atomic
def begin_log(
    *, election: Election, administrators: Sequence[User], decision: str, words: str, at: datetime
) -> str:
    """Go on from what the database has, in a log of another name, where the one that was signed
    goes further; why. Its next publication says ``words``. What is remembered of the log before
    stays beside. Raises PublicationRefused.
    """
    decision, words = decision.strip(), " ".join(words.split())
    if not decision or not 1 <= len(words) <= WORDS:
        raise PublicationRefused(
            f"The decision needs a number, and the words 1 to {WORDS} characters. Nothing was"
            " changed."
        )
    leaves = manifests.leaves_of(election)
    origin = manifests.log_after(remembered.log_of_next(election) or manifests.origin_of(election))
    record(
        act="new log begun",
        subject=f"log of {election.slug}",
        by=administrators[0],
        at=at,
        election=election,
        after={
            "decision": decision,
            "reason": words,
            "publication": len(leaves) + 1,
            "name": origin,
            "administrators": [one.username for one in administrators],
        },
    )
    opening = f"New log by decision {decision}: {words}"
    return remembered.begin(election, origin, leaves, at, opening)


def _signed_size(note: str, origin: str, signer: signing.Signer) -> int:
    """How many publications the checkpoint ``note`` is of. Raises PublicationRefused."""
    text, _blank, lines = note.partition("\n\n")
    words = text.split("\n")
    try:
        name, _hint, signature = read_signature_line(lines.split("\n")[0] + "\n")
    except NotANote as error:
        raise PublicationRefused(f"{error} Nothing was kept.") from error
    signed = signing.is_signed(f"{text}\n".encode(), signature, signer.public)
    if len(words) != 3 or words[0] != origin or name != origin or not signed:
        raise PublicationRefused(
            f"This is no checkpoint of {origin} that this key signed. Nothing was kept."
        )
    return int(words[1])
