"""`election.toml`: the election, its contests, the lines of the protocol and their relations."""

import datetime
import re
import tomllib
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ROLES
from tabulation.arithmetic.rules import OPERATORS
from tabulation.importing.outcome import read_outcome
from tabulation.importing.problems import Problems
from tabulation.importing.sections import FILE, Section
from tabulation.models import ControlRelation, InaccuracyTerm
from tabulation.public.files.wide import COLUMNS, NOTICE

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KEY = re.compile(r"[a-z][a-z0-9_]*")
#: Columns of tables in which a line's key is a column too.
TAKEN = ("line", "station_code", "revision", NOTICE[0], *(name for name, *_rest in COLUMNS))
#: What lets a protocol count: a supervisor, or two equal entries without an open error.
ACCEPT = ("supervisor", "verified")


@dataclass(frozen=True)
class LineSpec:
    """A line of the paper, or with role "votes" the pattern of one line for every candidate."""

    key: str
    number: str
    name: str
    names: dict[str, str]
    role: str


@dataclass(frozen=True)
class RelationSpec:
    code: str
    name: str
    names: dict[str, str]
    left: list[str]
    operator: str
    right: list[str]
    severity: str
    tolerance: Decimal
    percent: bool
    for_clerk: str
    for_clerks: dict[str, str]
    for_supervisor: str
    for_supervisors: dict[str, str]
    action: str
    actions: dict[str, str]


@dataclass(frozen=True)
class TermSpec:
    kind: str
    left: list[str]
    right: list[str]


@dataclass(frozen=True)
class ContestSpec:
    code: str
    office: str
    offices: dict[str, str]
    round: int
    seats: int
    rule: str
    base: str
    #: Code of the area the contest covers; empty: the whole country.
    area: str
    lines: list[LineSpec]
    relations: list[RelationSpec]
    terms: list[TermSpec]
    turnout_hours: list[datetime.time]
    #: The details of the rule, as `outcomes.Rules` reads them.
    outcome: dict[str, Any]


@dataclass(frozen=True)
class ElectionSpec:
    slug: str
    name: str
    names: dict[str, str]
    kind: str
    time_zone: str
    announced: datetime.date | None
    polling_days: list[datetime.date]
    inauguration: datetime.date | None
    quorum: int
    entries_required: int
    accepts_verified: bool
    notice: str
    notices: dict[str, str]
    source: str
    sources: dict[str, str]
    licence: str
    licences: dict[str, str]
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


#: Names that stand in addresses where those of contests do.
FILES = ("manifest", "datapackage", "files", "decision", "autopublish", "events")


def _election(section: Section, contests: list[Section]) -> ElectionSpec:
    spec = ElectionSpec(
        slug=section.pattern("slug", SLUG, "nkr-2012: small letters, digits and hyphens", most=60),
        name=section.text("name", required=True),
        names=section.translations("name"),
        kind=section.choice("kind", Election.Kind.values),
        time_zone=section.text("time_zone", "UTC"),
        announced=section.day("announced"),
        polling_days=section.take("polling_days", list, [], required=True),
        inauguration=section.day("inauguration"),
        quorum=section.number("quorum", 0, least=0, most=999),
        entries_required=section.number("entries_required", 2, most=2),
        accepts_verified=section.choice("accept", ACCEPT, ACCEPT[0]) == "verified",
        notice=section.text("notice", most=300),
        notices=section.translations("notice", most=300),
        source=section.text("source", most=300),
        sources=section.translations("source", most=300),
        licence=section.text("licence", most=100),
        licences=section.translations("licence", most=100),
        contests=[_contest(contest) for contest in contests],
    )
    _check_dates(section, spec)
    if spec.kind == Election.Kind.REAL and spec.entries_required != 2:
        message = "two people type each protocol of a real election; write 2"
        section.report("entries_required", spec.entries_required, message)
    if spec.time_zone not in available_timezones():
        section.report("time_zone", spec.time_zone, "unknown; write it like Asia/Yerevan")
    section.finish()
    codes = [contest.code for contest in spec.contests]
    for contest, read in zip(contests, spec.contests, strict=True):
        if codes.count(read.code) > 1:
            contest.report("code", read.code, "two contests have this code; change one")
        if read.code in FILES:
            contest.report("code", read.code, "a file of each publication has this name; change it")
        if read.round > len(spec.polling_days):
            contest.report("round", read.round, "that round has no polling day")
    return spec


def _check_dates(section: Section, spec: ElectionSpec) -> None:
    days = spec.polling_days
    # A datetime is a date to Python; here it is a mistake.
    if not days or not all(type(day) is datetime.date for day in days):
        section.report("polling_days", days, "it must be a list of dates, one a round")
        return
    if days != sorted(set(days)):
        section.report("polling_days", days, "the rounds must follow each other")
    if spec.announced and spec.announced > days[0]:
        section.report("announced", spec.announced, "it is after polling day")
    if spec.inauguration and spec.inauguration <= days[-1]:
        section.report("inauguration", spec.inauguration, "it is not after polling day")


def _contest(section: Section) -> ContestSpec:
    details = section.table("outcome")
    spec = ContestSpec(
        code=section.pattern("code", SLUG, "president: small letters, digits and hyphens"),
        office=section.text("office", required=True),
        offices=section.translations("office"),
        round=section.number("round", 1, most=10),
        seats=section.number("seats", 1),
        rule=section.choice("rule", Contest.Rule.values),
        base=section.choice("base", Contest.Base.values),
        area=section.text("area", most=60),
        lines=[_line(line) for line in section.tables("line")],
        relations=[_relation(relation) for relation in section.tables("relation")],
        terms=[_term(term) for term in section.tables("inaccuracy")],
        turnout_hours=section.hours("turnout_hours"),
        outcome={},
    )
    if details is not None:
        roles = [line.role for line in spec.lines]
        spec = replace(spec, outcome=read_outcome(details, spec.rule, roles))
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


def _line(section: Section) -> LineSpec:
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
    spec = LineSpec(
        key=key,
        number=section.text("number", required=True, most=20),
        name=section.text("name", required=True),
        names=section.translations("name"),
        role=role,
    )
    section.finish()
    return spec


def _relation(section: Section) -> RelationSpec:
    tolerance = section.take("tolerance", object, 0)
    percent = isinstance(tolerance, str) and tolerance.strip().endswith("%")
    spec = RelationSpec(
        code=section.pattern("code", SLUG, "votes-equal-valid"),
        name=section.text("name", required=True),
        names=section.translations("name"),
        left=section.texts("left"),
        operator=section.choice("operator", OPERATORS),
        right=section.texts("right"),
        severity=section.choice("severity", ControlRelation.Severity.values),
        tolerance=_tolerance(section, tolerance),
        percent=percent,
        for_clerk=section.text("clerk", most=300),
        for_clerks=section.translations("clerk", most=300),
        for_supervisor=section.text("supervisor", most=300),
        for_supervisors=section.translations("supervisor", most=300),
        action=section.text("action", most=300),
        actions=section.translations("action", most=300),
    )
    if set(spec.left) == set(spec.right):
        section.report("left", spec.left, "both sides are the same, or empty; correct one")
    section.finish()
    return spec


def _tolerance(section: Section, value: object) -> Decimal:
    """`3` is three ballots, `"2.5 %"` is percent of the right side."""
    text = str(value).strip().removesuffix("%").strip()
    if not re.fullmatch(r"\d{1,9}(\.\d{1,3})?", text):
        section.report("tolerance", value, 'write it like 3 (ballots) or "2.5 %"')
        return Decimal(0)
    return Decimal(text)


def _term(section: Section) -> TermSpec:
    spec = TermSpec(
        kind=section.choice("kind", InaccuracyTerm.Kind.values),
        left=section.texts("left"),
        right=section.texts("right"),
    )
    section.finish()
    return spec
