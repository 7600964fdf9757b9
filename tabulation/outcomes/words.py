"""The steps in English, for a terminal. Pages put the same codes into their own languages."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tabulation.outcomes.terms import Kind, LotNeeded, Outcome, Step, Value

#: Numbers that are candidates or lists, said by name.
NAMES = ("candidate", "list")
#: Parts of 1, said in percent.
SHARES = ("share",)

SENTENCES = {
    "turnout_reached": "{voters} of {registered} registered voters took part; {least} {needed}"
    " must: enough.",
    "turnout_missed": "{voters} of {registered} registered voters took part; {least} {needed}"
    " must: the election failed.",
    "of_valid_votes": "Shares are of {base} valid votes.",
    "of_ballots_cast": "Shares are of {base} ballots cast.",
    "votes": "{candidate}: {votes} votes, {share}.",
    "against": "{candidate}: {votes} votes, {share}. Nobody is elected by these.",
    "withdrawn": "{candidate} withdrew and cannot be elected; {votes} votes.",
    "half": "Whoever is elected needs more than half of that: more than {half}.",
    "above_half": "{candidate} has {votes}: more than half.",
    "nobody_above_half": "Nobody has more than half; the most are {most}.",
    "places": "Places: {places}, by most votes.",
    "place": "A place goes to {candidate} with {votes} votes.",
    "tie": "{candidates} are equal at {value}, and the places left are {places}: a lot decides.",
    "tie_all": "{candidates} are equal at {value}: all of them go on.",
    "lot": "The lot that was drawn put them in this order: {candidates}.",
    "fewer_than_places": "Those who stand are {standing}, fewer than the {places} places.",
    "nobody_to_choose_from": "Those who stand are {standing}: there is nobody to choose from.",
    "threshold": "A party needs {least} {needed} of {base} votes: {least_votes}.",
    "alliance_threshold": "An alliance needs {least} {needed} of {base} votes: {least_votes}.",
    "reaches": "{list}: {votes} votes, {share}: in.",
    "below": "{list}: {votes} votes, {share}: out.",
    "no_list": "No list takes part in the division.",
    "independent_quotient": "An independent needs {base} votes / {seats} seats: {quotient}.",
    "independent_seat": "{candidate} has {votes} and takes one seat; these votes leave the"
    " division.",
    "independent_below": "{candidate} has {votes}: not enough.",
    "division": "{seats} seats are divided among {votes} votes.",
    "hare_quotient": "One seat for every {quotient} votes.",
    "whole": "{list}: {seats} whole, and {remainder} left over.",
    "remainder": "One more for {list}, with {remainder} left over.",
    "quotient": "Seat {seat}: {list}, votes / {divisor} = {quotient}.",
    "seats": "{list}: {seats} in all.",
}

KINDS = {
    "second round": "a second round",
    "failed": "failed: nobody is elected",
}


def number(value: Value) -> str:
    """`12,345`, or `12,345.67` for what is no whole number."""
    if isinstance(value, int) or value.denominator == 1:
        return f"{int(value):,}"
    return f"{_rounded(value, '0.01'):,}"


def percent(value: Value) -> str:
    """A part of 1 in percent, rounded only here."""
    return f"{_rounded(Fraction(100 * value), '0.01')}%"


def sentence(step: Step, name: Callable[[int], str]) -> str:
    """The step in English; ``name`` says who has a ballot number."""
    said = {}
    for key, value in step.named.items():
        if isinstance(value, tuple):
            said[key] = ", ".join(name(int(one)) for one in value)
        elif key in NAMES:
            said[key] = name(int(value))
        else:
            said[key] = percent(value) if _is_share(step, key) else number(value)
    said["least"] = "at least" if said.get("inclusive") == "1" else "more than"
    return SENTENCES[step.code].format(**said)


def answer(found: Outcome | LotNeeded, name: Callable[[int], str]) -> list[str]:
    """What comes out, in a line or a few."""
    if isinstance(found, LotNeeded):
        among = ", ".join(name(one) for one in found.among)
        return [f"a lot is needed: {found.places} of {among}"]
    lines = [] if found.kind == Kind.ELECTED else [KINDS[found.kind]]
    lines += [f"elected: {name(one)}" for one in found.elected]
    lines += [f"goes on: {name(one)}" for one in found.advancing]
    lines += [f"seats: {seats} {name(one)}" for one, seats in found.seats]
    if found.vacant:
        lines.append(f"vacant: {found.vacant}")
    return lines


def _is_share(step: Step, key: str) -> bool:
    """What a threshold or a turnout needs is a part of 1, too."""
    return key in SHARES or key == "needed"


def _rounded(value: Fraction, to: str) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(to), rounding=ROUND_HALF_UP)
