"""Find a polling station of a contest by its code, name or address, or by the name of its area.

The places are found first, by their index of words (`search_columns.sql`), then their ledger rows
are read by key: the two are never joined (see `reading._rows`).
"""

import unicodedata
from dataclasses import dataclass
from typing import Any

from candidates.models import Contest
from tabulation.database.statements import fetch
from tabulation.ledger.reading import Unit, figures_in, units_by_place
from tabulation.models import Area, Publication

#: So many stations and areas are shown; how many there are is told.
MOST_STATIONS = 50
MOST_AREAS = 10
#: Words beyond these narrow nothing down any more.
MOST_WORDS = 8
#: What stands between the parts of a code.
SEPARATORS = ("/", ".", "-", " ", "_", "")

STATIONS = """
SELECT id, count(*) OVER () FROM tabulation_pollingstation
WHERE election_id = %(election)s AND {conditions}
ORDER BY code = ANY (%(codes)s) DESC, starts_with(code, %(typed)s) DESC, code COLLATE "C"
LIMIT %(most)s"""
#: The station says the word; or an area that it lies in does.
SAID = "search @@ %({name})s::tsquery"
SAID_OR_THERE = "(search @@ %({name})s::tsquery OR area_id = ANY (%({name}_areas)s))"
AREAS = """
SELECT id, count(*) OVER () FROM tabulation_area
WHERE id = ANY (%(inside)s) AND search @@ %(query)s::tsquery
ORDER BY code = ANY (%(codes)s) DESC, cardinality(lineage), code COLLATE "C" LIMIT %(most)s"""
NAMED = """
SELECT below.id FROM tabulation_area below
WHERE below.id = ANY (%(inside)s) AND below.lineage && ARRAY(
  SELECT named.id FROM tabulation_area named
  WHERE named.id = ANY (%(inside)s) AND named.search @@ %(query)s::tsquery
)"""


@dataclass(frozen=True)
class FoundPlaces:
    """What a search found: the first stations and areas, and how many there are of each.

    ``places``: by id, every area that one of the stations lies in.
    """

    stations: list[Unit]
    station_count: int
    areas: list[Unit]
    area_count: int
    places: dict[int, Area]


def words_of(text: str) -> list[str]:
    """The words of a query as the index has them; none: there is nothing to search for.

    Only letters, digits and the marks above and below them are handed to the database, which cuts
    them as it cut the names.
    """
    text = unicodedata.normalize("NFC", text)
    kept = (one if unicodedata.category(one)[0] in "LNM" else " " for one in text)
    ((words,),) = fetch("SELECT words_of(%s)", ["".join(kept)])
    return list(dict.fromkeys(words.split()))[:MOST_WORDS]


def find_stations(publication: Publication, contest: Contest, text: str) -> FoundPlaces:
    """Stations of which each word of ``text`` begins a word; by code, but ``text`` as a code first.

    One word is looked for in code, name (in every language) and address. Of several, each with a
    letter may as well stand in the name of an area around the station: "Goris school".
    """
    text = text.replace("\0", "").strip()
    words = words_of(text)
    if not words:
        return FoundPlaces([], 0, [], 0, {})
    head: Area = contest.constituency.area
    inside = list(Area.objects.filter(lineage__contains=[head.pk]).values_list("pk", flat=True))
    asked = {
        "election": publication.election_id,
        "inside": inside,
        "codes": _codes(text),
        "typed": text,
    }
    query = " & ".join(map(_prefix, words))
    areas, area_count = _keys(AREAS, {**asked, "query": query, "most": MOST_AREAS})
    stations, station_count = _stations(asked, words, whole_country=len(head.lineage) == 1)
    rows = figures_in(publication, contest)
    found_stations = units_by_place(rows.filter(station__in=stations), stations)
    found_areas = units_by_place(rows.filter(area__in=areas), areas)
    places = Area.objects.in_bulk({area for unit in found_stations for area in unit.lineage})
    return FoundPlaces(found_stations, station_count, found_areas, area_count, places)


def _stations(
    asked: dict[str, Any], words: list[str], *, whole_country: bool
) -> tuple[list[int], int]:
    """``asked``: what the statement asks apart from the ``words``."""
    values = {**asked, "most": MOST_STATIONS}
    conditions = [] if whole_country else ["area_id = ANY (%(inside)s)"]
    for i, word in enumerate(words):
        there = len(words) > 1 and not word.isdecimal()
        conditions.append((SAID_OR_THERE if there else SAID).format(name=f"word{i}"))
        values[f"word{i}"] = _prefix(word)
        values[f"word{i}_areas"] = _areas_named(word, asked["inside"]) if there else []
    return _keys(STATIONS.format(conditions=" AND ".join(conditions)), values)


def _areas_named(word: str, inside: list[int]) -> list[int]:
    """Areas that have the word in their name, or lie in one that has."""
    return [pk for (pk,) in fetch(NAMED, {"inside": inside, "query": _prefix(word)})]


def _codes(text: str) -> list[str]:
    """What may be the code that was typed, whatever was typed between its parts: `4 13`, `4-13`."""
    parts = "".join(one if one.isalnum() else " " for one in text).split()
    codes = {text, *(separator.join(parts) for separator in SEPARATORS)}
    return sorted({form for code in codes for form in (code, code.upper(), code.lower())})


def _prefix(word: str) -> str:
    """Whatever begins with ``word``, which is of letters and digits alone."""
    return f"'{word}':*"


def _keys(statement: str, values: dict[str, Any]) -> tuple[list[int], int]:
    """The keys that are shown, and how many there are."""
    rows = fetch(statement, values)
    return [pk for pk, _count in rows], rows[0][1] if rows else 0
