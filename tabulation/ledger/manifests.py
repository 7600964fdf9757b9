"""Bind a publication: its manifest, its place in the election's log, the signed checkpoint."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist
from django.db.models import Q

from candidates.models import Contest, Election
from tabulation.arithmetic.commitments.canonical import canonical
from tabulation.arithmetic.commitments.merkle import root_of_hashes
from tabulation.arithmetic.commitments.notes import (
    checkpoint_text,
    manifest,
    signature_line,
    signed_note,
    verifier_key,
)
from tabulation.arithmetic.commitments.sumtree import listed
from tabulation.ledger import signing
from tabulation.models import (
    Area,
    Publication,
    PublishedFigures,
    PublishedFile,
    PublishedForm,
    Seal,
)


def body(
    publication: Publication,
    contests: list[dict[str, str]],
    seal: Seal | None,
    files: dict[str, str],
) -> bytes:
    """The manifest of ``publication``, whose contests are `bound`; ``files``: hashes of the
    documents that come out with it, by their names.
    """
    return manifest(
        election=publication.election.slug,
        number=publication.number,
        published_at=publication.published_at,
        status=publication.status,
        note=publication.note,
        decision=publication.decision,
        contests=contests,
        seal={"number": seal.number, "hash": bytes(seal.hash).hex()} if seal else None,
        files=files,
    )


def signed(publication: Publication, origin: str) -> tuple[str, str]:
    """The signed checkpoint of the log ``origin`` up to ``publication``, and its key.

    Raises SigningRefused.
    """
    election = publication.election
    leaves = [*leaves_of(election, publication.number - 1), bytes(publication.leaf)]
    text = checkpoint_text(origin=origin, size=publication.number, root=root_of_hashes(leaves))
    signer = signing.signer()
    line = signature_line(origin, signer.public, signer.sign(text.encode()))
    return signed_note(text, [line]), verifier_key(origin, signer.public)


def origin_of(election: Election) -> str:
    """The name of the election's log: as its newest checkpoint has it, or will. Raises
    SigningRefused.
    """
    newest = election.publications.order_by("number").last()
    if newest is not None:
        return log_of(newest)
    host = settings.ORIGIN
    if not host or "+" in host or any(character.isspace() for character in host):
        raise signing.SigningRefused(
            f"HASHVARK_ORIGIN is {host!r}: a name without spaces and plus signs."
        )
    return f"{host}/{election.slug}"


def log_of(publication: Publication) -> str:
    """The name of the log that a released publication is in."""
    return publication.checkpoint.partition("\n")[0]


def log_after(origin: str) -> str:
    """The name of the log that is begun after ``origin`` could not go on: no slug has a point."""
    host, _slash, last = origin.rpartition("/")
    slug, _point, number = last.partition(".")
    return f"{host}/{slug}.{int(number or 1) + 1}"


def key_of(election: Election) -> str:
    """The public key that signs the election's next checkpoint. Raises SigningRefused."""
    return verifier_key(origin_of(election), signing.signer().public)


def leaves_of(election: Election, size: int | None = None) -> list[bytes]:
    """Hashes of the log's first ``size`` leaves, or of all."""
    rows = election.publications.order_by("number")
    if size is not None:
        rows = rows.filter(number__lte=size)
    return [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]


def form_file(election: Election, body: dict[str, Any]) -> bytes:
    """The form of a contest as its published file: canonical, areas by their codes."""
    ids = {scope[-1] for line in body["lines"] for scope in line["scope"]}
    codes = dict(Area.objects.filter(election=election, pk__in=ids).values_list("pk", "code"))
    lines = [
        {**line, "scope": sorted(codes[scope[-1]] for scope in line["scope"])}
        for line in body["lines"]
    ]
    return canonical({**body, "lines": lines})


def bound(contest: Contest, number: int, *, turnout: str) -> dict[str, str]:
    """What the manifest of publication ``number`` says of a contest whose ledger rows are written.
    ``turnout``: the hash of its turnout file; empty when there is none, and then nothing is said of
    it.
    """
    stood = Q(published_in__lte=number) & (Q(superseded_in=None) | Q(superseded_in__gt=number))
    form = PublishedForm.objects.get(stood, contest=contest)
    head = PublishedFigures.objects.get(stood, contest=contest, area=contest.constituency.area_id)
    figures = head.figures or [None] * len(form.body["lines"])
    counts = (
        head.stations,
        head.counted,
        head.annulled,
        0,
        head.registered,
        head.registered_counted,
    )
    return {
        "contest": contest.code,
        "form": hashlib.sha256(form_file(contest.election, form.body)).hexdigest(),
        "root": bytes(head.hash).hex(),
        "sums": listed([*counts, *figures]),
        **({"turnout": turnout} if turnout else {}),
    }


def rebuilt(publication: Publication) -> bytes | None:
    """The manifest of ``publication`` as the ledger has it now; ``None`` where that lacks a row.

    Turnout is bound by the hash of its file, which is not made again.
    """
    said = json.loads(publication.manifest)
    turnout = {one["contest"]: one.get("turnout", "") for one in said["contests"]}
    contests = Contest.objects.filter(election=publication.election, code__in=turnout)
    number = said["seal"]["number"] if said["seal"] else 0
    files = PublishedFile.objects.filter(
        election=publication.election, published_in=publication.number
    )
    try:
        parts = [
            bound(one, publication.number, turnout=turnout[one.code])
            for one in contests.select_related("constituency__area", "election")
        ]
    except (ObjectDoesNotExist, MultipleObjectsReturned):
        return None
    seal = Seal.objects.filter(number=number).first()
    hashes = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.values_list("name", "body")
    }
    return body(publication, parts, seal, hashes)
