"""Replay every account from its events: who stands otherwise, and who did what was not theirs.

An account that somebody changed in the database and put back has no event of it; what it was used
for has one, by a person whose events did not allow it. Who may do what is read here from the events
alone, not from the tables and functions that are to be audited. Passwords are in no event.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tabulation.arithmetic import lifecycle
from tabulation.database.statements import fetch, stream

#: What an account is, as its events say it: `account_state` of the database.
State = dict[str, Any]

MEMBER = frozenset({"member"})
ADMINISTRATOR = frozenset({"administrator"})
#: Who confirms an account of a role; of the first three two members.
BY_TWO = frozenset({"supervisor", "member", "administrator"})
CONFIRM = {
    **dict.fromkeys(BY_TWO, MEMBER),
    "auditor": MEMBER | ADMINISTRATOR,
    "intake": MEMBER | ADMINISTRATOR | {"supervisor"},
    "clerk": MEMBER | ADMINISTRATOR | {"supervisor"},
}
#: Acts of a member who works for the whole country.
NATIONAL = frozenset(
    {
        *("published", "decided", "lot recorded", "second round created", "polling day moved"),
        *("autopublish allowed", "autopublish ended"),
        *("member added", "membership ended"),
    }
)
#: What members propose and confirm; those of one area about its stations.
MOTIONS = frozenset({"act proposed", "act confirmed", "act taken back", "act refused"})
MANAGING = frozenset(
    {
        *("account created", "account changed"),
        *("one-time password given", "second factor forgotten"),
    }
)
#: Two administrators at the command line, by a decision on paper; the first is named.
SLIP_BY_DECISION = "one-time password given by decision"
BY_DECISION = frozenset(
    {"commission enrolled", "second factors removed by decision", SLIP_BY_DECISION}
)
EVERYBODY = frozenset(CONFIRM)
#: Whose act it is. Other acts are of everybody whose account stands, or of no person.
ROLES: dict[str, frozenset[str]] = {
    **{move.act: lifecycle.roles_of(move.act) for move in lifecycle.MOVES},
    "seat taken": lifecycle.roles_of("entry submitted"),
    **dict.fromkeys(("turnout reported", "turnout corrected"), lifecycle.REPORTERS),
    **dict.fromkeys(NATIONAL | MOTIONS, MEMBER),
    **dict.fromkeys(MANAGING | BY_DECISION, ADMINISTRATOR),
}
CONFIRMATIONS = ("first confirmed by", "confirmed by")
#: An act that began before a change of its person may be recorded this much later.
LATE = timedelta(minutes=1)


@dataclass(frozen=True)
class _Event:
    id: int
    subject: str
    act: str
    by: str | None
    at: datetime
    after: State | None

    def __str__(self) -> str:
        return f"Event {self.id} ({self.subject}, {self.act})"

    @property
    def account(self) -> str:
        return self.subject.removeprefix("user ")


@dataclass
class _People:
    """What everybody is by the events so far, and was before the last one about them."""

    now: dict[str, State] = field(default_factory=dict)
    before: dict[str, tuple[datetime, State]] = field(default_factory=dict)
    #: Whom the newest decision enrolled so far, in one step: its number, its moment, the names.
    enrolled: tuple[str, datetime, set[str]] | None = None

    def enrol(self, name: str, decision: str, at: datetime) -> set[str]:
        """Who else was enrolled in the same step before ``name``."""
        if self.enrolled is None or self.enrolled[:2] != (decision, at):
            self.enrolled = decision, at, set()
        others = set(self.enrolled[2])
        self.enrolled[2].add(name)
        return others

    def become(self, name: str, state: State, at: datetime) -> None:
        if name in self.now:
            self.before[name] = at, self.now[name]
        self.now[name] = state

    def could(self, name: str, roles: frozenset[str], at: datetime, *, national: bool) -> bool:
        states = [self.now.get(name)]
        changed, before = self.before.get(name, (at, None))
        if at <= changed + LATE:
            states.append(before)
        return any(state is not None and _may(state, roles, national) for state in states)

    def told(self, name: str) -> str:
        state = self.now.get(name)
        if state is None:
            return "no account"
        stands = _is_confirmed(state) and state["active"]
        return f"{state['role']} of {state['area'] or 'the whole country'}" + (
            "" if stands else ", closed or not confirmed"
        )


def examine() -> Iterator[str]:
    """One sentence for each account that does not follow from its events, and for each act."""
    people = _People()
    for event in _events():
        yield from _examine_act(event, people)
        if event.after is not None:
            yield from _examine_change(event, people)
            people.become(event.account, event.after, event.at)
    yield from _examine_rows(people.now)


def _examine_act(event: _Event, people: _People) -> Iterator[str]:
    if event.by is None or event.act == "account confirmed":  # which is a change
        return
    roles = ROLES.get(event.act, EVERYBODY)
    if not people.could(event.by, roles, event.at, national=event.act in NATIONAL):
        yield f"{event} is by {event.by}, who was {people.told(event.by)} by their events then."


def _examine_change(event: _Event, people: _People) -> Iterator[str]:
    was, now = people.now.get(event.account), event.after or {}
    if event.act == "account confirmed":
        follows = was is not None and _is_confirmation(event, was, now, people)
    elif event.act == "password changed":
        follows = event.by == event.account and {**now, "name": ""} == {**(was or {}), "name": ""}
    elif event.act == "account enrolled":
        follows = _is_enrolment(event, now, people)
    elif event.act == SLIP_BY_DECISION:
        follows = now == was
    elif event.act in MANAGING:
        closed = event.act == "account changed" and now == {**(was or {}), "active": False}
        follows = closed or (
            now["changed by"] == event.by and not _is_confirmed(now) and not _confirmed_by(now)
        )
    else:
        follows = False
    if not follows:
        yield f"{event} says what this act does not do to the account."


def _is_enrolment(event: _Event, now: State, people: _People) -> bool:
    """Whether a decision on paper stands for the account, while no two others could confirm it:
    others than those of the same step.
    """
    together = people.enrol(event.account, now["decision"], event.at)
    members = [
        name
        for name, state in people.now.items()
        if name not in {event.account, *together} and _may(state, MEMBER, national=True)
    ]
    return (
        event.by is None
        and bool(now["decision"])
        and not _confirmed_by(now)
        and len(members) < len(CONFIRMATIONS)
    )


def _is_confirmation(event: _Event, was: State, now: State, people: _People) -> bool:
    """Whether one person who may adds one confirmation, and nothing else changes."""
    two = was["role"] in BY_TWO or was["changed by"] is None
    slot = "first confirmed by" if two and was["first confirmed by"] is None else "confirmed by"
    by = event.by or ""
    return (
        now == {**was, slot: by}
        and not _is_confirmed(was)
        and by not in {event.account, was["changed by"], was["first confirmed by"]}
        and people.could(by, CONFIRM.get(was["role"], MEMBER), event.at, national=False)
    )


def _may(state: State, roles: frozenset[str], national: bool) -> bool:
    everywhere = state["area"] is None or not national
    return state["role"] in roles and state["active"] and _is_confirmed(state) and everywhere


def _is_confirmed(state: State) -> bool:
    return bool(state["confirmed by"] or state["decision"])


def _confirmed_by(state: State) -> bool:
    return bool(state["first confirmed by"] or state["confirmed by"])


def _examine_rows(by_events: dict[str, State]) -> Iterator[str]:
    """The accounts as they stand, against what their events left them."""
    rows = {
        name: dict(zip(STATE, values, strict=True))
        for name, *values in fetch(
            """
            SELECT u.username, u.real_name, u.role, e.slug || ' ' || a.code, u.is_active,
              changed.username, first.username, confirmed.username, u.enrolled_by_decision
            FROM tabulation_user u
            LEFT JOIN tabulation_area a ON a.id = u.area_id
            LEFT JOIN candidates_election e ON e.id = a.election_id
            LEFT JOIN tabulation_user changed ON changed.id = u.changed_by_id
            LEFT JOIN tabulation_user first ON first.id = u.first_confirmed_by_id
            LEFT JOIN tabulation_user confirmed ON confirmed.id = u.confirmed_by_id"""
        )
    }
    for name in sorted(rows.keys() | by_events.keys()):
        if name not in by_events:
            yield f"No event made the account {name}."
        elif name not in rows:
            yield f"The account {name} was removed, or renamed."
        else:
            yield from _differences(name, rows[name], by_events[name])


STATE = (
    *("name", "role", "area", "active", "changed by", "first confirmed by", "confirmed by"),
    "decision",
)


def _differences(name: str, row: State, by_events: State) -> Iterator[str]:
    for what in STATE:
        if row[what] != by_events[what]:
            yield (
                f"The account {name} has another {what} ({_plain(row[what])}) than its events"
                f" ({_plain(by_events[what])})."
            )


def _plain(value: object) -> str:
    return "nothing" if value in {None, ""} else str(value)


def _events() -> Iterator[_Event]:
    """Acts of people, and what is about accounts, in the order they were recorded."""
    rows = stream(
        """
        SELECT id, subject, act, CASE WHEN by_id IS NOT NULL THEN by_name END,
          CASE WHEN at BETWEEN '0002-01-01' AND '9998-12-31' THEN at END,
          CASE WHEN subject LIKE 'user %%' THEN after::text END
        FROM tabulation_event
        WHERE by_id IS NOT NULL OR subject LIKE 'user %%'
        ORDER BY id""",
        (),
    )
    for pk, subject, act, by, at, after in rows:
        if at is not None:  # else named as altered
            yield _Event(pk, subject, act, by, at, _state(after))


def _state(text: str | None) -> State | None:
    """What an event says an account is; ``None`` where it says nothing of it."""
    try:
        said = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.keys() != set(STATE):
        return None
    plain = all(value is None or isinstance(value, str | bool) for value in said.values())
    return said if plain else None
