"""The records of docs/verification.md as SQL, over rows that have the ledger's columns."""

from tabulation.arithmetic.commitments.sumtree import AREA, COUNTS, STATION
from tabulation.arithmetic.form import Line, ProtocolForm


def station_record(form: ProtocolForm, row: str, station: str, area: str) -> str:
    """The record of a station, as an SQL text. ``row``, ``station`` and ``area`` are aliases of a
    ledger row, its polling station and that one's area; the parameter ``code`` is the contest's.
    """
    return _fields(
        f"'{STATION}'",
        "%(code)s",
        f"{station}.code",
        f"record_text({station}.name)",
        f"{area}.code",
        f"{row}.status",
        f"{row}.version",
        f"record_text({row}.reason)",
        f"record_text({row}.decision)",
        f"encode({row}.explanations, 'hex')",
        "''",
        f"{row}.registered",
        _station_figures(form, f"{row}.figures", f"{area}.lineage"),
        _list(f"{row}.broken"),
        _list(f"{row}.evaluated"),
        # Since when the place is as it is, what it continues, further files: of none anything yet.
        *["''"] * 3,
    )


def area_record(form: ProtocolForm, row: str, area: str, parent: str) -> str:
    """The record of an area; ``parent`` is the alias of the area above, absent at the head."""
    sums = f"array_to_string({sums_of(form, row)}, ',', '')"
    return _fields(
        f"'{AREA}'",
        "%(code)s",
        f"{area}.code",
        f"record_text({area}.name)",
        f"{parent}.code",
        f"{row}.status",
        sums,
        _list(f"{row}.filled"),
        _list(f"{row}.broken"),
        _list(f"{row}.evaluated"),
        f"{row}.children",
        f"encode({row}.root, 'hex')",
        "''",
    )


def sums_of(form: ProtocolForm, row: str) -> str:
    """What a unit adds to the area above it, as an SQL bigint array: counts, then its figures."""
    counts = [
        *(f"{row}.{column}" for column in ("stations", "counted", "annulled")),
        "0",  # without a result by decision: nobody decides that yet
        *(f"{row}.{column}" for column in ("registered", "registered_counted")),
    ]
    nothing = f"array_fill(NULL::bigint, ARRAY[{len(form.lines)}])"
    return (
        f"(ARRAY[{', '.join(counts)}]::bigint[]"
        f" || CASE WHEN {row}.counted > 0 THEN {row}.figures ELSE {nothing} END)"
    )


def sums_length(form: ProtocolForm) -> int:
    return COUNTS + len(form.lines)


def record_hash(record: str) -> str:
    """SHA-256 of an SQL text."""
    return f"sha256(convert_to({record}, 'UTF8'))"


def _fields(*fields: str) -> str:
    """One text; what is NULL is an empty field."""
    return f"concat({', chr(9), '.join(fields)})"


def _list(array: str) -> str:
    return f"array_to_string({array}, ',', '')"


def _station_figures(form: ProtocolForm, figures: str, lineage: str) -> str:
    if not any(line.scope for line in form.lines):
        return _list(figures)
    items = ", ".join(
        _figure(line, f"{figures}[{i}]", lineage) for i, line in enumerate(form.lines, 1)
    )
    return f"CASE WHEN {figures} IS NOT NULL THEN {_list(f'ARRAY[{items}]')} END"


def _figure(line: Line, figure: str, lineage: str) -> str:
    if not line.scope:
        return f"{figure}::text"
    areas = ", ".join(str(int(scope[-1])) for scope in line.scope)
    return f"CASE WHEN {lineage} && ARRAY[{areas}]::bigint[] THEN {figure}::text ELSE '-' END"
