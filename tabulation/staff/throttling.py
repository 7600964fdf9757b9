"""The cache that every web process shares: for throttling alone, in rows of times.

django-allauth counts attempts in Django's cache. Django's own caches keep pickles, and a pickle
runs code in whoever reads it. This one keeps a list of times or a mark, and refuses all else.
"""

from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tabulation.database.statements import fetch, run
from tabulation.models import Throttle

#: Forgotten rows that whoever adds one takes away.
SWEPT = 20

SET = """
INSERT INTO tabulation_throttle (key, times, until) VALUES (%s, %s, %s)
ON CONFLICT (key) DO UPDATE SET times = excluded.times, until = excluded.until"""
ADD = f"{SET} WHERE tabulation_throttle.until <= %s RETURNING true"
#: An array, which is made once: a list may be asked for again for each row, and then skips others.
SWEEP = """
DELETE FROM tabulation_throttle WHERE key = ANY (ARRAY(
  SELECT key FROM tabulation_throttle WHERE until <= %s
  ORDER BY until LIMIT %s FOR UPDATE SKIP LOCKED))"""


class ThrottleCache(BaseCache):
    """Django's cache, as far as throttling needs it. Nothing is kept without an end."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The list of times, empty for a mark, or ``default``."""
        rows = Throttle.objects.filter(key=self._row(key, version), until__gt=timezone.now())
        times = rows.values_list("times", flat=True).first()
        return default if times is None else times

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Whether nothing was there; of several at once one is told so."""
        row, now = self._values(key, value, timeout, version), timezone.now()
        run(SWEEP, [now, SWEPT])
        return bool(fetch(ADD, [*row, now]))

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        run(SET, self._values(key, value, timeout, version))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(Throttle.objects.filter(key=self._row(key, version)).delete()[0])

    def clear(self) -> None:
        Throttle.objects.all().delete()

    def _values(self, key: str, value: Any, timeout: Any, version: int | None) -> list[Any]:
        end = self.get_backend_timeout(timeout)
        if end is None:
            raise ValueError("A throttle has an end. Give a timeout.")
        return [self._row(key, version), _times(value), datetime.fromtimestamp(end, UTC)]

    def _row(self, key: str, version: int | None) -> bytes:
        return salted_hmac(
            "tabulation.staff.throttling", self.make_key(key, version), algorithm="sha256"
        ).digest()


def _times(value: Any) -> list[float]:
    """As it is kept. Raises TypeError for what is neither a list of times nor a mark."""
    if isinstance(value, list) and all(isinstance(time, float) for time in value):
        return value
    if value is True or value == "y":  # marks: of the locks, and of codes that were used
        return []
    raise TypeError("The cache keeps lists of times and marks for throttling, and nothing else.")
