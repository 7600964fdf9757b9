"""How tests wait: for something that can be asked, and never longer than they say."""

import time
from collections.abc import Callable


def eventually(check: Callable[[], object], seconds: float = 8.0) -> bool:
    """Whether ``check`` answers yes within so many seconds; asked again and again until it does."""
    limit = time.monotonic() + seconds
    while not check():
        if time.monotonic() > limit:
            return False
        time.sleep(0.02)
    return True
