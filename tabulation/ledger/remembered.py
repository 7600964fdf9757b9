"""What the publisher remembers outside the database: the log of each real election as it signed it.

Whoever owns the database can put an older one in its place, or another publication under a number.
The publisher then signs nothing, and says which publications are missing or other ones. Rehearsals
are wiped and begun anew, and nothing of them is remembered.
"""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from candidates.models import Election
from tabulation.ledger.refusals import PublicationRefused


@dataclass(frozen=True)
class Memory:
    """The log's name, its leaves in hexadecimal digits, and the moment of the last publication.
    ``opening``: what the next publication says of a log that it begins.
    """

    origin: str
    leaves: list[str]
    at: str
    opening: str = ""


def check_log(election: Election, log: Sequence[bytes]) -> None:
    """Raise PublicationRefused unless the released ``log`` of leaves is the one that was signed."""
    if not _is_remembered(election):
        return
    memory = _read(election)
    known = [] if memory is None else memory.leaves
    found = [leaf.hex() for leaf in log]
    if memory is None and found:
        message = _(
            "The publisher does not know the publications of this election. Nothing was published."
            " Your administrator can rebuild its memory from a saved checkpoint."
        )
        raise PublicationRefused(message)
    _require_same(found, known)
    if len(known) > len(found):
        message = _(
            "The database is older than the publisher's memory. Nothing was published."
            " Publications %(first)s to %(last)s are missing. Restore a newer backup."
        )
        raise PublicationRefused(message % {"first": len(found) + 1, "last": len(known)})
    if len(found) > len(known):
        message = _(
            "The database has publications that the publisher did not sign. Nothing was published."
            " The first of them is publication %(number)s. Have the database checked."
        )
        raise PublicationRefused(message % {"number": len(known) + 1})


def check_next(election: Election, log: Sequence[bytes], at: datetime) -> None:
    """Raise PublicationRefused unless ``log``, whose last leaf is not released yet, goes on from
    the one that was signed, or is it: then the publisher died before it could release it.
    """
    if not _is_remembered(election):
        return None
    memory = _read(election)
    if memory is None:
        return check_log(election, log[:-1])
    found = [leaf.hex() for leaf in log]
    if found == memory.leaves:
        return None
    check_log(election, log[:-1])
    if at < datetime.fromisoformat(memory.at):
        message = _(
            "The clock of this server is behind the time of publication %(number)s. Nothing was"
            " published. Set the clock, then publish again."
        )
        raise PublicationRefused(message % {"number": len(memory.leaves)})
    return None


def keep(
    election: Election, origin: str, log: Sequence[bytes], at: datetime, note: str = ""
) -> None:
    """Remember ``log`` before its last signature leaves the publisher. ``note``: what its last
    publication says. Raises PublicationRefused where nothing can be kept.
    """
    if _is_remembered(election):
        opening = opening_of_next(election)
        opening = "" if note.startswith(opening) else opening
        leaves = [leaf.hex() for leaf in log]
        _write(_path(election), Memory(origin, leaves, at.isoformat(), opening))


def grow(election: Election, origin: str, log: Sequence[bytes], at: datetime) -> int:
    """Remember ``log``, which is known to be signed, where less or nothing is remembered; how many
    publications are new. Nothing is ever forgotten. Raises PublicationRefused.
    """
    memory = _read(election)
    known = [] if memory is None else memory.leaves
    _require_same([leaf.hex() for leaf in log], known)
    if len(known) < len(log):
        keep(election, origin, log, at)
    return max(0, len(log) - len(known))


def log_of_next(election: Election) -> str:
    """The name of the log that the next publication is signed in; empty: nothing is remembered."""
    memory = _read(election) if _is_remembered(election) else None
    return memory.origin if memory else ""


def opening_of_next(election: Election) -> str:
    """What the next publication says of the log that it begins; empty: it goes on."""
    memory = _read(election) if _is_remembered(election) else None
    return memory.opening if memory else ""


def begin(election: Election, origin: str, log: Sequence[bytes], at: datetime, words: str) -> str:
    """Remember that a log named ``origin`` goes on from ``log``, as the database has it, and that
    its next publication says ``words``; why the log before could not go on. What was remembered
    before is kept beside. Raises PublicationRefused where it could.
    """
    if not _is_remembered(election):
        raise PublicationRefused(
            "Only the log of a real election is remembered. Nothing was changed."
        )
    try:
        check_log(election, log)
    except PublicationRefused as refused:
        why = str(refused)
    else:
        raise PublicationRefused(
            "The publisher's memory and the database agree. Nothing was changed. Publish in the log"
            " that there is."
        )
    if (before := _read(election)) is not None:
        _write(_path(election).with_suffix(f".before-{secrets.token_hex(4)}.json"), before)
    moment = before.at if before else at.isoformat()
    _write(_path(election), Memory(origin, [leaf.hex() for leaf in log], moment, words))
    return why


def _require_same(found: list[str], known: list[str]) -> None:
    """Raise PublicationRefused where the two differ in a number that both have."""
    for number, (one, other) in enumerate(zip(found, known, strict=False), start=1):
        if one != other:
            message = _(
                "Publication %(number)s is not the one that the publisher signed. Nothing was"
                " published. Have the database checked."
            )
            raise PublicationRefused(message % {"number": number})


def _is_remembered(election: Election) -> bool:
    """A real election; what was remembered once stays so, whatever the database says it is."""
    if settings.PUBLISHER_STATE is None:  # tests undo what they publish
        return False
    return election.kind == Election.Kind.REAL or _path(election).exists()


def _path(election: Election) -> Path:
    folder: Path = settings.PUBLISHER_STATE  # type: ignore[assignment]  # asked before
    return folder / f"{election.slug}.json"


def _read(election: Election) -> Memory | None:
    path = _path(election)
    try:
        return Memory(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise PublicationRefused(
            f"The publisher's memory {path} cannot be read: {error}. Nothing was published."
            " Restore the file from a backup."
        ) from error


def _write(path: Path, memory: Memory) -> None:
    """Complete or not at all: under another name, to the disk, then in place."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with unfinished.open("x", encoding="utf-8") as file:
            json.dump(asdict(memory), file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise PublicationRefused(
            f"The publisher cannot keep its memory at {path}: {error}. Nothing was published."
        ) from error
