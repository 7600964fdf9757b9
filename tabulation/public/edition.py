"""One publication of an election, with what many of its documents ask for: each read once."""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

from candidates.models import Contest, Election
from tabulation.arithmetic.form import Choice, ProtocolForm
from tabulation.ledger import cells, publications, reading
from tabulation.ledger.cells import NamedArea
from tabulation.ledger.proving import Prover
from tabulation.ledger.reading import Unit
from tabulation.public.charts.classes import Palette
from tabulation.public.document import Page, UnknownAddress

T = TypeVar("T")


class Edition:
    """A publication of an election, for whoever makes documents of it.

    ``newest``: it was asked for as the newest, and not by its number. What it was asked once it
    answers again without the database, so it lives no longer than a request, or a turn of the
    mirror.
    """

    def __init__(self, election: Election, published: Any, *, newest: bool = True) -> None:
        self.election = election
        self.published = published
        self.newest = newest
        published.election = election
        self._known: dict[Hashable, Any] = {}
        self._places: dict[int, NamedArea] = {}

    @classmethod
    def of(cls, slug: str, number: int | None = None) -> "Edition":
        """An election's newest publication, or one by its number. Raises UnknownAddress."""
        election = reading.election_or_none(slug)
        if election is None:
            raise UnknownAddress
        if number is None:
            published = reading.latest(election)
        else:
            published = reading.publication_or_none(election, number)
        if published is None:
            raise UnknownAddress
        return cls(election, published, newest=number is None)

    def at(self, number: int) -> "Edition":
        """Another publication of the same election. Raises UnknownAddress."""
        published = self.publication(number)
        if published is None:
            raise UnknownAddress
        return self.once(
            ("edition", number), lambda: Edition(self.election, published, newest=False)
        )

    def publication(self, number: int) -> Any:
        """A publication of the same election; none where there is none of that number."""
        if number == self.published.number:
            return self.published
        if "past" in self.__dict__:
            return next((one for one in self.past if one.number == number), None)
        return self.once(
            ("publication", number), lambda: reading.publication_or_none(self.election, number)
        )

    @property
    def now(self) -> tuple[int, str]:
        """What is made anew with each publication depends on this.

        The time as well as the number: a database that was reset counts from 1 again.
        """
        return self.published.number, self.published.published_at.isoformat()

    def since(self, number: int | None) -> tuple[int, str] | tuple[()]:
        """A publication since which something stands, with its time; empty for none."""
        return (number, self._times[number]) if number else ()

    @cached_property
    def _times(self) -> dict[int, str]:
        return {one.number: one.published_at.isoformat() for one in self.past}

    def many_stations(self, contest: Contest, more_than: int) -> dict[str, int]:
        """By code, how many stations lie directly in areas with ``more_than`` so many."""
        return self.once(
            ("stations", contest.pk, more_than),
            lambda: reading.stations_by_area(self.published, contest, more_than),
        )

    @cached_property
    def past(self) -> list[Any]:
        """Every publication up to this one, newest first."""
        return list(reading.publications(self.election).filter(number__lte=self.published.number))

    @cached_property
    def contests(self) -> list[tuple[Contest, ProtocolForm]]:
        """The contests, each with its form as frozen in this publication."""
        found = reading.published_contests(self.published)
        for contest, _form in found:
            contest.election = self.election
        return found

    def contest(self, code: str) -> tuple[Contest, ProtocolForm]:
        """A contest with its form. Raises UnknownAddress."""
        for contest, form in self.contests:
            if contest.code == code:
                return contest, form
        raise UnknownAddress

    def head(self, contest: Contest) -> Unit:
        """The whole contest."""
        return self.once(
            ("head", contest.pk), lambda: reading.unit_of_head(self.published, contest)
        )

    def area(self, contest: Contest, code: str) -> Unit:
        """An area by its code. Raises UnknownUnit."""
        return reading.unit_of_area(self.published, contest, code)

    def station(self, contest: Contest, code: str) -> Unit:
        """A station by its code. Raises UnknownUnit."""
        return reading.unit_of_station(self.published, contest, code)

    def palette(self, contest: Contest, form: ProtocolForm) -> Palette:
        """The colours of a contest's candidates: the same on every page of a publication."""
        return self.once(("palette", contest.pk), lambda: self._palette(contest, form))

    def _palette(self, contest: Contest, form: ProtocolForm) -> Palette:
        votes = form.votes(cells.figures_of_head(self.published, contest) or form.blank)
        return Palette.of([(number, votes.get(number)) for number in numbered(form)])

    def prover(self, contest: Contest, form: ProtocolForm) -> Prover:
        """Proves the stations of a contest; what many proofs share is read once."""
        return self.once(("prover", contest.pk), lambda: Prover(self.published, contest, form))

    def page(
        self, template: str, contest: Contest, protocol_form: ProtocolForm, /, **context: Any
    ) -> Page:
        """A page about a contest; ``context`` is what its template asks for besides."""
        about = {
            "contest": contest,
            "protocol_form": protocol_form,
            "publication": self.published,
        }
        return Page(f"public/{template}.html", self.election, about | context)

    def path_to(self, contest: Contest, unit: Unit) -> list[NamedArea]:
        """The areas from the contest's head down to ``unit``, without the unit."""
        above = unit.lineage if unit.is_station else unit.lineage[:-1]
        head = contest.constituency.area_id
        inside = above[above.index(head) :] if head in above else ()
        missing = set(inside) - self._places.keys()
        if missing:
            self._places.update(cells.places(missing))
        return [self._places[pk] for pk in inside]

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made at the first time that somebody asks for ``key``."""
        if key not in self._known:
            self._known[key] = make()
        found: T = self._known[key]
        return found


def row_of(election: Election) -> str:
    """Everything about an election that stands on its pages."""
    return repr([getattr(election, field.attname) for field in election._meta.concrete_fields])


def numbered(form: ProtocolForm) -> dict[int, Choice]:
    """Who has a ballot number, in the ballot's order."""
    return {one.number: one for one in form.choices if one.number is not None}


def editions(which: Callable[[Election], bool] = lambda _election: True) -> list[Edition]:
    """The newest edition of each election with anything published."""
    elections = [one for one in publications.elections_published() if which(one)]
    found = ((one, reading.latest(one)) for one in elections)
    return [Edition(election, newest) for election, newest in found if newest is not None]
