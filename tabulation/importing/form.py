"""The form of a contest, from its configuration and its candidates: lines, relations, terms."""

from collections import Counter

from candidates.models import Candidate, Contest
from tabulation.arithmetic.form import MOST_LINES
from tabulation.importing.configuration import ContestSpec, LineSpec
from tabulation.importing.outcome import check_numbers
from tabulation.importing.problems import Problems
from tabulation.importing.sections import FILE
from tabulation.models import ControlRelation, InaccuracyTerm, ProtocolLine

#: What the patterns of a line may grow to once a candidate's number and name are filled in.
LENGTHS = {"number": 20, "name": 200, "key": 60}


def insert_form(
    contest: Contest, spec: ContestSpec, candidates: list[Candidate], problems: Problems
) -> None:
    """Lines in paper order, one for every candidate on the ballot; then relations and terms.

    Raises ImportRefused when lines clash or a side names a line that is not there.
    """
    lines = [line for pattern in spec.lines for line in _lines(contest, pattern, candidates)]
    for position, line in enumerate(lines, 1):
        line.position = position
    _check_lines(spec, lines, problems)
    check_numbers(spec.code, spec.outcome, [c.number for c in candidates], problems)
    problems.stop_if_any()
    ProtocolLine.objects.bulk_create(lines)
    sides = Sides(lines, problems)
    relations = [
        ControlRelation(
            contest=contest,
            ordinal=ordinal,
            code=relation.code,
            name=relation.name,
            names=relation.names,
            left=sides.positions(f"relation {relation.code}, left", relation.left),
            operator=relation.operator,
            right=sides.positions(f"relation {relation.code}, right", relation.right),
            severity=relation.severity,
            tolerance=relation.tolerance,
            percent=relation.percent,
            for_clerk=relation.for_clerk,
            for_clerks=relation.for_clerks,
            for_supervisor=relation.for_supervisor,
            for_supervisors=relation.for_supervisors,
            action=relation.action,
            actions=relation.actions,
        )
        for ordinal, relation in enumerate(spec.relations, 1)
    ]
    terms = [
        InaccuracyTerm(
            contest=contest,
            ordinal=ordinal,
            kind=term.kind,
            left=sides.positions(f"inaccuracy {ordinal}, left", term.left),
            right=sides.positions(f"inaccuracy {ordinal}, right", term.right),
        )
        for ordinal, term in enumerate(spec.terms, 1)
    ]
    problems.stop_if_any()
    ControlRelation.objects.bulk_create(relations)
    InaccuracyTerm.objects.bulk_create(terms)


class Sides:
    """Finds the positions of lines by their keys; "votes" is all candidates' lines."""

    def __init__(self, lines: list[ProtocolLine], problems: Problems) -> None:
        self.lines = lines
        self.problems = problems

    def positions(self, where: str, keys: list[str]) -> list[int]:
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


def _check_lines(spec: ContestSpec, lines: list[ProtocolLine], problems: Problems) -> None:
    keys = [line.key for line in lines]
    for key in sorted(key for key, times in Counter(keys).items() if times > 1):
        problems.add(FILE, 0, f"{spec.code}.line.key", key, advice="two lines have this key")
    for line in lines:
        for name, most in LENGTHS.items():
            if len(value := getattr(line, name)) > most:
                advice = f"filled in it is longer than {most} characters; shorten it"
                problems.add(FILE, 0, f"{spec.code}.line.{name}", value, advice=advice)
    if len(lines) > MOST_LINES:
        of_candidates = sum(line.candidate is not None for line in lines)
        problems.add(
            "candidates.csv" if 2 * of_candidates > len(lines) else FILE,
            advice=f"the form of the contest {spec.code} has {len(lines)} lines, {of_candidates} of"
            f" them for candidates; it may have {MOST_LINES} at most",
        )
    if not any(line.candidate for line in lines):
        problems.add("candidates.csv", advice=f"nobody stands in the contest {spec.code}")


def _lines(contest: Contest, pattern: LineSpec, candidates: list[Candidate]) -> list[ProtocolLine]:
    """One line as it is, or one for every candidate on the ballot."""
    if pattern.role != "votes":
        return [
            ProtocolLine(
                contest=contest,
                key=pattern.key,
                number=pattern.number,
                name=pattern.name,
                names=pattern.names,
                role=pattern.role,
            )
        ]
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
