"""Examples of every public address, derived from what is declared: what many tests walk.

They are of the election that `nkr_world` makes half counted.
"""

from typing import Any

from django.urls import reverse

from tabulation.public.declaration import Address, Declaration
from tabulation.public.edition import Edition
from tabulation.public.site import DOCUMENTS, WITHOUT_DOCUMENT
from tabulation.tests.support.nkr_world import ANNULLED, CORRECTED, WAITING

#: Areas and stations that show every face of a page; of others the first and the last are taken.
SHOWN = (CORRECTED, ANNULLED, WAITING, "1/03", "1", "NKR")
#: Addresses that answer, though no page of a country this small leads there.
UNLINKED = {"area-page": Address({"code": "1", "page": 1})}
ASIDE = {declared.name for declared in WITHOUT_DOCUMENT}


def examples(
    declared: Declaration, language: str = "en", slug: str = "nkr-2012", contest: str = "president"
) -> list[str]:
    """A few addresses of a declaration, in a language where it has languages."""
    parts: dict[str, Any] = {"language": language, "slug": slug, "contest": contest}
    common = {name: value for name, value in parts.items() if name in declared.parts}
    found = list(declared.addresses(*_before(declared, slug, contest)))
    found = found or [UNLINKED[declared.name]]
    return [
        reverse(declared.name, kwargs={**common, **address.parts}) + asked
        for address in _chosen(found)
        for asked in declared.asked
    ]


def _before(declared: Declaration, slug: str, contest: str) -> list[Any]:
    edition = Edition.of(slug)
    if "slug" not in declared.parts:
        return [[edition]]
    return [edition, *edition.contest(contest)] if "contest" in declared.parts else [edition]


def _chosen(found: list[Address]) -> list[Address]:
    shown = [one for one in found if one.parts.get("code") in SHOWN]
    return shown or [found[0], *found[1:][-1:]]


def is_page(declared: Declaration) -> bool:
    return declared.media_type.startswith("text/html") and declared.name not in ASIDE


def pages(language: str = "en") -> list[tuple[str, str]]:
    """Each page's name and address in ``language``."""
    return [
        (declared.name, address)
        for declared in DOCUMENTS
        if is_page(declared)
        for address in examples(declared, language)
    ]


def files() -> list[tuple[Declaration, str]]:
    """Each file for programs, with an address of the newest publication."""
    return [
        (declared, address)
        for declared in DOCUMENTS
        if not is_page(declared) and declared.name not in ASIDE
        for address in examples(declared)[:1]
    ]
