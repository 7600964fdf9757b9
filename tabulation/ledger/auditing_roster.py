"""Replay the roster of each commission from its events: who is on it otherwise, or is missing."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tabulation.database.statements import fetch

#: From when, by which decision, until when, and by which decision it ends.
Interval = tuple[datetime, str, datetime | None, str]
Member = tuple[str, str]


def examine() -> Iterator[str]:
    """One sentence for each membership that does not follow from the events, and the other way."""
    by_events = {(*member, *one) for member, found in _by_events().items() for one in found}
    rows = {
        tuple(row)
        for row in fetch(
            """
            SELECT e.slug, u.username, m.from_at, m.decision, m.until_at, m.end_decision
            FROM tabulation_membership m JOIN candidates_election e ON e.id = m.election_id
            JOIN tabulation_user u ON u.id = m.user_id"""
        )
    }
    for row in sorted(rows - by_events, key=str):
        yield f"The roster of {row[0]} lists {_told(row)}, and its events do not."
    for row in sorted(by_events - rows, key=str):
        yield f"The events of {row[0]} list {_told(row)}, and its roster does not."


def _told(row: Any) -> str:
    _slug, name, from_at, _decision, until_at, _end = row
    return f"{name} from {from_at} until {until_at or 'now'}"


def _by_events() -> dict[Member, list[Interval]]:
    found: dict[Member, list[Interval]] = {}
    for slug, act, at, told in fetch(
        """
        SELECT substr(subject, 15), act, at, after::text FROM tabulation_event
        WHERE subject LIKE 'commission of %%' AND jsonb_typeof(after) = 'object' ORDER BY number"""
    ):
        after = json.loads(told)
        decision = str(after.get("decision", ""))
        if act == "commission enrolled":
            for name in after.get("members", ()):
                found.setdefault((slug, str(name)), []).append((at, decision, None, ""))
        elif act == "member added":
            member = slug, str(after.get("member"))
            found.setdefault(member, []).append((at, decision, None, ""))
        elif act == "membership ended" and (own := found.get((slug, str(after.get("member"))))):
            from_at, begun, _until, _end = own.pop()
            own.append((from_at, begun, at, decision))
    return found
