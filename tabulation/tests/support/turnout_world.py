"""The small world on a polling day with hours: its stations report by 11:00, 14:00 and 17:00."""

from datetime import UTC, datetime, time
from typing import Any

from tabulation.counting import turnout
from tabulation.models import PollingStation, TimedTurnout, TurnoutReport, User
from tabulation.tests.support.world import World, enrolled

ELEVEN, TWO, FIVE = time(11), time(14), time(17)
#: Hours of a file that knows of two only.
NOON, EVENING = time(12), time(17, 30)
#: A quarter past each of them.
AT_ELEVEN, AT_TWO, AT_FIVE = (datetime(2012, 7, 19, hour, 15, tzinfo=UTC) for hour in (11, 14, 17))


class HourWorld(World):
    RULE = {**World.RULE, "turnout_hours": [ELEVEN, TWO, FIVE]}

    def report(self, which: int, hour: time, voters: int, **other: Any) -> None:
        """Ina reports, at a quarter past five, of one of the three stations."""
        said: dict[str, Any] = {"by": self.ina, "at": AT_FIVE, **other}
        report_one(
            contest=self.contest, station=self.stations[which], hour=hour, voters=voters, **said
        )

    def correct(self, which: int, hour: time, voters: int, seen: int, **other: Any) -> None:
        said: dict[str, Any] = {"by": self.ina, "at": AT_FIVE, "reason": "misread", **other}
        report_one(
            contest=self.contest, station=self.stations[which], hour=hour, voters=voters,
            seen=seen, **said,
        )  # fmt: skip

    def standing(self) -> list[tuple[str, str, int]]:
        """Station, hour and voters of every figure."""
        rows = TimedTurnout.objects.order_by("station__code", "hour").select_related("station")
        return [(row.station.code, f"{row.hour:%H:%M}", row.voters) for row in rows]

    def reports(self) -> list[tuple[str, int, int | None, int, str]]:
        """Station, number, what was and is, and why, of every report."""
        rows = TurnoutReport.objects.order_by("pk").select_related("station")
        return [(row.station.code, row.number, row.was, row.voters, row.reason) for row in rows]

    def person(self, name: str, role: str, **fields: Any) -> User:
        return enrolled(name, role, **fields)


def report_one(
    *, station: PollingStation, voters: int, seen: int | None = None, reason: str = "", **of: Any
) -> None:
    """One figure alone; raises what is wrong with it."""
    typed = turnout.Typed(station, voters, seen, reason)
    try:
        turnout.report_all(figures=[typed], **of)
    except turnout.FiguresRefused as refused:
        raise refused.problems[station.pk] from None


def report(world: World, *readings: tuple[int, time, int]) -> None:
    """``readings``: which station of the small world, when, how many had come."""
    TimedTurnout.objects.bulk_create(
        TimedTurnout(contest=world.contest, station=world.stations[which], hour=hour, voters=voters)
        for which, hour, voters in readings
    )
