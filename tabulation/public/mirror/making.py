"""Make documents one after the other: what many of them ask for is read once for all of them."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.urls import reverse

from tabulation.public.declaration import answer, read
from tabulation.public.document import Document, Page
from tabulation.public.mirror.wanted import Wanted

#: Units whose pages are read together.
BATCH = 100


def addresses_of(wanted: Wanted) -> list[tuple[str, str]]:
    """The languages of a document, each with its address; one of no language has one."""
    name, parts = wanted.declared.name, wanted.parts
    if "language" not in wanted.declared.parts:
        return [("", reverse(name, kwargs=parts))]
    return [
        (code, reverse(name, kwargs={"language": code, **parts}))
        for code, _name in settings.LANGUAGES
    ]


Answers = list[tuple[str, Document]]


def documents(
    wanted: Iterable[Wanted], left_out: Callable[[Wanted, Exception], object] | None = None
) -> Iterator[tuple[Wanted, Answers]]:
    """Each with its addresses and what is answered there, in the same order.

    What cannot be made is told to ``left_out`` and has no answers; without that, and where the
    database is gone, it is raised.
    """
    for one, found in _read(wanted):
        try:
            yield one, _answered(one, found)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if left_out is None:
                raise
            left_out(one, error)
            yield one, []


def _read(wanted: Iterable[Wanted]) -> Iterator[tuple[Wanted, Document | Page | None]]:
    """Each with its page, where the pages of many are read together."""
    for _of, run in groupby(wanted, lambda one: (one.declared, one.edition, one.contest)):
        rest = iter(run)
        for first in rest:
            if first.declared.many is None:
                yield first, None
            else:
                yield from _together([first, *islice(rest, BATCH - 1)])


def _together(batch: list[Wanted]) -> Iterator[tuple[Wanted, Document | Page | None]]:
    """Where one of them cannot be read, each is read alone: so one fault takes no others along."""
    try:
        return iter(list(zip(batch, _pages(batch), strict=True)))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        return ((one, None) for one in batch)


def _pages(batch: list[Wanted]) -> Iterator[Document | Page]:
    edition: Any = batch[0].edition
    many: Any = batch[0].declared.many
    codes = [one.address.parts["code"] for one in batch]
    return iter(many(edition, *edition.contest(batch[0].contest), codes))


def _answered(one: Wanted, page: Document | Page | None) -> Answers:
    """What is read in one language serves the others, but where the language is needed for it."""
    found: Document | Page | None = page
    answers = []
    for language, address in addresses_of(one):
        if found is None or one.declared.in_language:
            parts = {"language": language, **one.parts}
            found = read(one.declared, parts, newest=one.edition)
        answers.append((address, answer(found, language, address)))
    return answers
