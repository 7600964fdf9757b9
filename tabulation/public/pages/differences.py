"""What changed from one publication to another: a page, a list of its own for progress, a CSV."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import reading
from tabulation.ledger.differences import CHANGED, Change, ChangeKind, difference, sum_rows
from tabulation.ledger.reading import Unit, UnknownUnit
from tabulation.public import document
from tabulation.public.document import Document, UnknownAddress, contest_in, encoded, find, page_of
from tabulation.public.files import differences

#: Of the table: one more whenever its columns or cells change.
CSV_VERSION = 1


@dataclass(frozen=True)
class Between:
    """Two publications of one election, the earlier first, and a contest of the later one."""

    election: Election
    earlier: Any
    later: Any
    contest: Contest
    paper: ProtocolForm

    @property
    def stations(self) -> Any:
        return difference(self.earlier, self.later, self.contest)

    @property
    def head_before(self) -> Unit | None:
        """The whole contest in the earlier one; ``None`` when it was not in there yet."""
        try:
            return reading.unit_of_head(self.earlier, self.contest)
        except UnknownUnit:
            return None

    @property
    def form_changed(self) -> bool:
        forms = reading.published_contests(self.earlier)
        return any(of == self.contest and form != self.paper for of, form in forms)


def difference_page(
    language: str,
    slug: str,
    contest: str,
    earlier: int,
    later: int,
    *,
    page: int = 1,
    newly_counted: bool = False,
    linked: bool = True,
) -> Document:
    """The sums, then the stations that say something else than before, with was, is and why.

    Stations that were merely counted meanwhile have pages of their own (``newly_counted``), so
    that no correction is lost among them.
    """
    between = _between(slug, contest, earlier, later)
    counts = between.stations.counts()
    kinds, size = _kinds(newly_counted), document.STATIONS_PER_PAGE
    last = _pages(counts, kinds)
    if not 1 <= page <= last:
        raise UnknownAddress
    before, now = between.head_before, reading.unit_of_head(between.later, between.contest)
    paper = between.paper
    changes = between.stations.changes(kinds=kinds, first=(page - 1) * size, most=size)
    context = {
        "both": [between.earlier, between.later],
        "form_changed": between.form_changed,
        "earlier": between.earlier,
        "later": between.later,
        "contest": between.contest,
        "paper": paper,
        "before": before,
        "now": now,
        "sums": sum_rows(paper, before.figures if before else (), now.figures),
        "kinds": [(kind.label, counts[kind]) for kind in CHANGED if counts[kind]],
        "changed": sum(counts[kind] for kind in CHANGED),
        "newly_counted": counts[ChangeKind.NEWLY_COUNTED],
        "rows": [_row(paper, change) for change in changes],
        "linked": linked,
        "page": page,
        "pages": range(1, last + 1),
    }
    name = "newly_counted" if newly_counted else "difference"
    return page_of(f"public/{name}.html", language, between.election, context)


def pages(slug: str, contest: str, earlier: int, later: int, *, newly_counted: bool = False) -> int:
    """How many pages a difference has."""
    counts = _between(slug, contest, earlier, later).stations.counts()
    return _pages(counts, _kinds(newly_counted))


def _kinds(newly_counted: bool) -> tuple[ChangeKind, ...]:
    return (ChangeKind.NEWLY_COUNTED,) if newly_counted else CHANGED


def _pages(counts: Mapping[ChangeKind, int], kinds: tuple[ChangeKind, ...]) -> int:
    return max(1, -(-sum(counts[kind] for kind in kinds) // document.STATIONS_PER_PAGE))


def difference_file(slug: str, contest: str, earlier: int, later: int) -> Document:
    """Every station that changed as CSV, newly counted ones included. Immutable, for ever.

    Its tag names what determines it, as that of a publication's own CSV does.
    """
    between = _between(slug, contest, earlier, later)
    rows = between.stations.everything()
    chunks = differences.difference_csv(between.paper, between.election, rows)
    times = [one.published_at.isoformat() for one in (between.earlier, between.later)]
    name = f"{CSV_VERSION}/{slug}/{contest}/{earlier}/{later}/{'/'.join(times)}"
    etag = hashlib.sha256(name.encode()).hexdigest()
    return Document(encoded(chunks), "text/csv; charset=utf-8", etag, immutable=True)


def _between(slug: str, contest: str, earlier: int, later: int) -> Between:
    """The later one has the greater number: no other order has an address."""
    if earlier >= later:
        raise UnknownAddress
    election, first = find(slug, earlier)
    second = reading.publication_or_none(election, later)
    if second is None:
        raise UnknownAddress
    of, paper = contest_in(second, contest)
    return Between(election, first, second, of, paper)


def _row(paper: ProtocolForm, change: Change) -> dict[str, Any]:
    figures = change.now.figures or paper.blank
    return {
        "change": change,
        "lines": change.lines(paper),
        "voters": paper.total("voters", figures),
        "valid": paper.valid(figures),
        "invalid": paper.total("invalid", figures),
    }
