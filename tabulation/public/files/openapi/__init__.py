"""The OpenAPI 3.1 description of every public address, made from the routes themselves."""

import json
import re
from typing import Any

from django.conf import settings
from django.urls import URLPattern, get_resolver

from tabulation.public.document import Document, document
from tabulation.public.files.openapi.operations import HTML, OPERATIONS, TAGS, Operation
from tabulation.public.files.openapi.schemas import QUERY, SCHEMAS, parameters, ref

__all__ = ["OPERATIONS", "described", "openapi_json"]

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
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def openapi_json() -> Document:
    """The description as JSON, the same for everybody: it knows no election."""
    return document(
        json.dumps(described(), ensure_ascii=False, indent=1) + "\n", "application/json"
    )


def described() -> dict[str, Any]:
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
        "paths": dict(_path(route) for route in _routes()),
        "components": {
            "schemas": SCHEMAS,
            "parameters": {**parameters(), **QUERY, "if-none-match": IF_NONE_MATCH},
            "headers": HEADERS,
            "responses": RESPONSES,
        },
    }


def _routes() -> list[URLPattern]:
    routes = [route for route in get_resolver().url_patterns if isinstance(route, URLPattern)]
    return [route for route in routes if route.name in OPERATIONS]


def _path(route: URLPattern) -> tuple[str, dict[str, Any]]:
    """An address as OpenAPI writes it, and what can be asked there."""
    name = str(route.name)
    text = str(route.pattern)
    shared = [_component("parameters", found) for found in PARAMETER.findall(text)]
    operation = OPERATIONS[name]
    queries = [_component("parameters", f"query-{found}") for found in operation.query]
    answers = _answers(name, operation, elsewhere=bool(shared))
    asked: dict[str, Any] = {
        "get": {
            **_told(name, operation),
            "parameters": [*queries, _component("parameters", "if-none-match")],
            "responses": answers,
        },
        "head": {
            **_told(f"{name}-head", operation),
            "description": "The headers of GET alone.",
            "parameters": queries,
            "responses": {
                status: {key: part for key, part in answer.items() if key != "content"}
                for status, answer in answers.items()
                if status != "304"
            },
        },
    }
    path = "/" + PARAMETER.sub(r"{\1}", text)
    return path, ({"parameters": shared} if shared else {}) | asked


def _told(name: str, operation: Operation) -> dict[str, Any]:
    return {"operationId": name, "summary": operation.summary, "tags": [operation.tag]}


def _answers(name: str, operation: Operation, *, elsewhere: bool) -> dict[str, Any]:
    """By status. ``elsewhere``: the address has parts, so that it may have nothing."""
    if name == "root":
        return {"302": REDIRECT, **SHARED}
    if name == "healthz":
        health = _content(operation)
        return {
            "200": {"description": "It does.", "content": health},
            "503": {"description": "It does not.", "content": health},
            **SHARED,
        }
    headers = ["ETag", "Immutable" if operation.kept else "Cache-Control", *CORS]
    found = {
        "description": operation.summary,
        "headers": {
            "Cache-Control" if name == "Immutable" else name: _component("headers", name)
            for name in headers
        },
        "content": _content(operation),
    }
    missing = {"404": _component("responses", "Missing")} if elsewhere else {}
    asked = {"400": _component("responses", "TooMuch")} if operation.query else {}
    return {
        "200": found,
        "304": _component("responses", "NotModified"),
        **missing,
        **asked,
        **SHARED,
    }


def _content(operation: Operation) -> dict[str, Any]:
    schema = ref(operation.schema) if operation.schema else {"type": "string"}
    return {operation.media_type: {"schema": schema}}


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
IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETag of what the asker has.",
    "schema": {"type": "string"},
}
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
