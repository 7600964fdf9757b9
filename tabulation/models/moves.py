"""Move a protocol along its life, and ask who may: what the stage functions share."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from tabulation.arithmetic import lifecycle
from tabulation.models.events import record
from tabulation.models.geography import Area
from tabulation.models.protocols import Protocol
from tabulation.models.staff import User

#: Who is named for what no person did.
SYSTEM = "Hashvark"


class NotYours(PermissionDenied):
    """This person's role, or their area, does not allow the act; the message says which."""


class ProtocolRefused(Exception):
    """This cannot be done to this protocol now; the message says why."""


def require_may_rule(protocol: Protocol, by: User | None, act: str, refusal: str) -> None:
    """Raise NotYours or ProtocolRefused unless ``by`` may do ``act`` to this protocol."""
    require_may_act(by, lifecycle.roles_of(act), protocol.station.area, refusal)
    if by is not None and protocol.seats.filter(person=by).exists():
        raise ProtocolRefused(
            _(
                "You had an entry task for this protocol, so you cannot decide on it. Nothing was"
                " saved. Ask another supervisor or commission member."
            )
        )


def require_reason(reason: str, refusal: str) -> None:
    """Raise ProtocolRefused where nothing is said."""
    if not reason.strip():
        raise ProtocolRefused(refusal)


def require_may_act(by: User | None, roles: Collection[str], area: Area, refusal: str) -> None:
    """Raise NotYours unless ``by`` has one of ``roles`` and works for ``area``.

    ``None`` is the system itself, or somebody at the server's own command line.
    """
    if by is None:
        return
    if by.role not in roles or not by.is_active or not by.is_confirmed:
        raise NotYours(refusal)
    if not by.reaches(area):
        raise NotYours(
            _("This polling station is not in your area. Choose a polling station of your area.")
        )


def begin(
    protocol: Protocol,
    *,
    act: str,
    by: User | None,
    at: datetime,
    details: Mapping[str, object] | None = None,
) -> Protocol:
    """Write a new version, which waits to be typed, and the event of the act that opened it.

    Raises IntegrityError when another version of this station is in work.
    """
    lifecycle.check(act, lifecycle.EXPECTED, protocol.status)
    protocol.save(force_insert=True)
    record(
        act=act,
        subject=protocol.subject,
        election=protocol.contest.election,
        by=by,
        at=at,
        after={"status": str(protocol.status), "version": protocol.version, **(details or {})},
    )
    return protocol


def move(
    protocol: Protocol,
    status: str,
    *,
    act: str,
    by: User | None,
    at: datetime,
    details: Mapping[str, object] | None = None,
    **changes: object,
) -> Protocol:
    """Give the locked protocol its next status, and record the act with before and after.

    ``changes`` are columns that change with it; ``details`` is only for the event. The event of an
    act that leaves the status as it was is written all the same.
    """
    lifecycle.check(act, protocol.status, status)
    before = {"status": str(protocol.status), **{name: getattr(protocol, name) for name in changes}}
    changed = [name for name in changes if getattr(protocol, name) != changes[name]]
    if protocol.status != status:
        changed.append("status")
    protocol.status = status
    for name, value in changes.items():
        setattr(protocol, name, value)
    if changed:
        protocol.save(update_fields=changed)
    record(
        act=act,
        subject=protocol.subject,
        election=protocol.contest.election,
        by=by,
        at=at,
        before=_plain(before),
        after=_plain({"status": str(status), **changes, **(details or {})}),
        by_name=SYSTEM if lifecycle.SYSTEM in lifecycle.roles_of(act) else "",
    )
    return protocol


def locked(protocol_id: int) -> Protocol:
    """The protocol with all it is named by, its row locked until the transaction ends."""
    return (
        Protocol.objects.select_for_update(of=("self",))
        .select_related("contest__election", "station__area")
        .get(pk=protocol_id)
    )


def _plain(values: dict[str, object]) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
