"""The rule of a contest with its details, read from the election's configuration."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tabulation.outcomes.methods.terms import Count, RuleUnusable
from tabulation.outcomes.methods.texts import gettext_noop

BASES = ("valid", "ballots_cast")
#: Who is at the last place that advances: one by lot, or all who tie for it.
TIES = ("lot", "all")
#: By which rule a second round is decided.
SECOND_ROUNDS = ("majority", "plurality")
METHODS = ("largest_remainder", "dhondt", "sainte_lague", "modified_sainte_lague")
PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,3})?) ?%")

ANY = ("plurality", "majority", "list")
#: The settings, and the rules that have a use for them.
SETTINGS: dict[str, tuple[str, ...]] = {
    "turnout": ANY,
    "turnout_inclusive": ANY,
    "against": ANY,
    "advance": ("majority",),
    "tie": ("majority",),
    "second_round": ("majority",),
    "method": ("list",),
    "threshold": ("list",),
    "alliance_threshold": ("list",),
    "threshold_base": ("list",),
    "threshold_inclusive": ("list",),
    "alliances": ("list",),
    "independents": ("list",),
}


def part_of_1(text: str) -> Fraction:
    """`5 %` or `2.5 %` as a part of 1, exact. Raises ValueError."""
    found = PERCENT.fullmatch(text)
    if not found or Fraction(found[1]) > 100:
        raise ValueError(text)
    return Fraction(found[1]) / 100


@dataclass(frozen=True)
class Rules:
    """How a contest is decided. Thresholds are parts of 1; numbers are ballot numbers.

    ``against``: the line "against" (or "none of these"): in the base, and never elected.
    ``turnout``: least part of the registered who must take part. ``threshold_base``: what
    thresholds are a part of. ``independents``: candidates among the lists, each for one seat.
    """

    rule: str
    base: str = "valid"
    seats: int = 1
    round: int = 1
    withdrawn: frozenset[int] = frozenset()
    against: int | None = None
    turnout: Fraction | None = None
    turnout_inclusive: bool = True
    advance: int = 2
    tie: str = "lot"
    second_round: str = "majority"
    method: str = ""
    threshold: Fraction = Fraction(0)
    alliance_threshold: Fraction | None = None
    threshold_base: str = ""
    threshold_inclusive: bool = True
    alliances: frozenset[int] = frozenset()
    independents: frozenset[int] = frozenset()

    @classmethod
    def of(cls, details: Mapping[str, Any], **contest: Any) -> "Rules":
        """From the contest's fields and its ``outcome``. Raises RuleUnusable."""
        settings: dict[str, Any] = dict(details)
        if unknown := sorted(set(settings) - set(SETTINGS)):
            raise RuleUnusable(
                gettext_noop(
                    "One of the outcome settings of this contest is unknown. Setting: {setting}."
                ),
                setting=unknown[0],
            )
        for key in ("turnout", "threshold", "alliance_threshold"):
            if key in settings:
                try:
                    settings[key] = part_of_1(settings[key])
                except ValueError:
                    raise RuleUnusable(
                        gettext_noop(
                            "The setting {setting} must be a percentage. Present value: {value}."
                        ),
                        setting=key,
                        value=repr(settings[key]),
                    ) from None
        for key in ("alliances", "independents"):
            if key in settings:
                settings[key] = frozenset(settings[key])
        return cls(**contest, **settings)

    def contenders(self, count: Count) -> dict[int, int]:
        """Votes of everybody who can be elected, in ballot order."""
        left_out = {self.against, *self.withdrawn}
        return {number: votes for number, votes in count.votes.items() if number not in left_out}

    def enough_turnout(self, voters: int, registered: int) -> bool:
        """Whether so many of so many are the turnout the law wants."""
        needed = (self.turnout or 0) * registered
        return voters > needed or (self.turnout_inclusive and voters == needed)

    @property
    def of_alliances(self) -> Fraction:
        """The threshold of alliances: their own, or that of everybody."""
        own = self.alliance_threshold
        return self.threshold if own is None else own

    def needed(self, number: int, count: Count) -> Fraction:
        """How many votes the list must reach, or exceed, to take part in the division."""
        share = self.of_alliances if number in self.alliances else self.threshold
        return share * count.base(self.threshold_base or self.base)
