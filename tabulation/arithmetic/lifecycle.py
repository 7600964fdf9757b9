"""The life of a protocol: one table of who may move it from where to where. Pure, no Django.

Stage functions ask this table before they move anything; the database repeats it in a trigger; the
diagram in docs/protocol-life.md is drawn from it. A move not listed here does not exist.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

Figures = Sequence[int | None]

#: Before the paper has come in, and where a new version begins.
EXPECTED = "expected"
RECEIVED = "received"
ENTERED = "entered"
DIFFERENT = "different"
ERRORS = "errors"
VERIFIED = "verified"
ACCEPTED = "accepted"
CORRECTED = "corrected"
ANNULLED = "annulled"
SET_ASIDE = "set_aside"

#: Two people are still to agree on what the paper says.
IN_WORK = (RECEIVED, ENTERED, DIFFERENT, ERRORS, VERIFIED)
#: Clerks type in these, and in no others.
OPEN = (RECEIVED, ENTERED)
#: Two people do not yet read the paper alike: a line may still be typed again, blind.
UNSETTLED = (RECEIVED, ENTERED, DIFFERENT, ERRORS)
#: The version that stands for its station, counted or annulled.
IN_FORCE = (ACCEPTED, ANNULLED)

INTAKE, CLERK, SUPERVISOR, MEMBER = "intake", "clerk", "supervisor", "member"
#: Who reports turnout by the hour, a fact apart from protocols.
REPORTERS = frozenset({INTAKE, SUPERVISOR, MEMBER})
#: Done by the system itself, in the transaction of the act before.
SYSTEM = "system"
#: Acts after which one has seen what others typed. Where they take an entry out of the comparison,
#: and so move the protocol back, they decide about its figures.
DECISIONS = ("entry chosen", "entries returned", "seat released")


@dataclass(frozen=True)
class Move:
    """An act that takes a protocol from one status to the next, and the roles that may do it."""

    act: str
    before: str
    after: str
    roles: tuple[str, ...]


def _moves(act: str, before: Sequence[str], after: Sequence[str], *roles: str) -> tuple[Move, ...]:
    return tuple(Move(act, old, new, roles) for old in before for new in after)


MOVES: tuple[Move, ...] = (
    *_moves("received", [EXPECTED], [RECEIVED], INTAKE, SUPERVISOR),
    *_moves("entry submitted", [RECEIVED, ENTERED], [ENTERED], CLERK),
    *_moves("compared", [ENTERED], [DIFFERENT, ERRORS, VERIFIED], SYSTEM),
    *_moves("entry chosen", [DIFFERENT], [ENTERED], SUPERVISOR),
    *_moves("entries returned", [DIFFERENT, ERRORS, VERIFIED], [RECEIVED], SUPERVISOR),
    *_moves("seat released", IN_WORK, [RECEIVED], SUPERVISOR),
    # One entry is left where more stood, or one and an empty seat.
    *_moves("seat released", [s for s in IN_WORK if s != RECEIVED], [ENTERED], SUPERVISOR),
    *_moves("set aside", IN_WORK, [SET_ASIDE], SUPERVISOR),
    *_moves("accepted", [VERIFIED], [ACCEPTED], SUPERVISOR, MEMBER, SYSTEM),
    *_moves("correction opened", [EXPECTED], [RECEIVED], SUPERVISOR, MEMBER),
    *_moves("annulment corrected", [EXPECTED], [RECEIVED], MEMBER),
    *_moves("corrected", IN_FORCE, [CORRECTED], SUPERVISOR, MEMBER, SYSTEM),
    *_moves("annulled", [ACCEPTED], [ANNULLED], MEMBER),
    *_moves("reinstated", [ANNULLED], [ACCEPTED], MEMBER),
)


class NoSuchMove(Exception):
    """A stage function asked for a move that the table does not have: a mistake in our code."""


def check(act: str, before: str, after: str) -> None:
    """Raise NoSuchMove unless the table has this move."""
    if not any((m.act, m.before, m.after) == (act, before, after) for m in MOVES):
        raise NoSuchMove(f"{act}: a protocol does not go from {before} to {after}")


def roles_of(act: str) -> frozenset[str]:
    """Who may do ``act``."""
    return frozenset(role for move in MOVES if move.act == act for role in move.roles)


def typed_so_far(standing: int) -> str:
    """The status while fewer entries stand than the election asks for."""
    return ENTERED if standing else RECEIVED


def compared(entries: Sequence[Figures], *, errors: bool) -> str:
    """What as many entries as the election asks for come to.

    ``errors``: whether the first of them breaks a relation that must hold.
    """
    first = list(entries[0])
    if any(list(entry) != first for entry in entries):
        return DIFFERENT
    return ERRORS if errors else VERIFIED


def differing(entries: Collection[Figures]) -> list[int]:
    """Positions (from 1) of the lines that were not read alike; a blank differs from 0."""
    return [
        position
        for position, values in enumerate(zip(*entries, strict=True), 1)
        if len(set(values)) > 1
    ]
