"""Check, sign and release what was prepared. Only then is it public.

A publication is prepared in one transaction, without a checkpoint: nobody reads it yet. What was
committed is then read back, checked and signed. A publisher that dies in between leaves a prepared
publication, and the next one releases it before anything else.
"""

import json

from candidates.models import Election
from tabulation.arithmetic.commitments.merkle import leaf_hash
from tabulation.ledger import manifests
from tabulation.ledger.refusals import PublicationRefused
from tabulation.models import Publication, PublishedFile, Seal


def release_prepared(election: Election) -> None:
    """Sign and release the publication of ``election`` that is prepared, if one is; nobody else
    publishes meanwhile. Raises PublicationRefused for one that is not what was prepared, and
    SigningRefused.
    """
    prepared = Publication.prepared.filter(election=election).select_related("election").first()
    if prepared is None:
        return
    body = prepared.manifest.encode()
    if leaf_hash(body) != bytes(prepared.leaf) or _body_of(prepared) != body:
        raise PublicationRefused(
            f"Publication {prepared.number} of {prepared.election.slug} was altered after it was"
            " prepared. It was not signed. Compare the database with its backup."
        )
    prepared.checkpoint, prepared.key = manifests.signed(prepared)
    prepared.save(update_fields=["checkpoint", "key"])


def _body_of(prepared: Publication) -> bytes:
    """The manifest as the ledger has it now. Turnout is bound by the hash of its file, which is not
    made again.
    """
    said = json.loads(prepared.manifest)
    turnout = {one["contest"]: one.get("turnout", "") for one in said["contests"]}
    contests = prepared.election.contests.select_related("constituency__area", "election")
    number = said["seal"]["number"] if said["seal"] else 0
    files = PublishedFile.objects.filter(election=prepared.election, published_in=prepared.number)
    return manifests.body(
        prepared,
        [manifests.bound(one, turnout=turnout.get(one.code, "")) for one in contests],
        Seal.objects.filter(number=number).first(),
        {name: bytes(digest).hex() for name, digest in files.values_list("name", "sha256")},
    )
