"""One form for each value, so that whoever has the value has the bytes that were hashed."""

import json
from datetime import UTC, datetime
from typing import Any


class NotCanonical(ValueError):
    """A value has no canonical bytes: it is a float, a date, or text that is not Unicode."""


def canonical(value: Any) -> bytes:
    """JSON with one form only: keys sorted by code point, no spaces, UTF-8, whole numbers.

    Raises NotCanonical for anything but str, int, bool, None, list and dict with str keys.
    """
    _refuse_others(value, "the value")
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("A text holds half a character (a lone surrogate).") from error


def _refuse_others(value: Any, where: str) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"{where} has the key {key!r}: keys are text.")
            _refuse_others(inner, f"{where}[{key!r}]")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            _refuse_others(inner, f"{where}[{position}]")
    elif value is not None and not isinstance(value, str | int):
        raise NotCanonical(
            f"{where} is a {type(value).__name__} ({value!r}). Evidence holds text, whole numbers,"
            " true and false, null, lists and objects: write anything else as text."
        )


def moment(at: datetime) -> str:
    """ISO 8601 in UTC with six decimals of a second: `2012-07-19T20:00:00.000000+00:00`."""
    if at.tzinfo is None:
        raise NotCanonical(f"{at} has no time zone: it is no moment.")
    return at.astimezone(UTC).isoformat(timespec="microseconds")
