"""Steps and answers in words: written once, for terminals in English and pages in any language."""

from collections.abc import Callable

from tabulation.outcomes.methods.terms import LotNeeded, Outcome, OutcomeKind, Step
from tabulation.outcomes.methods.texts import (
    ENGLISH,
    Tongue,
    gettext_noop,
    ngettext_noop,
    number,
    percent,
)

__all__ = ["ENGLISH", "SENTENCES", "Tongue", "answer", "number", "percent", "sentence"]

#: Numbers that are candidates or lists, said by name.
NAMES = ("candidate", "list")
#: Parts of 1, said in percent: a share, and what a threshold or a turnout needs.
SHARES = ("share", "needed")

#: By the code of the step. Two texts: for one vote, and for many.
SENTENCES: dict[str, str | tuple[str, str]] = {
    "turnout_reached": gettext_noop(
        "{voters} of {registered} registered voters took part; at least {needed} must: enough."
    ),
    "turnout_missed": gettext_noop(
        "{voters} of {registered} registered voters took part; at least {needed} must: the election"
        " failed."
    ),
    "of_valid_votes": gettext_noop("Shares are of the valid votes: {base}."),
    "of_ballots_cast": gettext_noop("Shares are of the ballots cast: {base}."),
    "votes": ngettext_noop(
        "{candidate}: {votes} vote, {share}.", "{candidate}: {votes} votes, {share}."
    ),
    "against": ngettext_noop(
        "{candidate}: {votes} vote, {share}. Nobody is elected by it.",
        "{candidate}: {votes} votes, {share}. Nobody is elected by these.",
    ),
    "withdrawn": ngettext_noop(
        "{candidate} withdrew and cannot be elected; {votes} vote.",
        "{candidate} withdrew and cannot be elected; {votes} votes.",
    ),
    "half": gettext_noop("Whoever is elected needs more than half of that: more than {half}."),
    "above_half": gettext_noop("{candidate} has {votes}: more than half."),
    "nobody_above_half": gettext_noop("Nobody has more than half; the most are {most}."),
    "places": gettext_noop("Places: {places}, by most votes."),
    "place": ngettext_noop(
        "A place goes to {candidate} with {votes} vote.",
        "A place goes to {candidate} with {votes} votes.",
    ),
    "tie": gettext_noop(
        "{candidates} are equal at {value}, and the places left are {places}: a lot decides."
    ),
    "tie_all": gettext_noop("{candidates} are equal at {value}: all of them go on."),
    "lot": gettext_noop("The lot that was drawn put them in this order: {candidates}."),
    "fewer_than_places": gettext_noop(
        "Those who stand are {standing}, fewer than the places: {places}."
    ),
    "nobody_to_choose_from": gettext_noop(
        "Those who stand are {standing}: there is nobody to choose from."
    ),
    "threshold": gettext_noop("A party needs at least {needed} of {base}: {least_votes}."),
    "alliance_threshold": gettext_noop(
        "An alliance needs at least {needed} of {base}: {least_votes}."
    ),
    "reaches": ngettext_noop(
        "{list}: {votes} vote, {share}: in.", "{list}: {votes} votes, {share}: in."
    ),
    "below": ngettext_noop(
        "{list}: {votes} vote, {share}: out.", "{list}: {votes} votes, {share}: out."
    ),
    "no_list": gettext_noop("No list takes part in the division."),
    "independent_quotient": gettext_noop(
        "An independent needs the votes, divided by the seats: {base} / {seats} = {quotient}."
    ),
    "independent_seat": gettext_noop(
        "{candidate} has {votes} and takes one seat; these votes leave the division."
    ),
    "independent_below": gettext_noop("{candidate} has {votes}: not enough."),
    "division": gettext_noop("Seats to divide: {seats}, among so many votes: {votes}."),
    "hare_quotient": gettext_noop("Votes for one seat: {quotient}."),
    "whole": gettext_noop("{list}: {seats} whole, and {remainder} left over."),
    "remainder": gettext_noop("One more for {list}, with {remainder} left over."),
    "quotient": gettext_noop("Seat {seat}: {list}, votes / {divisor} = {quotient}."),
    "seats": gettext_noop("{list}: {seats} in all."),
}
#: The same where reaching the number exactly is not enough.
NOT_INCLUSIVE = {
    "turnout_reached": gettext_noop(
        "{voters} of {registered} registered voters took part; more than {needed} must: enough."
    ),
    "turnout_missed": gettext_noop(
        "{voters} of {registered} registered voters took part; more than {needed} must: the"
        " election failed."
    ),
    "threshold": gettext_noop("A party needs more than {needed} of {base}: {least_votes}."),
    "alliance_threshold": gettext_noop(
        "An alliance needs more than {needed} of {base}: {least_votes}."
    ),
}

KINDS = {
    "second round": "a second round",
    "failed": "failed: nobody is elected",
}


def sentence(step: Step, name: Callable[[int], str], tongue: Tongue = ENGLISH) -> str:
    """The step in words; ``name`` says who has a ballot number."""
    words: dict[str, str] = {}
    for key, value in step.named.items():
        if isinstance(value, tuple):
            words[key] = ", ".join(name(int(one)) for one in value)
        elif key in NAMES:
            words[key] = name(int(value))
        else:
            words[key] = tongue.percent(value) if key in SHARES else tongue.number(value)
    return _text(step, tongue).format(**words)


def _text(step: Step, tongue: Tongue) -> str:
    named = step.named
    texts = SENTENCES[step.code]
    if named.get("inclusive") == 0:
        texts = NOT_INCLUSIVE[step.code]
    if isinstance(texts, str):
        return tongue.text(texts)
    one, many = texts
    votes = named["votes"]
    return tongue.texts(one, many, votes if isinstance(votes, int) else 2)


def answer(found: Outcome | LotNeeded, name: Callable[[int], str]) -> list[str]:
    """What comes out, in a line or a few, for a terminal."""
    if isinstance(found, LotNeeded):
        among = ", ".join(name(one) for one in found.among)
        return [f"a lot is needed: {found.places} of {among}"]
    lines = [] if found.kind == OutcomeKind.ELECTED else [KINDS[found.kind]]
    lines += [f"elected: {name(one)}" for one in found.elected]
    lines += [f"goes on: {name(one)}" for one in found.advancing]
    lines += [f"seats: {seats} {name(one)}" for one, seats in found.seats]
    if found.vacant:
        lines.append(f"vacant: {found.vacant}")
    return lines
