"""What changed from one publication to another, as a table."""

from collections.abc import Iterable, Iterator

from candidates.models import Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger.differences import Change, StationState
from tabulation.public.files.statement import NOT_ON_BALLOT, csv_chunks, safe


def difference_csv(
    form: ProtocolForm, election: Election, changes: Iterable[Change]
) -> Iterator[str]:
    """One row a station that changed: what it was, what it is and why; then each line twice."""
    header = [
        *("kind", "code", "name", "status_was", "status_is", "version_was", "version_is"),
        *("reason", "decision"),
        *(f"{line.key}_{when}" for line in form.lines for when in ("was", "is")),
        *(["notice"] if election.notice else []),
    ]
    return csv_chunks(header, (_row(form, election, change) for change in changes))


def _row(form: ProtocolForm, election: Election, change: Change) -> list[object]:
    was, now = change.was, change.now
    versions = ["" if said.version is None else said.version for said in (was, now)]
    cells = zip(_cells(form, change, was), _cells(form, change, now), strict=True)
    return [
        *(change.kind, change.code, safe(change.name), was.status, now.status, *versions),
        *(safe(now.reason), safe(now.decision)),
        *(cell for pair in cells for cell in pair),
        *([safe(election.notice)] if election.notice else []),
    ]


def _cells(form: ProtocolForm, change: Change, said: StationState) -> list[object]:
    """The figures of a station as cells: blank and not on the ballot are told apart."""
    return [
        figure
        if figure is not None
        else ""
        if line.stands_in(change.lineage, station=True)
        else NOT_ON_BALLOT
        for line, figure in zip(form.lines, said.figures or form.blank, strict=True)
    ]
