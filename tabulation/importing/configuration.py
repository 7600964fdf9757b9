"""`election.toml`: the election, its contests, the lines of the protocol and their relations."""

import datetime
import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from zoneinfo import available_timezones

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ROLES
from tabulation.arithmetic.rules import OPERATORS
from tabulation.importing.outcome import read_outcome
from tabulation.importing.problems import Problems
from tabulation.importing.sections import FILE, Section
from tabulation.models import ControlRelation, InaccuracyTerm, ProtocolLine
from tabulation.public.files.wide import COLUMNS, NOTICE

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KEY = re.compile(r"[a-z][a-z0-9_]*")
#: Columns of tables in which a line's key is a column too.
TAKEN = ("line", "station_code", "revision", NOTICE[0], *(name for name, *_rest in COLUMNS))
#: What lets a protocol count: a supervisor, or two equal entries without an open error.
ACCEPT = ("supervisor", "verified")


@dataclass(frozen=True)
class ContestSpec:
    """A contest and its form, not saved yet: the form is completed from the candidates."""

    contest: Contest
    #: Code of the area the contest covers; empty: the whole country.
    area: str
    #: Lines of the paper; one with role "votes" is the pattern of one for every candidate.
    lines: list[ProtocolLine]
    #: Their sides, and those of the terms, are still keys of lines: positions come with the lines.
    relations: list[ControlRelation]
    terms: list[InaccuracyTerm]


@dataclass(frozen=True)
class ElectionSpec:
    """An election and its contests, not saved yet."""

    election: Election
    contests: list[ContestSpec]


def read_configuration(folder: Path, problems: Problems) -> ElectionSpec | None:
    """Read ``folder/election.toml``; ``None``, with problems added, when it cannot be used."""
    before = problems.count
    path = folder / FILE
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.add(FILE, advice=f"it cannot be read: {error.strerror}")
        return None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.add(FILE, advice=f"it is not a TOML file: {error}")
        return None
    top = Section(content, "", problems)
    table = top.take("election", dict, {}, required=True)
    contests = top.tables("contest")
    if not contests and problems.count == before:
        top.report("contest", "", "there is no [[contest]]; add one")
    top.finish()
    spec = _election(Section(table, "election", problems), contests)
    return spec if problems.count == before else None


def _election(section: Section, tables: list[Section]) -> ElectionSpec:
    election = Election(
        slug=section.address("slug", SLUG, "nkr-2012: small letters, digits and hyphens", most=60),
        name=section.text("name", required=True),
        names=section.translations("name"),
        kind=section.choice("kind", Election.Kind.values),
        time_zone=section.text("time_zone", "UTC"),
        announced_on=section.day("announced"),
        polling_days=section.take("polling_days", list, [], required=True),
        inauguration_on=section.day("inauguration"),
        quorum=section.number("quorum", 0, least=0, most=999),
        confirmations=section.number("confirmations", 1, least=0, most=99),
        entries_required=section.number("entries_required", 2, most=2),
        accepts_verified=section.choice("accept", ACCEPT, ACCEPT[0]) == "verified",
        # Not said: `load_election` decides it by the kind that is loaded.
        acceptor_differs=section.take("acceptor_differs", bool),
        notice=section.text("notice", most=300),
        notices=section.translations("notice", most=300),
        source=section.text("source", most=300),
        sources=section.translations("source", most=300),
        licence=section.text("licence", most=100),
        licences=section.translations("licence", most=100),
    )
    contests = [_contest(table) for table in tables]
    _check_dates(section, election)
    if election.kind == Election.Kind.REAL and election.entries_required != 2:
        message = "two people type each protocol of a real election; write 2"
        section.report("entries_required", election.entries_required, message)
    _check_commission(section, election)
    if election.time_zone not in available_timezones():
        section.report("time_zone", election.time_zone, "unknown; write it like Asia/Yerevan")
    section.finish()
    codes = [part.contest.code for part in contests]
    for table, part in zip(tables, contests, strict=True):
        code, number = part.contest.code, part.contest.round
        if codes.count(code) > 1:
            table.report("code", code, "two contests have this code; change one")
        if number > len(election.polling_days):
            table.report("round", number, "that round has no polling day")
    return ElectionSpec(election, contests)


#: Exercises, in which a member may act alone.
EXERCISES = (Election.Kind.REHEARSAL, Election.Kind.SAMPLE)


def _check_commission(section: Section, election: Election) -> None:
    if election.confirmations == 0 and election.kind not in EXERCISES:
        message = "another member confirms each act of the commission. Write 1 or more"
        section.report("confirmations", election.confirmations, message)
    if election.kind == Election.Kind.REAL and election.quorum == 0:
        message = "a real election has a quorum. Write how many members must be present"
        section.report("quorum", election.quorum, message)


def _check_dates(section: Section, election: Election) -> None:
    days = election.polling_days
    # A datetime is a date to Python; here it is a mistake.
    if not days or not all(type(day) is datetime.date for day in days):
        section.report("polling_days", days, "it must be a list of dates, one a round")
        return
    if days != sorted(set(days)):
        section.report("polling_days", days, "the rounds must follow each other")
    announced, inauguration = election.announced_on, election.inauguration_on
    if announced and announced > days[0]:
        section.report("announced", announced, "it is after polling day")
    if inauguration and inauguration <= days[-1]:
        section.report("inauguration", inauguration, "it is not after polling day")


def _contest(section: Section) -> ContestSpec:
    details = section.table("outcome")
    contest = Contest(
        code=section.address("code", SLUG, "president: small letters, digits and hyphens"),
        office=section.text("office", required=True),
        offices=section.translations("office"),
        round=section.number("round", 1, most=10),
        seats=section.number("seats", 1),
        rule=section.choice("rule", Contest.Rule.values),
        base=section.choice("base", Contest.Base.values),
    )
    spec = ContestSpec(
        contest=contest,
        area=section.text("area", most=60),
        lines=[_line(line) for line in section.tables("line")],
        relations=[_relation(relation) for relation in section.tables("relation")],
        terms=[_term(term) for term in section.tables("inaccuracy")],
    )
    contest.turnout_hours = section.hours("turnout_hours")
    if details is not None:
        contest.outcome = read_outcome(details, contest.rule, [line.role for line in spec.lines])
    section.finish()
    _check_form(section, spec)
    return spec


def _check_form(section: Section, spec: ContestSpec) -> None:
    roles = [line.role for line in spec.lines]
    for role in sorted({role for role in roles if role and roles.count(role) > 1}):
        section.report("line", role, "two lines have this role; a role names one line")
    if "votes" not in roles:
        section.report("line", "", 'no line has the role "votes"; add it: it stands for the ballot')
    codes = [relation.code for relation in spec.relations]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        section.report("relation", code, "two relations have this code; change one")


def _line(section: Section) -> ProtocolLine:
    role = section.choice("role", ("", *ROLES), default="")
    key = section.text("key", required=True, most=60)
    if role == "votes" and "{number}" not in key:
        section.report("key", key, 'write it like "votes_{number}": it stands for every candidate')
    plain = key.replace("{number}", "1") if role == "votes" else key
    if key and not KEY.fullmatch(plain):
        section.report("key", key, "write it like ballots_received: small letters, digits and _")
    if key in TAKEN:
        section.report("key", key, "this word is taken; choose another key")
    if key == "votes":
        section.report("key", key, 'in relations "votes" means all candidates; choose another key')
    line = ProtocolLine(
        key=key,
        number=section.text("number", required=True, most=20),
        name=section.text("name", required=True),
        names=section.translations("name"),
        role=role,
    )
    section.finish()
    return line


def _relation(section: Section) -> ControlRelation:
    tolerance = section.take("tolerance", object, 0)
    relation = ControlRelation(
        code=section.pattern("code", SLUG, "votes-equal-valid"),
        name=section.text("name", required=True),
        names=section.translations("name"),
        left=section.texts("left"),
        operator=section.choice("operator", OPERATORS),
        right=section.texts("right"),
        severity=section.choice("severity", ControlRelation.Severity.values),
        tolerance=_tolerance(section, tolerance),
        percent=isinstance(tolerance, str) and tolerance.strip().endswith("%"),
        for_clerk=section.text("clerk", most=300),
        for_clerks=section.translations("clerk", most=300),
        for_supervisor=section.text("supervisor", most=300),
        for_supervisors=section.translations("supervisor", most=300),
        action=section.text("action", most=300),
        actions=section.translations("action", most=300),
    )
    if set(relation.left) == set(relation.right):
        section.report("left", relation.left, "both sides are the same, or empty; correct one")
    section.finish()
    return relation


def _tolerance(section: Section, value: object) -> Decimal:
    """`3` is three ballots, `"2.5 %"` is percent of the right side."""
    text = str(value).strip().removesuffix("%").strip()
    if not re.fullmatch(r"\d{1,9}(\.\d{1,3})?", text):
        section.report("tolerance", value, 'write it like 3 (ballots) or "2.5 %"')
        return Decimal(0)
    return Decimal(text)


def _term(section: Section) -> InaccuracyTerm:
    term = InaccuracyTerm(
        kind=section.choice("kind", InaccuracyTerm.Kind.values),
        left=section.texts("left"),
        right=section.texts("right"),
    )
    section.finish()
    return term
