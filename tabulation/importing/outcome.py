"""`[contest.outcome]`: the details of the rule by which a contest is decided."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tabulation.importing.problems import Problems
from tabulation.importing.sections import FILE, Section
from tabulation.outcomes.methods.rules import BASES, METHODS, SECOND_ROUNDS, SETTINGS, TIES

#: How each setting is read; what it may be says its table in docs/election-folder.md.
READERS: dict[str, Callable[[Section, str], Any]] = {
    "turnout": Section.percentage,
    "turnout_inclusive": lambda section, key: section.take(key, bool, True),
    "against": lambda section, key: section.number(key, 1, most=999_999_999),
    "advance": lambda section, key: section.number(key, 2, least=2),
    "tie": lambda section, key: section.choice(key, TIES),
    "second_round": lambda section, key: section.choice(key, SECOND_ROUNDS),
    "method": lambda section, key: section.choice(key, METHODS),
    "threshold": Section.percentage,
    "alliance_threshold": Section.percentage,
    "threshold_base": lambda section, key: section.choice(key, BASES),
    "threshold_inclusive": lambda section, key: section.take(key, bool, True),
    "alliances": Section.ballot_numbers,
    "independents": Section.ballot_numbers,
}


def read_outcome(section: Section, rule: str, roles: Sequence[str]) -> dict[str, Any]:
    """The settings that are there, and no others, as they are kept with the contest."""
    found = {}
    for key, rules in SETTINGS.items():
        if key not in section.left_over:
            continue
        if rule and rule not in rules:
            message = f'a contest with the rule "{rule}" has no use for it; remove it'
            section.report(key, section.left_over[key], message)
        found[key] = READERS[key](section, key)
    section.finish()
    if rule == "list" and "method" not in found:
        section.report("method", "", f"it is missing; add one of {', '.join(METHODS)}")
    if "turnout" in found and not {"registered", "voters"} <= set(roles):
        message = 'turnout wants a line with the role "registered" and one with "voters"; add them'
        section.report("turnout", found["turnout"], message)
    for number in sorted({*found.get("alliances", ())} & {*found.get("independents", ())}):
        section.report("independents", number, "it is among the alliances, too; remove one")
    return found


def check_numbers(
    code: str, outcome: dict[str, Any], numbers: Iterable[int | None], problems: Problems
) -> None:
    """Every ballot number that the details name is on the ballot of the contest ``code``."""
    there = set(numbers)
    named = [("against", outcome["against"])] if "against" in outcome else []
    for key in ("alliances", "independents"):
        named += [(key, number) for number in outcome.get(key, ())]
    for key, number in named:
        if number not in there:
            advice = "nobody on the ballot has this number; correct it"
            problems.add(FILE, 0, f"{code}.outcome.{key}", number, advice=advice)
