"""Why nobody can say what the sums decide, though they are there."""

from collections.abc import Iterable

from tabulation.arithmetic.form import Choice, Line, ProtocolForm
from tabulation.ledger.reading import Unit

#: Roles of the lines that must be exceeded by half, by the base of the shares.
DECISIVE = {"valid": ("valid",), "ballots_cast": ("ballots_in_box", "valid", "invalid")}


def is_doubtful(form: ProtocolForm, unit: Unit) -> bool:
    """Whether who withdrew is among the first, or a line that decides is blank somewhere.

    Who withdrew is on the ballot still, and what votes for them do is for the law to say; and half
    of a line that some counted stations left blank is not half of the ballots.
    """
    return bool(blanks_in_base(form, unit)) or _withdrawn_first(form, unit)


def blanks_in(form: ProtocolForm, unit: Unit, roles: Iterable[str]) -> list[tuple[Line, int]]:
    """Lines with these roles that some counted stations left blank, and how many did."""
    if not unit.filled:
        return []
    pairs = zip(form.lines, unit.filled, strict=True)
    return [
        (line, unit.counted - filled)
        for line, filled in pairs
        if line.role in roles and filled < unit.counted
    ]


def blanks_in_base(form: ProtocolForm, unit: Unit) -> list[tuple[Line, int]]:
    """Those of what must be exceeded by half; none where half decides nothing."""
    return blanks_in(form, unit, DECISIVE[form.base]) if form.rule == "majority" else []


def _withdrawn_first(form: ProtocolForm, unit: Unit) -> bool:
    """Whether who withdrew has a place that decides: of the seats, or of the first two."""
    return any(
        choice.status == "withdrawn" for choice in _by_votes(form, unit)[: max(2, form.seats)]
    )


def _by_votes(form: ProtocolForm, unit: Unit) -> list[Choice]:
    """Who stands on the ballot there, most votes first, else as they stand."""
    votes = form.votes(unit.figures or form.blank)
    absent = {
        line.candidate
        for line in form.lines
        if not line.stands_in(unit.lineage, station=unit.is_station)
    }
    standing = [c for c in form.choices if c.number is not None and c.number not in absent]
    return sorted(standing, key=lambda choice: -(votes.get(choice.number or 0) or 0))
