"""What proves a publication: its checkpoint, the log, every record, the proof of a station."""

import base64
from collections.abc import Iterator
from typing import Any

from django.db import connection

from candidates.models import Contest, Election
from tabulation.commitments import inclusion
from tabulation.commitments.sumtree import Entry, branch, listed
from tabulation.models import Area, Publication, PublishedFigures, PublishedForm
from tabulation.paper import Paper
from tabulation.publication.manifests import form_file, leaves_of
from tabulation.publication.reading import UnknownUnit, standing
from tabulation.publication.records import area_record, station_record, sums_of

PROOF = "hashvark proof v1"
#: Ledger rows that stood in a publication.
STOOD = """f.contest_id = %(contest)s AND f.published_in <= %(number)s
      AND (f.superseded_in IS NULL OR f.superseded_in > %(number)s)"""
CHUNK = 2_000


def checkpoint(publication: Publication) -> str:
    """The signed note of the publication, with the signatures made offline since."""
    lines = publication.countersignatures.values_list("line", flat=True)
    return publication.checkpoint + "".join(lines)


def log(election: Election) -> Iterator[str]:
    """The leaves of the election's log, from the first on."""
    rows = election.publications.order_by("number")
    return rows.values_list("manifest", flat=True).iterator(chunk_size=CHUNK)


def public_keys(election: Election) -> list[str]:
    """Every key that ever signed a checkpoint of the election, the first first."""
    ours = election.publications.order_by("number").values_list("key", flat=True)
    offline = election.publications.order_by("number").values_list(
        "countersignatures__key", flat=True
    )
    return list(dict.fromkeys([*ours, *filter(None, offline)]))


def form_bytes(publication: Publication, contest: Contest) -> bytes:
    """The form of a contest in ``publication``, as its hash in the manifest has it."""
    form = standing(PublishedForm.objects.filter(contest=contest), publication).get()
    return form_file(contest.election, form.body)


def every_record(publication: Publication, contest: Contest, paper: Paper) -> Iterator[str]:
    """Every record of the contest: of an area first its areas, then its stations, then itself."""
    order = _areas_upwards(publication, contest)
    own = _area_records(publication, contest, paper)
    told = 0
    for place, record in _station_records(publication, contest, paper, order):
        while told < place:
            yield own[order[told]]
            told += 1
        yield record
    for area in order[told:]:
        yield own[area]


def proof(publication: Publication, contest: Contest, paper: Paper, code: str) -> dict[str, Any]:
    """That the station ``code`` is inside the contest's root, and that root inside the log:
    docs/verification.md. Raises UnknownUnit.
    """
    rows = standing(PublishedFigures.objects.filter(contest=contest), publication)
    station = rows.filter(station__code=code).first()
    if station is None or station.parent_id is None:
        raise UnknownUnit(code)
    lineage = Area.objects.values_list("lineage", flat=True).get(pk=station.parent_id)
    above = lineage[lineage.index(contest.constituency.area_id) :][::-1]
    own = _area_records(publication, contest, paper, above)
    path, child = [], bytes(station.hash)
    for area in above:
        entries = _children(publication, contest, paper, area)
        position = next(i for i, entry in enumerate(entries) if entry.digest == child)
        levels = [
            [entry and [_short(entry.digest), listed(entry.sums)] for entry in level]
            for level in branch(entries, position)
        ]
        path.append({"levels": levels, "record": own[area]})
        child = bytes(rows.get(area=area).hash)
    leaves = leaves_of(contest.election, publication.number)
    return {
        "format": PROOF,
        "election": contest.election.slug,
        "contest": contest.code,
        "publication": publication.number,
        "record": _station_record(publication, contest, paper, station.pk),
        "path": path,
        "log": [_short(digest) for digest in inclusion(leaves, publication.number - 1)],
    }


def _short(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _areas_upwards(publication: Publication, contest: Contest) -> list[int]:
    """The areas of the contest, each after all that lie in it, those of one area by code."""
    rows = standing(PublishedFigures.objects.filter(contest=contest), publication)
    below: dict[int | None, list[int]] = {}
    areas = rows.filter(area__isnull=False).values_list("area__code", "area_id", "parent_id")
    for _code, area, parent in sorted(areas, key=lambda row: row[0].encode(), reverse=True):
        below.setdefault(parent, []).append(area)
    order, waiting = [], list(below[None])
    while waiting:  # each before what lies in it, the last code first: the other way round
        area = waiting.pop()
        order.append(area)
        waiting.extend(reversed(below.get(area, [])))
    return order[::-1]


def _area_records(
    publication: Publication, contest: Contest, paper: Paper, only: list[int] | None = None
) -> dict[int, str]:
    head = contest.constituency.area_id
    which = "" if only is None else "AND f.area_id = ANY (%(only)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT f.area_id, {area_record(paper, "f", "a", "above")}
            FROM tabulation_publishedfigures f
            JOIN tabulation_area a ON a.id = f.area_id
            LEFT JOIN tabulation_area above ON above.id = a.parent_id AND a.id <> %(head)s
            WHERE {STOOD} {which}""",  # noqa: S608  # positions and names of ours
            {**_keys(publication, contest), "head": head, "only": only},
        )
        return dict(cursor.fetchall())


def _station_records(
    publication: Publication, contest: Contest, paper: Paper, order: list[int]
) -> Iterator[tuple[int, str]]:
    """Each station's record with the place of its area in ``order``, in that order and by code."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"""
            SELECT o.place - 1, {station_record(paper, "f", "s", "a")}
            FROM tabulation_publishedfigures f
            JOIN tabulation_pollingstation s ON s.id = f.station_id
            JOIN tabulation_area a ON a.id = s.area_id
            JOIN unnest(%(order)s::bigint[]) WITH ORDINALITY AS o(area_id, place)
              ON o.area_id = f.parent_id
            WHERE {STOOD}
            ORDER BY o.place, f.code""",  # noqa: S608  # positions and names of ours
            {**_keys(publication, contest), "order": order},
        )
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def _station_record(publication: Publication, contest: Contest, paper: Paper, row: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {station_record(paper, "f", "s", "a")} FROM tabulation_publishedfigures f
            JOIN tabulation_pollingstation s ON s.id = f.station_id
            JOIN tabulation_area a ON a.id = s.area_id
            WHERE f.id = %(row)s""",  # noqa: S608  # positions and names of ours
            {**_keys(publication, contest), "row": row},
        )
        return str(cursor.fetchone()[0])


def _children(publication: Publication, contest: Contest, paper: Paper, area: int) -> list[Entry]:
    """The entries of an area's sum tree, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT f.hash, {sums_of(paper, "f")} FROM tabulation_publishedfigures f
            WHERE f.parent_id = %(area)s AND {STOOD} ORDER BY f.code, f.station_id NULLS FIRST""",  # noqa: S608  # positions and names of ours
            {**_keys(publication, contest), "area": area},
        )
        return [Entry(bytes(digest), tuple(sums)) for digest, sums in cursor.fetchall()]


def _keys(publication: Publication, contest: Contest) -> dict[str, Any]:
    return {"contest": contest.pk, "code": contest.code, "number": publication.number}
