"""Parts of pages that others put into their own, and the page that hands out the code for them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import hours, reading, status
from tabulation.ledger.reading import Unit
from tabulation.public.document import (
    Document,
    UnknownAddress,
    absolute,
    contest_in,
    find,
    page_of,
    unit_in,
)
from tabulation.public.pages.courses import dots_of, night_of
from tabulation.public.pages.mapping import picture_of
from tabulation.public.pages.results import Result
from tabulation.public.pages.turnout import day_of

Context = dict[str, Any]


#: Of a frame, in CSS pixels: a line of a table, a banner on a phone, and the most that a table
#: makes of it.
ROW = 30
BANNER = 130
HIGHEST = 1200


@dataclass(frozen=True)
class Scene:
    """A contest in its newest publication, and the reader's language: what a part is made of."""

    language: str
    published: Any
    contest: Contest
    paper: ProtocolForm

    @cached_property
    def head(self) -> Unit:
        return reading.unit_of_head(self.published, self.contest)


@dataclass(frozen=True)
class Part:
    """A table or a picture with an address of its own. ``context`` is what its template asks for
    besides ``result``, the whole contest. ``height`` is that of the frame, in CSS pixels at the
    width of a column, and ``rows`` says how many rows of a table come on top of it.
    """

    title: str | Promise
    template: str
    height: int
    context: Callable[[Scene], Context] = lambda _scene: {}
    rows: Callable[[Scene], int] = lambda _scene: 0

    def height_of(self, scene: Scene) -> int:
        """A longer table scrolls inside its frame."""
        return min(HIGHEST, self.height + ROW * self.rows(scene))


def _areas(scene: Scene) -> Context:
    below = reading.areas_below(scene.published, scene.contest, scene.head.code)
    return {"areas": [Result(unit, scene.paper) for unit in below], "links": False}


def _map(scene: Scene, *, turnout: bool = False) -> Context:
    picture = picture_of(
        scene.published, scene.contest, scene.paper, scene.language, turnout=turnout
    )
    return {"picture": picture, "turnout": turnout}


def _map_of_turnout(scene: Scene) -> Context:
    return _map(scene, turnout=True)


def _night(scene: Scene) -> Context:
    zone = ZoneInfo(scene.published.election.time_zone)
    return {"night": night_of(scene.published, scene.contest, scene.paper, zone)}


def _scatter(scene: Scene) -> Context:
    return {"dots": dots_of(scene.published, scene.contest, scene.paper)}


def _hours(scene: Scene) -> Context:
    turnout = hours.turnout_of_head(scene.published, scene.contest)
    return {"day": day_of(turnout) if turnout else None}


def _choices(scene: Scene) -> int:
    return len(Result(scene.head, scene.paper).choices)


#: What of a contest can be embedded, by the name in its address. One line adds a picture.
PARTS: dict[str, Part] = {
    "results": Part(_("Results"), "_components/embeds/results.html", 400, rows=_choices),
    "progress": Part(_("Progress of the count"), "_components/embeds/progress.html", 540),
    "map": Part(_("Who leads where"), "_components/embeds/map.html", 900, _map),
    "turnout": Part(_("Turnout by place"), "_components/embeds/map.html", 900, _map_of_turnout),
    "night": Part(_("Results through the night"), "_components/embeds/night.html", 800, _night),
    "scatter": Part(_("Turnout against share"), "_components/embeds/scatter.html", 700, _scatter),
    "hours": Part(_("Turnout through the day"), "_components/embeds/hours.html", 650, _hours),
    "areas": Part(
        _("Results by area"),
        "_components/areas.html",
        400,
        _areas,
        lambda scene: 2 * len(_areas(scene)["areas"]),
    ),
}
#: The same of one area, and of one polling station.
UNIT = PARTS["results"]


def embed_page(language: str, slug: str, contest: str, what: str) -> Document:
    """A part of a contest by its name in `PARTS`, of the newest publication."""
    if what not in PARTS:
        raise UnknownAddress
    election, scene = _scene(language, slug, contest)
    part = PARTS[what]
    context = {
        "publication": scene.published,
        "status": status.status_of(scene.published, scene.contest),
        "result": Result(scene.head, scene.paper),
        "full": absolute("election", language, slug),
        **part.context(scene),
    }
    return _framed(language, election, scene, part, context)


def embed_area(language: str, slug: str, contest: str, code: str) -> Document:
    """The results of one area; it changes when they do, and says since when they stand."""
    return _embed_unit(language, slug, contest, code, "area")


def embed_station(language: str, slug: str, contest: str, code: str) -> Document:
    """The results of one polling station, as `embed_area`."""
    return _embed_unit(language, slug, contest, code, "station")


def _embed_unit(language: str, slug: str, contest: str, code: str, kind: str) -> Document:
    election, scene = _scene(language, slug, contest)
    finder = reading.unit_of_station if kind == "station" else reading.unit_of_area
    unit = unit_in(finder, scene.published, scene.contest, code)
    context = {
        "result": Result(unit, scene.paper),
        "since": reading.publication_or_none(election, unit.since),
        "full": absolute(kind, language, slug, contest, code),
    }
    return _framed(language, election, scene, UNIT, context)


def embedding_page(language: str, slug: str, contest: str) -> Document:
    """What can be embedded of a contest: a preview of each part, and the code to copy."""
    election, scene = _scene(language, slug, contest)
    rehearsal = election.kind == Election.Kind.REHEARSAL
    banner = BANNER * (bool(election.notice) + rehearsal)
    parts = [
        {
            "what": what,
            "title": part.title,
            "height": part.height_of(scene) + banner,
            "shown": reverse("embed", args=[language, slug, contest, what]),
            "address": absolute("embed", language, slug, contest, what),
        }
        for what, part in PARTS.items()
    ]
    context = {
        "contest": scene.contest,
        "paper": scene.paper,
        "head": scene.head,
        "parts": parts,
        "area": absolute("embed-area", language, slug, contest, scene.head.code),
        "site": settings.SITE,
        "area_title": UNIT.title,
        "area_height": UNIT.height_of(scene) + banner,
    }
    return page_of("public/embedding.html", language, election, context)


def _scene(language: str, slug: str, contest: str) -> tuple[Election, Scene]:
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    return election, Scene(language, published, of, paper)


def _framed(
    language: str, election: Election, scene: Scene, part: Part, context: Context
) -> Document:
    shared = {"contest": scene.contest, "paper": scene.paper, "part": part}
    return page_of("public/embed.html", language, election, shared | context)
