"""Every public address of what is published now, what its document depends on, and how it is made.

A contest with few stations has a page and a proof for each. One with many has its stations on the
pages of their areas, and the proofs of an area in one file: a million small files serve nobody.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.urls import reverse

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import acts, hours, proving, reading
from tabulation.public import document
from tabulation.public.document import Document
from tabulation.public.files import catalogue, documents, feed, latest, openapi, papers, proofs
from tabulation.public.files import documents as formats
from tabulation.public.files.schemas import NAMES as SCHEMAS
from tabulation.public.packing.addresses import digest, what_is_said_of
from tabulation.public.packing.build import build
from tabulation.public.pages import (
    candidates,
    differences,
    embeds,
    finding,
    how,
    outcome,
    overview,
    pictures,
    screen,
    station_list,
    turnout,
)
from tabulation.public.pages.colouring import palette_of
from tabulation.public.pages.pages import area_page, publications_page, station_page

#: Up to so many stations of a contest each has its own page and proof.
FEW_STATIONS = 5_000

#: Addresses of what is never made again, and stays for ever as it is: data, and pages about it.
PAST_DATA = re.compile(r"/data/[^/]+/(\d+/|[^/]+\.difference-\d+-\d+\.csv$)")
PAST_PAGES = re.compile(r"/[^/]+/[^/]+/[^/]+/difference/\d+/\d+/")

Make = Callable[[], Document]


@dataclass(frozen=True)
class Item:
    """A document of the site. The same key at the same address is the same document."""

    address: str
    key: str
    make: Make


@dataclass(frozen=True)
class Site:
    """What the keys of one election's documents have in common."""

    election: Election
    newest: Any
    said: str

    def item(self, make: Make, name: str, *where: Any, on: tuple[Any, ...] = ()) -> Item:
        """The document named ``name``, which depends on ``on`` and on what all have in common."""
        return Item(reverse(name, args=where), digest(self.said, on).hex(), make)

    @property
    def now(self) -> tuple[Any, ...]:
        """For what is made anew with each publication."""
        return (self.newest.number, self.newest.published_at.isoformat())


def contents(few: int = FEW_STATIONS) -> Iterator[Item]:
    """Every document of every election with anything published, as it is at this moment."""
    sites = [
        Site(election, newest, digest(build().hex(), what_is_said_of(election)).hex())
        for election in reading.elections_published()
        if (newest := reading.latest(election)) is not None
    ]
    if not sites:
        return
    everything = digest([(site.said, *site.now) for site in sites]).hex()
    yield Item(reverse("openapi"), digest(build().hex()).hex(), openapi.openapi_json)
    yield Item(reverse("catalog"), everything, catalogue.catalog_jsonld)
    for language, _name in settings.LANGUAGES:
        archive = partial(overview.archive, language)
        yield Item(reverse("archive", args=[language]), everything, archive)
    for name in SCHEMAS:
        key = digest(build().hex()).hex()
        yield Item(reverse("schema", args=[name]), key, partial(formats.schema_file, name))
    for site in sites:
        yield from _of_election(site)
        for contest, paper in reading.published_contests(site.newest):
            yield from _of_contest(site, contest, paper, few)


def _of_election(site: Site) -> Iterator[Item]:
    slug, now = site.election.slug, site.now
    yield site.item(partial(latest.latest_json, slug), "latest", slug, on=now)
    yield site.item(partial(proofs.keys, slug), "keys", slug, on=now)
    yield from _files_of_all(site)
    yield site.item(partial(proofs.manifests, slug), "manifests", slug, on=now)
    signed = proving.checkpoint(site.newest)
    yield site.item(
        partial(proofs.newest_checkpoint, slug), "newest-checkpoint", slug, on=(signed,)
    )
    for past in reading.publications(site.election):
        at = (slug, past.number)
        signed = proving.checkpoint(past)
        yield site.item(partial(proofs.checkpoint, *at), "checkpoint", *at, on=(signed,))
        yield site.item(partial(proofs.manifest, *at), "manifest", *at, on=(past.manifest,))
        for file in acts.files_of(past):
            found = partial(proofs.published_file, *at, file.name)
            digest = bytes(file.sha256).hex()
            yield site.item(found, "published-file", *at, file.name, on=(digest,))
        for language, _name in settings.LANGUAGES:
            page = partial(overview.election_page, language, slug, past.number)
            yield site.item(page, "publication", language, *at, on=(past.manifest,))
    for language, _name in settings.LANGUAGES:
        for name, make in (
            ("election", overview.election_page),
            ("publications", publications_page),
            ("feed", feed.feed_xml),
            ("screen", screen.screen_page),
            ("how", how.how_page),
        ):
            yield site.item(partial(make, language, slug), name, language, slug, on=now)


def _files_of_all(site: Site) -> Iterator[Item]:
    """Of all contests together; zeros to rehearse with stay while the forms do."""
    slug, at = site.election.slug, (site.election.slug, site.newest.number)
    yield site.item(partial(formats.package, *at), "datapackage", *at, on=site.now)
    yield site.item(partial(formats.everything, *at), "all-files", *at, on=site.now)
    forms = [repr(paper) for _contest, paper in reading.published_contests(site.newest)]
    first = reading.publications(site.election).last()
    on = (*forms, first and first.published_at.isoformat())
    yield site.item(partial(formats.rehearsal, slug), "rehearsal", slug, on=on)


def _of_contest(site: Site, contest: Contest, paper: ProtocolForm, few: int) -> Iterator[Item]:
    at = (site.election.slug, site.newest.number, contest.code)
    head = reading.unit_of_head(site.newest, contest)
    for kind in formats.kinds_of(head, paper):
        yield site.item(partial(documents.data_file, *at, kind), f"data-{kind}", *at, on=site.now)
    for name, make in (
        ("form", partial(proofs.form, *at)),
        ("ledger", partial(proofs.ledger, *at)),
        ("reasons", partial(proofs.reasons, *at)),
        ("outcome-json", partial(outcome.outcome_file, *at)),
    ):
        yield site.item(make, name, *at, on=site.now)
    for language, _name in settings.LANGUAGES:
        make = partial(papers.protocol, *at, language)
        yield site.item(make, "protocol-pdf", *at, language, on=site.now)
    yield from _embeds(site, contest)
    yield from _pictures(site, contest)
    times = dict(reading.publications(site.election).values_list("number", "published_at"))
    own_pages = head.stations <= few
    if site.newest.before:
        yield from _difference(site, contest, own_pages=own_pages)
    yield from _areas(site, contest, paper, times, own_pages=own_pages)
    yield from _turnout(site, contest, paper, times)
    yield from _candidates(site, contest, paper)
    yield from _outcomes(site, contest, own_pages=own_pages)
    yield from _search(site, contest, own_pages=own_pages)
    if own_pages:
        yield from _stations(site, contest, paper, times)


def _embeds(site: Site, contest: Contest) -> Iterator[Item]:
    """Parts of the whole contest for others' pages, and the page with the code for them."""
    for language, _name in settings.LANGUAGES:
        at = (language, site.election.slug, contest.code)
        page = partial(embeds.embedding_page, *at)
        yield site.item(page, "embedding", *at, on=site.now)
        for what in embeds.PARTS:
            part = partial(embeds.embed_page, *at, what)
            yield site.item(part, "embed", *at, what, on=site.now)


def _candidates(site: Site, contest: Contest, paper: ProtocolForm) -> Iterator[Item]:
    for choice in paper.choices:
        if choice.number is not None:
            for language, _name in settings.LANGUAGES:
                at = (language, site.election.slug, contest.code, choice.number)
                make = partial(candidates.candidate_page, *at)
                yield site.item(make, "candidate", *at, on=site.now)


def _outcomes(site: Site, contest: Contest, *, own_pages: bool) -> Iterator[Item]:
    """Of the newest publication, and of each that covers the contest."""
    slug, code = site.election.slug, contest.code
    since = reading.covered_since(contest)
    past = reading.publications(site.election).filter(number__gte=since)
    bound = dict(past.values_list("number", "manifest"))
    for language, _name in settings.LANGUAGES:
        where = (language, slug, code)
        make = partial(outcome.outcome_page, *where, linked=own_pages)
        yield site.item(make, "outcome", *where, on=(own_pages, *site.now))
        for number, manifest in bound.items():
            on = (own_pages, manifest)
            yield site.item(partial(make, number), "outcome-in", *where, number, on=on)


def _pictures(site: Site, contest: Contest) -> Iterator[Item]:
    slug, code = site.election.slug, contest.code
    for language, _name in settings.LANGUAGES:
        for name, make in (
            ("map", pictures.map_page),
            ("map-turnout", partial(pictures.map_page, turnout=True)),
            ("night", pictures.night_page),
            ("scatter", pictures.scatter_page),
        ):
            page = partial(make, language, slug, code)
            yield site.item(page, name, language, slug, code, on=site.now)


def _areas(
    site: Site, contest: Contest, paper: ProtocolForm, times: dict[int, Any], *, own_pages: bool
) -> Iterator[Item]:
    slug, code = site.election.slug, contest.code
    prover = proving.Prover(site.newest, contest, paper)
    inside = reading.stations_by_area(site.newest, contest)
    reported = hours.states_of_turnout(site.newest, contest)
    colours = palette_of(site.newest, contest, paper).numbers
    for area, since in reading.states_of_areas(site.newest, contest):
        on = (repr(paper), own_pages, colours, *_since(times, since, reported.get(area)))
        pages = -(-inside.get(area, 0) // document.STATIONS_PER_PAGE) or 1
        for language, _name in settings.LANGUAGES:
            make = partial(area_page, language, slug, code, area, linked=own_pages)
            yield site.item(make, "area", language, slug, code, area, on=on)
            for page in range(1, pages + 1):
                where = (language, slug, code, area, page)
                yield site.item(partial(make, page=page), "area-page", *where, on=on)
        if not own_pages and area in inside:
            make = partial(proofs.proof_of_area, prover, area)
            yield site.item(make, "bundle", slug, code, area, on=site.now)


def _search(site: Site, contest: Contest, *, own_pages: bool) -> Iterator[Item]:
    """What needs the database, and says in a copy that it cannot, with the way to the stations."""
    for language, _name in settings.LANGUAGES:
        where = (language, site.election.slug, contest.code)
        yield site.item(
            partial(finding.find_page, *where, "", still=True), "find", *where, on=site.now
        )
        shown = partial(station_list.station_list, *where, {}, still=True, linked=own_pages)
        yield site.item(shown, "stations", *where, on=(own_pages, *site.now))


def _stations(
    site: Site, contest: Contest, paper: ProtocolForm, times: dict[int, Any]
) -> Iterator[Item]:
    slug, code = site.election.slug, contest.code
    prover = proving.Prover(site.newest, contest, paper)
    reported = hours.states_of_turnout(site.newest, contest, stations=True)
    for station, since in reading.states_of_stations(site.newest, contest):
        on = (repr(paper), *_since(times, since, reported.get(station)))
        for language, _name in settings.LANGUAGES:
            make = partial(station_page, language, slug, code, station)
            yield site.item(make, "station", language, slug, code, station, on=on)
        proof = partial(proofs.proof_of_station, prover, station)
        yield site.item(proof, "proof", slug, code, station, on=site.now)


def _turnout(
    site: Site, contest: Contest, paper: ProtocolForm, times: dict[int, Any]
) -> Iterator[Item]:
    """The page of the whole contest, which says so when nobody reported, and of each area that did.

    The file under the newest number, and under that since which it is the same.
    """
    slug, code = site.election.slug, contest.code
    reported = hours.states_of_turnout(site.newest, contest)
    head = reading.unit_of_head(site.newest, contest)
    for number in {site.newest.number, reported.get(head.code)} if reported else ():
        at = (slug, number, code)
        yield site.item(partial(turnout.turnout_file, *at), "turnout-csv", *at, on=site.now)
    counted = dict(reading.states_of_areas(site.newest, contest))
    pages: list[tuple[str, tuple[str, ...]]] = [("turnout", ())]
    pages += [("turnout-area", (area,)) for area in reported]
    for name, where in pages:
        area = where[0] if where else head.code
        on = (repr(paper), *_since(times, counted[area], reported.get(area)))
        for language, _name in settings.LANGUAGES:
            make = partial(turnout.turnout_page, language, slug, code, *where)
            yield site.item(make, name, language, slug, code, *where, on=on)


def _since(times: dict[int, Any], *numbers: int | None) -> list[tuple[int, str] | None]:
    """The publications since which a page's rows stand, with their times."""
    return [(number, times[number].isoformat()) if number else None for number in numbers]


def _difference(site: Site, contest: Contest, *, own_pages: bool) -> Iterator[Item]:
    """From the publication before: pages as long as there are any, and the file."""
    slug, code = site.election.slug, contest.code
    between = (site.newest.before, site.newest.number)
    make = partial(differences.difference_file, slug, code, *between)
    yield site.item(make, "difference-csv", slug, code, *between, on=site.now)
    for language, _name in settings.LANGUAGES:
        for newly, name in ((False, "difference"), (True, "newly-counted")):
            for page in range(1, differences.pages(slug, code, *between, newly_counted=newly) + 1):
                shown = partial(
                    differences.difference_page,
                    *(language, slug, code, *between),
                    page=page,
                    newly_counted=newly,
                    linked=own_pages,
                )
                where = (language, slug, code, *between)
                if page == 1:
                    yield site.item(shown, name, *where, on=site.now)
                yield site.item(shown, f"{name}-page", *where, page, on=site.now)
