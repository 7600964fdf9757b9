"""Publish inside the transaction of a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import transaction

from candidates.models import Election
from tabulation.ledger.writing import prepare, release
from tabulation.models import Publication


def write(**publication: Any) -> Publication:
    """Prepare and release the next publication, as `publish` does in transactions of its own."""
    prepared = prepare(**publication)
    release(prepared.election)
    prepared.refresh_from_db(fields=["checkpoint", "key"])
    return prepared


@contextmanager
def acts_in_the_test() -> Iterator[None]:
    """Acts of the commission are published inside the transaction of the test."""
    acts = "tabulation.outcomes.certification"
    with (
        mock.patch(f"{acts}.acts.publishing", _publishing),
        mock.patch(f"{acts}.ordering.publishing", _publishing),
    ):
        yield


@contextmanager
def _publishing(election: Election) -> Iterator[None]:
    with transaction.atomic():
        yield
    release(election)
