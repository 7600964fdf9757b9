"""Timed turnout: through polling day commissions report how many voters had come by an hour.

A report stays; a correction is the next one. The database keeps the figure that is published at
what the newest report says, and asks once more for all that is refused here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.database.plans import no_nested_loops
from tabulation.database.statements import fetch, run
from tabulation.languages.formatting import figure
from tabulation.models import (
    Area,
    ContestStation,
    PollingStation,
    TimedTurnout,
    TurnoutReport,
    User,
    begun_by_its_commission,
    record,
    require_may_act,
)
from tabulation.models.turnout import MOST_VOTERS


class TurnoutRefused(Exception):
    """This figure is not taken; the message says why."""


class SomebodyReported(TurnoutRefused):
    """Another figure stands than the one that was seen; the message says whose and since when."""


class WantsReason(TurnoutRefused):
    """It may be so, but only for a stated reason."""


class FiguresRefused(Exception):
    """None of the figures is taken. ``problems``: those refused, by the id of the station."""

    def __init__(self, problems: Mapping[int, TurnoutRefused]) -> None:
        super().__init__(f"{len(problems)} figures are refused.")
        self.problems = problems


@dataclass(frozen=True)
class Typed:
    """A figure for one station; ``seen``: what stood there for who typed it, ``None``: nothing."""

    station: PollingStation
    voters: int
    seen: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Reading:
    """How many had come by an hour, and the newest report of it; ``None``: a file said so."""

    hour: time
    voters: int
    report: TurnoutReport | None


@dataclass(frozen=True)
class Reported:
    """How many of an area's stations reported, by hour."""

    code: str
    name: str
    names: dict[str, str]
    stations: int
    by_hour: dict[time, int]


@dataclass(frozen=True)
class _Day:
    """What is known of a station in the moment of a report."""

    registered: int | None
    readings: dict[time, Reading] = field(default_factory=dict)


def hours_of(contest: Contest) -> list[time]:
    """At which hours the stations report, in order; where none are set, those that have figures."""
    if contest.turnout_hours:
        return list(contest.turnout_hours)
    known = TimedTurnout.objects.filter(contest=contest).order_by("hour")
    return list(known.values_list("hour", flat=True).distinct())


def comes_at(contest: Contest, hour: time) -> datetime:
    """The moment of an hour of the contest's polling day."""
    election = contest.election
    day = election.polling_days[contest.round - 1]
    return datetime.combine(day, hour, ZoneInfo(election.time_zone))


@transaction.atomic
def report_all(
    *, contest: Contest, hour: time, figures: Sequence[Typed], by: User | None, at: datetime
) -> int:
    """Report or correct the figures of stations by one hour: all of them, or none.

    How many are new; what stands already as it was typed is not. What was reported before stays.
    Raises NotYours, TurnoutRefused, or FiguresRefused with what is wrong with each.
    """
    for typed in figures:
        message = _(
            "Only intake clerks, supervisors and commission members can report turnout. Ask"
            " one of them."
        )
        require_may_act(by, lifecycle.REPORTERS, typed.station.area, message)
    _check_hour(contest, hour, at)
    days = _locked(contest, [typed.station for typed in figures])
    problems: dict[int, TurnoutRefused] = {}
    reports = []
    for typed in figures:
        try:
            reports += _reports(contest, hour, typed, days.get(typed.station.pk))
        except TurnoutRefused as refused:
            problems[typed.station.pk] = refused
    if problems:
        raise FiguresRefused(problems)
    for new in reports:
        new.by, new.at = by, at
    with begun_by_its_commission(TurnoutRefused):
        TurnoutReport.objects.bulk_create(reports)
    for new in reports:
        _record(new)
    return len(reports)


def _check_hour(contest: Contest, hour: time, at: datetime) -> None:
    if hour not in hours_of(contest):
        message = _(
            "This contest has no turnout report for %(hour)s. Nothing was saved. Choose"
            " another hour."
        )
        raise TurnoutRefused(message % {"hour": f"{hour:%H:%M}"})
    if at < comes_at(contest, hour):
        message = _(
            "It is not yet %(hour)s on polling day. Nothing was saved. Report this turnout"
            " after that hour."
        )
        raise TurnoutRefused(message % {"hour": f"{hour:%H:%M}"})


def _locked(contest: Contest, stations: Iterable[PollingStation]) -> dict[int, _Day]:
    """What is known of the stations, by id, which nobody else reports of until the commit."""
    ids = sorted({station.pk for station in stations})
    # One after the other in the order of their ids, so that two pages never wait in a circle.
    run("SELECT lock_turnout(%s, id) FROM unnest(%s::bigint[]) AS s(id)", [contest.pk, ids])
    registered = dict(
        ContestStation.objects.filter(contest=contest, station__in=ids).values_list(
            "station_id", "registered"
        )
    )
    readings = readings_of(contest, list(registered))
    return {pk: _Day(listed, readings.get(pk, {})) for pk, listed in registered.items()}


def _reports(contest: Contest, hour: time, typed: Typed, day: _Day | None) -> list[TurnoutReport]:
    """The report that a figure comes to; nothing when it stands already. Raises TurnoutRefused."""
    if day is None:
        raise TurnoutRefused(
            _("This polling station does not take part in this contest. Leave its figure blank.")
        )
    if not 0 <= typed.voters <= MOST_VOTERS:
        raise TurnoutRefused(_("Enter a number from 0 to 999999999."))
    stands = day.readings.get(hour)
    if stands and stands.voters == typed.voters:
        return []
    if (stands.voters if stands else None) != typed.seen:
        raise SomebodyReported(_who_reported(contest, stands))
    if not typed.reason.strip():
        _check_plain(hour, typed, day)
    last = stands.report if stands else None
    return [
        TurnoutReport(
            contest=contest,
            station=typed.station,
            hour=hour,
            number=last.number + 1 if last else 1,
            voters=typed.voters,
            was=typed.seen,
            reason=typed.reason.strip(),
        )
    ]


def _who_reported(contest: Contest, stands: Reading | None) -> str:
    """A sentence: what stands now, and who reported it when."""
    if stands is None:
        return _(
            "The figure that you saw here was removed. Check your figure, then save the page again."
        )
    if stands.report is None:
        return _(
            "This hour already has the figure %(voters)s. Compare the two figures and enter"
            " the correct one."
        ) % {"voters": figure(stands.voters)}
    values = {
        "voters": figure(stands.voters),
        "by": stands.report.by or _("the command line"),
        "at": local(contest, stands.report.at),
    }
    return (
        _(
            "%(by)s reported %(voters)s on %(at)s. Compare the two figures and enter the correct"
            " one."
        )
        % values
    )


def local(contest: Contest, at: datetime) -> str:
    """A moment as people there read it."""
    return date_format(at.astimezone(ZoneInfo(contest.election.time_zone)), "SHORT_DATETIME_FORMAT")


def _check_plain(hour: time, typed: Typed, day: _Day) -> None:
    """Raise the WantsReason of a figure that may stand for a reason only, with all that is odd."""
    odd: list[str] = []
    before = [r for r in day.readings.values() if r.hour < hour and r.voters > typed.voters]
    later = [r for r in day.readings.values() if r.hour > hour and r.voters < typed.voters]
    if before:
        most = max(before, key=lambda reading: reading.voters)
        odd.append(_("The figure for %(hour)s is %(voters)s, which is higher.") % _shown(most))
    if later:
        least = min(later, key=lambda reading: reading.voters)
        odd.append(_("The figure for %(hour)s is %(voters)s, which is lower.") % _shown(least))
    if day.registered is not None and typed.voters > day.registered:
        message = _(
            "This is more than the registered voters of this polling station: %(registered)s."
        )
        odd.append(message % {"registered": figure(day.registered)})
    if typed.seen is not None:
        odd.append(_("The saved figure is %(voters)s.") % {"voters": figure(typed.seen)})
    if odd:
        raise WantsReason(" ".join([*odd, _("If your figure is correct, give a reason.")]))


def _shown(reading: Reading) -> dict[str, object]:
    return {"hour": f"{reading.hour:%H:%M}", "voters": figure(reading.voters)}


def _record(new: TurnoutReport) -> None:
    election = new.contest.election
    hour = f"{new.hour:%H:%M}"
    explained = {"reason": new.reason} if new.reason else {}
    record(
        act="turnout reported" if new.was is None else "turnout corrected",
        subject=f"turnout {election.slug}/{new.contest.code}/{new.station.code}",
        election=election,
        by=new.by,
        at=new.at,
        before=None if new.was is None else {"hour": hour, "voters": new.was},
        after={"hour": hour, "voters": new.voters, **explained},
    )


# --- What the commissions see ------------------------------------------------------------------


def readings_of(contest: Contest, stations: Sequence[int]) -> dict[int, dict[time, Reading]]:
    """What stands of these stations (ids), by station and hour, in order. Two statements."""
    newest = (
        TurnoutReport.objects.filter(contest=contest, station__in=stations)
        .order_by("station_id", "hour", "-number")
        .distinct("station_id", "hour")
        .select_related("by")
    )
    reports = {(report.station_id, report.hour): report for report in newest}
    found: dict[int, dict[time, Reading]] = {}
    standing = TimedTurnout.objects.filter(contest=contest, station__in=stations).order_by("hour")
    for station, hour, voters in standing.values_list("station_id", "hour", "voters"):
        reading = Reading(hour, voters, reports.get((station, hour)))
        found.setdefault(station, {})[hour] = reading
    return found


REPORTED = """
WITH place AS (
  SELECT cs.station_id, a.lineage[%(depth)s + 1] AS below
  FROM tabulation_conteststation cs
  JOIN tabulation_pollingstation s ON s.id = cs.station_id
  JOIN tabulation_area a ON a.id = s.area_id
  WHERE cs.contest_id = %(contest)s AND %(head)s = ANY (a.lineage)
), counted AS (
  SELECT CASE WHEN grouping(below) = 1 THEN %(head)s ELSE below END AS area, count(*) AS stations
  FROM place GROUP BY GROUPING SETS ((), (below)) HAVING count(*) > 0
), by_hour AS (
  SELECT CASE WHEN grouping(p.below) = 1 THEN %(head)s ELSE p.below END AS area, t.hour,
    count(*) AS reported
  FROM place p
  JOIN tabulation_timedturnout t ON t.contest_id = %(contest)s AND t.station_id = p.station_id
  GROUP BY GROUPING SETS ((t.hour), (p.below, t.hour))
), hours AS (
  SELECT area, array_agg(hour) AS hours, array_agg(reported) AS reported FROM by_hour GROUP BY area
)
SELECT a.code, a.name, a.names, c.stations, coalesce(h.hours, '{}'), coalesce(h.reported, '{}')
FROM counted c
JOIN tabulation_area a ON a.id = c.area
LEFT JOIN hours h ON h.area = c.area
ORDER BY a.id <> %(head)s, a.code COLLATE "C"
"""


def reported_by_area(contest: Contest, head: Area) -> list[Reported]:
    """``head`` first, then the areas directly below it by code; one where nobody votes is not in.

    Stations directly in ``head`` are only in its own row. One statement.
    """
    keys = {"contest": contest.pk, "head": head.pk, "depth": len(head.lineage)}
    with no_nested_loops():
        rows = fetch(REPORTED, keys)
    return [
        Reported(code, name, json.loads(names), stations, dict(zip(hours, counts, strict=True)))
        for code, name, names, stations, hours, counts in rows
    ]
