"""The results of one area, for the wall of its commission: sums, and what lies directly below."""

from typing import Any

from django.utils.translation import gettext as _

from candidates.fields import translated
from candidates.models import Contest
from tabulation import publication
from tabulation.paper import Paper as Form
from tabulation.printing import common, words
from tabulation.printing.published import figures
from tabulation.printing.typesetting import typeset
from tabulation.publication import Unit
from tabulation.templatetags.results import office

#: Stations in one area's table. More than these hang on no wall: the paper says how many are left.
MOST_STATIONS = 2_000


def area_table(published: Any, contest: Contest, form: Form, code: str, language: str) -> bytes:
    """The results of the area ``code`` as a PDF in ``language``, from the ledger alone.

    A constant number of queries. Raises UnknownUnit.
    """
    with words.speaking(language, published.election):
        unit = publication.unit_of_area(published, contest, code)
        data = _data(published, contest, form, unit)
    return typeset("area", data, at=published.published_at)


def _data(published: Any, contest: Contest, form: Form, unit: Unit) -> dict[str, Any]:
    election, what = published.election, words.broken(office(form))
    areas = publication.areas_below(published, contest, unit.code)
    stations, count = publication.stations_of(
        published, contest, unit.code, first=0, most=MOST_STATIONS
    )
    area, edition = _named(unit), common.publication_line(published, contest)
    where = (words.spoken(), election.slug, contest.code, unit.code)
    return {
        "frame": common.frame(
            election,
            _("Results of voting"),
            f"{area} · {what}",
            edition=edition,
            node=publication.node_of(published, contest, unit),
            node_label=_("Hash of the area in this publication"),
            address=common.absolute("area", *where),
        ),
        "head": [area, what, words.name_of(election), words.polling_day(election, form.round)],
        "facts": [
            (_("Publication"), edition),
            (_("Published"), words.moment(published.published_at)),
        ],
        "stations": figures.stations_of(unit),
        "lines": figures.lines_of(form, unit),
        "candidates": figures.candidates_of(form, unit),
        "parts": [*_part(form, _("By area"), areas, unit), *_stations(form, stations, unit)],
        "notes": _left_out(count),
        "posted": [_("Posted on the wall: day and time"), _("Posted by")],
        "signed": {
            "title": _("Signed for the commission"),
            "rows": [
                *common.signers(_("Chair"), [""]),
                *common.signers(_("Secretary"), [""]),
            ],
            "words": common.signing_words(),
        },
    }


def _named(unit: Unit) -> str:
    """`Region 4, Martakert`, with its code."""
    level = translated(unit.level, unit.levels, words.spoken())
    name = f"{words.code_of(unit)} {words.name_of(unit)}"
    return f"{name} ({level})" if level else name


def _part(form: Form, title: str, units: list[Unit], whole: Unit) -> list[dict[str, Any]]:
    if not units:
        return []
    return [{"title": title, "tables": figures.places(form, units, whole)}]


def _stations(form: Form, stations: list[Unit], unit: Unit) -> list[dict[str, Any]]:
    return _part(form, _("By polling station"), stations, unit)


def _left_out(count: int) -> list[str]:
    if count <= MOST_STATIONS:
        return []
    told = _("Here are the first %(shown)s of the %(n)s polling stations of the area.")
    return [told % {"shown": words.figure(MOST_STATIONS), "n": words.figure(count)}]
