"""What verify.py makes of the proof of a station and of the bundle of an area."""

import json
from pathlib import Path

from tabulation.tests.support.mirrors import ELECTION
from tabulation.tests.support.verifiers import MirrorTestCase, named


class ProofTests(MirrorTestCase):
    def proof(self, code: str) -> Path:
        return self.mirror / f"{self.target.path}/proof/{code}.json"

    def test_of_every_station(self) -> None:
        proofs = sorted(self.mirror.glob("data/*/3/*/proof/**/*.json"))
        self.assertEqual(len(proofs), 56)
        latest = sorted(self.mirror.glob(f"data/{ELECTION}/*/proof/**/*.json"))
        self.assertEqual(len(latest), 56)
        status, output = self.verify(self.mirror, "--proof", *proofs, *latest)
        self.assertEqual(status, 0, output)
        self.assertEqual(output.count("proof: station "), 112)

    def test_of_every_area(self) -> None:
        bundles = sorted(self.mirror.glob("data/*/*/bundle/**/*.json"))
        self.assertEqual(len(bundles), 13)
        status, output = self.verify(self.mirror, "--proof", *bundles)
        self.assertEqual(status, 0, output)
        self.assertIn("bundle: all 42 units in area S, through 2 areas up to the total", output)
        self.assertIn("bundle: all 5 units in area C, through 1 areas", output)

    def altered(self, path: Path, change: object) -> Path:
        saved = self.folder / "proof.json"
        body = json.loads(path.read_text("utf-8"))
        change(body)  # type: ignore[operator]
        saved.write_text(json.dumps(body), "utf-8")
        return saved

    def test_of_a_lie_about_an_area(self) -> None:
        bundle = self.mirror / self.target.data("president/bundle/S.json")

        def figure(body: dict) -> None:
            body["records"][19] = body["records"][19].replace("80,1,50", "80,1,51")

        changes = {
            "a figure": (figure, "area S: sums, line votes_1"),
            "a station removed": (lambda b: b["records"].pop(), "area S: children"),
            "the root of what is left": (lambda b: b["records"].pop(), "step 1: root of S"),
            "two exchanged": (lambda b: b["records"].reverse(), "station S/41: comes after S/42"),
            "one twice": (lambda b: b["records"].insert(0, b["records"][0]), "or twice"),
            "of another area": (
                lambda b: b["records"].__setitem__(0, b["records"][0].replace("\tS\t", "\tN\t")),
                "station S/01: area",
            ),
            "a station in place of the area": (
                lambda b: b["path"][0].update(record=b["records"][0]), "none of an area",
            ),
            "no records": (lambda b: b.update(records=[]), "has no records"),
            "no step": (lambda b: b.update(path=[]), "has no records, or a first step"),
            "levels": (lambda b: b["path"][0].update(levels=[[None]]), "not of their area alone"),
            "a number": (lambda b: b["records"].append(7), "record 43: is no text"),
            "half a character": (
                lambda b: b["records"].__setitem__(
                    0, b["records"][0].replace("A school", "\ud800")
                ),
                "holds half a character",
            ),
            "one record": (lambda b: b.update(record=""), "unknown field record"),
            "the area's parent": (lambda b: b["path"].pop(), "area above the last step"),
            "the log": (lambda b: b["log"].pop(), "log: leads to the root"),
        }  # fmt: skip
        for name, (change, words) in changes.items():
            with self.subTest(name):
                saved = self.altered(bundle, change)
                status, output = self.verify(self.mirror, "--proof", saved)
                self.assertEqual(status, 1, output)
                self.assertFound(output, ("proof.json", words))

    def test_of_a_lie(self) -> None:

        def figure(body: dict) -> None:
            body["record"] = body["record"].replace("80,1,50", "80,1,51")

        def sums(body: dict) -> None:
            level = body["path"][0]["levels"][0]
            pair = next(pair for pair in level if pair)
            pair[1] = pair[1].replace("1,1,0", "1,1,1")

        changes = {
            "a figure": (figure, "root of S"),
            "sums of a sibling": (sums, "root of S"),
            "the area's record": (
                lambda b: b["path"][0].update(record=b["path"][0]["record"].replace("S", "N")),
                "step 1: area",
            ),
            "no step": (lambda b: b.update(path=[]), "root in the manifest"),
            "the last step missing": (lambda b: b["path"].pop(), "root in the manifest"),
            "two places": (lambda b: b["path"][0]["levels"][0].append(None), "one place"),
            "seventeen entries": (
                lambda b: b["path"][0]["levels"][0].extend([["0" * 64, "1"]] * 16), "1 to 16",
            ),
            "an entry of nothing": (
                lambda b: b["path"][0]["levels"][0].append([1, 2]), "1 to 16|malformed entry",
            ),
            "a hash in hexadecimal": (
                lambda b: b["path"][0]["levels"][0][0].__setitem__(0, "0" * 64),
                "is no base64 of 32 bytes",
            ),
            "no log": (lambda b: b.update(log=[]), "log: leads to the root"),
            "a hash of the log": (lambda b: b["log"].reverse() or b["log"].append("AAAA"),
                "log: \"AAAA\" is no base64 of 32 bytes"),
            "a log of numbers": (lambda b: b.update(log=[7]), "log: \"7\" is no text"),
            "an earlier publication": (lambda b: b.update(publication=2), "log: leads to the root"),
            "another publication": (lambda b: b.update(publication=9), "is not in the log"),
            "another contest": (lambda b: b.update(contest="mayor"), "is not in the log"),
            "an unknown field": (lambda b: b.update(more=1), "unknown field more"),
            "a step of a station": (
                lambda b: b["path"][1].update(record=b["record"]), "step 2: has a record",
            ),
            "levels of nothing": (lambda b: b["path"][0].update(levels=7), "field levels"),
            "a record of an area": (
                lambda b: b.update(record=b["path"][0]["record"]), "none of a station",
            ),
        }  # fmt: skip
        for name, (change, words) in changes.items():
            with self.subTest(name):
                saved = self.altered(self.proof("S/20"), change)
                status, output = self.verify(self.mirror, "--proof", saved)
                self.assertEqual(status, 1, output)
                found = [w for w in words.split("|") if named(output, ("proof.json", w))]
                self.assertTrue(found, output)
