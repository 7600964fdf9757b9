"""The pages of pictures: maps and mosaics, results through the night, turnout against share."""

from typing import Any
from zoneinfo import ZoneInfo

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.public.document import Page
from tabulation.public.edition import Edition
from tabulation.public.pages.courses import dots_of, night_of
from tabulation.public.pages.mapping import picture_of


def map_page(edition: Edition, contest: Contest, form: ProtocolForm) -> Page:
    """Who leads where and by how much: a map, or a mosaic of stations."""
    return _map(edition, contest, form, turnout=False)


def map_of_turnout(edition: Edition, contest: Contest, form: ProtocolForm) -> Page:
    """How many took part, by place."""
    return _map(edition, contest, form, turnout=True)


def _map(edition: Edition, contest: Contest, form: ProtocolForm, *, turnout: bool) -> Page:
    shown = {"picture": picture_of(edition, contest, form, turnout=turnout), "turnout": turnout}
    return _page("map", "map-turnout" if turnout else "map", edition, contest, form, shown)


def night_page(edition: Edition, contest: Contest, form: ProtocolForm) -> Page:
    """The stations counted and the first candidates' shares, publication by publication."""
    night = night_of(edition, contest, form, ZoneInfo(edition.election.time_zone))
    return _page("night", "night", edition, contest, form, {"night": night})


def scatter_page(edition: Edition, contest: Contest, form: ProtocolForm) -> Page:
    """Each station by its turnout and by the share of the candidate with most votes."""
    dots = dots_of(edition, contest, form)
    return _page("scatter", "scatter", edition, contest, form, {"dots": dots})


def _page(
    template: str,
    shown: str,
    edition: Edition,
    contest: Contest,
    form: ProtocolForm,
    picture: dict[str, Any],
) -> Page:
    context = {
        "shown": shown,
        "publication": edition.published,
        "contest": contest,
        "protocol_form": form,
        **picture,
    }
    return Page(f"public/{template}.html", edition.election, context)
