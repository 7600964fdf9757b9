"""What every act of the commission asks first, and how it is published."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import reading
from tabulation.ledger.writing import Papers, Terms, prepare, publishing
from tabulation.models import NotYours, Publication, User


class ActRefused(Exception):
    """Nothing was recorded; the message says why."""


class NothingPublished(ActRefused):
    """The commission decides on published figures, and there are none."""


def nothing() -> None:
    """Done before an act to which nothing else belongs."""


@dataclass(frozen=True)
class Manner:
    """How an act is done. ``first`` is written before it in its transaction, such as that other
    members confirmed it. ``dry``: it is tried, without the publication, and nothing of it stays.
    """

    first: Callable[[], object] = nothing
    dry: bool = False


AT_ONCE = Manner()
DRY = Manner(dry=True)


@contextmanager
def doing(election: Election, manner: Manner, *, publishes: bool = True) -> Iterator[None]:
    """The transaction of an act; that of one which ``publishes`` sees one moment, alone."""
    if publishes and manner.dry and Publication.prepared.filter(election=election).exists():
        raise ActRefused(
            _("The next publication is being made. Nothing was saved. Try again in a moment.")
        )
    alone: AbstractContextManager[None] = (
        publishing(election) if publishes and not manner.dry else transaction.atomic()
    )
    with alone:
        manner.first()
        yield
        if manner.dry:
            transaction.set_rollback(True)


def require_may_certify(by: User) -> None:
    """Raise NotYours unless ``by`` acts for the commission of the whole country."""
    if not by.may_publish or not by.is_active:
        raise NotYours(
            _(
                "Commission members for the whole country record the commission's decisions."
                " Nothing was saved. Ask one of these members."
            )
        )


@contextmanager
def on_publication(
    election: Election, number: int, manner: Manner = AT_ONCE
) -> Iterator[Publication]:
    """The newest publication, which must be ``number``, in a transaction that alone publishes.

    Raises NothingPublished or ActRefused.
    """
    with doing(election, manner):
        last = reading.latest(election)
        if last is None:
            raise NothingPublished(
                _(
                    "No results have been published yet. The commission can decide after the first"
                    " publication."
                )
            )
        if last.number != number:
            message = _(
                "Publication %(number)s came out after you opened this page. Nothing was"
                " saved. Check the new figures, then try again."
            )
            raise ActRefused(message % {"number": last.number})
        yield last


def publish_act(
    last: Publication,
    *,
    by: User,
    at: datetime,
    decision: str,
    papers: Papers,
    status: str = "",
    manner: Manner = AT_ONCE,
) -> Publication:
    """Publish an act on exactly the figures of ``last``, to which it may add a contest; where it is
    only tried, ``last``. Raises ActRefused, and PublicationRefused without a signing key.
    """
    if manner.dry:
        return last
    terms = Terms(status=status, decision=decision, papers=papers, act=True, whole=True)
    published = prepare(election=last.election, by=by, at=at, terms=terms)
    if not roots_of(last).items() <= roots_of(published).items():
        message = _(
            "Figures have changed since publication %(number)s. Nothing was saved. Publish the"
            " new figures first, then try again."
        )
        raise ActRefused(message % {"number": last.number})
    return published


def roots_of(published: Publication) -> dict[str, tuple[str, str]]:
    """The form and the root of every contest, by its code."""
    contests = json.loads(published.manifest)["contests"]
    return {contest["contest"]: (contest["form"], contest["root"]) for contest in contests}


def contest_and_form(last: Publication, code: str) -> tuple[Contest, ProtocolForm]:
    """A contest of the publication with its form there. Raises NothingPublished."""
    for contest, form in reading.published_contests(last):
        if contest.code == code:
            return contest, form
    message = _(
        "The results of contest %(contest)s have not been published yet. Nothing was saved."
        " Publish the results first."
    )
    raise NothingPublished(message % {"contest": code})
