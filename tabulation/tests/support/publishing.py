"""Publish inside the transaction of a test."""

from typing import Any

from tabulation.ledger.writing import prepare, release
from tabulation.models import Publication


def write(**publication: Any) -> Publication:
    """Prepare and release the next publication, as `publish` does in transactions of its own."""
    prepared = prepare(**publication)
    release(prepared.election)
    prepared.refresh_from_db()
    return prepared
