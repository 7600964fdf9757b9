"""What changed from one publication to another: a page, a list of its own for progress, a CSV."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger.differences import CHANGED, Change, ChangeKind, difference, sum_rows
from tabulation.ledger.reading import Unit, UnknownUnit
from tabulation.public import document
from tabulation.public.document import Document, Page, UnknownAddress, streamed
from tabulation.public.edition import Edition
from tabulation.public.files import differences
from tabulation.public.files.statement import CSV

#: Of the table: one more whenever its columns or cells change.
CSV_VERSION = 1
#: Stations that were merely counted meanwhile have pages of their own, so that no correction is
#: lost among them.
NEWLY_COUNTED = (ChangeKind.NEWLY_COUNTED,)


@dataclass(frozen=True)
class Between:
    """A contest of an edition, and an earlier edition: no other order has an address."""

    earlier: Edition
    later: Edition
    contest: Contest
    form: ProtocolForm

    @classmethod
    def of(cls, edition: Edition, contest: Contest, form: ProtocolForm, earlier: int) -> "Between":
        """Raises UnknownAddress."""
        if earlier >= edition.published.number:
            raise UnknownAddress
        return cls(edition.at(earlier), edition, contest, form)

    @property
    def stations(self) -> Any:
        return difference(self.earlier.published, self.later.published, self.contest)

    @property
    def head_before(self) -> Unit | None:
        """The whole contest in the earlier one; ``None`` when it was not in there yet."""
        try:
            return self.earlier.head(self.contest)
        except UnknownUnit:
            return None

    @property
    def form_changed(self) -> bool:
        forms = self.earlier.contests
        return any(one == self.contest and form != self.form for one, form in forms)


def page_of(template: str, kinds: tuple[ChangeKind, ...]) -> Callable[..., Page]:
    """What makes the pages of a difference: the sums, then the stations that changed in one of
    these ways, with was, is and why.
    """

    def make(
        edition: Edition,
        contest: Contest,
        form: ProtocolForm,
        earlier: int,
        later: int,
        page: int = 1,
    ) -> Page:
        between = Between.of(edition, contest, form, earlier)
        counts, size = between.stations.counts(), document.STATIONS_PER_PAGE
        last = _pages(counts, kinds)
        if not 1 <= page <= last:
            raise UnknownAddress
        before, now = between.head_before, edition.head(contest)
        changes = between.stations.changes(kinds=kinds, first=(page - 1) * size, most=size)
        both = [between.earlier.published, edition.published]
        return edition.page(
            template,
            contest,
            form,
            both=both,
            form_changed=between.form_changed,
            earlier=both[0],
            later=both[1],
            before=before,
            now=now,
            sums=sum_rows(form, before.figures if before else (), now.figures),
            kinds=[(kind.label, counts[kind]) for kind in CHANGED if counts[kind]],
            changed=sum(counts[kind] for kind in CHANGED),
            newly_counted=counts[ChangeKind.NEWLY_COUNTED],
            rows=[_row(form, change) for change in changes],
            page=page,
            pages=range(1, last + 1),
        )

    return make


def pages(
    edition: Edition,
    contest: Contest,
    form: ProtocolForm,
    earlier: int,
    kinds: tuple[ChangeKind, ...],
) -> int:
    """How many pages a difference has."""
    return _pages(Between.of(edition, contest, form, earlier).stations.counts(), kinds)


def _pages(counts: Mapping[ChangeKind, int], kinds: tuple[ChangeKind, ...]) -> int:
    return max(1, -(-sum(counts[kind] for kind in kinds) // document.STATIONS_PER_PAGE))


def difference_file(
    edition: Edition, contest: Contest, form: ProtocolForm, earlier: int, later: int
) -> Document:
    """Every station that changed as CSV, newly counted ones included."""
    between = Between.of(edition, contest, form, earlier)
    rows = between.stations.everything()
    lines = differences.difference_csv(form, edition.election, rows)
    where = (edition.election.slug, contest.code, between.earlier.now, edition.now)
    return streamed(lines, CSV, CSV_VERSION, *where)


def _row(form: ProtocolForm, change: Change) -> dict[str, Any]:
    figures = change.now.figures or form.blank
    return {
        "change": change,
        "lines": change.lines(form),
        "voters": form.total("voters", figures),
        "valid": form.valid(figures),
        "invalid": form.total("invalid", figures),
    }
