"""What two publications say differently, station by station: was, is and why. From the ledger.

One statement reads all of it, whatever the two are; `preview` reads what is not published yet with
the same statement.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from candidates.models import Contest
from tabulation.arithmetic.form import Line, ProtocolForm
from tabulation.database.plans import no_nested_loops
from tabulation.database.statements import fetch, stream
from tabulation.ledger.replacing import beside
from tabulation.models import Publication, PublishedFigures


class ChangeKind(TextChoices):
    """What happened to a station between the two."""

    CORRECTED = "corrected", pgettext_lazy("polling station", "corrected")
    ANNULLED = "annulled", pgettext_lazy("polling station", "annulled")
    REINSTATED = "reinstated", pgettext_lazy("polling station", "reinstated")
    RESTATED = "restated", _("same figures, another version or reason")
    UNCOUNTED = "uncounted", _("counted no longer")
    NEWLY_COUNTED = "newly counted", _("newly counted")


#: What a reader must not overlook: everything but the progress of the count.
CHANGED = tuple(kind for kind in ChangeKind if kind != ChangeKind.NEWLY_COUNTED)

#: From the station as it was (``w``) and as it is (``n``); NULL where nobody would see a change.
KIND = """CASE
  WHEN n.status = coalesce(w.status, 'not counted') THEN CASE
    WHEN n.figures IS DISTINCT FROM w.figures THEN 'corrected'
    WHEN w.status IS NOT NULL AND (n.version, n.reason, n.decision)
      IS DISTINCT FROM (w.version, w.reason, w.decision) THEN 'restated' END
  WHEN n.status = 'not counted' THEN 'uncounted'
  WHEN n.status = 'annulled' THEN 'annulled'
  WHEN w.status = 'annulled' THEN 'reinstated'
  ELSE 'newly counted' END"""

#: Stations that have another row in publication B than in A.
IS = """SELECT station_id, status, figures, version, reason, decision
  FROM tabulation_publishedfigures
  WHERE contest_id = %(contest)s AND station_id IS NOT NULL
    AND published_in > %(a)s AND published_in <= %(b)s
    AND (superseded_in IS NULL OR superseded_in > %(b)s)"""
WAS = """SELECT station_id, status, figures, version, reason, decision
  FROM tabulation_publishedfigures
  WHERE contest_id = %(contest)s AND station_id IS NOT NULL AND published_in <= %(a)s
    AND superseded_in > %(a)s"""


@dataclass(frozen=True)
class StationState:
    """What is said of a station: its status, and its protocol. No figures: not yet counted."""

    status: str
    figures: tuple[int | None, ...]
    version: int | None
    reason: str
    decision: str

    @property
    def label(self) -> str:
        return str(PublishedFigures.Status(self.status).label)


@dataclass(frozen=True)
class Change:
    """One station as it was and as it is. ``lineage``: ids of its areas from the root down."""

    kind: str
    code: str
    name: str
    names: dict[str, str]
    lineage: tuple[int, ...]
    was: StationState
    now: StationState

    @property
    def label(self) -> str:
        return str(ChangeKind(self.kind).label)

    def lines(self, form: ProtocolForm) -> list[tuple[Line, int | None, int | None]]:
        """The lines whose figure is another one, with what it was and what it is."""
        before, after = self.was.figures or form.blank, self.now.figures or form.blank
        rows = zip(form.lines, before, after, strict=True)
        return [(line, was, now) for line, was, now in rows if was != now]


@dataclass(frozen=True)
class Compared:
    """Two states of the stations of a contest, as SQL that `Change` is read from.

    ``was`` and ``now`` select station_id, status, figures, version, reason and decision; stations
    that are not in ``now`` are as they were. ``many``: they are joined all at once, which is
    linear whatever the planner believes of the tables; else each is looked up by its key.
    """

    was: str
    now: str
    values: Mapping[str, Any]
    many: bool = True

    def counts(self) -> dict[str, int]:
        """How many stations there are of each kind; every kind is there."""
        found = dict(self._rows("SELECT kind, count(*)", "GROUP BY kind"))
        return {kind.value: found.get(kind.value, 0) for kind in ChangeKind}

    def digests(self) -> list[tuple[str, str, int]]:
        """Each kind's digest of all its stations (SHA-256 of what is said of each), and number."""
        digest = (
            "encode(sha256(string_agg(sha256(convert_to(row(station_id, status, figures, version,"
            " reason, decision)::text, 'UTF8')), ''::bytea ORDER BY station_id)), 'hex')"
        )
        return self._rows(f"SELECT kind, {digest}, count(*)", "GROUP BY kind ORDER BY kind")

    def changes(self, *, kinds: tuple[str, ...], first: int, most: int) -> list[Change]:
        """``most`` stations of these kinds in code order, after the first ``first``."""
        rows = self._rows(
            f"SELECT {COLUMNS}", f"{ORDER} LIMIT %(most)s OFFSET %(first)s", kinds, first, most
        )
        return [_change(row) for row in rows]

    def everything(self) -> Iterator[Change]:
        """All of them in code order, from a server-side cursor."""
        with self._plans():
            for row in stream(self._text(f"SELECT {COLUMNS}", ORDER), self._values()):
                yield _change(row)

    def _rows(
        self, select: str, rest: str, kinds: tuple[str, ...] = (), first: int = 0, most: int = 0
    ) -> list[tuple[Any, ...]]:
        with self._plans():
            return fetch(self._text(select, rest), self._values(kinds, first, most))

    def _plans(self) -> AbstractContextManager[None]:
        return no_nested_loops() if self.many else nullcontext()

    def _values(self, kinds: tuple[str, ...] = (), first: int = 0, most: int = 0) -> dict[str, Any]:
        wanted = [str(kind) for kind in kinds or ChangeKind]
        return {**self.values, "kinds": wanted, "first": first, "most": most}

    def _text(self, select: str, rest: str) -> str:
        return f"""
WITH compared AS (
  SELECT {KIND} AS kind, n.*, s.code, s.name, s.names, s.area_id,
    w.status AS was_status, w.figures AS was_figures, w.version AS was_version,
    w.reason AS was_reason, w.decision AS was_decision
  FROM ({self.now}) n
  {beside(self.was, "w", "n.station_id", self.many)}
  JOIN tabulation_pollingstation s ON s.id = n.station_id
)
{select} FROM compared c JOIN tabulation_area a ON a.id = c.area_id
WHERE kind = ANY (%(kinds)s) {rest}"""  # noqa: S608  # constants of ours; values are bound


#: What `_change` reads, in its order.
COLUMNS = """kind, c.code, c.name, c.names, a.lineage, was_status, was_figures, was_version,
  was_reason, was_decision, status, figures, version, reason, decision"""
#: Code order is that of the bytes, whatever the database's own collation is.
ORDER = 'ORDER BY c.code COLLATE "C"'


def difference(earlier: Publication, later: Publication, contest: Contest) -> Compared:
    """The stations of ``contest`` of which ``later`` says something else than ``earlier``.

    In a publication that does not have the contest yet, nothing of it was counted.
    """
    values = {"contest": contest.pk, "a": earlier.number, "b": later.number}
    return Compared(WAS, IS, values)


def sum_rows(
    form: ProtocolForm, was: tuple[int | None, ...], now: tuple[int | None, ...]
) -> list[tuple[Line, int | None, int | None, int | None]]:
    """Each line of the paper with two sums and their difference, ``None`` where one is missing.

    No figures at all (nothing counted) are as good as blank ones.
    """
    rows = zip(form.lines, was or form.blank, now or form.blank, strict=True)
    return [(line, a, b, None if a is None or b is None else b - a) for line, a, b in rows]


def _change(row: tuple[Any, ...]) -> Change:
    kind, code, name, names, lineage = row[:5]
    was, now = state_of(*row[5:10]), state_of(*row[10:])
    return Change(kind, code, name, json.loads(names), tuple(lineage), was, now)


def state_of(
    status: str | None,
    figures: Sequence[int | None] | None,
    version: int | None,
    reason: str | None,
    decision: str | None,
) -> StationState:
    return StationState(
        status or "not counted", tuple(figures or ()), version, reason or "", decision or ""
    )
