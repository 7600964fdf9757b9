"""NIST SP 1500-100 version 2 as JSON and as XML, from the same objects.

An object is a dict by the names of the specification, its members in the order of the XML schema;
`@id` and `@type` are as in the JSON. A `Hole` stands for a list whose items are text already.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from tabulation.public.files import xml_

NAMESPACE = "http://itl.nist.gov/ns/voting/1500-100/v2"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PREFIX = "ElectionResults."
#: Where XML has an abstract type, it has to name which one is meant.
NAMED = {"ReportingUnit", "CandidateContest", "CandidateSelection"}

Object = dict[str, Any]

#: Made once: a report has millions of items.
COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Hole:
    """A list of items that are text already."""

    read: Callable[[], Iterator[str]]


class Text(Protocol):
    """How objects become text."""

    def item(self, name: str, value: Object, *, first: bool) -> str:
        """One item of the list ``name``."""

    def document(self, report: Object) -> Iterator[str]:
        """The whole report."""


class Json:
    """As the JSON schema has it."""

    def item(self, name: str, value: Object, *, first: bool) -> str:
        text = COMPACT.encode(value)
        return text if first else f",\n{text}"

    def document(self, report: Object) -> Iterator[str]:
        yield from self._value(report)
        yield "\n"

    def _value(self, value: Any) -> Iterator[str]:
        if isinstance(value, Hole):
            yield "["
            yield from value.read()
            yield "]"
        elif isinstance(value, dict):
            yield "{"
            for i, (name, member) in enumerate(value.items()):
                yield f"{',' if i else ''}\n{json.dumps(name)}:"
                yield from self._value(member)
            yield "}"
        elif isinstance(value, list):
            yield "["
            for i, member in enumerate(value):
                yield "," if i else ""
                yield from self._value(member)
            yield "]"
        else:
            yield json.dumps(value, ensure_ascii=False)


class Xml:
    """As the XML schema has it."""

    def item(self, name: str, value: Object, *, first: bool) -> str:
        return f"{_element(name, value)}\n"

    def document(self, report: Object) -> Iterator[str]:
        yield xml_.DECLARATION
        yield f'<ElectionReport xmlns="{NAMESPACE}" xmlns:xsi="{XSI}">\n'
        yield from self._members(report)
        yield "</ElectionReport>\n"

    def _members(self, value: Object) -> Iterator[str]:
        """Of an object that has a hole, or may have one inside."""
        for name, member in value.items():
            if isinstance(member, Hole):
                yield from member.read()
            elif name in WITH_HOLES:
                for item in member:
                    yield f"<{name}{_attributes(item)}>\n"
                    yield from self._members(item)
                    yield f"</{name}>\n"
            elif name not in ATTRIBUTES:
                yield f"{_member(name, member)}\n"


#: Lists of objects that have holes.
WITH_HOLES = ("Election", "Contest", "ContestSelection")


def _element(name: str, value: Any) -> str:
    if not isinstance(value, dict):
        return f"<{name}>{_plain(value)}</{name}>"
    if "Content" in value:
        inside = xml_.text(value["Content"])
    else:
        inside = "".join([_member(n, m) for n, m in value.items() if n not in ATTRIBUTES])
    return f"<{name}{_attributes(value)}>{inside}</{name}>"


def _member(name: str, member: Any) -> str:
    if not isinstance(member, list):
        return _element(name, member)
    if name.endswith("Ids"):
        return f"<{name}>{' '.join(member)}</{name}>"
    return "".join([_element(name, item) for item in member])


#: Members that are attributes in XML, by their names there.
ATTRIBUTES = {"@id": "ObjectId", "@type": "xsi:type", "Label": "Label", "Language": "Language"}


def _attributes(value: Object) -> str:
    kind = value["@type"].removeprefix(PREFIX)
    known = {
        shown: kind if name == "@type" else value[name]
        for name, shown in ATTRIBUTES.items()
        if name in value and (name != "@type" or kind in NAMED)
    }
    return "".join([f" {shown}={xml_.attribute(text)}" for shown, text in known.items()])


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return xml_.text(value)
    return str(value).lower()
