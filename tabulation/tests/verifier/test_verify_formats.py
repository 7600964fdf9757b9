"""Version 2 of records and manifests: what they have room for, held to its rules by both."""

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from unittest import mock

from django.test import SimpleTestCase

from tabulation.tests.support import mirror_files
from tabulation.tests.support.mirror_files import Mirror, relist
from tabulation.tests.support.mirror_notes import KEY, file_list
from tabulation.tests.support.mirrors import ELECTION, Area, Nation, Station, sha, units_of
from tabulation.tests.support.small_mirror import PRESIDENT
from tabulation.tests.support.verifiers import findings, run, run_shell

AREAS = [Area("C", ""), Area("S", "C", "South"), Area("T", "C"), Area("U", "C")]
PAGE, ORIGINAL = b"\x89PNG page 1", b"salt, and all of the paper"
SCANS = {"1.png": sha(PAGE), "2.png": sha("page 2")}
WITHOUT = Station(
    "S/2", "S", status="no result", version=0, reason="no vote was held", decision="9"
)
STATIONS = [
    Station("S/1", "S", (100, 61, 1, 40, 20, 0), scans=SCANS, files={"paper.txt": sha(ORIGINAL)}),
    WITHOUT,
    Station("S/3", "S", (100, 61, 1, 40, 20, 0), reason="errors accepted", decision="10"),
    Station("T/1", "T", (100, 61, 1, 40, 20, "-"), status="annulled", reason="fire", decision="8"),
    replace(WITHOUT, code="T/2", area="T"),
    replace(WITHOUT, code="U/1", area="U", status="closed", registered=None),
]
#: In the second publication one is closed, and another, with a name of its own, continues it.
LATER = [
    *STATIONS[:2],
    replace(STATIONS[2], status="closed", figures=(), registered=None, decision="11"),
    Station("S/4", "S", status="not counted", name="New school", since=2, continues=("S/3", "U/1")),
    *STATIONS[3:],
]
#: Known answers: a record, its hash, and what it contributes.
RECORDS = {
    "S/1": (
        "hashvark station v2\tpresident\tS/1\tA school\tS\tcounted\t1\t\t\t"
        f"\t1.png:{SCANS['1.png']},2.png:{SCANS['2.png']}\t100\t100,61,1,40,20,0"
        f"\t0,0,0\t1,1,1\t\t\tpaper.txt:{sha(ORIGINAL)}",
        "1,1,0,0,100,100,100,61,1,40,20,0",
    ),
    "S/2": (
        "hashvark station v2\tpresident\tS/2\tA school\tS\tno result\t\tno vote was held\t9"
        "\t\t\t100\t\t0,0,0\t0,0,0\t\t\t",
        "1,0,0,1,100,0,,,,,,",
    ),
    "S/4": (
        "hashvark station v2\tpresident\tS/4\tNew school\tS\tnot counted\t\t\t"
        "\t\t\t100\t\t0,0,0\t0,0,0\t2\tS/3\\nU/1\t",
        "1,0,0,0,100,0,,,,,,",
    ),
    "U/1": (
        "hashvark station v2\tpresident\tU/1\tA school\tU\tclosed\t\tno vote was held\t9"
        "\t\t\t\t\t0,0,0\t0,0,0\t\t\t",
        "0,0,0,0,,,,,,,,",
    ),
}
HASHES = {
    "S/1": "e6ca274c99972f1e077ab48f6ff450f73d393460514cfb666b597978512a9024",
    "S/2": "6363eeaa6bc185c8cfde5783c9df0c0e7ccad4ec03e8f1dd7b991c5918ff9c79",
    "S/4": "435ffdfb1913ec06d1ab2dfc04ee1b8a554004a467e1864b350bb580ad288810",
    "U/1": "aadf1dd8916cd682c81b4c59cbd6a11069d2b7a35e01eb7b58697937a7ac072e",
}


class FormatTests(SimpleTestCase):
    def mirror(self, further: dict[str, str] | None = None) -> Path:
        """Two publications; both manifests bind ``further`` files."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        true = mirror_files.manifest_of

        def with_more(*parts: object) -> dict:
            return {**true(*parts), **({"further": further} if further else {})}  # type: ignore[arg-type]

        with mock.patch.object(mirror_files, "manifest_of", with_more):
            mirror = Mirror(folder)
            for stations in (STATIONS, LATER):
                nation = Nation("president", PRESIDENT, AREAS, stations)
                mirror.publish("unofficial-partial", [nation])
        (folder / f"data/{ELECTION}/key.txt").write_text(f"{KEY}\n")
        return folder

    def assertStatus(self, mirror: Path, status: int, words: str = "") -> str:
        found, output = run(mirror, "--key", KEY)
        self.assertEqual(found, status, output)
        self.assertEqual(bool(findings(output)), status == 1, output)
        self.assertIn(words, output)
        return output

    def put(self, mirror: Path, name: str, body: bytes, digest: str = "") -> Path:
        path = mirror / f"data/{ELECTION}/further/{digest or sha(body)}/{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path

    def test_known_answers(self) -> None:
        units = units_of(Nation("president", PRESIDENT, AREAS, LATER))
        for code, (record, sums) in RECORDS.items():
            with self.subTest(code):
                unit = units["station", code]
                self.assertEqual(unit.record, record)
                self.assertEqual(hashlib.sha256(record.encode()).hexdigest(), HASHES[code])
                self.assertEqual(unit.entry, f"{HASHES[code]}\t{sums}\n")
        status = {code: unit.record.split("\t")[5] for (kind, code), unit in units.items()}
        areas = {"C": "partial", "S": "partial", "T": "annulled", "U": "closed"}
        self.assertEqual({code: status[code] for code in areas}, areas)

    def test_what_has_room_is_right(self) -> None:
        mirror = self.mirror({"program.txt": sha("program")})
        output = self.assertStatus(mirror, 0)
        self.assertEqual(output.count(": verified"), 2)
        self.assertIn("out of reach: 3 scans and further files that records bind", output)
        for number in (1, 2):
            status, output = run_shell(mirror, number, keys=f"{KEY}\n")
            self.assertEqual((status, findings(output)), (0, []), output)

    def test_scans_and_further_files_lie_under_their_hash(self) -> None:
        mirror = self.mirror({"program.txt": sha("program")})
        page = self.put(mirror, "1.png", PAGE)
        self.put(mirror, "paper.txt", ORIGINAL)
        self.put(mirror, "program.txt", b"program")
        self.assertStatus(mirror, 0, "out of reach: 1 scans and further files")
        page.write_bytes(b"another")
        self.assertStatus(mirror, 1, f"/further/{sha(PAGE)}/1.png: hash")
        page.unlink()
        self.put(mirror, "3.png", PAGE)
        self.assertStatus(mirror, 3, f"/further/{sha(PAGE)}/3.png: is bound by no record")

    def test_a_list_of_a_higher_issue(self) -> None:
        mirror = self.mirror()
        own = mirror / f"data/{ELECTION}"
        (own / "rehearsal.zip").write_bytes(b"zeros")
        self.assertStatus(mirror, 3, "NOT CHECKED  /data/artsakh/rehearsal.zip")
        relist(mirror, 2, "rehearsal.zip", issue=2)
        self.assertStatus(mirror, 0)
        self.assertEqual(run_shell(mirror, keys=f"{KEY}\n")[0], 0)
        (own / "rehearsal.zip").write_bytes(b"ones")
        self.assertStatus(mirror, 1, "rehearsal.zip: hash")
        self.assertEqual(run_shell(mirror, keys=f"{KEY}\n")[0], 1)

    def test_a_list_that_is_not_signed_yet(self) -> None:
        mirror = self.mirror()
        own = mirror / f"data/{ELECTION}"
        (own / "2/president.long.csv").write_bytes(b"x")
        (own / "2/filelist").unlink()
        output = self.assertStatus(
            mirror, 3, "nothing binds the files made after publication 2 yet"
        )
        self.assertIn("NOT CHECKED  /data/artsakh/2/president.long.csv", output)
        self.assertIn("files NOT checked", run_shell(mirror, keys=f"{KEY}\n")[1])

    def test_a_list_by_somebody_else(self) -> None:
        mirror = self.mirror()
        leaf = (mirror / f"data/{ELECTION}/2/manifest.json").read_bytes()
        signed = file_list(leaf, 2, {}, office="stranger")
        (mirror / f"data/{ELECTION}/2/filelist").write_bytes(signed)
        words = "bears no signature of results.example/artsakh/files"
        self.assertStatus(mirror, 1, words)
        self.assertIn(words, run_shell(mirror, keys=f"{KEY}\n")[1])

    def test_what_is_listed_and_not_there(self) -> None:
        mirror = self.mirror()
        other = mirror / f"data/{ELECTION}/2/all.zip"
        other.write_bytes(b"zip")
        relist(mirror, 2, "2/all.zip")
        self.assertStatus(mirror, 0)
        other.unlink()
        self.assertStatus(mirror, 3, "NOT THERE  /data/artsakh/2/all.zip: is missing")
