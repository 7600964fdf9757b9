"""What proves a publication: every record and hash, and a station's way up to the checkpoint."""

import base64
import hashlib
import json
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from django.db import transaction
from django.test import SimpleTestCase, TestCase
from hypothesis import given
from hypothesis import strategies as st

from tabulation.arithmetic.commitments.canonical import canonical
from tabulation.arithmetic.commitments.merkle import inclusion, leaf_hash, merkle_root
from tabulation.arithmetic.commitments.notes import key_hint, verifier_key
from tabulation.arithmetic.commitments.sumtree import (
    Entry,
    Sums,
    added_up,
    branch,
    level_above,
    listed,
)
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.signing import is_signed
from tabulation.ledger.writing import publish
from tabulation.models import Publication, PublishedFigures
from tabulation.tests.support.browser import BrowserTestCase
from tabulation.tests.support.roots import contribution, record_hash, root
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World


def entries(sums: list[list[int | None]]) -> list[Entry]:
    return [
        Entry(hashlib.sha256(bytes([i % 256])).digest(), tuple(row)) for i, row in enumerate(sums)
    ]


class SumTreeTests(SimpleTestCase):
    @given(st.integers(1, 700))
    def test_every_branch_leads_to_the_root(self, many: int) -> None:
        random = Random(many)  # a test, not a secret
        leaves = entries([[1, random.choice([None, random.randint(0, 9)])] for _ in range(many)])
        top = root(leaves)
        self.assertEqual(top.sums, added_up(leaf.sums for leaf in leaves))
        position = random.randrange(many)
        here = leaves[position]
        for level in branch(leaves, position):
            self.assertLessEqual(len(level), 16)
            self.assertEqual(level.count(None), 1)
            (here,) = level_above([entry or here for entry in level])
        self.assertEqual(here, top)

    def test_one_child_has_a_tree_of_one_node(self) -> None:
        (leaf,) = entries([[1, None]])
        text = f"hashvark node v1\n{leaf.digest.hex()}\t1,\n"
        self.assertEqual(root([leaf]).digest, hashlib.sha256(text.encode()).digest())

    def test_a_proof_at_a_million_stations_of_20_lines_is_under_20_kb(self) -> None:
        # Five full levels and the records of three areas, each unit as large as it can be there:
        # 1,000 voters a station on six lines, and 14 candidates who share them.
        path = []
        for height in range(5):
            voters = 1000 * 16**height
            sums = [16**height] * 4 + [voters] * 8 + [voters // 14] * 14
            row = [base64.b64encode(bytes(32)).decode(), listed(sums)]
            path.append([None, *[row] * 15])
        sums = [10**6] * 4 + [10**9] * 8 + [10**8] * 14
        lists = [listed(sums), listed([10**6] * 20), listed([10**5] * 5), listed([10**6] * 5)]
        record = "\t".join(["hashvark area v2", *["x" * 20] * 5, *lists, "0" * 64, ""])
        proof = {"levels": path, "records": [record] * 3, "log": ["0" * 44] * 12}
        self.assertLess(len(canonical(proof)), 20_000)


class LogTests(SimpleTestCase):
    @given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
    def test_an_audit_path_leads_to_the_root(
        self, leaves: list[bytes], data: st.DataObject
    ) -> None:
        index = data.draw(st.integers(0, len(leaves) - 1))
        path = inclusion([leaf_hash(leaf) for leaf in leaves], index)
        self.assertEqual(
            climbed(leaf_hash(leaves[index]), index, len(leaves), path), merkle_root(leaves)
        )


def climbed(node: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.3.2, which says how a verifier of such a path goes."""
    last = size - 1
    for sibling in path:
        if index % 2 or index == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while index and not index % 2:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    return node


class PublishedProofTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication()

    def fetched(self, address: str) -> str:
        answer: Any = self.client.get(f"/data/artsakh/{address}")
        self.assertEqual(answer.status_code, 200, address)
        return (answer.getvalue() if answer.streaming else answer.content).decode()

    def test_every_record_has_the_hash_in_the_ledger(self) -> None:
        for number in (1, 2):
            records = self.fetched(f"{number}/president.ledger.tsv").splitlines()
            self.assertEqual(len(records), 6)
            standing = [
                row for row in PublishedFigures.objects.filter(published_in__lte=number)
                if row.superseded_in is None or row.superseded_in > number
            ]  # fmt: skip
            self.assertEqual(
                {hashlib.sha256(record.encode()).hexdigest() for record in records},
                {bytes(row.hash).hex() for row in standing},
            )

    def test_records_are_what_the_documentation_says(self) -> None:
        records = self.fetched("2/president.ledger.tsv").splitlines()
        self.assertEqual(
            [record.split("\t")[2] for record in records], ["1/01", "N", "2/01", "2/02", "S", "AM"]
        )
        self.assertEqual(
            records[0].split("\t"),
            ["hashvark station v2", "president", "1/01", "Station 1/01", "N", "counted", "1", "",
             "", "", "", "100", "100,61,1,40,20,-", "0,0", "1,1", "", "", ""],
        )  # fmt: skip
        self.assertEqual(
            records[-1].split("\t")[:11],
            ["hashvark area v2", "president", "AM", "Area AM", "", "partial",
             "3,2,0,0,300,300,300,211,6,140,60,5", "2,2,2,2,2,1", "0,0", "2,2", "2"],
        )  # fmt: skip

    def test_the_checkpoint_is_signed_and_has_the_log_s_root(self) -> None:
        text, _line, signatures = self.fetched("checkpoint").partition("\n\n")
        origin, size, head = text.split("\n")
        self.assertEqual((origin, size), ("localhost/artsakh", "2"))
        leaves = self.fetched("manifests.jsonl").splitlines()
        self.assertEqual(base64.b64decode(head), merkle_root(leaf.encode() for leaf in leaves))
        self.assertEqual(leaves[1], self.fetched("2/manifest.json"))
        _dash, name, signature = signatures.split()
        (key,) = self.fetched("key.txt").splitlines()
        public = base64.b64decode(key.split("+", 2)[2])[1:]
        self.assertEqual(key, verifier_key(origin, public))
        made = base64.b64decode(signature)
        self.assertEqual((name, made[:4]), (origin, key_hint(origin, public)))
        self.assertTrue(is_signed(f"{text}\n".encode(), made[4:], public))

    def test_the_manifest_binds_form_and_root(self) -> None:
        (bound,) = json.loads(self.fetched("2/manifest.json"))["contests"]
        head = self.fetched("2/president.ledger.tsv").splitlines()[-1]
        form = self.fetched("2/president.form.json")
        self.assertEqual(bound["root"], hashlib.sha256(head.encode()).hexdigest())
        self.assertEqual(bound["form"], hashlib.sha256(form.encode()).hexdigest())
        self.assertEqual(bound["sums"], "3,2,0,0,300,300,300,211,6,140,60,5")
        self.assertEqual(json.loads(form)["lines"][5]["scope"], ["S"])

    def test_a_station_s_proof_leads_to_the_checkpoint(self) -> None:
        sums = {
            (1, "2/01"): "1,1,0,0,200,200,200,150,5,100,40,5",
            (2, "2/01"): "1,1,0,0,200,200,200,150,5,100,40,5",
            (2, "2/02"): "1,0,0,0,,,,,,,,",
            (2, "1/01"): "1,1,0,0,100,100,100,61,1,40,20,",
        }
        for (number, code), own in sums.items():
            with self.subTest(number=number, code=code):
                self.climb(number, code, own)

    def climb(self, number: int, code: str, sums: str) -> None:
        proof = json.loads(self.fetched(f"{number}/president/proof/{code}.json"))
        digest = hashlib.sha256(proof["record"].encode()).digest()
        for step in proof["path"]:
            for level in step["levels"]:
                here = [base64.b64encode(digest).decode(), sums]
                rows = [entry or here for entry in level]
                lines = [f"{base64.b64decode(row[0]).hex()}\t{row[1]}\n" for row in rows]
                digest = hashlib.sha256(f"hashvark node v1\n{''.join(lines)}".encode()).digest()
                sums = step["record"].split("\t")[6]  # at most 16 children: one level an area
            self.assertEqual(step["record"].split("\t")[11], digest.hex())
            digest = hashlib.sha256(step["record"].encode()).digest()
        manifest = self.fetched(f"{number}/manifest.json")
        self.assertIn(f'"root":"{digest.hex()}","sums":"{sums}"', manifest)
        path = [base64.b64decode(left) for left in proof["log"]]
        head = climbed(leaf_hash(manifest.encode()), number - 1, number, path)
        self.assertEqual(
            self.fetched(f"{number}/checkpoint").split("\n")[2], base64.b64encode(head).decode()
        )

    def test_the_latest_proof_is_that_of_the_latest_publication(self) -> None:
        self.assertEqual(
            self.fetched("president/proof/2/01.json"), self.fetched("2/president/proof/2/01.json")
        )

    def test_a_bundle_has_all_children_of_an_area(self) -> None:
        for code, records in (("S", ["2/01", "2/02"]), ("N", ["1/01"]), ("AM", ["N", "S"])):
            with self.subTest(code):
                bundle = json.loads(self.fetched(f"president/bundle/{code}.json"))
                self.assertEqual([r.split("\t")[2] for r in bundle["records"]], records)
                first, *above = bundle["path"]
                children = [
                    Entry(record_hash(record), tuple(self.added_by(record)))
                    for record in bundle["records"]
                ]
                self.assertEqual(first["levels"], [])
                self.assertEqual(first["record"].split("\t")[11], root(children).digest.hex())
                if above:
                    proof = json.loads(self.fetched(f"president/proof/{records[0]}.json"))
                    self.assertEqual(above, proof["path"][1:])

    def added_by(self, record: str) -> Sums:
        fields = record.split("\t")
        if fields[0].startswith("hashvark station"):
            return contribution(fields, 6)
        return tuple(int(item) if item else None for item in fields[6].split(","))

    def test_what_was_never_published_is_not_there(self) -> None:
        for address in (
            "3/checkpoint", "3/manifest.json", "2/mayor.form.json", "2/mayor.ledger.tsv",
            "2/president/proof/9/99.json", "2/president/proof/N.json", "0/manifest.json",
            "president/bundle/2/01.json", "president/bundle/X.json", "mayor/proof/2/01.json",
        ):  # fmt: skip
            with self.subTest(address):
                self.assertEqual(self.client.get(f"/data/artsakh/{address}").status_code, 404)

    def test_the_first_checkpoint_names_the_log_for_ever(self) -> None:
        self.world.accepted(self.world.stations[2], SOUTH)
        with self.settings(ORIGIN="elsewhere.example"):
            published = self.world.publication()
        self.assertTrue(published.checkpoint.startswith("localhost/artsakh\n3\n"))
        other = World("other")
        for origin in ("", "two words", "a+b"):
            with (
                self.subTest(origin),
                self.settings(ORIGIN=origin),
                self.assertRaisesMessage(PublicationRefused, "HASHVARK_ORIGIN"),
                transaction.atomic(),
            ):
                other.publication()
        self.assertEqual(Publication.objects.filter(election=other.election).count(), 0)


def lying(route: Any, lie: Callable[[str], str]) -> None:
    """A server that answers something else."""
    answer = route.fetch()
    route.fulfill(response=answer, body=lie(answer.text()))


@browser
class CheckInTheBrowserTests(BrowserTestCase):
    def test_a_reader_checks_a_station(self) -> None:
        world = World()
        world.accepted(world.stations[1], SOUTH)
        publish(election=world.election, by=None, at=NOW)
        world.accepted(world.stations[0], NORTH)
        publish(election=world.election, by=None, at=NOW)
        page = self.page(width=360)
        page.goto("/en/artsakh/president/station/2/01/")
        page.get_by_role("button", name="Check it now").click()
        page.get_by_text("This station is inside the total of publication 2").wait_for()
        table = page.locator("#proof table")
        self.assertIn("= AM Area AM", table.inner_text())
        self.assert_fits(page)
        for code in ("1/01", "2/02"):
            page.goto(f"/en/artsakh/president/station/{code}/")
            page.get_by_role("button", name="Check it now").click()
            page.get_by_text("This station is inside the total of publication 2").wait_for()

    @slow
    def test_a_lie_is_found(self) -> None:
        world = World()
        world.accepted(world.stations[1], SOUTH)
        publish(election=world.election, by=None, at=NOW)
        for address, lie in (
            (
                "proof/2/01.json",
                lambda text: text.replace("200,150,5,100,40,5", "200,150,5,101,39,5"),
            ),
            ("manifest.json", lambda text: text.replace('"status":"', '"status":"x')),
            ("form.json", lambda text: text.replace("Candidate 1", "Candidate 2")),
            ("checkpoint", lambda text: text.replace("=", "A=", 1)),
        ):
            with self.subTest(address):
                page = self.page()

                page.route(f"**/data/artsakh/**{address}", partial(lying, lie=lie))
                page.goto("/en/artsakh/president/station/2/01/")
                page.get_by_role("button", name="Check it now").click()
                page.get_by_text("The proof failed").wait_for()
