"""The results of one area, for the wall of its commission: sums, and what lies directly below."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from candidates.fields import translated
from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.languages.formatting import office
from tabulation.ledger import reading
from tabulation.ledger.reading import Unit
from tabulation.printing import parts, wording
from tabulation.printing.typesetting import typeset
from tabulation.public.papers import figures

#: Stations in one area's table. More than these hang on no wall: the paper says how many are left.
MOST_STATIONS = 2_000


def area_table(
    published: Any, contest: Contest, form: ProtocolForm, code: str, language: str
) -> bytes:
    """The results of the area ``code`` as a PDF in ``language``, from the ledger alone.

    A constant number of queries. Raises UnknownUnit.
    """
    with wording.speaking(language, published.election):
        unit = reading.unit_of_area(published, contest, code)
        data = _data(published, contest, form, unit)
    return typeset("area", data, at=published.published_at)


def _data(published: Any, contest: Contest, form: ProtocolForm, unit: Unit) -> dict[str, Any]:
    election, what = published.election, wording.broken(office(form))
    inside = reading.inside(published, contest, [unit], first=0, most=MOST_STATIONS)[unit.code]
    area, edition = _named(unit), parts.publication_line(published, contest)
    where = (wording.spoken(), election.slug, contest.code, unit.code)
    return {
        "frame": parts.frame(
            election,
            _("Results of voting"),
            f"{area} · {what}",
            edition=edition,
            node=reading.node_of(published, contest, unit),
            node_label=_("Hash of the area in this publication"),
            address=parts.absolute("area", *where),
        ),
        "head": [area, what, wording.name_of(election), wording.polling_day(election, form.round)],
        "facts": [
            (_("Publication"), edition),
            (pgettext("heading", "Published"), wording.moment(published.published_at)),
        ],
        "stations": figures.stations_of(unit),
        "lines": figures.lines_of(form, unit),
        "candidates": figures.candidates_of(form, unit),
        "parts": [
            *_part(form, _("By area"), inside.areas, unit),
            *_part(form, _("By polling station"), inside.stations, unit),
        ],
        "notes": _left_out(inside.count),
        "posted": [_("Posted on the wall: day and time"), _("Posted by")],
        "signed": {
            "title": _("Signed for the commission"),
            "rows": [
                *parts.signers(_("Chair"), [""]),
                *parts.signers(_("Secretary"), [""]),
            ],
            "words": parts.signing_words(),
        },
    }


def _named(unit: Unit) -> str:
    """`Region 4, Martakert`, with its code."""
    level = translated(unit.level, unit.levels, wording.spoken())
    name = f"{wording.code_of(unit)} {wording.name_of(unit)}"
    return f"{name} ({level})" if level else name


def _part(form: ProtocolForm, title: str, units: list[Unit], whole: Unit) -> list[dict[str, Any]]:
    if not units:
        return []
    return [{"title": title, "tables": figures.places(form, units, whole)}]


def _left_out(count: int) -> list[str]:
    if count <= MOST_STATIONS:
        return []
    sentence = _("The table shows the first %(shown)s of the %(n)s polling stations of this area.")
    return [sentence % {"shown": wording.figure(MOST_STATIONS), "n": wording.figure(count)}]
