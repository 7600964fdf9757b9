"""Who accepts a protocol: nobody who decided about its figures, where the election says so.

A rule of the database asks the same (`acceptor_differs.sql`).
"""

from collections.abc import Sequence

from django.db.models import F, Q
from django.utils.translation import gettext as _

from tabulation.arithmetic import lifecycle
from tabulation.models import EntryReturn, Event, Protocol, ProtocolRefused, User

#: As many names are said; whoever looks for one more asks those.
NAMED = 3


def deciders(protocol: Protocol) -> set[int]:
    """Who chose between the entries of this version, returned them or took one out: their ids.

    Who released a seat before its clerk had finished decided about no figure: the protocol's
    status stayed as it was.
    """
    acts = Event.objects.filter(
        subject=protocol.subject, act__in=lifecycle.DECISIONS, by__isnull=False
    ).exclude(before__status=F("after__status"))
    returns = EntryReturn.objects.filter(entry__seat__protocol=protocol, by__isnull=False)
    return set(acts.order_by().values_list("by", flat=True).union(returns.values_list("by")))


def must_leave_it(protocol: Protocol, by: User | None) -> bool:
    """Whether another person than ``by`` is to accept it; ``None``, the system, is no other."""
    if not protocol.contest.election.acceptor_differs:
        return False
    decided = deciders(protocol)
    return by.pk in decided if by else bool(decided)


def require_another(protocol: Protocol, by: User | None) -> None:
    """Raise ProtocolRefused where another person is to accept it; the message says who."""
    if must_leave_it(protocol, by):
        told = _(
            "You decided about the entries of this protocol, so you cannot accept it. Nothing"
            " was saved."
        )
        raise ProtocolRefused(f"{told} {who_accepts(protocol, by)}")


def who_accepts(protocol: Protocol, by: User | None) -> str:
    """A sentence: whom to ask, the nearest first; the area above where no other is in the area."""
    others = _others(protocol, by)
    supervisors = _nearest(others, User.Role.SUPERVISOR)
    members = _nearest(others, User.Role.MEMBER)
    if supervisors and _depth(supervisors[0]) >= _depth(by):
        text = _("Another supervisor must accept the protocol. Ask %(who)s.")
    elif supervisors:
        text = _(
            "No other supervisor works in this area. A supervisor of the area above must accept"
            " the protocol. Ask %(who)s."
        )
    elif members:
        text = _(
            "No other supervisor works in this area. A commission member must accept the"
            " protocol. Ask %(who)s."
        )
    else:
        return _(
            "No other supervisor works in this area. Ask an administrator to add one, who can"
            " then accept the protocol."
        )
    return text % {"who": ", ".join(str(person) for person in (supervisors or members)[:NAMED])}


def _others(protocol: Protocol, by: User | None) -> list[User]:
    """Whoever may accept it: confirmed, of this area, and neither typed nor decided about it."""
    lineage = protocol.station.area.lineage
    out = deciders(protocol) | set(protocol.seats.values_list("person", flat=True))
    people = User.objects.filter(
        Q(area=None) | Q(area__in=lineage),
        role__in=lifecycle.roles_of("accepted"),
        is_active=True,
    ).select_related("area")
    return [u for u in people if u.is_confirmed and u.pk not in out and u != by]


def _nearest(people: Sequence[User], role: str) -> list[User]:
    """Those in ``role`` who work for the smallest area."""
    of_role = [person for person in people if person.role == role]
    depth = max(map(_depth, of_role), default=0)
    return [person for person in of_role if _depth(person) == depth]


def _depth(person: User | None) -> int:
    """How far below the country a person's area lies; 0: they work for the whole country."""
    return len(person.area.lineage) if person and person.area else 0
