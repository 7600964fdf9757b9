"""What proves a publication: its checkpoint, the log, every record, the proof of a station."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from candidates.models import Contest, Election
from tabulation.arithmetic.commitments.merkle import inclusion
from tabulation.arithmetic.commitments.sumtree import STATION, Entry, branch, listed
from tabulation.arithmetic.form import ProtocolForm
from tabulation.database.plans import no_nested_loops
from tabulation.database.statements import CHUNK, fetch, stream
from tabulation.ledger.cells import STANDS
from tabulation.ledger.manifests import form_file, leaves_of
from tabulation.ledger.reading import UnknownUnit, figures_in, standing
from tabulation.ledger.records import area_record, station_record, sums_of
from tabulation.models import Publication, PublishedForm

PROOF = "hashvark proof v1"
BUNDLE = "hashvark bundle v1"


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


def every_record(publication: Publication, contest: Contest, form: ProtocolForm) -> Iterator[str]:
    """Every record of the contest: of an area first its areas, then its stations, then itself."""
    prover = Prover(publication, contest, form)
    order = _areas_upwards(prover)
    own = _area_records(prover)
    done = 0
    for place, record in _station_records(prover, order):
        while done < place:
            yield own[order[done]]
            done += 1
        yield record
    for area in order[done:]:
        yield own[area]


class Prover:
    """Proofs of one contest in one publication; what many of them share is read once."""

    def __init__(self, publication: Publication, contest: Contest, form: ProtocolForm) -> None:
        self.publication = publication
        self.contest = contest
        self.form = form
        self.rows: QuerySet[Any] = figures_in(publication, contest)
        self._entries: dict[int, list[Entry]] = {}
        self._steps: dict[tuple[int, int | None], list[dict[str, object]]] = {}

    def station(self, code: str) -> dict[str, object]:
        """That a station is inside the contest's root, and that root inside the log:
        docs/verification.md. Raises UnknownUnit.
        """
        for proof in self.stations([code]):
            return proof
        raise UnknownUnit

    def stations(self, codes: Sequence[str]) -> Iterator[dict[str, object]]:
        """As `station`, of those that there are, in the order of ``codes``: their rows and records
        are read together.
        """
        rows = self.rows.filter(station__isnull=False, code__in=list(codes))
        found = {row.code: row for row in rows}
        which = "f.id = ANY (%(rows)s) AND s.id = ANY (%(stations)s)"
        keys = {
            "rows": [row.pk for row in found.values()],
            "stations": [row.station_id for row in found.values()],
        }
        records = _station_records_of(self, which, **keys)
        for code in filter(found.__contains__, codes):
            row = found[code]
            entries, position = self._place(row)
            first = self._step(row.parent_id, branch(entries, position))
            path = [first, *self._above(row.parent_id)]
            yield self._proved(record=records[row.pk], path=path)

    def area(self, code: str) -> dict[str, object]:
        """All that lies directly in an area, and that the area is inside: a proof of each station
        there. Raises UnknownUnit.
        """
        area = self._row(area__isnull=False, code=code)
        stations = _station_records_in(self, area.area_id)
        below = list(self.rows.filter(parent=area.area_id, area__isnull=False))
        records = sorted(
            [*_area_records(self, [row.area_id for row in below]).values(), *stations],
            key=_order_in_the_tree,
        )
        first = self._step(area.area_id, [])
        return self._proved(records=records, path=[first, *self._above(area.area_id)])

    @cached_property
    def _log(self) -> list[str]:
        leaves = leaves_of(self.contest.election, self.publication.number)
        return [_short(digest) for digest in inclusion(leaves, self.publication.number - 1)]

    def _proved(self, *, path: list[dict[str, object]], **what: Any) -> dict[str, object]:
        return {
            "format": PROOF if "record" in what else BUNDLE,
            "election": self.contest.election.slug,
            "contest": self.contest.code,
            "publication": self.publication.number,
            "path": path,
            "log": self._log,
            **what,
        }

    def _row(self, **which: Any) -> Any:
        row = self.rows.filter(**which).first()
        if row is None:
            raise UnknownUnit
        return row

    def _place(self, row: Any) -> tuple[list[Entry], int]:
        """The entries of the area a unit lies in, and where among them the unit is."""
        if row.parent_id not in self._entries:
            self._entries[row.parent_id] = _children(self, row.parent_id)
        entries = self._entries[row.parent_id]
        digest = bytes(row.hash)
        return entries, next(i for i, e in enumerate(entries) if e.digest == digest)

    def _above(self, area: int) -> list[dict[str, object]]:
        """The steps from an area up to the head of the contest."""
        if area == self.contest.constituency.area_id:
            return []
        row = self._row(area=area)
        if (area, row.parent_id) not in self._steps:
            entries, position = self._place(row)
            step = self._step(row.parent_id, branch(entries, position))
            self._steps[area, row.parent_id] = [step, *self._above(row.parent_id)]
        return self._steps[area, row.parent_id]

    def _step(self, area: int, levels: list[list[Entry | None]]) -> dict[str, object]:
        shown = [
            [entry and [_short(entry.digest), listed(entry.sums)] for entry in level]
            for level in levels
        ]
        return {"levels": shown, "record": _area_records(self, [area])[area]}


def _order_in_the_tree(record: str) -> tuple[bytes, bool]:
    kind, _contest, code, _rest = record.split("\t", 3)
    return code.encode(), kind == STATION


def _short(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _areas_upwards(prover: "Prover") -> list[int]:
    """The areas of the contest, each after all that lie in it, those of one area by code."""
    below: dict[int | None, list[int]] = {}
    areas = prover.rows.filter(area__isnull=False).order_by("-code")
    for area, parent in areas.values_list("area_id", "parent_id"):
        below.setdefault(parent, []).append(area)
    order, waiting = [], list(below[None])
    while waiting:  # each before what lies in it, the last code first: the other way round
        area = waiting.pop()
        order.append(area)
        waiting.extend(reversed(below.get(area, [])))
    return order[::-1]


def _area_records(prover: "Prover", only: list[int] | None = None) -> dict[int, str]:
    head = prover.contest.constituency.area_id
    which = "" if only is None else "AND f.area_id = ANY (%(only)s)"
    with no_nested_loops() if only is None else nullcontext():
        rows = fetch(
            f"""
            SELECT f.area_id, {area_record(prover.form, "f", "a", "above")}
            FROM tabulation_publishedfigures f
            JOIN tabulation_area a ON a.id = f.area_id
            LEFT JOIN tabulation_area above ON above.id = a.parent_id AND a.id <> %(head)s
            WHERE {STANDS} {which}""",  # noqa: S608  # positions and names of ours
            {**_keys(prover), "head": head, "only": only},
        )
    return dict(rows)


def _station_records(prover: "Prover", order: list[int]) -> Iterator[tuple[int, str]]:
    """Each station's record with the place of its area in ``order``, in that order and by code."""
    with no_nested_loops():
        yield from stream(
            f"""
            SELECT o.place - 1, {station_record(prover.form, "f", "s", "a")}
            FROM tabulation_publishedfigures f
            JOIN tabulation_pollingstation s ON s.id = f.station_id
            JOIN tabulation_area a ON a.id = s.area_id
            JOIN unnest(%(order)s::bigint[]) WITH ORDINALITY AS o(area_id, place)
              ON o.area_id = f.parent_id
            WHERE {STANDS}
            ORDER BY o.place, f.code""",  # noqa: S608  # positions and names of ours
            {**_keys(prover), "order": order},
        )


def _station_records_in(prover: "Prover", area: int) -> list[str]:
    """The records of the stations directly in an area.

    The area is named for each table, so that none is read beyond it (`ANY`, lest the joins are
    taken for settled and nothing is left to hash).
    """
    which = """f.parent_id = ANY (%(areas)s) AND s.area_id = ANY (%(areas)s)
      AND a.id = ANY (%(areas)s)"""
    with no_nested_loops():
        return list(_station_records_of(prover, which, areas=[area]).values())


def _station_records_of(prover: "Prover", which: str, **keys: Any) -> dict[int, str]:
    """By the key of their rows, whatever codes a row has."""
    rows = fetch(
        f"""
        SELECT f.id, {station_record(prover.form, "f", "s", "a")}
        FROM tabulation_publishedfigures f
        JOIN tabulation_pollingstation s ON s.id = f.station_id
        JOIN tabulation_area a ON a.id = s.area_id
        WHERE {which} AND {STANDS}""",  # noqa: S608  # positions and names of ours
        {**_keys(prover), **keys},
    )
    return dict(rows)


def _children(prover: "Prover", area: int) -> list[Entry]:
    """The entries of an area's sum tree, in their order."""
    rows = fetch(
        f"""
        SELECT f.hash, {sums_of(prover.form, "f")} FROM tabulation_publishedfigures f
        WHERE f.parent_id = %(area)s AND {STANDS} ORDER BY f.code, f.station_id NULLS FIRST""",  # noqa: S608  # positions and names of ours
        {**_keys(prover), "area": area},
    )
    return [Entry(bytes(digest), tuple(sums)) for digest, sums in rows]


def _keys(prover: "Prover") -> dict[str, Any]:
    return {
        "contest": prover.contest.pk,
        "code": prover.contest.code,
        "number": prover.publication.number,
    }
