"""NIST SP 1500-100 version 2 as JSON and as XML, from the same objects.

An object is a dict by the names of the specification, its members in the order of the XML schema;
`@id` and `@type` are as in the JSON. A `Hole` stands for a list whose items are text already.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from tabulation.exporting import xml_

NAMESPACE = "http://itl.nist.gov/ns/voting/1500-100/v2"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PREFIX = "ElectionResults."
#: Where XML has an abstract type, it has to name which one is meant.
NAMED = {"ReportingUnit", "CandidateContest", "CandidateSelection"}

Object = dict[str, Any]


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
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
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
        return "".join(self._element(name, value)) + "\n"

    def document(self, report: Object) -> Iterator[str]:
        yield xml_.DECLARATION
        yield f'<ElectionReport xmlns="{NAMESPACE}" xmlns:xsi="{XSI}">\n'
        yield from self._members(report)
        yield "</ElectionReport>\n"

    def _element(self, name: str, value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"<{name}>{_plain(value)}</{name}>"
            return
        yield f"<{name}{_attributes(value)}>"
        if "Content" in value:
            yield xml_.text(value["Content"])
        else:
            yield from self._members(value)
        yield f"</{name}>"

    def _members(self, value: Object) -> Iterator[str]:
        for name, member in value.items():
            if name in ATTRIBUTES:
                continue
            if isinstance(member, Hole):
                yield from member.read()
            elif isinstance(member, list) and name.endswith("Ids"):
                yield f"<{name}>{' '.join(member)}</{name}>"
            else:
                for item in member if isinstance(member, list) else [member]:
                    yield from self._element(name, item)


#: Members that are attributes in XML, by their names there.
ATTRIBUTES = {"@id": "ObjectId", "@type": "xsi:type", "Label": "Label", "Language": "Language"}


def _attributes(value: Object) -> str:
    said = {name: value[name] for name in ATTRIBUTES if name in value}
    kind = said.pop("@type").removeprefix(PREFIX)
    if kind in NAMED:
        said["@type"] = kind
    return "".join(f" {ATTRIBUTES[name]}={xml_.attribute(text)}" for name, text in said.items())


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else xml_.text(value)
