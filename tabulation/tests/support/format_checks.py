"""Files of others' formats, checked against the official schemas and read back, by tests alone."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from django.conf import settings
from frictionless import Package
from lxml import etree

from tabulation.public.files.schemas import schema
from tabulation.tests.support.real_elections import DATA

NIST = Path(settings.BASE_DIR) / "tabulation/public/files/schemas_of_others/nist-1500-100-v2"
#: Not part of the project: see the README beside them.
EML = DATA.parent / "schemas" / "oasis-eml-5.0" / "510-count-v5-0.xsd"
NO_EML = f"EML is not checked against its schema, which is not there: {EML}"

NS = {"n": "http://itl.nist.gov/ns/voting/1500-100/v2", "e": "urn:oasis:names:tc:evs:schema:eml"}

#: What one unit is said to have: names of figures and ballot numbers, to figures.
Figures = dict[str, int]


@cache
def xml_schema(path: Path) -> Any:
    """The schema, with what it includes from beside it, and nothing from any network."""
    return etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))


@cache
def nist_json_schema() -> Any:
    path = NIST / "NIST_V2_election_results_reporting.json"
    return jsonschema_rs.Draft4Validator(json.loads(path.read_text(encoding="utf-8")))


@cache
def own_schema(name: str) -> Any:
    """Of one of our own files."""
    body = json.loads(schema(name))
    jsonschema_rs.meta.validate(body)
    return jsonschema_rs.Draft202012Validator(body, validate_formats=True)


def parsed(content: bytes) -> Any:
    return etree.fromstring(content, etree.XMLParser(huge_tree=True, no_network=True))


def nist_xml(content: bytes) -> Any:
    """The report, after checking it. Raises what the parser and the schema raise."""
    tree = parsed(content)
    xml_schema(NIST / "NIST_V2_election_results_reporting.xsd").assertValid(tree)
    return tree


def nist_json(content: bytes) -> Any:
    report = json.loads(content)
    nist_json_schema().validate(report)
    return report


def eml(content: bytes) -> Any:
    tree = parsed(content)
    xml_schema(EML).assertValid(tree)
    return tree


def as_json_has_it(element: Any) -> dict[str, Any]:
    """A report in XML as the JSON would have it: every value a text, every member a list."""
    members: dict[str, Any] = {}
    for child in element:
        name = etree.QName(child).localname
        value: Any = as_json_has_it(child) if len(child) or child.attrib else child.text or ""
        found = value.split() if name.endswith("Ids") else [value]
        members.setdefault(name, []).extend(found)
    if not len(element) and element.text:
        members["Content"] = [element.text]
    for name, value in element.attrib.items():
        members[{"ObjectId": "@id"}.get(name, etree.QName(name).localname)] = [value]
    members.pop("type", None)
    return members


def flat(value: Any) -> Any:
    """A report in JSON in that same form."""
    if isinstance(value, dict):
        return {
            name: flat(member if isinstance(member, list) else [member])
            for name, member in value.items()
            if name != "@type" and member != []
        }
    if isinstance(value, list):
        return [flat(member) for member in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def ids_and_references(report: Any) -> tuple[list[str], set[str]]:
    """Every `@id` of a NIST report in JSON, and every id that is named anywhere."""
    ids: list[str] = []
    references: set[str] = set()

    def look(value: Any, name: str = "") -> None:
        if isinstance(value, dict):
            for key, member in value.items():
                look(member, key)
        elif isinstance(value, list):
            for member in value:
                look(member, name)
        elif name == "@id":
            ids.append(value)
        elif name.endswith(("Id", "Ids")) and name != "VendorApplicationId":
            references.add(value)

    look(report)
    return ids, references


def counts_of_nist(report: Any) -> dict[tuple[str, str], Figures]:
    """What a NIST report in JSON says of each unit (kind, code) whose counts are in the sums."""
    units = {unit["@id"]: unit for unit in report["GpUnit"]}
    said = {key: _named(unit, UNIT_FIGURES) for key, unit in units.items()}
    election = report["Election"][0]
    for counts in _totals(election["BallotCounts"]):
        said[counts["GpUnitId"]].update(_named(counts, BALLOT_FIGURES))
    for selection in election["Contest"][0]["ContestSelection"]:
        for counts in _totals(selection["VoteCounts"]):
            said[counts["GpUnitId"]][str(selection["SequenceOrder"])] = counts["Count"]
    return {
        ("station" if unit["Type"] == "precinct" else "area", unit["Number"]): said[key]
        for key, unit in units.items()
    }


UNIT_FIGURES = {"VotersRegistered": "registered", "VotersParticipated": "voters"}
BALLOT_FIGURES = {"BallotsCast": "cast", "BallotsRejected": "invalid"}


def _named(counts: Any, names: dict[str, str]) -> Figures:
    return {role: counts[name] for name, role in names.items() if name in counts}


def _totals(counts: list[Any]) -> list[Any]:
    return [one for one in counts if one["Type"] == "total"]


def counts_of_eml(tree: Any) -> dict[str, Figures]:
    """What a count says of each unit, by its id; of the whole by an empty one."""
    said = {"": _counts(tree.find(".//e:TotalVotes", NS))}
    for unit in tree.iterfind(".//e:ReportingUnitVotes", NS):
        said[unit.find("e:ReportingUnitIdentifier", NS).get("Id")] = _counts(unit)
    return said


def _counts(unit: Any) -> Figures:
    figures = {m.get("Type"): int(m.text) for m in unit.iterfind("e:CountMetric", NS)}
    for selection in unit.iterfind("e:Selection", NS):
        number = selection.find("e:Candidate/e:CandidateIdentifier", NS).get("Id")
        figures[number] = int(selection.find("e:ValidVotes", NS).text)
    return figures


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def tables(files: dict[str, bytes]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The tables that a datapackage.json describes, checked and read by its rules."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        package = Package(str(Path(folder) / "datapackage.json"))
        report = package.validate()
        if not report.valid:
            raise AssertionError(report.flatten(["taskNumber", "type", "note", "rowNumber"]))
        for resource in package.resources:
            yield resource.name, [dict(row) for row in resource.read_rows()]
