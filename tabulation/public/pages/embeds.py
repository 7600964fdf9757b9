"""Parts of pages that others put into their own, and the page that hands out the code for them."""

from collections.abc import Callable
from dataclasses import dataclass
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
from tabulation.public.document import InLanguage, Page, UnknownAddress, absolute
from tabulation.public.edition import Edition
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
    """A contest of an edition: what a part is made of."""

    edition: Edition
    contest: Contest
    form: ProtocolForm

    @property
    def published(self) -> Any:
        return self.edition.published

    @property
    def head(self) -> Unit:
        return self.edition.head(self.contest)


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
    return {"areas": [Result(unit, scene.form) for unit in below], "links": False}


def _map(scene: Scene, *, turnout: bool = False) -> Context:
    picture = picture_of(scene.edition, scene.contest, scene.form, turnout=turnout)
    return {"picture": picture, "turnout": turnout}


def _map_of_turnout(scene: Scene) -> Context:
    return _map(scene, turnout=True)


def _night(scene: Scene) -> Context:
    zone = ZoneInfo(scene.published.election.time_zone)
    return {"night": night_of(scene.edition, scene.contest, scene.form, zone)}


def _scatter(scene: Scene) -> Context:
    return {"dots": dots_of(scene.edition, scene.contest, scene.form)}


def _hours(scene: Scene) -> Context:
    turnout = hours.turnout_of_head(scene.published, scene.contest)
    return {"day": day_of(turnout) if turnout else None}


def _choices(scene: Scene) -> int:
    return len(Result(scene.head, scene.form).choices)


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


def embed_page(edition: Edition, contest: Contest, form: ProtocolForm, what: str) -> Page:
    """A part of a contest by its name in `PARTS`, of the newest publication."""
    if what not in PARTS:
        raise UnknownAddress
    scene, part = Scene(edition, contest, form), PARTS[what]
    context = {
        "publication": scene.published,
        "status": status.status_of(scene.published, contest),
        "result": Result(scene.head, form),
        "full": _absolute("election", edition.election.slug),
        **part.context(scene),
    }
    return _framed(scene, part, context)


def embed_area(edition: Edition, contest: Contest, form: ProtocolForm, code: str) -> Page:
    """The results of one area; it changes when they do, and says since when they stand."""
    return _embed_unit(edition, contest, form, edition.area(contest, code))


def embed_station(edition: Edition, contest: Contest, form: ProtocolForm, code: str) -> Page:
    """The results of one polling station, as `embed_area`."""
    return _embed_unit(edition, contest, form, edition.station(contest, code))


def _embed_unit(edition: Edition, contest: Contest, form: ProtocolForm, unit: Unit) -> Page:
    context = {
        "result": Result(unit, form),
        "since": edition.publication(unit.since),
        "full": _absolute(unit.kind, edition.election.slug, contest.code, unit.code),
    }
    return _framed(Scene(edition, contest, form), UNIT, context)


def embedding_page(edition: Edition, contest: Contest, form: ProtocolForm) -> Page:
    """What can be embedded of a contest: a preview of each part, and the code to copy."""
    election, scene = edition.election, Scene(edition, contest, form)
    rehearsal = election.kind == Election.Kind.REHEARSAL
    banner = BANNER * (bool(election.notice) + rehearsal)
    heights = {what: part.height_of(scene) + banner for what, part in PARTS.items()}

    def parts(language: str) -> list[Context]:
        where = (language, election.slug, contest.code)
        return [
            {
                "what": what,
                "title": part.title,
                "height": heights[what],
                "shown": reverse("embed", args=[*where, what]),
                "address": absolute("embed", *where, what),
            }
            for what, part in PARTS.items()
        ]

    context = {
        "contest": contest,
        "protocol_form": form,
        "head": scene.head,
        "parts": InLanguage(parts),
        "area": _absolute("embed-area", election.slug, contest.code, scene.head.code),
        "site": settings.SITE,
        "area_title": UNIT.title,
        "area_height": UNIT.height_of(scene) + banner,
    }
    return Page("public/embedding.html", election, context)


def _absolute(name: str, *where: str) -> InLanguage:
    return InLanguage(lambda language: absolute(name, language, *where))


def _framed(scene: Scene, part: Part, context: Context) -> Page:
    shared = {"contest": scene.contest, "protocol_form": scene.form, "part": part}
    return Page("public/embed.html", scene.edition.election, shared | context)
