"""What the parts of addresses and the files in JSON look like, as JSON Schema 2020-12."""

import json
from typing import Any

from django.conf import settings

from tabulation.outcomes.methods.sentences import SENTENCES
from tabulation.outcomes.methods.standing import Verdict
from tabulation.public.files.schemas import NAMES, schema
from tabulation.public.pages.asking import FILTERS
from tabulation.public.pages.embeds import PARTS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
#: A figure that is not there is null: nothing not yet counted is ever 0.
FIGURE: Schema = {"type": ["integer", "null"], "minimum": 0}
BASE64_HASH: Schema = {"type": "string", "pattern": "^[A-Za-z0-9+/]{43}=$"}
#: A whole number, or a fraction as a text that loses nothing.
EXACT: Schema = {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+/[0-9]+$"}
SLUG: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def listed(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def record(**members: Schema) -> Schema:
    """An object with all of ``members``. Others may be added: whoever reads it ignores them."""
    return {"type": "object", "properties": members, "required": list(members)}


#: What a rule gives, by its kind; "none" with the reason.
ANSWER: Schema = {
    "oneOf": [
        record(
            kind={"enum": ["elected", "second round", "failed"]},
            elected=listed(COUNT),
            advancing=listed(COUNT),
            seats={"type": "object", "additionalProperties": COUNT},
            vacant=COUNT,
        ),
        record(kind={"const": "lot needed"}, among=listed(COUNT), places=COUNT),
        record(kind={"const": "none"}, problem=TEXT),
    ]
}


def parameter(place: str, name: str, description: str, schema: Schema) -> Schema:
    """What can be asked with, in the path, the query string or a header."""
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": schema,
    }


def parameters() -> dict[str, Schema]:
    """The parts of addresses by their names there, with an example each."""
    languages = [code for code, _name in settings.LANGUAGES]
    known: dict[str, tuple[str, Schema, object]] = {
        "language": ("Language of the page.", {"enum": languages}, "en"),
        "slug": ("An election.", SLUG, "nkr-2012"),
        "contest": ("A contest of it, by its code.", SLUG, "president"),
        "code": (
            "Code of an area or a polling station, letters of any script. A slash in it stands in"
            " the address as it is, /station/4/13/, although OpenAPI has no word for that in a"
            " path; written %2F it means the same.",
            {"type": "string", "pattern": r"^\w+([.\-/ ]\w+)*$", "maxLength": 60},
            "4/13",
        ),
        "number": ("Number of a publication, from 1.", NUMBER, 1),
        "candidate": ("Number on the ballot.", NUMBER, 2),
        "earlier": ("Number of a publication.", NUMBER, 1),
        "later": ("Number of a later publication.", NUMBER, 2),
        "page": ("Page of a long list, from 1.", NUMBER, 1),
        "what": ("Part of a page.", {"enum": list(PARTS)}, "results"),
        "name": ("What a schema is of.", {"enum": list(NAMES)}, "results"),
        "file": (
            "A document that came out with a publication: its manifest names them.",
            {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+$"},
            "decision.json",
        ),
    }
    return {
        name: {**parameter("path", name, description, schema), "example": example}
        for name, (description, schema, example) in known.items()
    }


#: Parameters of query strings by name: a page that looks at one names it in its `Operation`.
#: Any text may stand there; what cannot be used is told on the page, and ignored.
QUERY: dict[str, Schema] = {
    f"query-{name}": parameter("query", name, description, TEXT)
    for name, description in (
        ("q", "What is looked for: a code, or the beginnings of words."),
        (
            "sort",
            "Column to sort by, as the page's own links have it; a minus before it: reversed.",
        ),
        ("page", "Page of the list, from 1."),
        *((name, f"Filter, as the form of the page has it: {name}.") for name in FILTERS),
    )
}

STATUS: Schema = {
    "enum": [
        *("pre-election", "unofficial-partial", "unofficial-complete"),
        *("certified", "correction", "recount"),
    ]
}
TIME: Schema = {"type": "string", "format": "date-time"}
#: The entries of a node, hash (base64) and sums each; null stands where the proven one belongs.
NODE = listed(
    {
        "oneOf": [
            {"type": "null"},
            {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2},
        ]
    }
)


def _proof(kind: str, **what: Schema) -> Schema:
    """Beside the published schema, for readers of OpenAPI do not know its `prefixItems`."""
    return record(
        format={"const": kind},
        election=TEXT,
        contest=TEXT,
        publication=NUMBER,
        path=listed(record(levels=listed(NODE), record=TEXT)),
        log=listed(BASE64_HASH),
        **what,
    )


def _files_with_schemas() -> dict[str, Schema]:
    """What is published as a JSON Schema of its own, as OpenAPI refers to it."""
    results = _inside("results")
    return {
        "Latest": _inside("latest"),
        "Manifest": _inside("manifest"),
        "Unit": results.pop("$defs")["unit"],
        "Results": results,
    }


def _inside(name: str) -> Schema:
    """A published schema without its address, and with its definition as a component."""
    body: Schema = json.loads(schema(name).replace("#/$defs/unit", "#/components/schemas/Unit"))
    return {key: part for key, part in body.items() if key not in ("$schema", "$id")}


#: The files in JSON, by the names that operations have for them.
SCHEMAS: dict[str, Schema] = {
    **_files_with_schemas(),
    "Outcome": record(
        election=TEXT,
        publication=NUMBER,
        status=STATUS,
        notice=TEXT,
        contests=listed(ref("Proposal")),
    ),
    "Proposal": record(
        contest=TEXT,
        office=TEXT,
        rule={"enum": ["plurality", "majority", "list"]},
        base={"enum": ["valid", "ballots_cast"]},
        seats=COUNT,
        round=COUNT,
        details={"type": "object"},
        candidates={"type": "object", "additionalProperties": TEXT},
        stations=record(expected=COUNT, reported=COUNT, annulled=COUNT, outstanding=COUNT),
        registered_outstanding=FIGURE,
        can_still_change={"enum": [one.value for one in Verdict]},
        proposal=ANSWER,
        steps=listed(record(step={"enum": list(SENTENCES)}, text=TEXT)),
        lots=listed(
            record(
                decision=TEXT,
                asked_in=NUMBER,
                drawn=listed(COUNT),
                places=COUNT,
                drawn_at=TIME,
                drawn_by=TEXT,
                witnesses=listed(TEXT),
            )
        ),
        inaccuracies={
            "oneOf": [
                {"type": "null"},
                record(
                    total=COUNT,
                    stations=COUNT,
                    decides={"type": ["string", "null"]},
                    candidates=listed(COUNT),
                    difference=EXACT,
                    could_change={"type": ["boolean", "null"]},
                ),
            ]
        },
        annulled=record(
            stations=listed(record(code=TEXT, reason=TEXT, decision=TEXT, registered=FIGURE)),
            proposal_with_them={"oneOf": [{"type": "null"}, ANSWER]},
            would_change_it={"type": ["boolean", "null"]},
        ),
    ),
    "Form": record(
        contest=TEXT,
        office=TEXT,
        base=TEXT,
        lines=listed(
            record(
                key=TEXT,
                number=TEXT,
                name=TEXT,
                role=TEXT,
                candidate={"type": ["integer", "null"]},
                scope=listed(TEXT),
            )
        ),
        choices=listed(record(number={"type": ["integer", "null"]}, name=TEXT)),
        checks=listed(
            record(
                code=TEXT,
                name=TEXT,
                severity=TEXT,
                left=listed(COUNT),
                operator={"enum": ["==", ">=", "<="]},
                right=listed(COUNT),
                tolerance=TEXT,
                percent={"type": "boolean"},
            )
        ),
    ),
    "StationProof": _proof("hashvark proof v1", record=TEXT),
    "AreaProof": _proof("hashvark bundle v1", records=listed(TEXT)),
    "Catalog": {
        "type": "object",
        "required": ["@context", "@id", "@type", "dcat:dataset"],
        "properties": {
            "@type": {"const": "dcat:Catalog"},
            "dcat:dataset": listed({"type": "object"}),
        },
    },
    "OpenAPI": {"type": "object", "required": ["openapi", "info", "paths", "components"]},
    "OpenObject": {"type": "object"},
    "Health": record(status={"enum": ["ok", "database"]}),
}
