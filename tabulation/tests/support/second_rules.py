"""The rules of docs/outcome.md once more, with every step, from the form that is published.

Nothing here is shared with the program: where the two differ, one has misread the page.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


class NoRule(Exception):
    """The rule of the form cannot be applied."""


class Tie(Exception):
    """The rule stops until a lot is drawn."""


@dataclass
class Count:
    """The sums a rule is applied to."""

    votes: dict[int, int]
    valid: int
    cast: int
    voters: int | None
    registered: int | None


class Rule:
    """The rule of a contest, with its settings; exact numbers throughout."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.settings = body.get("outcome") or {}
        self.kind, self.base = str(body.get("rule")), str(body.get("base"))
        self.seats, self.round = body.get("seats", 1), body.get("round", 1)
        self.advance, self.method = self.get("advance", 2), self.get("method", "")
        self.alone = set(self.get("independents", ()))
        choices = body.get("choices", [])
        gone = {c.get("number") for c in choices if c.get("status") == "withdrawn"}
        self.withdrawn = gone - {None}
        self.out = {self.get("against"), *self.withdrawn}

    def get(self, name: str, otherwise: Any = None) -> Any:
        return self.settings.get(name, otherwise)

    def part(self, name: str) -> Fraction | None:
        """A percentage as a part of 1."""
        if name not in self.settings:
            return None
        found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,3})?) ?%", str(self.settings[name]))
        if not found:
            raise NoRule
        return Fraction(found[1]) / 100

    def whole(self, count: Count, base: str = "") -> int:
        return count.valid if (base or self.base) == "valid" else count.cast

    def standing(self, count: Count) -> dict[int, int]:
        """Votes of everybody who can be elected, in ballot order."""
        return {number: votes for number, votes in count.votes.items() if number not in self.out}

    def enough(self, voters: int, registered: int) -> bool:
        needed = (self.part("turnout") or 0) * registered
        return voters > needed or (self.get("turnout_inclusive", True) and voters == needed)

    def needed(self, number: int, count: Count) -> Fraction:
        """How many votes a list must reach, or exceed, to take part in the division."""
        share = self.part("threshold") or Fraction(0)
        if number in self.get("alliances", ()):
            own = self.part("alliance_threshold")
            share = share if own is None else own
        return share * self.whole(count, self.get("threshold_base", ""))


class Course:
    """One application of a rule: its steps, and what it gives."""

    def __init__(self, rule: Rule, count: Count, lots: list[list[int]]) -> None:
        self.rule, self.count, self.unused = rule, count, list(lots)
        self.steps: list[dict[str, Any]] = []

    def say(self, code: str, **named: Any) -> None:
        self.steps.append({"step": code, **named})

    def apply(self) -> dict[str, Any]:
        """The proposal as the file has it. Raises NoRule."""
        rules = {"plurality": self._plurality, "majority": self._majority, "list": self._lists}
        if self.rule.kind not in rules or (self.rule.kind == "majority" and self.rule.seats != 1):
            raise NoRule
        try:
            failed = self._failed_by_turnout()
            return ended("failed") if failed else rules[self.rule.kind]()
        except Tie as tie:
            return {"kind": "lot needed", "among": list(tie.args[0]), "places": tie.args[1]}

    def first(self, worth: Mapping[int, Any], places: int) -> list[int]:
        """Those with the highest worth, highest first."""
        ranked = sorted(worth, key=lambda number: Fraction(-worth[number]))
        if len(ranked) <= places or not places:
            return ranked if places else []
        last = worth[ranked[places - 1]]
        safe_ = [number for number in ranked if worth[number] > last]
        tied = [number for number in ranked if worth[number] == last]
        return safe_ + self.some(tied, places - len(safe_), last)

    def some(self, tied: list[int], places: int, worth: Any) -> list[int]:
        """So many of those who tie: all, if they fit, else by lot."""
        if len(tied) <= places:
            return list(tied)
        self.say("tie", places=places, value=worth, candidates=list(tied))
        for lot in self.unused:
            if sorted(lot) == sorted(tied):
                self.unused.remove(lot)
                self.say("lot", candidates=list(lot))
                return list(lot[:places])
        raise Tie(tied, places)

    def _failed_by_turnout(self) -> bool:
        rule, count, part = self.rule, self.count, self.rule.part("turnout")
        if part is None:
            return False
        if count.voters is None or count.registered is None:
            raise NoRule
        enough = rule.enough(count.voters, count.registered)
        self.say(
            "turnout_reached" if enough else "turnout_missed", voters=count.voters,
            registered=count.registered, needed=part,
            inclusive=int(rule.get("turnout_inclusive", True)),
        )  # fmt: skip
        return not enough

    def _standing(self) -> dict[int, int]:
        rule, base = self.rule, self.rule.whole(self.count)
        self.say("of_valid_votes" if rule.base == "valid" else "of_ballots_cast", base=base)
        for number, votes in sorted(self.count.votes.items(), key=lambda one: -one[1]):
            if number in rule.withdrawn:
                self.say("withdrawn", candidate=number, votes=votes)
                continue
            code = "against" if number == rule.get("against") else "votes"
            share = Fraction(votes, base) if base else 0
            self.say(code, candidate=number, votes=votes, share=share)
        standing = rule.standing(self.count)
        if not standing:
            self.say("nobody_to_choose_from", standing=0)
        return standing

    def _plurality(self) -> dict[str, Any]:
        standing, seats = self._standing(), self.rule.seats
        if not standing:
            return ended("failed")
        self.say("places", places=seats)
        elected = self.first(standing, seats)
        for number in elected:
            self.say("place", candidate=number, votes=standing[number])
        vacant = seats - len(elected)
        if vacant:
            self.say("fewer_than_places", standing=len(standing), places=seats)
        return ended("elected", elected=elected, vacant=vacant)

    def _majority(self) -> dict[str, Any]:
        standing, rule, base = self._standing(), self.rule, self.rule.whole(self.count)
        if not standing:
            return ended("failed")
        self.say("half", half=Fraction(base, 2))
        best = max(standing, key=lambda one: standing[one])
        if 2 * standing[best] > base:
            self.say("above_half", candidate=best, votes=standing[best])
            return ended("elected", elected=[best])
        self.say("nobody_above_half", most=standing[best])
        if len(standing) == 1:
            return ended("failed")
        if rule.round > 1:
            halves = [n for n, votes in standing.items() if base and 2 * votes == base]
            if len(halves) < 2:
                return ended("failed")
            return ended("elected", elected=self.some(halves, 1, Fraction(base, 2)))
        self.say("places", places=rule.advance)
        advancing = self._advancing(standing)
        for number in advancing:
            self.say("place", candidate=number, votes=standing[number])
        return ended("second round", advancing=advancing)

    def _advancing(self, standing: dict[int, int]) -> list[int]:
        places = self.rule.advance
        ranked = sorted(standing, key=lambda number: -standing[number])
        if self.rule.get("tie", "lot") == "lot" or len(ranked) <= places:
            return self.first(standing, places)
        last = standing[ranked[places - 1]]
        advancing = [number for number in ranked if standing[number] >= last]
        if len(advancing) > places:
            tied = [number for number in advancing if standing[number] == last]
            self.say("tie_all", value=last, candidates=tied)
        return advancing

    def _lists(self) -> dict[str, Any]:
        if self.rule.method not in ("largest_remainder", *DIVISORS):
            raise NoRule
        count = self.count
        for number, votes in count.votes.items():
            if number in self.rule.withdrawn:
                self.say("withdrawn", candidate=number, votes=votes)
        alone = self._independents()
        inside = self._reaching()
        seats, given = self.rule.seats - len(alone), dict.fromkeys(alone, 1)
        if seats and inside:
            self.say("division", votes=sum(inside.values()), seats=seats)
            divide = self._averages if self.rule.method in DIVISORS else self._remainders
            given.update(divide(inside, seats))
        if not given:
            self.say("no_list")
            return ended("failed")
        shown_ = {number: given[number] for number in count.votes if number in given}
        for number, mine in shown_.items():
            self.say("seats", list=number, seats=mine)
        vacant = self.rule.seats - sum(given.values())
        return ended("elected", elected=alone, seats=shown_, vacant=vacant)

    def _independents(self) -> list[int]:
        standing, base, seats = (
            self.rule.standing(self.count),
            self.rule.whole(self.count),
            self.rule.seats,
        )
        alone = {number: votes for number, votes in standing.items() if number in self.rule.alone}
        if not alone:
            return []
        quotient = Fraction(base, seats)
        self.say("independent_quotient", base=base, seats=seats, quotient=quotient)
        reaching = {number: votes for number, votes in alone.items() if votes and votes >= quotient}
        for number, votes in alone.items():
            if number not in reaching:
                self.say("independent_below", candidate=number, votes=votes)
        elected = self.first(reaching, seats)
        for number in elected:
            self.say("independent_seat", candidate=number, votes=alone[number])
        return elected

    def _reaching(self) -> dict[int, int]:
        rule, count = self.rule, self.count
        base, inclusive = (
            rule.whole(count, rule.get("threshold_base", "")),
            rule.get("threshold_inclusive", True),
        )
        everybody = rule.part("threshold") or Fraction(0)
        parts = {"threshold": everybody}
        if rule.get("alliances"):
            own = rule.part("alliance_threshold")
            parts["alliance_threshold"] = everybody if own is None else own
        for code, part in parts.items():
            least = part * base
            self.say(code, base=base, needed=part, least_votes=least, inclusive=int(inclusive))
        inside = {}
        for number, votes in rule.standing(count).items():
            if number in rule.alone:
                continue
            needed = rule.needed(number, count)
            reaches = bool(votes) and (votes > needed or (inclusive and votes == needed))
            share = Fraction(votes, base) if base else 0
            self.say("reaches" if reaches else "below", list=number, votes=votes, share=share)
            if reaches:
                inside[number] = votes
        return inside

    def _remainders(self, votes: dict[int, int], seats: int) -> dict[int, int]:
        quotient = Fraction(sum(votes.values()), seats)
        self.say("hare_quotient", quotient=quotient)
        given, left = {}, {}
        for number, mine in votes.items():
            given[number] = int(mine // quotient)
            left[number] = mine / quotient - given[number]
            self.say("whole", list=number, seats=given[number], remainder=left[number])
        for number in self.first(left, seats - sum(given.values())):
            given[number] += 1
            self.say("remainder", list=number, remainder=left[number])
        return given

    def _averages(self, votes: dict[int, int], seats: int) -> dict[int, int]:
        divisor, given, left = DIVISORS[self.rule.method], dict.fromkeys(votes, 0), seats
        while left:
            worth = {number: mine / divisor(given[number]) for number, mine in votes.items()}
            highest = max(worth.values())
            equal = [number for number in votes if worth[number] == highest]
            for number in self.some(equal, left, highest):
                by = divisor(given[number])
                given[number] += 1
                left -= 1
                self.say("quotient", list=number, divisor=by, quotient=highest, seat=seats - left)
        return given


def ended(kind: str, **more: Any) -> dict[str, Any]:
    end = {"kind": kind, "elected": [], "advancing": [], "seats": {}, "vacant": 0, **more}
    end["seats"] = {str(number): seats for number, seats in end["seats"].items()}
    return end


#: What the votes of a list are divided by for its next seat, by how many it has.
DIVISORS: dict[str, Callable[[int], Fraction]] = {
    "dhondt": lambda has: Fraction(has + 1),
    "sainte_lague": lambda has: Fraction(2 * has + 1),
    "modified_sainte_lague": lambda has: Fraction(2 * has + 1) if has else Fraction(14, 10),
}


def exactly_as(value: Any) -> Any:
    """A number as the file has it: a fraction is a text."""
    if isinstance(value, Fraction):
        small = value.denominator == 1
        return int(value) if small else f"{value.numerator}/{value.denominator}"
    return value
