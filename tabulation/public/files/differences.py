"""What changed from one publication to another, as a table."""

from collections.abc import Iterable, Iterator

from candidates.models import Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger.differences import Change, StationState
from tabulation.public.files.statement import cell, noticed, safe


def difference_csv(
    form: ProtocolForm, election: Election, changes: Iterable[Change]
) -> Iterator[str]:
    """One row a station that changed: what it was, what it is and why; then each line twice."""
    header = [
        *("kind", "code", "name", "status_was", "status_is", "version_was", "version_is"),
        *("reason", "decision"),
        *(f"{line.key}_{when}" for line in form.lines for when in ("was", "is")),
    ]
    return noticed(election, header, (_row(form, change) for change in changes))


def _row(form: ProtocolForm, change: Change) -> list[object]:
    was, now = change.was, change.now
    versions = ["" if one.version is None else one.version for one in (was, now)]
    cells = zip(_cells(form, change, was), _cells(form, change, now), strict=True)
    return [
        *(change.kind, change.code, safe(change.name), was.status, now.status, *versions),
        *(safe(now.reason), safe(now.decision)),
        *(cell for pair in cells for cell in pair),
    ]


def _cells(form: ProtocolForm, change: Change, state: StationState) -> list[object]:
    return [
        cell(figure, stands=line.stands_in(change.lineage, station=True))
        for line, figure in zip(form.lines, state.figures or form.blank, strict=True)
    ]
