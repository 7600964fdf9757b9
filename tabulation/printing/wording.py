"""Figures, dates and places on paper, each as its language writes it, as plain texts."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _

from candidates.models import Contest, Election
from tabulation.languages import formatting
from tabulation.languages.formatting import spoken as spoken
from tabulation.printing.fonts import BREAK

#: For a figure that is not there: never 0.
DASH = formatting.DASH
LONG_WORD = re.compile(r"[^\s-]{21,}")
LONG_CODE = re.compile(r"\S{11,}")
PIECE = re.compile(r".{1,8}")


@contextmanager
def speaking(language: str, election: Election | None = None) -> Iterator[None]:
    """Texts and dates inside are in ``language``, times in the election's own."""
    zone = ZoneInfo(election.time_zone if election else "UTC")
    with translation.override(language), timezone.override(zone):
        yield


def figure(value: int | None) -> str:
    """A number grouped as the language groups it; a dash for none."""
    return DASH if value is None else str(formatting.figure(value))


def percent(value: Fraction | None) -> str:
    """A percentage with two decimals; a dash where there is nothing to divide by."""
    return DASH if value is None else str(formatting.percent(value))


def ballots(value: Fraction) -> str:
    """A number of ballots that need not be whole: `12` or `12.50`."""
    whole, decimals = formatting.rounded(value).split(".")
    ending = "" if decimals == "00" else get_format("DECIMAL_SEPARATOR") + decimals
    return figure(int(whole)) + ending


def day(value: date) -> str:
    return date_format(value, "DATE_FORMAT")


def moment(value: datetime) -> str:
    """Day and time in the zone of `speaking`."""
    return date_format(timezone.localtime(value), "DATETIME_FORMAT")


def short_moment(value: datetime) -> str:
    """Day and time in few letters, for a narrow column."""
    return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")


def polling_day(election: Election, round: int) -> str:
    """`Polling day: 19 July 2012`, of the round."""
    return _("Polling day: %(day)s") % {"day": day(_day_of(election, round))}


def polling_moment(contest: Contest) -> datetime:
    """The beginning of the contest's polling day: the time of papers printed for that day."""
    zone = ZoneInfo(contest.election.time_zone)
    found = _day_of(contest.election, contest.round)
    return datetime(found.year, found.month, found.day, tzinfo=zone)


def _day_of(election: Election, round: int) -> date:
    days: list[date] = election.polling_days
    return days[min(round, len(days)) - 1]


def name_of(thing: Any) -> str:
    """The name of a place, line or candidate in the language of `speaking`."""
    return broken(formatting.translate_name(thing))


def code_of(place: Any) -> str:
    """The code of an area or a station."""
    return broken(place.code, LONG_CODE)


def broken(text: str, long: re.Pattern[str] = LONG_WORD) -> str:
    """``text``, whose longest words may be broken: in a narrow column they would stick out."""
    return long.sub(lambda found: BREAK.join(PIECE.findall(found.group())), text)


def grouped(digest: str) -> str:
    """A hash in groups of four, as people compare it."""
    return " ".join(digest[i : i + 4] for i in range(0, len(digest), 4))
