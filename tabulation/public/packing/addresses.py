"""Which documents are kept ready. Whoever adds a document that many will ask for adds it here."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.urls import reverse

from candidates.models import Contest, Election
from tabulation.ledger import hours, reading
from tabulation.public.document import STATIONS_PER_PAGE
from tabulation.public.packing.pack import NO_KEY
from tabulation.public.pages.colouring import palette_of

ManyStations = dict[int, dict[str, int]]


@dataclass(frozen=True)
class Wanted:
    """An address, as bytes and not quoted, and what its answer depends on (`Answer.key`)."""

    address: bytes
    key: bytes = NO_KEY


def hot_addresses(build: bytes) -> Iterator[Wanted]:
    """What is asked for most: made anew with each publication of its election.

    The number of the newest publication comes before the pages: whoever learns it finds pages that
    are as new, or newer.
    """
    yield _at("root")
    for language, _name in settings.LANGUAGES:
        yield _at("archive", language)
    for election in reading.elections_published():
        newest = reading.latest(election)
        if newest is None:
            continue
        time = newest.published_at.isoformat()
        key = digest(build.hex(), what_is_said_of(election), newest.number, time)
        yield _at("latest", election.slug, key=key)
        yield _at("newest-checkpoint", election.slug, key=key)
        for language, _name in settings.LANGUAGES:
            yield _at("election", language, election.slug, key=key)
            yield _at("publications", language, election.slug, key=key)


def area_addresses(build: bytes, many: ManyStations) -> Iterator[Wanted]:
    """Each page of each area, the largest areas first. The key changes when the page does.

    ``many`` is filled: how many stations the areas with more than one page have, by contest. Places
    are frozen once they are published, and counting a million of them again takes a second.
    """
    for election in reading.elections_published():
        newest = reading.latest(election)
        if newest is None:
            continue
        times = {
            number: at.isoformat()
            for number, at in reading.publications(election).values_list("number", "published_at")
        }
        for contest, paper in reading.published_contests(newest):
            form = json.dumps(paper.as_json(), sort_keys=True, default=str)
            # An area's page has a picture, in the colours the candidates have in the whole contest.
            colours = palette_of(newest, contest, paper).numbers
            said = what_is_said_of(election)
            common = digest(build.hex(), said, contest.pk, form, colours).hex()
            if contest.pk not in many:
                many[contest.pk] = reading.stations_by_area(newest, contest, STATIONS_PER_PAGE)
            heads = [_before_code(election, contest, code) for code, _name in settings.LANGUAGES]
            reported = hours.states_of_turnout(newest, contest)
            for code, since in reading.states_of_areas(newest, contest):
                # The time as well as the number: a database that was reset counts from 1 again.
                turnout = reported.get(code)
                key = digest(common, since, times[since], turnout, times.get(turnout or 0))
                pages = -(-many[contest.pk].get(code, 0) // STATIONS_PER_PAGE)
                for head in heads:
                    area = head + code.encode()
                    yield Wanted(area + b"/", key)
                    for page in range(1, pages + 1):
                        yield Wanted(area + f"/-/{page}/".encode(), key)


def what_is_said_of(election: Election) -> str:
    """Everything about an election that stands on its pages: its row."""
    return repr([getattr(election, field.attname) for field in election._meta.concrete_fields])


def _before_code(election: Election, contest: Contest, language: str) -> bytes:
    """The address of an area up to its code; to ask `reverse` for each would take seconds."""
    return _at("area", language, election.slug, contest.code, "CODE").address.removesuffix(b"CODE/")


def _at(name: str, *where: Any, key: bytes = NO_KEY) -> Wanted:
    return Wanted(unquote_to_bytes(reverse(name, args=where)), key)


def digest(*made_of: object) -> bytes:
    return hashlib.blake2b(repr(made_of).encode(), digest_size=16).digest()
