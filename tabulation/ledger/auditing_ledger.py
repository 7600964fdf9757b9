"""Make every published record, sum and manifest anew, and compare: whatever was signed and altered
since is named, and what was never signed as it stands.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from candidates.models import Election
from tabulation.arithmetic.commitments.merkle import leaf_hash, root_of_hashes
from tabulation.arithmetic.commitments.notes import (
    NotANote,
    checkpoint_text,
    read_signature_line,
    verifier_key,
)
from tabulation.arithmetic.commitments.sumtree import COUNTS, Entry, level_above
from tabulation.arithmetic.form import ProtocolForm
from tabulation.database.statements import fetch, stream
from tabulation.ledger import manifests, signing
from tabulation.ledger.filelists import is_signed_list
from tabulation.ledger.records import area_record, record_hash, station_record
from tabulation.models import FileList, Publication, PublishedForm


def findings(keys: Mapping[str, bytes]) -> Iterator[str]:
    """One sentence for each publication and row that is wrong. ``keys``: public keys that may have
    signed, by their `signing.key_id`.
    """
    for publication in Publication.objects.select_related("election").order_by(
        "election", "number"
    ):
        if not is_signed(publication, keys):
            yield f"{_named(publication)} has a checkpoint without a valid signature."
    for found in FileList.objects.select_related("publication__election"):
        if not is_signed_list(found, keys.values()):
            name = _named(found.publication)
            yield f"{name} has a list of files, issue {found.issue}, without a valid signature."
    for election in Election.objects.order_by("pk"):
        yield from _logs(election)
        yield from findings_of(election)


def _logs(election: Election) -> Iterator[str]:
    """Publications in another log than they can be in: that of the one before, or the next."""
    before = ""
    for publication in election.publications.select_related("election").order_by("number"):
        log = manifests.log_of(publication)
        if before and log not in (before, manifests.log_after(before)):
            yield f"{_named(publication)} is in the log {log}, after {before}."
        before = log


def findings_of(election: Election) -> Iterator[str]:
    """The same of one election, but for the signatures."""
    for publication in election.publications.select_related("election").order_by("number"):
        yield from _examine(publication)
    for form in PublishedForm.objects.filter(contest__election=election).select_related(
        "contest__constituency"
    ):
        yield from _records(form)
    yield from _trees(election)


def _named(publication: Publication) -> str:
    return f"Publication {publication.number} of {publication.election.slug}"


def _examine(publication: Publication) -> Iterator[str]:
    body = publication.manifest.encode()
    if leaf_hash(body) != bytes(publication.leaf):
        yield f"{_named(publication)} has a manifest that does not give its leaf of the log."
    elif manifests.rebuilt(publication) != body:
        yield f"{_named(publication)} has a manifest that differs from the ledger."


def is_signed(publication: Publication, keys: Mapping[str, bytes]) -> bool:
    """Whether the checkpoint is the log's head at this number, signed by one of ``keys``."""
    origin = manifests.log_of(publication)
    leaves = manifests.leaves_of(publication.election, publication.number)
    text = checkpoint_text(origin=origin, size=publication.number, root=root_of_hashes(leaves))
    said, _empty, line = publication.checkpoint.partition("\n\n")
    try:
        _name, _hint, signature = read_signature_line(line)
    except NotANote:
        return False
    return f"{said}\n" == text and any(
        verifier_key(origin, public) == publication.key
        and signing.is_signed(text.encode(), signature, public)
        for public in keys.values()
    )


def _records(form: PublishedForm) -> Iterator[str]:
    """Rows, of the publications in which ``form`` stood, that their record's hash is not of."""
    try:
        lines = ProtocolForm.from_json(form.body)
    except (KeyError, TypeError, ValueError):
        yield f"The form of {form.contest.code} in publication {form.published_in} was altered."
        return
    keys = {
        "contest": form.contest_id,
        "code": form.contest.code,
        "head": form.contest.constituency.area_id,
        "first": form.published_in,
        "end": form.superseded_in,
    }
    while_it_stood = """f.contest_id = %(contest)s AND f.published_in >= %(first)s
          AND (%(end)s::int IS NULL OR f.published_in < %(end)s)"""
    stations = f"""
        SELECT f.published_in, s.code FROM tabulation_publishedfigures f
        JOIN tabulation_pollingstation s ON s.id = f.station_id
        JOIN tabulation_area a ON a.id = s.area_id
        WHERE {while_it_stood} AND (f.hash <> {record_hash(station_record(lines, "f", "s", "a"))}
          OR f.explanations IS DISTINCT FROM sha256(convert_to(f.reasons, 'UTF8'))
          OR f.code <> s.code OR f.parent_id <> s.area_id)
        ORDER BY f.published_in, s.code"""  # noqa: S608  # names of ours
    areas = f"""
        SELECT f.published_in, a.code FROM tabulation_publishedfigures f
        JOIN tabulation_area a ON a.id = f.area_id
        LEFT JOIN tabulation_area above ON above.id = a.parent_id AND a.id <> %(head)s
        WHERE {while_it_stood} AND (f.hash <> {record_hash(area_record(lines, "f", "a", "above"))}
          OR f.code <> a.code OR f.parent_id IS DISTINCT FROM above.id
          OR f.reason <> '' OR f.decision <> '')
        ORDER BY f.published_in, a.code"""  # noqa: S608  # names of ours
    for kind, statement in (("polling station", stations), ("area", areas)):
        for number, code in stream(statement, keys):
            yield (
                f"The row of {kind} {code} in publication {number} has a record that does not"
                " give its hash."
            )


def _trees(election: Election) -> Iterator[str]:
    """Rows of areas whose root and sums are not those of what lay directly in them then."""
    rows = stream(
        """
        SELECT a.id, a.published_in, a.code, a.children, a.root, cardinality(a.filled),
          ARRAY[a.stations, a.counted, a.annulled, 0, a.registered,
            a.registered_counted]::bigint[]
            || a.figures,
          f.hash,
          ARRAY[f.stations, f.counted, f.annulled, 0, f.registered,
            f.registered_counted]::bigint[]
            || CASE WHEN f.counted > 0 THEN f.figures END
        FROM tabulation_publishedfigures a
        JOIN tabulation_publishedfigures f ON f.parent_id = a.area_id
          AND f.contest_id = a.contest_id AND f.published_in <= a.published_in
          AND (f.superseded_in IS NULL OR f.superseded_in > a.published_in)
        WHERE a.area_id IS NOT NULL
          AND a.contest_id IN (SELECT id FROM candidates_contest WHERE election_id = %s)
        ORDER BY a.id, f.code, f.station_id NULLS FIRST""",
        [election.pk],
    )
    seen = 0
    for _pk, below in groupby(rows, key=lambda row: row[0]):
        seen += 1
        yield from _examine_tree(list(below))
    ((areas,),) = fetch(
        "SELECT count(f.area_id) FROM tabulation_publishedfigures f"
        " JOIN candidates_contest c ON c.id = f.contest_id WHERE c.election_id = %s",
        [election.pk],
    )
    if areas != seen:
        yield f"The rows of {areas - seen} published areas have nothing below them."


def _examine_tree(below: list[tuple[Any, ...]]) -> Iterator[str]:
    _pk, number, code, children, root, lines, sums, *_child = below[0]

    def whole(part: list[int | None]) -> tuple[int | None, ...]:
        return tuple(part) + (None,) * (lines if len(part) == COUNTS else 0)

    level = [Entry(bytes(digest), whole(part)) for *_area, digest, part in below]
    if len(level) != children:
        yield f"Area {code} in publication {number} has {len(level)} units, not {children}."
    while len(level := level_above(level)) > 1:
        pass
    if (level[0].digest, level[0].sums) != (bytes(root), whole(sums)):
        yield f"Area {code} in publication {number} has another root or total than its units."
