"""In a test one process is all: what a page asks is served with the rights of pages, and what it
orders is carried out with those of the publisher.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from unittest import mock

import psycopg
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from tabulation.database import cluster
from tabulation.ledger import signing
from tabulation.models import Order
from tabulation.outcomes.certification import ordering
from tabulation.public.papers import binding


@contextmanager
def publishing(may: bool) -> Iterator[None]:
    """In the block this thread has the rights of the publisher, or of pages."""
    before = connection.publishes
    _become(may)
    try:
        yield
    finally:
        _become(before)


def _become(publisher: bool) -> None:
    connection.publishes = publisher
    raw: Any = connection.connection
    if raw is None or raw.closed or connection.owner:
        return
    role = cluster.PUBLISHER if publisher else cluster.APPLICATION
    with suppress(psycopg.errors.InFailedSqlTransaction):
        if connection.in_atomic_block or raw.info.user != cluster.APPLICATION:
            raw.execute(f"SET ROLE {role}")
        else:  # the page opened it, with the login of pages
            connection.close()


def carry_out_here(order: Order, *, within: float) -> Order:
    """As `ordering.answered`, where the publisher answers at once."""
    with publishing(True):
        if order.state == Order.State.WAITING:
            ordering.carry_out(order, at=timezone.now(), papers=binding.papers_of)
    return order


@contextmanager
def apart() -> Iterator[None]:
    """Pages have the rights of pages, and never reach the signing key."""
    serve = BaseHandler.get_response

    def get_response(handler: BaseHandler, request: HttpRequest) -> HttpResponseBase:
        with publishing(False):
            return serve(handler, request)

    sign = signing.signer

    def signer() -> signing.Signer:
        assert connection.publishes, "a page asked for the signing key"
        return sign()

    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(signing, "signer", signer))
        patches.enter_context(mock.patch.object(BaseHandler, "get_response", get_response))
        patches.enter_context(mock.patch.object(ordering, "answered", carry_out_here))
        yield
