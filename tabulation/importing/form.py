"""The form of a contest, from its configuration and its candidates: lines, relations, terms."""

from collections import Counter
from typing import Any

from candidates.models import Candidate, Contest
from tabulation.arithmetic.form import MOST_LINES
from tabulation.importing.configuration import ContestSpec
from tabulation.importing.outcome import check_numbers
from tabulation.importing.problems import Problems
from tabulation.importing.sections import FILE
from tabulation.models import ControlRelation, InaccuracyTerm, ProtocolLine

#: What the patterns of a line may grow to once a candidate's number and name are filled in.
LENGTHS = {"number": 20, "name": 200, "key": 60}


def insert_form(spec: ContestSpec, candidates: list[Candidate], problems: Problems) -> None:
    """Lines in paper order, one for every candidate on the ballot; then relations and terms.

    Raises ImportRefused when lines clash or a side names a line that is not there.
    """
    contest = spec.contest
    lines = [line for pattern in spec.lines for line in _lines(contest, pattern, candidates)]
    for position, line in enumerate(lines, 1):
        line.position = position
    _check_lines(contest.code, lines, problems)
    check_numbers(contest.code, contest.outcome, [c.number for c in candidates], problems)
    problems.stop_if_any()
    ProtocolLine.objects.bulk_create(lines)
    sides = Sides(contest, lines, problems)
    for ordinal, relation in enumerate(spec.relations, 1):
        sides.complete(f"relation {relation.code}", relation, ordinal)
    for ordinal, term in enumerate(spec.terms, 1):
        sides.complete(f"inaccuracy {ordinal}", term, ordinal)
    problems.stop_if_any()
    ControlRelation.objects.bulk_create(spec.relations)
    InaccuracyTerm.objects.bulk_create(spec.terms)


class Sides:
    """Finds the positions of lines by their keys; "votes" is all candidates' lines."""

    def __init__(self, contest: Contest, lines: list[ProtocolLine], problems: Problems) -> None:
        self.contest = contest
        self.lines = lines
        self.problems = problems

    def complete(self, where: str, row: ControlRelation | InaccuracyTerm, ordinal: int) -> None:
        """Give the row its place in the form, and positions for the keys of its sides."""
        row.contest = self.contest
        row.ordinal = ordinal
        row.left = self.positions(f"{where}, left", row.left)
        row.right = self.positions(f"{where}, right", row.right)

    def positions(self, where: str, keys: list[Any]) -> list[int]:
        found: list[int] = []
        for key in keys:
            named = [
                line.position
                for line in self.lines
                if key == line.key or (key == "votes" and line.candidate)
            ]
            if not named:
                self._report(where, key, "no line has this key; correct it")
            found += named
        if len(set(found)) != len(found):
            self._report(where, ", ".join(keys), "a line counts twice; name it once")
        return found

    def _report(self, where: str, value: str, advice: str) -> None:
        self.problems.add(FILE, 0, where, value, advice=advice)


def _check_lines(contest: str, lines: list[ProtocolLine], problems: Problems) -> None:
    keys = [line.key for line in lines]
    for key in sorted(key for key, times in Counter(keys).items() if times > 1):
        problems.add(FILE, 0, f"{contest}.line.key", key, advice="two lines have this key")
    for line in lines:
        for name, most in LENGTHS.items():
            if len(value := getattr(line, name)) > most:
                advice = f"filled in it is longer than {most} characters; shorten it"
                problems.add(FILE, 0, f"{contest}.line.{name}", value, advice=advice)
    if len(lines) > MOST_LINES:
        of_candidates = sum(line.candidate is not None for line in lines)
        problems.add(
            "candidates.csv" if 2 * of_candidates > len(lines) else FILE,
            advice=f"the form of the contest {contest} has {len(lines)} lines, {of_candidates} of"
            f" them for candidates; it may have {MOST_LINES} at most",
        )
    if not any(line.candidate for line in lines):
        problems.add("candidates.csv", advice=f"nobody stands in the contest {contest}")


def _lines(
    contest: Contest, pattern: ProtocolLine, candidates: list[Candidate]
) -> list[ProtocolLine]:
    """One line as it is, or one for every candidate on the ballot."""
    if pattern.role != "votes":
        pattern.contest = contest
        return [pattern]
    return [
        ProtocolLine(
            contest=contest,
            key=_filled(pattern.key, candidate),
            number=_filled(pattern.number, candidate),
            name=_filled(pattern.name, candidate),
            names=candidate.names,
            role=pattern.role,
            candidate=candidate,
        )
        for candidate in candidates
        if candidate.number is not None
    ]


def _filled(pattern: str, candidate: Candidate) -> str:
    return pattern.replace("{number}", str(candidate.number)).replace("{name}", candidate.name)
