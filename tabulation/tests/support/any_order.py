"""Accept, correct, annul, reinstate and publish in any order: a machine for Hypothesis."""

from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tabulation.counting import correction
from tabulation.ledger.reading import publications, unit_of_area
from tabulation.ledger.refusals import NothingToPublish
from tabulation.models import Protocol, Publication
from tabulation.tests.support.world import NOW, World

AREAS = {"AM": ("1/01", "2/01", "2/02"), "N": ("1/01",), "S": ("2/01", "2/02")}


class AnyOrder(RuleBasedStateMachine):
    """Accept, correct, annul, reinstate and publish in any order, beside a plain model of it."""

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.world = World(f"any-{Publication.objects.count()}-{id(self)}")
        self.now: dict[str, tuple[Any, ...]] = {}
        self.annulled: dict[str, tuple[Any, ...]] = {}
        self.published: dict[int, dict[str, tuple[Any, ...]]] = {}

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.point)

    stations = st.integers(0, 2)
    counts = st.integers(0, 50)

    def figures(self, station: int, votes: tuple[int, int, int], blank: bool) -> tuple[Any, ...]:
        third = None if station == 0 else votes[2]
        total = votes[0] + votes[1] + (third or 0)
        return (None if blank else total + 7, total + 1, 1, votes[0], votes[1], third)

    def current(self, code: str) -> Protocol:
        return Protocol.objects.get(
            contest=self.world.contest, station__code=code, status__in=["accepted", "annulled"]
        )

    @rule(station=stations, votes=st.tuples(counts, counts, counts), blank=st.booleans())
    def accept_or_correct(self, station: int, votes: tuple[int, int, int], blank: bool) -> None:
        place = self.world.stations[station]
        figures = self.figures(station, votes, blank)
        if place.code in self.now or place.code in self.annulled:
            self.world.corrected(place, figures)
        else:
            self.world.accepted(place, figures)
        self.annulled.pop(place.code, None)
        self.now[place.code] = figures

    @precondition(lambda self: self.now)
    @rule(data=st.data())
    def annul(self, data: st.DataObject) -> None:
        code = data.draw(st.sampled_from(sorted(self.now)))
        correction.annul(protocol=self.current(code), reason="fire", decision="1", by=None, at=NOW)
        self.annulled[code] = self.now.pop(code)

    @precondition(lambda self: self.annulled)
    @rule(data=st.data())
    def reinstate(self, data: st.DataObject) -> None:
        code = data.draw(st.sampled_from(sorted(self.annulled)))
        correction.reinstate(
            protocol=self.current(code), reason="court", decision="2", by=None, at=NOW
        )
        self.now[code] = self.annulled.pop(code)

    @rule()
    def publish(self) -> None:
        try:
            number = self.world.publication().number
        except NothingToPublish:
            return
        self.published[number] = dict(self.now)

    @invariant()
    def every_sum_of_every_publication_is_right(self) -> None:
        for published in publications(self.world.election):
            counted = self.published[published.number]
            for area, codes in AREAS.items():
                rows = [counted[code] for code in codes if code in counted]
                unit = unit_of_area(published, self.world.contest, area)
                expected = tuple(sum_figures(rows, 6)) if rows else ()
                if (unit.figures, unit.counted) != (expected, len(rows)):
                    raise AssertionError((published.number, area, unit.figures, expected))


def sum_figures(rows: list[tuple[Any, ...]], length: int) -> list[Any]:
    """Line by line; a line blank in all rows stays blank."""
    filled = [[row[i] for row in rows if row[i] is not None] for i in range(length)]
    return [sum(values) if values else None for values in filled]
