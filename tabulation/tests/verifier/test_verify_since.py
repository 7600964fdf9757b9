"""From publication to publication: what stood does not change or go away without a word."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest import mock

from django.test import SimpleTestCase

from tabulation.tests.support import mirror_files
from tabulation.tests.support.mirror_files import Mirror
from tabulation.tests.support.mirror_notes import KEY
from tabulation.tests.support.mirrors import ELECTION, Area, Nation, Station
from tabulation.tests.support.small_mirror import PRESIDENT
from tabulation.tests.support.tags import slow
from tabulation.tests.support.verifiers import findings, named, run, run_shell

AREAS = [Area("C", ""), Area("S", "C"), Area("T", "C")]
FIGURES = (100, 61, 1, 40, 20, 0)
OTHER = (100, 61, 1, 20, 40, 0)
KEYS = f"{KEY}\n"

COUNTED = Station("S/1", "S", FIGURES)
CORRECTED = replace(COUNTED, figures=OTHER, version=2, reason="recount", decision="7")
ANNULLED = replace(COUNTED, status="annulled", reason="box opened", decision="8")
WAITING = Station("S/1", "S", status="not counted")
WITHOUT = replace(WAITING, status="no result", version=0, reason="no vote was held", decision="9")
CLOSED = replace(WITHOUT, status="closed", registered=None)
SCAN = {"1.jpg": "1" * 64}
SCANNED, FILED = replace(COUNTED, scans=SCAN), replace(COUNTED, files={"1.txt": "1" * 64})
NEIGHBOUR = Station("S/2", "S", FIGURES)
ELSEWHERE = Station("T/1", "T", (100, 61, 1, 40, 20, "-"))

#: What stood, what stands, and words of the finding; none where all is right.
STEPS: tuple[tuple[str, Station, Station | None, str], ...] = (
    ("nothing", COUNTED, COUNTED, ""),
    ("it is counted", WAITING, COUNTED, ""),
    ("it is counted by a correction at once", WAITING, CORRECTED, ""),
    ("a new version", COUNTED, CORRECTED, ""),
    ("a new version with the same figures", COUNTED, replace(CORRECTED, figures=FIGURES), ""),
    ("an annulment", COUNTED, ANNULLED, ""),
    ("a reinstatement", ANNULLED, replace(ANNULLED, status="counted", reason="court"), ""),
    ("a correction of an annulled one", ANNULLED, CORRECTED, ""),
    ("another reason for the same", ANNULLED, replace(ANNULLED, reason="court"), ""),
    ("other figures", COUNTED, replace(COUNTED, figures=OTHER), "other figures"),
    ("other figures with a reason",
     COUNTED, replace(CORRECTED, version=1), "of the same version 1"),
    ("other figures of an annulled one",
     ANNULLED, replace(ANNULLED, figures=OTHER), "other figures"),
    ("other figures with an annulment",
     COUNTED, replace(ANNULLED, figures=OTHER), "other figures"),
    ("a new version without a reason", COUNTED, replace(CORRECTED, reason=""), "without a reason"),
    ("a new version without a decision",
     COUNTED, replace(CORRECTED, decision=""), "without a reason"),
    ("an older version", CORRECTED, COUNTED, "was of version 2"),
    ("annulled without a reason", COUNTED, replace(ANNULLED, reason=""), "is annulled, without"),
    ("back without a decision", ANNULLED, COUNTED, "is counted, without"),
    ("not counted any more", COUNTED, WAITING, "is not counted, without a reason"),
    ("annulled, and not counted any more", ANNULLED, WAITING, "is not counted, without a reason"),
    ("gone", COUNTED, None, "is not any more"),
    ("gone before it was counted", WAITING, None, "is not any more"),
    ("another scan", SCANNED, replace(SCANNED, scans={"1.jpg": "0" * 64}), "other figures"),
    ("a scan gone", SCANNED, COUNTED, "other figures"),
    ("a scan more", SCANNED, replace(SCANNED, scans={**SCAN, "2.jpg": "0" * 64}), ""),
    ("another file", FILED, replace(FILED, files={"1.txt": "0" * 64}), "other figures"),
    ("a file that comes later", COUNTED, FILED, ""),
    ("a scan before the count, and another", replace(WAITING, scans=SCAN), COUNTED, ""),
    ("no result by decision", WAITING, WITHOUT, ""),
    ("no result any more", COUNTED, replace(WITHOUT, version=1), ""),
    ("a result after all", WITHOUT, replace(CORRECTED, version=1), ""),
    ("the same result after all",
     replace(WITHOUT, version=1), replace(CORRECTED, version=1), "of the same version 1"),
    ("a result after all without a decision", WITHOUT, COUNTED, "without a reason"),
    ("another decision about none", WITHOUT, replace(WITHOUT, decision="10"), ""),
    ("closed", WAITING, CLOSED, ""),
    ("open again without a word", CLOSED, WAITING, "is not counted, without a reason"),
    ("another name since then", COUNTED, replace(COUNTED, name="A hall", since=2), ""),
    ("another name of the place",
     COUNTED, replace(COUNTED, name="A hall"), "does not say since when"),
    ("another area", WAITING, replace(WAITING, area="T"), "lies in area T"),
)  # fmt: skip


def write(folder: Path, was: Station, now: Station | None, skip: bool = False) -> Path:
    """Two publications of two stations; ``skip``: with one between whose records are not there."""
    mirror = Mirror(folder)
    standing = [[was, NEIGHBOUR, ELSEWHERE], [s for s in (now, NEIGHBOUR, ELSEWHERE) if s]]
    if skip:
        standing.insert(1, [WAITING, NEIGHBOUR, ELSEWHERE])
    for stations in standing:
        nation = Nation("president", PRESIDENT, AREAS, stations)
        mirror.publish("unofficial-partial", [nation], proofs=False)
    for name in ("form.json", "ledger.tsv", "csv", "json") if skip else ():
        (folder / f"data/{ELECTION}/2/president.{name}").unlink()
    (folder / f"data/{ELECTION}/key.txt").write_text(KEYS)
    return folder


class SinceTests(SimpleTestCase):
    def mirror(self) -> Path:
        return Path(self.enterContext(tempfile.TemporaryDirectory()))

    @slow
    def test_every_step_by_both_verifiers(self) -> None:
        for name, was, now, words in STEPS:
            with self.subTest(name):
                mirror = write(self.mirror(), was, now)
                for status, output in (
                    run(mirror, "--key", KEY), run_shell(mirror, keys=KEYS),
                ):  # fmt: skip
                    self.assertEqual(status, 1 if words else 0, output)
                    if words:
                        where = ("2/president.ledger.tsv", "S/1")
                        self.assertTrue(named(output, where), output)
                self.assertEqual(len(findings(run(mirror, "--key", KEY)[1])), bool(words))
                self.assertIn(words, run(mirror, "--key", KEY)[1])

    def test_over_publications_that_are_not_there(self) -> None:
        mirror = write(self.mirror(), COUNTED, replace(COUNTED, figures=OTHER), skip=True)
        status, output = run(mirror, "--key", KEY)
        self.assertEqual(status, 1)
        self.assertTrue(named(output, ("S/1", "than in publication 1")), output)

    def told(self, change: Callable[[dict, int], object]) -> Path:
        """A mirror whose manifests are otherwise, and signed so."""
        true = mirror_files.manifest_of

        def altered(number: int, *rest: object) -> dict:
            manifest = true(number, *rest)  # type: ignore[arg-type]
            change(manifest, number)
            return manifest

        with mock.patch.object(mirror_files, "manifest_of", altered):
            return write(self.mirror(), COUNTED, COUNTED)

    def test_times_and_seals_never_go_back(self) -> None:
        early = "2012-07-19T19:59:59.999999+00:00"
        seal = {"hash": "0" * 64, "number": 9}
        lies = {
            "published_at": lambda m, n: m.update(published_at=early) if n == 2 else None,
            "seal": lambda m, n: m.update(seal=seal if n == 1 else m["seal"]),
        }
        for word, change in lies.items():
            with self.subTest(word):
                mirror = self.told(change)
                for status, output in (run(mirror, "--key", KEY), run_shell(mirror, keys=KEYS)):
                    self.assertEqual(status, 1, output)
                    self.assertTrue(named(output, ("manifests.jsonl: line 2", word)), output)
        later = {"hash": "1" * 64, "number": 1}
        mirror = self.told(lambda m, n: m.update(seal=later))
        self.assertEqual(run(mirror, "--key", KEY)[0], 0)

    def test_a_contest_never_goes_away(self) -> None:
        mirror = Mirror(folder := self.mirror())
        nation = Nation("president", PRESIDENT, AREAS, [COUNTED, NEIGHBOUR, ELSEWHERE])
        other = Nation(
            "mayor", {**PRESIDENT, "contest": "mayor"}, AREAS, [COUNTED, NEIGHBOUR, ELSEWHERE]
        )
        mirror.publish("unofficial-partial", [other, nation], proofs=False)
        mirror.publish("unofficial-partial", [nation], proofs=False)
        for status, output in (run(folder, "--key", KEY), run_shell(folder, keys=KEYS)):
            self.assertEqual(status, 1, output)
            self.assertTrue(named(output, ("line 2", "mayor", "not there any more")), output)
