"""Find my polling station: by code, place or address."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import finding, reading
from tabulation.ledger.reading import Unit
from tabulation.public.document import Page
from tabulation.public.edition import Edition
from tabulation.public.pages.asking import LONGEST
from tabulation.public.pages.results import Result


def find_page(
    edition: Edition, contest: Contest, form: ProtocolForm, asked: Mapping[str, str]
) -> Page:
    """The stations and areas that a text finds, and what to try when it finds none."""
    text = asked.get("q", "")
    too_long = len(text) > LONGEST
    found = finding.find_stations(edition.published, contest, "" if too_long else text)
    shown = "" if too_long else text.replace("\0", "").strip()
    page = edition.page(
        "find",
        contest,
        form,
        text=shown,
        longest=LONGEST,
        too_long=too_long,
        found=found,
        stations=[
            (Result(unit, form), [found.places[pk] for pk in _below_head(contest, unit)])
            for unit in found.stations
        ],
        areas=[] if found.stations else areas_of(edition, contest),
    )
    return replace(page, query=f"?{urlencode({'q': shown})}" if shown else "")


def _below_head(contest: Contest, unit: Unit) -> tuple[int, ...]:
    """The areas of a station, without the head of the contest and what is above it."""
    return unit.lineage[unit.lineage.index(contest.constituency.area_id) + 1 :]


def areas_of(edition: Edition, contest: Contest) -> list[Unit]:
    """The areas right below the head; the head itself where there are none."""
    head = edition.head(contest)
    return reading.areas_below(edition.published, contest, head.code) or [head]
