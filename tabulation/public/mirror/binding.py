"""Hashes of the files that are made after a publication, for the list that is signed of them."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from candidates.models import Election
from tabulation.database.snapshots import one_snapshot
from tabulation.ledger.filelists import sign_files, without_list
from tabulation.ledger.reading import latest
from tabulation.printing.typesetting import TypesettingFailed
from tabulation.public.declaration import Turn
from tabulation.public.edition import Edition
from tabulation.public.mirror.making import documents
from tabulation.public.mirror.wanted import Wanted, wanted

log = logging.getLogger(__name__)


class Stopped(Exception):
    """Whoever makes the files has to end; nothing was signed."""


def never() -> bool:
    """Of whoever is not asked to end."""
    return False


def hashes_of(publication: Any, *, stopped: Callable[[], bool] = never) -> dict[str, str]:
    """SHA-256 of each file whose declaration says that it is bound, by its path. The same on every
    host that has the same program and settings. Raises Stopped.
    """
    edition = Edition(publication.election, publication)
    with one_snapshot():
        bound = [one for one in wanted([edition], tuple(Turn), bound=True) if not one.address.past]
        return {
            unquote(address).lstrip("/"): _sha256(document.chunks, stopped)
            for _one, answers in documents(bound, _left_out)
            for address, document in answers
        }


def bind_files(
    election: Election, *, at: datetime, most: int = 1, stopped: Callable[[], bool] = never
) -> list[int]:
    """Sign the files of publications that have no list yet, the newest first, of ``most`` of them;
    their numbers. It takes as long as making all these files. Raises SigningRefused or Stopped.
    """
    waiting = without_list(election.pk)[:most]
    for publication in waiting:
        sign_files(publication, hashes_of(publication, stopped=stopped), at=at)
    return [publication.number for publication in waiting]


def renew_files(election: Election, *, at: datetime) -> int | None:
    """Sign the files of the newest publication once more, where their bytes are others now, such as
    after an update of the program; its number then. Raises SigningRefused.
    """
    newest = latest(election)
    signed = sign_files(newest, hashes_of(newest), at=at) if newest else None
    return signed.publication.number if signed else None


def _left_out(one: Wanted, error: Exception) -> None:
    """A paper that cannot be typeset does not keep the other files from being signed."""
    if not isinstance(error, TypesettingFailed):
        raise error
    log.error("%s is not in the signed list: %s", one.name, error)


def _sha256(chunks: Any, stopped: Callable[[], bool]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        if stopped():
            raise Stopped
        digest.update(chunk)
    return digest.hexdigest()
