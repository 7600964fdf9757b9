"""From what is published of a unit to the mark it has in a picture, and the legend of all marks."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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
    "annulled": pgettext_lazy("polling stations on a map", "Annulled"),
}


Row = dict[str, Any]


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
    def leaders(self) -> list[Row]:
        """The candidates; ``choice`` is ``None`` for all without a colour of their own."""
        return [
            {
                "choice": self.choices[self.palette.numbers[place - 1]] if place != OTHER else None,
                "samples": [
                    self._sample(leader_class("counted", 1, False, step, place))
                    for step in range(1, len(MARGIN_STEPS) + 2)
                ],
            }
            for place in sorted({mark.leader for mark in self.counts if mark.leader})
        ]

    @cached_property
    def steps(self) -> list[Row]:
        """Turnout, from and below how many percent; ``None``: there is no such bound."""
        bounds = [None, *TURNOUT_STEPS, None]
        return [
            {
                "above": bounds[step - 1],
                "below": bounds[step],
                "sample": self._sample(turnout_class("counted", step)),
            }
            for step in range(1, len(bounds))
        ]

    @cached_property
    def rest(self) -> list[Row]:
        """What has no leader or turnout, in words."""
        found = {mark.name: mark for mark in self.counts}
        return [
            {"words": words, "sample": self._sample(found[name])}
            for name, words in REST.items()
            if name in found
        ]

    def _sample(self, mark: Class) -> Row:
        """A mark: its class, its path, and how many marks of the picture say that."""
        flat = self.flat and mark.form != "cross"
        shown = Class(mark.name, "square") if flat else mark
        return {"name": mark.name, "d": sample(shown), "count": self.counts[mark]}


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
