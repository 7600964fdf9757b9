"""The one error of the embedded database."""

from __future__ import annotations


class LauncherError(Exception):
    """The embedded server cannot be used; the message says what happened and what to do."""
