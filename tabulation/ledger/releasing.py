"""Check, sign and release what was prepared. Only then is it public.

A publication is prepared in one transaction, without a checkpoint: nobody reads it yet. What was
committed is then read back, checked and signed. A publisher that dies in between leaves a prepared
publication, and the next one releases it before anything else. It signs no other under a number
that it signed, and the same one with the same signature.
"""

from candidates.models import Election
from tabulation.arithmetic.commitments.merkle import leaf_hash
from tabulation.ledger import manifests, remembered
from tabulation.ledger.refusals import PublicationRefused
from tabulation.models import Publication


def release_prepared(election: Election) -> None:
    """Sign and release the publication of ``election`` that is prepared, if one is; nobody else
    publishes meanwhile. Raises PublicationRefused for one that is not what was prepared, and
    SigningRefused.
    """
    prepared = Publication.prepared.filter(election=election).select_related("election").first()
    if prepared is None:
        return
    body = prepared.manifest.encode()
    if leaf_hash(body) != bytes(prepared.leaf) or manifests.rebuilt(prepared) != body:
        raise PublicationRefused(
            f"Publication {prepared.number} of {prepared.election.slug} was altered after it was"
            " prepared. It was not signed. Compare the database with its backup."
        )
    log = [*manifests.leaves_of(prepared.election, prepared.number - 1), bytes(prepared.leaf)]
    remembered.check_next(prepared.election, log, prepared.published_at)
    origin = remembered.log_of_next(prepared.election) or manifests.origin_of(prepared.election)
    prepared.checkpoint, prepared.key = manifests.signed(prepared, origin)
    remembered.keep(prepared.election, origin, log, prepared.published_at, prepared.note)
    prepared.save(update_fields=["checkpoint", "key"])
