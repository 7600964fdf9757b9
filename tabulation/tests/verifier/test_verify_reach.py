"""Whatever lies in the reach of verify.py is checked, or named; and its exit status says so."""

import gzip
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.test import SimpleTestCase

from tabulation.tests.support.mirror_edits import edit_json
from tabulation.tests.support.mirror_files import pack
from tabulation.tests.support.mirror_mutations import Mutations, packed
from tabulation.tests.support.mirrors import ELECTION
from tabulation.tests.support.reach_world import MirroredTestCase, put
from tabulation.tests.support.tags import drill
from tabulation.tests.support.verifiers import MirrorTestCase, findings, run

#: A figure in each file of data of the newest publication, and another in its place.
FIGURES: dict[str, tuple[bytes, bytes]] = {
    "4/president.csv": (b",140,", b",141,"),
    "4/president.json": (b'"reported": 3', b'"reported": 4'),
    "4/president.long.csv": (b",100,", b",101,"),
    "4/president.nist.json": (b'"Count":100', b'"Count":101'),
    "4/president.nist.xml": (b"<Count>100<", b"<Count>101<"),
    "4/president.eml.xml": (b">100<", b">101<"),
    "4/president.outcome.json": (b'"votes": 139', b'"votes": 138'),
    "4/president.turnout.csv": (b",33,", b",34,"),
    "4/president.ledger.tsv": (b",100,", b",101,"),
    "4/president.form.json": (b'"seats":1', b'"seats":2'),
    "4/datapackage.json": (b'"version": "4"', b'"version": "3"'),
    "latest.json": (b'"publication": 4', b'"publication": 5'),
    "president.difference-3-4.csv": (b",40,", b",41,"),
    "president/proof/1/01.json": (b",39,", b",38,"),
}


class FilesTests(MirroredTestCase):
    def test_an_honest_mirror(self) -> None:
        output = self.assertFine(self.fresh)
        self.assertEqual(output.splitlines()[-1], "OK")
        self.assertNotIn("NOT", output)
        output = self.assertFine(self.kept)
        self.assertEqual(output.count(": verified"), 4)
        self.assertIn("4 proofs of president lead to the total", output)

    def test_what_is_not_there_is_told_apart_from_what_is_wrong(self) -> None:
        self.assertEqual(self.assertFine(self.kept, "--all").count(": verified"), 4)
        status, output = self.verify(self.fresh, "--all")
        self.assertEqual((status, findings(output)), (3, []), output)
        for number in (1, 2, 3):
            place = f"NOT THERE  /data/artsakh/{number}/president.form.json: is missing"
            self.assertIn(place, output)
        self.assertIn("OK, but 3 file(s) were NOT checked or are NOT THERE", output)

    def test_a_figure_in_any_file(self) -> None:
        """Its packed twin and the zip are gone: the records alone say what is right."""
        for name, (old, new) in FIGURES.items():
            with self.subTest(name):
                mirror = self.copy(self.fresh)
                path = mirror / "data" / ELECTION / name
                (mirror / "data" / ELECTION / "4/all.zip").unlink()
                (mirror / "data" / ELECTION / "4/all.zip.gz").unlink()
                body = path.read_bytes()
                self.assertIn(old, body)
                put(path, body.replace(old, new, 1), twin=False)
                self.assertWrong(mirror, name)

    def test_a_figure_in_every_file_at_once(self) -> None:
        """But in those that all others are held against."""
        bases = ("4/president.csv", "4/president.json", "4/president.form.json")
        mirror = self.copy(self.fresh)
        names = [name for name in FIGURES if name not in bases and not name.endswith(".tsv")]
        for name in names:
            path = mirror / "data" / ELECTION / name
            put(path, path.read_bytes().replace(*FIGURES[name], 1), twin=False)
        status, output = self.verify(mirror)
        self.assertEqual(status, 1)
        for name in names:
            self.assertIn(f"/{name}", "\n".join(findings(output)))

    def test_a_file_that_is_not_there(self) -> None:
        for name in ("4/president.nist.xml", "4/all.zip", "latest.json", "rehearsal.zip",
                     "president.difference-3-4.csv", "president/proof/1/02.json"):  # fmt: skip
            with self.subTest(name):
                mirror = self.copy(self.fresh)
                path = mirror / "data" / ELECTION / name
                path.unlink()
                packed(path).unlink()
                status, output = self.verify(mirror)
                self.assertEqual((status, findings(output)), (3, []), output)
                self.assertIn(f"NOT THERE  /data/{ELECTION}/{name}: is missing", output)

    def test_a_file_that_nobody_declares(self) -> None:
        for name in ("data/artsakh/4/mayor.csv", "data/notes.txt", "stations.csv",
                     "data/artsakh/9/president.csv", "data/artsakh/president/proof/9.html.json",
                     "data/other/1/president.csv"):  # fmt: skip
            with self.subTest(name):
                mirror = self.copy(self.fresh)
                (mirror / name).parent.mkdir(parents=True, exist_ok=True)
                (mirror / name).write_bytes(b"{}")
                status, output = self.verify(mirror)
                self.assertIn(status, (1, 3), output)
                self.assertIn(f"/{name}", output)

    def test_packed_twins_hold_the_same(self) -> None:
        for name in ("4/president.nist.xml", "4/president.csv", "president/proof/1/01.json",
                     "4/all.zip", "key.txt", "3/manifest.json"):  # fmt: skip
            with self.subTest(name):
                mirror = self.copy(self.fresh)
                path = mirror / "data" / ELECTION / name
                packed(path).write_bytes(gzip.compress(path.read_bytes() + b"\n"))
                self.assertWrong(mirror, name, "are not the same")
        mirror = self.copy(self.fresh)
        (mirror / "data" / ELECTION / "latest.json.br").write_bytes(b"x")
        status, output = self.verify(mirror)
        self.assertEqual(status, 3)
        self.assertIn("NOT CHECKED  /data/artsakh/latest.json.br", output)

    def test_feeds(self) -> None:
        mirror = self.copy(self.fresh)
        for language, body in self.feeds.items():
            path = mirror / language / ELECTION / "feed.xml"
            path.parent.mkdir(parents=True)
            path.write_bytes(body)
        self.assertFine(mirror)
        lies = (
            (b"Publication 3, prel", b"Publication 2, prel"),
            (b"3 of 4 ", b"2 of 4 "),
            (b"<published>2012", b"<published>2013"),
            (b"9-&quot;", b"8-&quot;"),
            (b"/publications/3/", b"/publications/2/"),
            (b"<entry>", b"<entry/><entry>"),
            (b"3</id>", b"1</id>"),
            (b"<feed ", b"<!DOCTYPE x><feed "),
        )
        for old, new in lies:
            with self.subTest(old):
                path = mirror / "en" / ELECTION / "feed.xml"
                self.assertIn(old, self.feeds["en"])
                path.write_bytes(self.feeds["en"].replace(old, new, 1))
                self.assertWrong(mirror, "/en/artsakh/feed.xml")

    def test_the_catalogue(self) -> None:
        mirror = self.copy(self.fresh)
        catalogue = mirror / "data/catalog.jsonld"
        body = catalogue.read_bytes()
        for old, new in ((b'"dcat:version": "4"', b'"dcat:version": "3"'),
                         (b"/4/president.csv", b"/3/president.csv"),
                         (b"T20:00:00", b"T21:00:00")):  # fmt: skip
            with self.subTest(old):
                put(catalogue, body.replace(old, new, 1))
                self.assertWrong(mirror, "catalog.jsonld")

    def test_a_publication_asked_for(self) -> None:
        output = self.assertFine(self.kept, "--publication", 2)
        self.assertEqual(output.count(": verified"), 1)
        self.assertIn("of publications that you did not ask for", output)

    def test_which_election_is_to_be_named_where_there_are_several(self) -> None:
        mirror = self.copy(self.fresh)
        self.assertFine(mirror, "--election", ELECTION)
        other = mirror / "data" / "second"
        other.mkdir()
        (other / "manifests.jsonl").write_bytes(b"")
        status, output = self.verify(mirror)
        self.assertEqual(status, 2)
        self.assertIn("--election: artsakh, second", output)
        output = self.assertFine(mirror, "--election", ELECTION)
        self.assertIn("out of reach: 1 files of other elections", output)


class MutationTests(MirroredTestCase):
    """One change each, anywhere in a mirror."""

    COUNT, SEED = 40, 2026

    def test_no_change_goes_unnoticed(self) -> None:
        for mirror in (self.fresh, self.kept):
            self.assertFine(mirror)
            mutations = Mutations(mirror, self.SEED)
            for number in range(self.COUNT // 2):
                with self.subTest(f"{mirror.parent.name}, {number}"), mutations.one() as what:
                    status, output = self.verify(mirror)
                    self.assertIn(status, (1, 3), f"{what}\n{output}")
                    self.assertNotIn("cannot be verified", output, what)
            self.assertFine(mirror)


@drill
class ThousandMutationsTests(MutationTests):
    COUNT, SEED = 1000, 1


class ElementTests(MirrorTestCase):
    """An element of the JSON or CSV that is not as expected is never passed over."""

    def altered(self, change: Callable[[Any], None]) -> tuple[int, str]:
        mirror = self.copy()
        edit_json(f"{self.target.path}.json", change, indent=2)(mirror)
        return self.verify(mirror)

    def test_in_the_json(self) -> None:
        def area(body: Any) -> Any:
            return next(a for a in body["areas"] if a["code"] == self.target.area)

        false = {"code": "Q", "unit_name": "Nowhere", "votes": {"1": 1000}}
        changes: dict[str, Callable[[Any], Any]] = {
            "an area without its unit": lambda b: b["areas"].append(false),
            "an area of nobody": lambda b: b["areas"].append({**area(b), "code": "Q"}),
            "an area in words": lambda b: b["areas"].append("Q"),
            "an area that is a list": lambda b: b["areas"].append([area(b)]),
            "an area that is a number": lambda b: b["areas"].append(7),
            "an area that is nothing": lambda b: b["areas"].append(None),
            "an area without a code": lambda b: area(b).pop("code"),
            "an area with another unit": lambda b: area(b).update(unit="station"),
            "an area without a unit": lambda b: area(b).pop("unit"),
            "an area with areas": lambda b: area(b).update(areas=[]),
            "an area twice": lambda b: b["areas"].append(area(b)),
            "areas in another order": lambda b: b["areas"].reverse(),
            "an area less": lambda b: b["areas"].pop(),
            "a text for the areas": lambda b: b.update(areas="none"),
            "an object for the areas": lambda b: b.update(areas={"unit": "area"}),
            "no areas": lambda b: b.pop("areas"),
            "a member more": lambda b: b.update(total={"votes": {"1": 9}}),
            "a member more in an area": lambda b: area(b).update(turnout=7),
            "a text for a number": lambda b: area(b).update(voters="7"),
            "true for a number": lambda b: area(b)["relations"][0].update(broken=True),
            "a text for a list": lambda b: area(b).update(lines="7"),
            "a line more": lambda b: area(b)["lines"].append(area(b)["lines"][0]),
            "a candidate more": lambda b: area(b)["votes"].update({"7": 1}),
            "a notice that is no text": lambda b: b.update(notice=["x"]),
        }
        for name, change in changes.items():
            with self.subTest(name):
                status, output = self.altered(change)
                self.assertEqual(status, 1, output)
                self.assertFound(output, (f"{self.target.contest}.json",))
                self.assertNotIn("cannot be verified", output)

    def test_bytes_of_the_json(self) -> None:
        voters = re.compile(rb'"voters": ([0-9]+),')
        changes: dict[str, Callable[[bytes], bytes]] = {
            "NaN": lambda body: voters.sub(rb'"voters": NaN,', body, 1),
            "a key twice": lambda body: voters.sub(rb'"voters": 7, "voters": \1,', body, 1),
            "a fraction": lambda body: voters.sub(rb'"voters": \1.0,', body, 1),
            "areas twice": lambda body: body.replace(b'"areas": [', b'"areas": [], "areas": [', 1),
            "more after its end": lambda body: body + b"{}",
            "cut off": lambda body: body[:-3],
            "another after it": lambda body: body + body,
            "no UTF-8": lambda body: body.replace(b"Line", b"\xffine", 1),
        }
        for name, change in changes.items():
            with self.subTest(name):
                mirror = self.copy()
                path = mirror / f"{self.target.path}.json"
                path.write_bytes(change(path.read_bytes()))
                status, output = self.verify(mirror)
                self.assertEqual(status, 1, output)
                self.assertFound(output, (f"{self.target.contest}.json",))

    def test_in_the_csv(self) -> None:
        def swap(lines: list[bytes]) -> None:
            lines[3], lines[4] = lines[4], lines[3]

        changes: dict[str, Callable[[list[bytes]], None]] = {
            "rows in another order": swap,
            "a cell more in every row": lambda rows: rows.__setitem__(
                slice(1, None), [row[:-1] + b",7\n" for row in rows[1:]]
            ),
            "a cell more in a row": lambda rows: rows.__setitem__(2, rows[2][:-1] + b",7\n"),
            "an empty row": lambda rows: rows.insert(2, b"\n"),
            "a row of nobody": lambda rows: rows.insert(2, rows[2].replace(b"station,", b"S,")),
            "a dash for a figure not counted": lambda rows: rows.__setitem__(
                slice(None), [row.replace(b",,,,,,\n", b",-,,,,,\n") for row in rows]
            ),
        }  # fmt: skip
        for name, change in changes.items():
            with self.subTest(name):
                mirror = self.copy()
                path = mirror / f"{self.target.path}.csv"
                lines = path.read_bytes().splitlines(keepends=True)
                change(lines)
                self.assertNotEqual(b"".join(lines), path.read_bytes())
                path.write_bytes(b"".join(lines))
                status, output = self.verify(mirror)
                self.assertEqual(status, 1, output)
                self.assertFound(output, (f"{self.target.contest}.csv",))

    def test_a_mirror_that_is_packed_alone(self) -> None:
        mirror = self.copy()
        pack(mirror, f"{self.target.path}.json")
        self.assertEqual(self.verify(mirror)[0], 0)


class Away(BaseHTTPRequestHandler):
    """Leads to another origin, or elsewhere on its own."""

    to = ""
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", self.to + self.path + "x")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class RedirectTests(SimpleTestCase):
    def serve(self, to: str) -> tuple[str, type[Away]]:
        handler = type("Handler", (Away,), {"to": to, "asked": []})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}", handler

    def test_nobody_is_led_to_another_origin(self) -> None:
        other, elsewhere = self.serve("")
        for to in (other, other.replace("127.0.0.1", "localhost"), "https://127.0.0.1"):
            address, _handler = self.serve(to)
            status, output = run(address, "--election", ELECTION)
            self.assertEqual(status, 2, output)
            self.assertIn("leads away to", output)
            proof = f"{address}/data/{ELECTION}/president/proof/1.json"
            self.assertEqual(run(address, "--election", ELECTION, "--proof", proof)[0], 2)
        self.assertEqual(elsewhere.asked, [])

    def test_the_same_origin_may_lead_on(self) -> None:
        address, handler = self.serve("")
        self.assertEqual(run(address, "--election", ELECTION)[0], 2)
        self.assertGreater(len(handler.asked), 2)
