"""Parts of pages that others put into their own, and the page that hands out the code for them."""

from collections.abc import Callable
from dataclasses import dataclass

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
from tabulation.public.pages import pictures
from tabulation.public.pages.pictures import Context
from tabulation.public.pages.results import Result
from tabulation.public.pages.turnout import day_of

#: Of a frame, in CSS pixels: a line of a table, a banner on a phone, and the most that a table
#: makes of it.
ROW = 30
BANNER = 130
HIGHEST = 1200


@dataclass(frozen=True)
class Part:
    """A table or a picture with an address of its own. ``context`` is what its template asks for
    besides ``result``, the whole contest. ``height`` is that of the frame, in CSS pixels at the
    width of a column, and ``rows`` says how many rows of a table come on top of it.
    """

    title: str | Promise
    template: str
    height: int
    context: Callable[[Edition, Contest, ProtocolForm], Context] = lambda *_contest: {}
    rows: Callable[[Edition, Contest, ProtocolForm], int] = lambda *_contest: 0

    def height_of(self, edition: Edition, contest: Contest, form: ProtocolForm) -> int:
        """A longer table scrolls inside its frame."""
        return min(HIGHEST, self.height + ROW * self.rows(edition, contest, form))


def _areas(edition: Edition, contest: Contest, form: ProtocolForm) -> Context:
    below = reading.areas_below(edition.published, contest, edition.head(contest).code)
    return {"areas": [Result(unit, form) for unit in below], "links": False}


def _rows_of_areas(edition: Edition, contest: Contest, form: ProtocolForm) -> int:
    return 2 * len(_areas(edition, contest, form)["areas"])


def _hours(edition: Edition, contest: Contest, _form: ProtocolForm) -> Context:
    return {"day": day_of(hours.turnout_of_head(edition.published, contest))}


def _choices(edition: Edition, contest: Contest, form: ProtocolForm) -> int:
    return len(Result(edition.head(contest), form).choices)


#: What of a contest can be embedded, by the name in its address. One line adds a picture.
PARTS: dict[str, Part] = {
    "results": Part(_("Results"), "_components/embeds/results.html", 400, rows=_choices),
    "progress": Part(_("Progress of the count"), "_components/embeds/progress.html", 540),
    "map": Part(_("Who leads where"), "_components/embeds/map.html", 900, pictures.leaders),
    "turnout": Part(_("Turnout by area"), "_components/embeds/map.html", 900, pictures.turnout),
    "night": Part(
        _("Results through the night"), "_components/embeds/night.html", 800, pictures.night
    ),
    "scatter": Part(
        _("Turnout against share"), "_components/embeds/scatter.html", 700, pictures.dots
    ),
    "hours": Part(_("Turnout through the day"), "_components/embeds/hours.html", 650, _hours),
    "areas": Part(_("Results by area"), "_components/areas.html", 400, _areas, _rows_of_areas),
}
#: The same of one area, and of one polling station.
UNIT = PARTS["results"]


def embed_page(edition: Edition, contest: Contest, form: ProtocolForm, what: str) -> Page:
    """A part of a contest by its name in `PARTS`, of the newest publication."""
    if what not in PARTS:
        raise UnknownAddress
    part = PARTS[what]
    return edition.page(
        "embed",
        contest,
        form,
        part=part,
        status=status.status_of(edition.published, contest),
        result=Result(edition.head(contest), form),
        full=_absolute("election", edition.election.slug),
        **part.context(edition, contest, form),
    )


def embed_area(edition: Edition, contest: Contest, form: ProtocolForm, code: str) -> Page:
    """The results of one area; it changes when they do, and says since when they stand."""
    return _embed_unit(edition, contest, form, edition.area(contest, code))


def embed_station(edition: Edition, contest: Contest, form: ProtocolForm, code: str) -> Page:
    """The results of one polling station, as `embed_area`."""
    return _embed_unit(edition, contest, form, edition.station(contest, code))


def _embed_unit(edition: Edition, contest: Contest, form: ProtocolForm, unit: Unit) -> Page:
    return edition.page(
        "embed",
        contest,
        form,
        # It stays while this unit does, whatever is published of others.
        publication=None,
        part=UNIT,
        result=Result(unit, form),
        since=edition.publication(unit.since),
        full=_absolute(unit.kind, edition.election.slug, contest.code, unit.code),
    )


def embedding_page(edition: Edition, contest: Contest, form: ProtocolForm) -> Page:
    """What can be embedded of a contest: a preview of each part, and the code to copy."""
    election, head = edition.election, edition.head(contest)
    rehearsal = election.kind == Election.Kind.REHEARSAL
    banner = BANNER * (bool(election.notice) + rehearsal)
    heights = {
        what: part.height_of(edition, contest, form) + banner for what, part in PARTS.items()
    }

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

    return edition.page(
        "embedding",
        contest,
        form,
        head=head,
        parts=InLanguage(parts),
        area=_absolute("embed-area", election.slug, contest.code, head.code),
        site=settings.SITE,
        area_title=UNIT.title,
        area_height=UNIT.height_of(edition, contest, form) + banner,
    )


def _absolute(name: str, *where: str) -> InLanguage:
    return InLanguage(lambda language: absolute(name, language, *where))
