"""Files for programs, of a small country with hostile names: what is not there is told apart."""

import io
import json
import zipfile
from collections import Counter
from typing import Any
from unittest import mock

from django.test import TestCase

from candidates.models import Candidate, Contest
from tabulation.counting import correction
from tabulation.models import Constituency, ContestStation, ProtocolLine
from tabulation.public.declaration import FILE
from tabulation.public.files import xml_
from tabulation.public.files.kinds import KINDS
from tabulation.public.files.schemas import NAMES, schema
from tabulation.public.files.statement import ZEROS
from tabulation.tests.support import format_checks
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

#: Before each name: a formula, markup, ends of CDATA, comment and line, and what XML forbids.
PREFIX = '=1+1,"<script>]]>&amp;-->\r\n\r\t\x01\ufffe '
NOTICE = '@SUM(A1)--><b> "notice"'
#: On paper the line of candidate 2 is empty.
BLANK = (200, 110, 5, 100, None, 5)
BASE = "/data/artsakh/1/president"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "long.csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "nist.json": "application/json",
    "nist.xml": "application/xml",
    "eml.xml": "application/xml",
}
#: Statements that a file takes.
QUERIES = {"csv": 6, "long.csv": 8, "json": 7, "nist.json": 10, "nist.xml": 10, "eml.xml": 10}
#: Our own files that have a schema.
OWN = (
    ("results", f"{BASE}.json"),
    ("latest", "/data/artsakh/latest.json"),
    ("manifest", "/data/artsakh/1/manifest.json"),
    ("proof", f"{BASE}/proof/2/01.json"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class FilesTestCase(TestCase):
    def content(self, address: str) -> bytes:
        answer: Any = self.client.get(address)
        self.assertEqual(answer.status_code, 200, address)
        return bytes(answer.getvalue() if answer.streaming else answer.content)

    def zip(self, address: str) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.content(address))) as archive:
            self.assertIsNone(archive.testzip())
            return {name: archive.read(name) for name in archive.namelist()}


class HostileTests(FilesTestCase):
    """1/01 is counted, 1/02 is not; 2/01 has a blank line; 2/02 is annulled."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = world = World(prefix=PREFIX, notice=NOTICE)
        uncounted = world.station("1/02", world.north)
        ContestStation.objects.create(contest=world.contest, station=uncounted, registered=50)
        world.accepted(world.stations[0], NORTH)
        world.accepted(world.stations[1], BLANK)
        correction.annul(
            protocol=world.accepted(world.stations[2], SOUTH), reason="+box opened", decision="=7",
            by=world.mariam, at=NOW,
        )  # fmt: skip
        world.publication(note="-note")

    def test_the_long_table_says_why_there_is_no_figure(self) -> None:
        said = {
            (row["code"], row["line_key"]): (row["status"], row["figure"], row["missing"])
            for row in format_checks.rows(self.content(f"{BASE}.long.csv"))
        }
        self.assertEqual(len(said), 4 * 6)
        for place, expected in {
            ("1/01", "votes_2"): ("counted", "20", ""),
            ("1/01", "votes_41"): ("counted", "-", "not on ballot"),
            ("1/02", "votes_2"): ("not counted", "", "not counted"),
            ("1/02", "votes_41"): ("not counted", "-", "not on ballot"),
            ("2/01", "votes_2"): ("counted", "", "blank"),
            ("2/02", "votes_2"): ("annulled", "40", ""),
        }.items():
            with self.subTest(place=place):
                self.assertEqual(said[place], expected)

    def test_no_cell_is_a_formula_and_names_survive(self) -> None:
        for kind in ("csv", "long.csv"):
            rows = format_checks.rows(self.content(f"{BASE}.{kind}"))
            self.assertEqual(rows[0]["name"], f"'{PREFIX}Station 1/01")
            self.assertEqual(rows[0]["notice"], f"'{NOTICE}")
            for row in rows:
                self.assertFalse(
                    [cell for cell in row.values() if cell != "-" and cell.startswith(FORMULA)]
                )
        reasons = {row["reason"] for row in format_checks.rows(self.content(f"{BASE}.csv"))}
        self.assertEqual(reasons, {"", "'+box opened"})

    def test_the_tables_are_what_their_description_says(self) -> None:
        names = ("datapackage.json", "president.csv", "president.long.csv")
        files = {name: self.content(f"/data/artsakh/1/{name}") for name in names}
        read = dict(format_checks.tables(files))
        self.assertEqual(set(read), {"president", "president.long"})
        for name, rows in read.items():
            raw = format_checks.rows(files[f"{name}.csv"])
            self.assertEqual(len(raw), len(rows))
            for was, now in zip(raw, rows, strict=True):
                texts = {key: "" if v is None else str(v) for key, v in now.items()}
                self.assertEqual(texts, {k: "" if v == "-" else v for k, v in was.items()})
        package = json.loads(files["datapackage.json"])
        self.assertIn(NOTICE, package["description"])
        self.assertEqual(package["licenses"][0]["name"], "CC-BY-4.0")

    def test_nist_is_valid_and_both_of_its_files_say_the_same(self) -> None:
        report = format_checks.nist_json(self.content(f"{BASE}.nist.json"))
        tree = format_checks.nist_xml(self.content(f"{BASE}.nist.xml"))
        said = format_checks.as_json_has_it(tree)
        expected = json.loads(xml_.FORBIDDEN.sub("\ufffd", json.dumps(
            format_checks.flat(report), ensure_ascii=False
        ).replace("\\u0001", "\ufffd")))  # fmt: skip
        self.assertEqual(said, expected)
        ids, references = format_checks.ids_and_references(report)
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(references - set(ids), set())
        self.assertTrue(report["IsTest"])
        for part in (
            NOTICE,
            "-note",
            "BallotsRejected",
            "Candidate 41 is on the ballot only in: S.",
        ):
            self.assertIn(part, report["Notes"])

    def test_the_schemas_refuse_what_is_not_nist(self) -> None:
        report = json.loads(self.content(f"{BASE}.nist.json"))
        for wrong in ({"Status": "final"}, {"Hash": "x"}, {"GeneratedDate": "2012-07-19"}):
            with self.subTest(wrong), self.assertRaises(ValueError):
                format_checks.nist_json(json.dumps({**report, **wrong}).encode())
        content = self.content(f"{BASE}.nist.xml")
        for good, bad in (
            (b"<Status>unofficial-partial", b"<Status>final"),
            (b"<GpUnitId>area-S<", b"<GpUnitId>4/13<"),
            (b"<Name>", b"<Title>x</Title><Name>"),
        ):
            with self.subTest(bad.decode()), self.assertRaises(format_checks.etree.DocumentInvalid):
                format_checks.nist_xml(content.replace(good, bad, 1))

    def test_nist_tells_apart_what_counts_and_what_not(self) -> None:
        report = format_checks.nist_json(self.content(f"{BASE}.nist.json"))
        counts = format_checks.counts_of_nist(report)
        north = {"registered": 100, "voters": 61, "cast": 61, "invalid": 1, "1": 40, "2": 20}
        south = {"registered": 200, "voters": 110, "cast": 110, "invalid": 5, "1": 100, "41": 5}
        self.assertEqual(counts, {
            ("station", "1/01"): north,
            ("station", "1/02"): {},
            ("station", "2/01"): south,
            ("station", "2/02"): {},
            ("area", "N"): north,
            ("area", "S"): south,
            ("area", "AM"): dict(Counter(north) + Counter(south)),
        })  # fmt: skip
        units = {unit["Number"]: unit for unit in report["GpUnit"]}
        status = {
            code: (unit["CountStatus"][0]["Status"], unit["CountStatus"][0].get("OtherType"))
            for code, unit in units.items()
        }
        self.assertEqual(status, {
            "1/01": ("completed", None), "1/02": ("not-processed", None),
            "2/01": ("completed", None), "2/02": ("completed", "annulled"),
            "N": ("in-process", None), "S": ("completed", None), "AM": ("in-process", None),
        })  # fmt: skip
        reported = [(u["SubUnitsReported"], u["TotalSubUnits"]) for u in (units["N"], units["AM"])]
        self.assertEqual(reported, [(1, 2), (3, 4)])

    def test_what_an_annulled_station_said_has_another_type_in_nist(self) -> None:
        report = format_checks.nist_json(self.content(f"{BASE}.nist.json"))
        votes = {
            selection["SequenceOrder"]: [
                (counts["GpUnitId"], counts["OtherType"], counts["Count"])
                for counts in selection["VoteCounts"]
                if counts["Type"] == "other"
            ]
            for selection in report["Election"][0]["Contest"][0]["ContestSelection"]
        }
        station = "station-2_2f_02"
        self.assertEqual(votes, {
            1: [(station, "annulled", 100)],
            2: [(station, "annulled", 40)],
            41: [(station, "annulled", 5)],
        })  # fmt: skip

    def test_eml_has_what_counts_alone(self) -> None:
        content = self.content(f"{BASE}.eml.xml")
        said = format_checks.counts_of_eml(format_checks.parsed(content))
        south = {"registered": 200, "voters": 110, "invalid": 5, "1": 100, "41": 5}
        north = {"registered": 100, "voters": 61, "invalid": 1, "1": 40, "2": 20}
        self.assertEqual(said, {
            "": dict(Counter(north) + Counter(south)),
            "area-N": north, "area-S": south,
            "station-1_2f_01": north, "station-2_2f_01": south,
        })  # fmt: skip
        name = format_checks.parsed(content).find(".//e:CandidateName", format_checks.NS).text
        expected = xml_.FORBIDDEN.sub("\ufffd", xml_.token(f"{PREFIX}Candidate 1"))
        self.assertEqual(name, expected)

    def test_eml_is_valid(self) -> None:
        if not format_checks.EML.is_file():
            self.skipTest(format_checks.NO_EML)
        tree = format_checks.eml(self.content(f"{BASE}.eml.xml"))
        self.assertIn(NOTICE, tree.findtext(".//e:EventQualifier", namespaces=format_checks.NS))

    def test_our_own_files_follow_their_schemas(self) -> None:
        self.assertEqual({name for name, _address in OWN}, set(NAMES))
        for name, address in OWN:
            with self.subTest(name):
                self.assertEqual(self.content(f"/data/schema/{name}.json").decode(), schema(name))
                body = json.loads(self.content(address))
                format_checks.own_schema(name).validate(body)
                self.assertFalse(format_checks.own_schema(name).is_valid({**body, "more": 1}))

    def test_the_zip_has_the_same_bytes_as_the_addresses(self) -> None:
        files = self.zip("/data/artsakh/1/all.zip")
        again = [self.content("/data/artsakh/1/all.zip") for _time in range(2)]
        self.assertEqual(again[0], again[1])
        readme = files.pop("README.txt").decode()
        for name, content in files.items():
            with self.subTest(name):
                self.assertEqual(content, self.content(f"/data/artsakh/1/{name}"))
                self.assertIn(f"{name}", readme)
        for part in (NOTICE, "Publication 1, unofficial-partial", "CC BY 4.0", "verify.py"):
            self.assertIn(part, readme)
        endings = {name.removeprefix("president.") for name in files if "president." in name}
        self.assertEqual(
            endings, {*KINDS, "form.json", "outcome.json", "ledger.tsv", "reasons.tsv"}
        )

    def test_what_is_fetched_again_is_not_made_again(self) -> None:
        addresses = [f"{BASE}.{kind}" for kind in KINDS if kind != "json"]
        for address in (*addresses, "/data/artsakh/1/all.zip", "/data/artsakh/rehearsal.zip"):
            with self.subTest(address):
                etag = self.client.head(address)["ETag"]
                with mock.patch("tabulation.ledger.reading.everything") as read:
                    answer = self.client.get(address, headers={"if-none-match": etag})
                    self.assertEqual(answer.status_code, 304)
                    read.assert_not_called()

    def test_statements_are_few_whatever_the_number_of_stations(self) -> None:
        """But for the stations' places, which are read two thousand at a time."""
        for kind, most in QUERIES.items():
            with self.subTest(kind), self.assertNumQueries(most):
                self.content(f"{BASE}.{kind}")

    def test_headers(self) -> None:
        for kind, content_type in TYPES.items():
            with self.subTest(kind):
                answer = self.client.get(f"{BASE}.{kind}")
                self.assertEqual(answer["Content-Type"], content_type)
                self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
                self.assertEqual(answer["Cache-Control"], FILE)
        answer = self.client.get("/data/artsakh/rehearsal.zip")
        self.assertEqual(answer["Content-Type"], "application/zip")
        self.assertNotIn("immutable", answer["Cache-Control"])

    def test_what_was_never_published_is_not_found(self) -> None:
        for address in (
            "/data/artsakh/2/president.nist.xml",
            "/data/artsakh/1/nobody.nist.xml",
            "/data/artsakh/2/all.zip",
            "/data/artsakh/2/datapackage.json",
            "/data/nowhere/rehearsal.zip",
            "/data/schema/nothing.json",
            "/data/schema/__init__.json",
        ):
            with self.subTest(address):
                self.assertEqual(self.client.get(address).status_code, 404)

    def test_the_page_lists_every_file_and_the_licence(self) -> None:
        page = self.client.get("/en/artsakh/").content.decode()
        for kind in KINDS:
            self.assertIn(f'href="{BASE}.{kind}"', page)
        self.assertIn('href="/data/artsakh/1/all.zip"', page)
        self.assertIn("CC BY 4.0", page)
        self.assertNotIn("rehearsal.zip", page)


class BeforeTheCountTests(FilesTestCase):
    def setUp(self) -> None:
        self.world = World()
        self.world.publication()

    def test_nothing_has_a_figure_and_eml_has_no_form_for_that(self) -> None:
        self.assertEqual(self.client.get(f"{BASE}.eml.xml").status_code, 404)
        files = self.zip("/data/artsakh/1/all.zip")
        self.assertNotIn("president.eml.xml", files)
        report = format_checks.nist_json(files["president.nist.json"])
        format_checks.nist_xml(files["president.nist.xml"])
        self.assertEqual(report["Status"], "pre-election")
        self.assertFalse(any(format_checks.counts_of_nist(report).values()))
        rows = format_checks.rows(files["president.long.csv"])
        self.assertEqual({row["figure"] for row in rows}, {"", "-"})
        page = self.content("/en/artsakh/").decode()
        self.assertNotIn("eml.xml", page)
        self.assertIn("/data/artsakh/rehearsal.zip", page)

    def test_zeros_to_rehearse_with(self) -> None:
        files = self.zip("/data/artsakh/rehearsal.zip")
        package, table = json.loads(files["datapackage.json"]), files["president.csv"]
        read = dict(
            format_checks.tables({n: files[n] for n in files if n.endswith((".csv", "ge.json"))})
        )
        self.assertEqual({row["figure"] for row in read["president.long"]}, {0, None})
        self.assertEqual({row["status"] for row in format_checks.rows(table)}, {"counted"})
        self.assertEqual({row["notice"] for row in format_checks.rows(table)}, {ZEROS})
        self.assertIn(ZEROS, package["description"])
        self.assertIn(ZEROS, files["README.txt"].decode())
        report = format_checks.nist_json(files["president.nist.json"])
        self.assertEqual((report["IsTest"], report["TestType"]), (True, "zeros"))
        self.assertEqual(report["Status"], "pre-election")
        self.assertIn(ZEROS, report["Notes"])
        counts = format_checks.counts_of_nist(report)
        self.assertEqual(len(counts), 6)
        self.assertEqual({figure for unit in counts.values() for figure in unit.values()}, {0})
        self.assertNotIn("41", counts["station", "1/01"])
        results = json.loads(files["president.json"])
        self.assertEqual((results["publication"], results["notice"]), (0, ZEROS))
        format_checks.own_schema("results").validate(results)
        if format_checks.EML.is_file():
            format_checks.eml(files["president.eml.xml"])
        self.assertIn(ZEROS.encode(), files["president.eml.xml"])

    def test_they_stay_the_same_and_name_no_real_figure(self) -> None:
        before = self.content("/data/artsakh/rehearsal.zip")
        etag = self.client.head("/data/artsakh/rehearsal.zip")["ETag"]
        self.world.accepted(self.world.stations[1], SOUTH)
        self.world.publication()
        self.assertEqual(self.content("/data/artsakh/rehearsal.zip"), before)
        self.assertEqual(self.client.head("/data/artsakh/rehearsal.zip")["ETag"], etag)
        addresses = ("/data/artsakh/2/all.zip", "/data/artsakh/rehearsal.zip")
        real, zeros = (set(self.zip(address)) for address in addresses)
        alone = {f"president.{ending}" for ending in ("ledger.tsv", "reasons.tsv", "outcome.json")}
        self.assertEqual(real - zeros, {"manifest.json", "checkpoint", *alone})
        self.assertEqual(zeros - real, set())


class SeveralContestsTests(FilesTestCase):
    """The president, and a council by lists of parties, which only one of the stations elects."""

    def setUp(self) -> None:
        world = World()
        council = Contest.objects.create(
            election=world.election, code="council", office="Council", rule="list",
            base="valid", seats=5,
        )  # fmt: skip
        Constituency.objects.create(contest=council, area=world.north)
        ContestStation.objects.create(contest=council, station=world.stations[0], registered=100)
        lists = [
            Candidate.objects.create(contest=council, number=number, name=f"List {number}")
            for number in (1, 2)
        ]
        ProtocolLine.objects.bulk_create(
            ProtocolLine(
                contest=council, position=i, key=f"votes_{i}", number=str(i), name=f"List {i}",
                role="votes", candidate=choice,
            )
            for i, choice in enumerate(lists, 1)
        )  # fmt: skip
        world.publication()

    def test_each_has_its_files_and_one_description_and_zip_have_all(self) -> None:
        files = self.zip("/data/artsakh/1/all.zip")
        package = json.loads(files["datapackage.json"])
        self.assertEqual(
            [resource["path"] for resource in package["resources"]],
            ["council.csv", "council.long.csv", "president.csv", "president.long.csv"],
        )
        for resource in package["resources"]:
            served = self.content(f"/data/artsakh/1/{resource['path']}")
            self.assertEqual(files[resource["path"]], served)
        self.assertEqual(len(format_checks.rows(files["council.csv"])), 1)
        report = format_checks.nist_json(files["council.nist.json"])
        format_checks.nist_xml(files["council.nist.xml"])
        ids, references = format_checks.ids_and_references(report)
        self.assertEqual(references - set(ids), set())
        self.assertEqual({unit["@id"] for unit in report["GpUnit"]}, {"area-N", "station-1_2f_01"})
        self.assertEqual([len(report.get(name, [])) for name in ("Party", "Person")], [2, 0])
        contest = report["Election"][0]["Contest"][0]
        self.assertEqual((contest["VoteVariation"], contest["NumberElected"]), ("proportional", 5))
        zeros = self.zip("/data/artsakh/rehearsal.zip")
        format_checks.nist_json(zeros["council.nist.json"])
        self.assertEqual({n for n in zeros if "council" in n}, {
            f"council.{ending}" for ending in (*KINDS, "form.json")
        })  # fmt: skip
