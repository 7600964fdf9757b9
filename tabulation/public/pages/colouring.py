"""From what is published of a unit to the mark it has in a picture, and the legend of all marks."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tabulation.arithmetic.form import Choice, ProtocolForm
from tabulation.ledger.cells import Cell, Steps, Tally
from tabulation.public.charts.classes import (
    MARGIN_STEPS,
    OTHER,
    TURNOUT_STEPS,
    Class,
    Palette,
    leader_class,
    sample,
    turnout_class,
)
from tabulation.public.edition import numbered

STEPS = Steps(margin=MARGIN_STEPS, turnout=TURNOUT_STEPS)
#: What is said of a unit that has no leader or turnout, by the name of its class, in this order.
REST: dict[str, Promise] = {
    "tied": _("Two or more lead with equal votes"),
    "empty": _("Counted, and nobody has a vote"),
    "unknown": _("Counted, and its turnout is not known"),
    "waiting": _("Not yet counted"),
    "annulled": _("Annulled"),
}


@dataclass(frozen=True)
class Sample:
    """A mark of the legend: its class, its path, and how many marks of the picture say that."""

    name: str
    d: str
    count: int


@dataclass(frozen=True)
class LeaderRow:
    """A candidate in the legend; ``choice`` is ``None`` for all without a colour of their own."""

    choice: Choice | None
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class StepRow:
    """A class of turnout, from and below how many percent; ``None``: there is no such bound."""

    above: int | None
    below: int | None
    sample: Sample


@dataclass(frozen=True)
class RestRow:
    words: Promise
    sample: Sample


@dataclass(frozen=True)
class Legend:
    """What the marks of one picture say, in words and figures. ``flat``: their shapes say nothing,
    for areas have shapes of their own.
    """

    counts: Counter[Class]
    palette: Palette
    choices: dict[int, Choice]
    flat: bool = False

    @cached_property
    def leaders(self) -> list[LeaderRow]:
        shown = sorted({of.leader for of in self.counts if of.leader})
        return [
            LeaderRow(
                self.choices[self.palette.numbers[place - 1]] if place != OTHER else None,
                tuple(
                    self._sample(leader_class("counted", 1, False, step, place))
                    for step in range(1, len(MARGIN_STEPS) + 2)
                ),
            )
            for place in shown
        ]

    @cached_property
    def steps(self) -> list[StepRow]:
        bounds = [None, *TURNOUT_STEPS, None]
        return [
            StepRow(bounds[step - 1], bounds[step], self._sample(turnout_class("counted", step)))
            for step in range(1, len(bounds))
        ]

    @cached_property
    def rest(self) -> list[RestRow]:
        found = {of.name: of for of in self.counts if of.name in REST}
        return [
            RestRow(words, self._sample(found[name]))
            for name, words in REST.items()
            if name in found
        ]

    def _sample(self, of: Class) -> Sample:
        flat = self.flat and of.form != "cross"
        shown = Class(of.name, "square") if flat else of
        return Sample(of.name, sample(shown), self.counts[of])


@dataclass(frozen=True)
class Colours:
    """How the units of one contest are coloured: by who leads, or by ``turnout``."""

    form: ProtocolForm
    palette: Palette
    turnout: bool = False

    @cached_property
    def choices(self) -> dict[int, Choice]:
        """By ballot number, in the ballot's order."""
        return numbered(self.form)

    def of(self, unit: Cell | Tally) -> Class:
        if self.turnout:
            return turnout_class(unit.status, unit.turnout)
        place = OTHER if unit.leader is None else self.palette.place(unit.leader)
        return leader_class(unit.status, unit.leader, unit.tied, unit.margin, place)

    def legend(self, marks: Iterable[Class], *, flat: bool = False) -> Legend:
        return Legend(Counter(marks), self.palette, self.choices, flat)
