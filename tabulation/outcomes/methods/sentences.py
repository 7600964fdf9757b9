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
        "{voters} of {registered} registered voters voted. At least {needed} must vote. The"
        " turnout is high enough."
    ),
    "turnout_missed": gettext_noop(
        "{voters} of {registered} registered voters voted. At least {needed} must vote. The"
        " turnout is too low, so the election failed."
    ),
    "of_valid_votes": gettext_noop("All shares are percentages of the valid votes. Base: {base}."),
    "of_ballots_cast": gettext_noop(
        "All shares are percentages of the ballots cast. Base: {base}."
    ),
    "votes": ngettext_noop(
        "{candidate} has {votes} vote, that is {share}.",
        "{candidate} has {votes} votes, that is {share}.",
    ),
    "against": ngettext_noop(
        "The ballot line “{candidate}” has {votes} vote, that is {share}. This vote elects no"
        " candidate.",
        "The ballot line “{candidate}” has {votes} votes, that is {share}. These votes elect no"
        " candidate.",
    ),
    "withdrawn": ngettext_noop(
        "{candidate} has {votes} vote but withdrew and cannot be elected.",
        "{candidate} has {votes} votes but withdrew and cannot be elected.",
    ),
    "half": gettext_noop(
        "To be elected, a candidate needs more than half of the base. Half of the base: {half}."
    ),
    "above_half": gettext_noop("{candidate} has more than half of the base. Votes: {votes}."),
    "nobody_above_half": gettext_noop(
        "No candidate has more than half of the base. Highest number of votes: {most}."
    ),
    "places": gettext_noop("The candidates with most votes take the places. Places: {places}."),
    "place": ngettext_noop(
        "A place goes to {candidate} with {votes} vote.",
        "A place goes to {candidate} with {votes} votes.",
    ),
    "tie": gettext_noop(
        "There is a tie at {value} among {candidates}. The drawing of lots decides. Places left:"
        " {places}."
    ),
    "tie_all": gettext_noop(
        "There is a tie at {value} among {candidates}. All these candidates go to the second round."
    ),
    "lot": gettext_noop("Lots were drawn for this tie. Order drawn: {candidates}."),
    "fewer_than_places": gettext_noop(
        "There are fewer candidates than places. Candidates: {standing}. Places: {places}."
    ),
    "nobody_to_choose_from": gettext_noop(
        "There are not enough candidates to choose from. Candidates: {standing}."
    ),
    "threshold": gettext_noop(
        "A party needs at least {needed} of {base}. The number of votes must be at least"
        " {least_votes}."
    ),
    "alliance_threshold": gettext_noop(
        "An alliance needs at least {needed} of {base}. The number of votes must be at least"
        " {least_votes}."
    ),
    "reaches": ngettext_noop(
        "{list} has {votes} vote, that is {share}. This list takes part in the division of seats.",
        (
            "{list} has {votes} votes, that is {share}. This list takes part in the division"
            " of seats."
        ),
    ),
    "below": ngettext_noop(
        "{list} has {votes} vote, that is {share}. This list does not take part in the"
        " division of seats.",
        (
            "{list} has {votes} votes, that is {share}. This list does not take part in the"
            " division of seats."
        ),
    ),
    "no_list": gettext_noop("No list takes part in the division of seats."),
    "independent_quotient": gettext_noop(
        "An independent candidate needs at least the votes divided by the seats. That is {base} /"
        " {seats} = {quotient}."
    ),
    "independent_seat": gettext_noop(
        "{candidate} takes one seat. The votes for this candidate are left out of the division of"
        " seats. Votes: {votes}."
    ),
    "independent_below": gettext_noop(
        "{candidate} does not have enough votes for a seat. Votes: {votes}."
    ),
    "division": gettext_noop(
        "The seats are divided among these lists in proportion to their votes. Seats: {seats}."
        " Total votes of these lists: {votes}."
    ),
    "hare_quotient": gettext_noop("Votes for one seat: {quotient}."),
    "whole": gettext_noop(
        "{list} first takes its whole seats. Whole seats: {seats}. Remainder: {remainder}."
    ),
    "remainder": gettext_noop("{list} takes one more seat for its remainder of {remainder}."),
    "quotient": gettext_noop(
        "Seat {seat} goes to {list}. Its votes divided by {divisor} are {quotient}."
    ),
    "seats": gettext_noop("Total seats of {list}: {seats}."),
}
#: The same where reaching the number exactly is not enough.
NOT_INCLUSIVE = {
    "turnout_reached": gettext_noop(
        "{voters} of {registered} registered voters voted. More than {needed} must vote. The"
        " turnout is high enough."
    ),
    "turnout_missed": gettext_noop(
        "{voters} of {registered} registered voters voted. More than {needed} must vote. The"
        " turnout is too low, so the election failed."
    ),
    "threshold": gettext_noop(
        "A party needs more than {needed} of {base}. The number of votes must be more than"
        " {least_votes}."
    ),
    "alliance_threshold": gettext_noop(
        "An alliance needs more than {needed} of {base}. The number of votes must be more than"
        " {least_votes}."
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
