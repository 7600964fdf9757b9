"""Which documents there are of an election or a contest: the addresses of each declaration."""

import json
from collections.abc import Iterator
from typing import Any

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import acts, hours, proving, reading
from tabulation.ledger.differences import ChangeKind
from tabulation.ledger.filelists import newest_list
from tabulation.public.declaration import Address
from tabulation.public.document import STATIONS_PER_PAGE
from tabulation.public.edition import Edition, numbered
from tabulation.public.files import schemas
from tabulation.public.files.kinds import kinds_of
from tabulation.public.pages import differences, embeds


def of_the_site(editions: list[Edition]) -> Iterator[Address]:
    """One document of all elections."""
    yield Address({}, tuple((one.election.slug, *one.now) for one in editions))


def of_the_program(_editions: list[Edition]) -> Iterator[Address]:
    """One document that no election changes."""
    yield Address()


def of_schemas(_editions: list[Edition]) -> Iterator[Address]:
    for name in schemas.NAMES:
        yield Address({"name": name})


def newest_checkpoint(edition: Edition) -> Iterator[Address]:
    yield Address({}, (proving.checkpoint(edition.published),))


def rehearsal(edition: Edition) -> Iterator[Address]:
    """Zeros to rehearse with stay while the forms do."""
    forms = [_as_text(form) for _contest, form in edition.contests]
    yield Address({}, (*forms, edition.past[-1].published_at.isoformat()))


def _as_text(form: ProtocolForm) -> str:
    return json.dumps(form.as_json(), sort_keys=True, default=str)


def publications(edition: Edition) -> Iterator[Address]:
    """Every publication by its number."""
    for one in edition.past:
        yield _in(edition, one, one.manifest)


def checkpoints(edition: Edition) -> Iterator[Address]:
    """A second signature may still come to each."""
    for one in edition.past:
        yield _in(edition, one, proving.checkpoint(one))


def file_lists(edition: Edition) -> Iterator[Address]:
    """Those that are signed so far; a later issue may still come."""
    for one in edition.past:
        if found := newest_list(one):
            yield _in(edition, one, found.issue)


def published_files(edition: Edition) -> Iterator[Address]:
    for one in edition.past:
        for file in acts.files_in(edition.election, one.number):
            yield _in(edition, one, bytes(file.sha256), file=file.name)


def _in(edition: Edition, published: Any, on: object, **parts: str) -> Address:
    past = published.number != edition.published.number
    return Address({"number": published.number, **parts}, (on,), past)


def by_number(edition: Edition, contest: Contest, _form: ProtocolForm) -> Iterator[Address]:
    """A contest in every publication that covers it."""
    since = reading.covered_since(contest)
    for address in publications(edition):
        if address.parts["number"] >= since:
            yield address


def kind_of_file(ending: str) -> Any:
    """The addresses of files with this ending: there is none where nothing of it is counted."""

    def addresses(edition: Edition, contest: Contest, form: ProtocolForm) -> Iterator[Address]:
        there = ending in kinds_of(edition.head(contest), form)
        for address in by_number(edition, contest, form):
            if there or address.past:
                yield address

    return addresses


def candidates(edition: Edition, _contest: Contest, form: ProtocolForm) -> Iterator[Address]:
    for number in numbered(form):
        yield Address({"candidate": number}, edition.now)


def areas(edition: Edition, contest: Contest, form: ProtocolForm) -> list[Address]:
    """Each area, those nearest the head first.

    Whatever changes in an area or below it writes its row anew. Its picture has the colours that
    the candidates have in the whole contest.
    """
    return edition.once(("areas", contest.pk), lambda: list(_areas(edition, contest, form)))


def _areas(edition: Edition, contest: Contest, form: ProtocolForm) -> Iterator[Address]:
    colours = edition.palette(contest, form).numbers
    frozen = (_as_text(form), colours)
    reported = hours.states_of_turnout(edition.published, contest)
    for code, since in reading.states_of_areas(edition.published, contest):
        on = (*frozen, edition.since(since), edition.since(reported.get(code)))
        yield Address({"code": code}, on)


def further_pages_of_areas(
    edition: Edition, contest: Contest, form: ProtocolForm
) -> Iterator[Address]:
    """The pages of areas with more stations than one page has."""
    many = edition.many_stations(contest, STATIONS_PER_PAGE)
    if not many:
        return
    for address in areas(edition, contest, form):
        pages = -(-many.get(address.parts["code"], 0) // STATIONS_PER_PAGE)
        for page in range(1, pages + 1):
            yield Address({**address.parts, "page": page}, address.on)


def stations(edition: Edition, contest: Contest, form: ProtocolForm) -> Iterator[Address]:
    """Each station, by code."""
    frozen = _as_text(form)
    reported = hours.states_of_turnout(edition.published, contest, stations=True)
    for code, since in reading.states_of_stations(edition.published, contest):
        on = (frozen, edition.since(since), edition.since(reported.get(code)))
        yield Address({"code": code}, on)


def proofs_of_stations(
    edition: Edition, contest: Contest, _form: ProtocolForm
) -> Iterator[Address]:
    """Each station's proof, made anew with each publication."""
    for code, _since in reading.states_of_stations(edition.published, contest):
        yield Address({"code": code}, edition.now)


def in_publication(addresses: Any) -> Any:
    """The same by the number of the publication."""

    def by_number(edition: Edition, contest: Contest, form: ProtocolForm) -> Iterator[Address]:
        for address in addresses(edition, contest, form):
            yield Address({"number": edition.published.number, **address.parts}, edition.now)

    return by_number


def bundles(edition: Edition, contest: Contest, _form: ProtocolForm) -> Iterator[Address]:
    """Of each area with stations in it, the proofs of all of them."""
    for code in edition.many_stations(contest, 0):
        yield Address({"code": code}, edition.now)


def turnout_of_areas(edition: Edition, contest: Contest, form: ProtocolForm) -> Iterator[Address]:
    """Each area that reported how many had come."""
    reported = hours.states_of_turnout(edition.published, contest)
    if reported:
        yield from (one for one in areas(edition, contest, form) if one.parts["code"] in reported)


def turnout_files(edition: Edition, contest: Contest, form: ProtocolForm) -> Iterator[Address]:
    """In every publication since turnout was reported."""
    since = hours.reported_since(contest)
    for address in by_number(edition, contest, form):
        if since and address.parts["number"] >= since:
            yield address


def parts_to_embed(edition: Edition, *_contest: Any) -> Iterator[Address]:
    for what in embeds.PARTS:
        yield Address({"what": what}, edition.now)


def steps(edition: Edition, contest: Contest, _form: ProtocolForm) -> Iterator[Address]:
    """From each publication that covers the contest to the next one."""
    newest = edition.published.number
    for later in range(newest, max(reading.covered_since(contest), 1), -1):
        yield Address({"earlier": later - 1, "later": later}, edition.since(later), later != newest)


def pages_of_steps(kinds: tuple[ChangeKind, ...]) -> Any:
    """The pages of each such step, beyond the address of the first; of the past where they are."""

    def addresses(edition: Edition, contest: Contest, form: ProtocolForm) -> Iterator[Address]:
        for step in steps(edition, contest, form):
            if step.past:
                break
            pages = differences.pages(edition, contest, form, step.parts["earlier"], kinds)
            for page in range(1, pages + 1):
                yield Address({**step.parts, "page": page}, step.on)

    return addresses
