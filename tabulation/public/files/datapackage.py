"""Frictionless Data Package: what the tables of a publication hold, column by column.

The specification: specs.frictionlessdata.io, version 1. Paths are relative to the description, so
that it stands at its address and in the zip alike.
"""

from collections.abc import Iterable
from typing import Any

from tabulation.arithmetic.form import ProtocolForm
from tabulation.public.files import long, wide
from tabulation.public.files.nist import moment
from tabulation.public.files.statement import NOT_ON_BALLOT, Licence, Statement, licence_of

#: Of the description: one more whenever what it says changes.
PACKAGE_VERSION = 1
#: The columns of turnout by the hour: name, type of Table Schema, and what it says.
TURNOUT = (
    ("unit", "string", "area or station"),
    ("code", "string", "the unit's code"),
    ("hour", "string", "the hour that was reported for, as 15:00"),
    ("voters", "integer", "voters who had come by then"),
    ("stations", "integer", "stations that reported this hour"),
    ("registered", "integer", "voters on their lists, of those that keep one"),
    ("without_list", "integer", "of those stations, how many keep no list"),
    ("expected", "integer", "stations that report and that do not"),
)
#: Cells that hold no figure: not counted or blank, and not on the ballot.
MISSING = ["", NOT_ON_BALLOT]
STATES = ["not counted", "partial", "counted", "annulled"]
#: Columns that always have a value, and those of few values.
RULES: dict[str, dict[str, Any]] = {
    "unit": {"required": True, "enum": ["station", "area"]},
    "code": {"required": True},
    "status": {"required": True, "enum": STATES},
    "line_key": {"required": True},
    "missing": {"enum": [long.NOT_COUNTED, long.BLANK, long.ABSENT]},
    **{
        name: {"minimum": 0}
        for name in (
            *("unchanged_since", "stations_expected", "stations_reported", "stations_annulled"),
            *("version", "candidate_number", "figure"),
            *("voters", "stations", "registered", "without_list", "expected"),
        )
    },
}


def description(statements: list[Statement]) -> dict[str, Any]:
    """Of the tables of all contests of one publication."""
    first = statements[0]
    election, edition = first.election, first.publication
    says = [election.notice, edition.note, f"Status of the publication: {edition.status}."]
    package = {
        "profile": "tabular-data-package",
        "name": f"{election.slug}-{edition.number}",
        "title": election.name,
        "description": " ".join(filter(None, says)),
        "version": str(edition.number),
        "created": moment(edition.published_at),
        "keywords": ["election", "results", edition.status],
        "licenses": [_licence(licence_of(election))],
        "resources": [resource for said in statements for resource in _resources(said)],
    }
    return {**package, **({"sources": [{"title": election.source}]} if election.source else {})}


def _licence(licence: Licence) -> dict[str, str]:
    known = {"name": licence.name or "other", "path": licence.address, "title": licence.title}
    return {name: value for name, value in known.items() if value}


def _resources(said: Statement) -> list[dict[str, Any]]:
    code, office = said.contest.code, said.form.office
    turnout = _resource(
        f"{code}.turnout",
        f"{office}: turnout of every area and station, one row for each hour",
        [*_fields(TURNOUT), *_notice(said)],
        ["unit", "code", "hour"],
    )
    return [
        _resource(
            code,
            f"{office}: every polling station, one row each",
            [*_fields(wide.COLUMNS), *_line_fields(said.form), *_notice(said)],
            ["code"],
        ),
        _resource(
            f"{code}.long",
            f"{office}: every line of every polling station, one row each",
            [*_fields(long.COLUMNS), *_notice(said)],
            ["code", "line_key"],
        ),
        *([turnout] if said.has_turnout else []),
    ]


def _resource(
    name: str, title: str, fields: list[dict[str, Any]], key: list[str]
) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "title": title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "header": True},
        "schema": {"fields": fields, "missingValues": MISSING, "primaryKey": key},
    }


def _fields(columns: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "type": kind,
            "description": what,
            **({"constraints": RULES[name]} if name in RULES else {}),
        }
        for name, kind, what in columns
    ]


def _line_fields(form: ProtocolForm) -> list[dict[str, Any]]:
    return [
        {
            "name": line.key,
            "title": line.name,
            "type": "integer",
            "description": f"line {line.number} of the paper: {line.name}",
            "constraints": {"minimum": 0},
        }
        for line in form.lines
    ]


def _notice(said: Statement) -> list[dict[str, Any]]:
    return _fields([wide.NOTICE]) if said.election.notice else []
