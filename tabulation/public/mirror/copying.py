"""Write a copy of the public site once: for a web server without Python, a CDN, a mirror."""

import shutil
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

from candidates.models import Election
from tabulation.database.snapshots import one_snapshot
from tabulation.public.declaration import PAGES, Turn
from tabulation.public.document import Document, Page
from tabulation.public.edition import Edition, editions
from tabulation.public.mirror.folder import Entry, Folder, MirrorRefused, Staged
from tabulation.public.mirror.making import documents
from tabulation.public.mirror.wanted import FEW_STATIONS, Wanted, wanted
from tabulation.public.pages.finding import areas_of

#: What a copy holds: everything that does not depend on what is asked behind a question mark.
COPIED = tuple(turn for turn in Turn if turn is not Turn.NEVER)
#: What a copy says where it has nothing.
ELSEWHERE = "/404.html"


@dataclass
class Copied:
    """What was done, in documents of so many languages as each has: made, taken as they were, and
    removed since nothing declares them any more.
    """

    made: int = 0
    kept: int = 0
    removed: int = 0


def copy_site(
    folder: Path,
    slugs: Collection[str],
    *,
    few: int = FEW_STATIONS,
    progress: Callable[[list[Wanted]], Iterable[Wanted]] = lambda missing: missing,
) -> Copied:
    """Write everything public of these elections, by default of all but rehearsals, into a folder.

    What did not change is left as it is; what changed is written first, and then each is renamed
    into its place, the newest numbers last. ``progress`` may wrap what is to be made.
    Raises MirrorRefused when there is nothing to write, or somebody else is at it.
    """
    mirror = Folder(folder)
    with mirror.alone(), one_snapshot():
        chosen = editions(lambda election: _is_chosen(election, slugs))
        if not chosen:
            raise MirrorRefused("Nothing is published yet: there is no site to write.")
        found = {one.name: one for one in wanted(chosen, COPIED, few)}
        kept = {name for name, entry in mirror.index.items() if _stays(found.get(name), entry)}
        missing = [one for name, one in found.items() if name not in kept and _is_made(one)]
        staged = _stage(mirror, missing, progress)
        removed = mirror.index.keys() - kept - {one.name for one, _staged in staged}
        _put(mirror, staged, list(removed))
        _static_files(mirror)
        write_elsewhere(mirror, chosen)
        mirror.show()
    return Copied(len(staged), len(kept), len(removed))


def _is_chosen(election: Election, slugs: Collection[str]) -> bool:
    if slugs:
        return election.slug in slugs
    return election.kind != Election.Kind.REHEARSAL


def _stays(one: Wanted | None, entry: Entry) -> bool:
    """Whether a document is what it was. A file of the past never changes; a page names styles and
    scripts that do.
    """
    if one is None or not entry.key:
        return False
    past = one.address.past and one.declared.tag != PAGES
    return past or entry.key == one.key


def _is_made(one: Wanted) -> bool:
    """Past publications keep in a copy what it has of them, and the small part that proves them."""
    return not one.address.past or one.declared.past


def _stage(
    mirror: Folder, missing: list[Wanted], progress: Callable[[list[Wanted]], Iterable[Wanted]]
) -> list[tuple[Wanted, list[Staged]]]:
    staged = []
    for one, answers in documents(progress(missing)):
        staged.append((one, [mirror.stage(address, document) for address, document in answers]))
    # Whoever learns the newest number finds pages that are as new.
    return sorted(staged, key=lambda ready: _last(ready[0].declared.turn))


def _last(turn: Turn) -> tuple[bool, int]:
    return turn is Turn.NUMBER, -turn


def _put(mirror: Folder, staged: list[tuple[Wanted, list[Staged]]], removed: list[str]) -> None:
    ready = {one.name: (one.key, documents) for one, documents in staged}
    mirror.put_all(ready)
    mirror.settle(ready)
    for name in removed:
        mirror.remove(mirror.index[name].addresses)
    mirror.record(dict.fromkeys(removed))


def write_elsewhere(mirror: Folder, chosen: list[Edition]) -> None:
    """The page for what is not in the mirror, where nobody else answers: it leads to the areas."""
    shown = [
        {
            "election": edition.election,
            "contests": [
                (contest, form, areas_of(edition, contest)) for contest, form in edition.contests
            ],
        }
        for edition in chosen
    ]
    text = Page("public/elsewhere.html", None, {"shown": shown, "site": settings.LANGUAGES}).text(
        "en"
    )
    mirror.put(mirror.stage(ELSEWHERE, Document([text.encode()], "", "")))


def _static_files(mirror: Folder) -> None:
    """Scripts, styles, and the public's verifier, by the names that the pages have for them."""
    unfinished, there = mirror.new / "static", mirror.site / "static"
    if (settings.STATIC_ROOT / "staticfiles.json").is_file():
        shutil.copytree(settings.STATIC_ROOT, unfinished)
    else:
        for finder in get_finders():
            for name, storage in finder.list([]):
                path = unfinished / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with storage.open(name) as source, path.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
    if there.exists():
        there.replace(mirror.new / "static.old")
    unfinished.replace(there)
