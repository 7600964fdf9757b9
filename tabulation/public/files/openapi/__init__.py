"""The OpenAPI 3.1 description of every public address, made from what is declared of it."""

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings

from tabulation.public.declaration import (
    DATA,
    FOR_EVER,
    OTHERS,
    PAGES,
    PARAMETER,
    PROOFS,
    Declaration,
)
from tabulation.public.document import HTML, Document, document
from tabulation.public.files.openapi.schemas import QUERY, SCHEMAS, TEXT, parameter, parameters, ref

#: One more whenever an address or a member of a file goes or changes its meaning.
VERSION = "1.0.0"
LICENCE = {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}
ABOUT = (
    "Every page and file that anybody can read without an account: results of elections down to"
    " each polling station, as the electoral commission published them, and what they are checked"
    " with. Only GET and HEAD are answered; there are no cookies, keys or limits of number."
    " Query strings are ignored unless one is described. Files under a publication's number never"
    " change. A figure that is not there is null or empty, never 0. The licence of an election's"
    " data stands in its files and pages; where none is named it is CC BY 4.0."
)
TAGS = {
    PAGES: "Pages for people: HTML, without scripts that they need, in the language of the path.",
    DATA: "Files of a publication, which never change, and what is newest.",
    PROOFS: "What anybody checks a publication with: docs/verification.md.",
    OTHERS: "Parts for other people's pages: the only ones that may stand in their frames.",
}
Paths = dict[str, Any]


def openapi_json(documents: Iterable[Declaration]) -> Document:
    """The description as JSON, the same for everybody: it knows no election."""
    text = json.dumps(described(documents), ensure_ascii=False, indent=1)
    return document(f"{text}\n", "application/json")


def described(documents: Iterable[Declaration]) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Published results of elections",
            "version": VERSION,
            "description": ABOUT,
            "license": LICENCE,
        },
        "servers": [{"url": settings.SITE or "/"}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "paths": dict(_path(one) for one in documents),
        "components": {
            "schemas": SCHEMAS,
            "parameters": {**parameters(), **QUERY, "if-none-match": IF_NONE_MATCH},
            "headers": HEADERS,
            "responses": RESPONSES,
        },
    }


def _path(declared: Declaration) -> tuple[str, Paths]:
    """An address as OpenAPI writes it, and what can be asked there."""
    shared = [_component("parameters", part) for part in declared.parts]
    queries = [_component("parameters", f"query-{name}") for name in declared.query]
    answers = _answers(declared)
    operations: Paths = {
        "get": {
            **_summary(declared, declared.name),
            "parameters": [*queries, _component("parameters", "if-none-match")],
            "responses": answers,
        },
        "head": {
            **_summary(declared, f"{declared.name}-head"),
            "description": "The headers of GET alone.",
            "parameters": queries,
            "responses": {
                status: {key: part for key, part in answer.items() if key != "content"}
                for status, answer in answers.items()
                if status != "304"
            },
        },
    }
    path = "/" + PARAMETER.sub(r"{\1}", declared.path)
    return path, ({"parameters": shared} if shared else {}) | operations


def _summary(declared: Declaration, name: str) -> Paths:
    return {"operationId": name, "summary": declared.summary, "tags": [declared.tag]}


def _answers(declared: Declaration) -> Paths:
    """By status. An address that has parts may have nothing."""
    if declared.name == "root":
        return {"302": REDIRECT, **SHARED}
    if declared.name == "healthz":
        health = _content(declared)
        return {
            "200": {"description": "It does.", "content": health},
            "503": {"description": "It does not.", "content": health},
            **SHARED,
        }
    cache = "Immutable" if declared.cache == FOR_EVER else "Cache-Control"
    found = {
        "description": declared.summary,
        "headers": {
            "ETag": _component("headers", "ETag"),
            "Cache-Control": _component("headers", cache),
            **{name: _component("headers", name) for name in CORS},
        },
        "content": _content(declared),
    }
    missing = {"404": _component("responses", "Missing")} if declared.parts else {}
    too_many = {"400": _component("responses", "TooMuch")} if declared.query else {}
    return {
        "200": found,
        "304": _component("responses", "NotModified"),
        **missing,
        **too_many,
        **SHARED,
    }


def _content(declared: Declaration) -> Paths:
    schema = ref(declared.schema) if declared.schema else {"type": "string"}
    return {declared.media_type: {"schema": schema}}


def _component(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


CORS = ("Access-Control-Allow-Origin",)
HEADERS: dict[str, Any] = {
    "ETag": {
        "description": "Changes with the content: send it back as If-None-Match.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[^"]+"$'},
    },
    "Cache-Control": {
        "description": "How long it may be kept: seconds.",
        "required": True,
        "schema": {"type": "string", "pattern": "^public, max-age="},
    },
    "Immutable": {
        "description": "It never changes and may be kept for ever.",
        "required": True,
        "schema": {"type": "string", "pattern": "immutable$"},
    },
    "Access-Control-Allow-Origin": {
        "description": "Programs in the pages of any site may read it.",
        "required": True,
        "schema": {"const": "*"},
    },
}
IF_NONE_MATCH = parameter("header", "If-None-Match", "ETag of what the asker has.", TEXT)
REDIRECT: dict[str, Any] = {
    "description": "The language is part of the address; without one it is English.",
    "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
}
RESPONSES: dict[str, Any] = {
    "NotModified": {
        "description": "It is what the asker has.",
        "headers": {"ETag": _component("headers", "ETag")},
    },
    "Missing": {
        "description": "Nothing was published at this address; a page that says what is missing.",
        "content": {HTML: {"schema": {"type": "string"}}},
    },
    "TooMuch": {
        "description": "More parameters than any form has.",
        "content": {HTML: {"schema": {"type": "string"}}},
    },
    "Secure": {"description": "Where the site demands HTTPS: the same address with it."},
    "WrongMethod": {"description": "Only GET and HEAD are answered."},
    "Changed": {"description": "A condition in If-Match or If-Unmodified-Since does not hold."},
}
SHARED: dict[str, Any] = {
    "301": _component("responses", "Secure"),
    "405": _component("responses", "WrongMethod"),
    "412": _component("responses", "Changed"),
}
