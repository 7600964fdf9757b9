"""What anyone verifies: static/verify.py, and a second verifier in shell, against every lie."""

import gzip
import json
import random
import shutil
from decimal import Decimal
from pathlib import Path

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from tabulation.arithmetic.commitments.merkle import merkle_root
from tabulation.arithmetic.rules import OPERATORS, Relation, holds
from tabulation.tests.support.mirror_edits import Tampering, edit
from tabulation.tests.support.mirror_files import pack
from tabulation.tests.support.mirror_lies import tamperings
from tabulation.tests.support.mirror_notes import KEY, ORIGIN, verifier_key
from tabulation.tests.support.mirrors import ELECTION
from tabulation.tests.support.small_mirror import write_mirror
from tabulation.tests.support.tags import slow
from tabulation.tests.support.verifiers import (
    KEYS,
    MirrorTestCase,
    findings,
    run,
    run_apart,
    run_shell,
    verifier,
)


class TruthTests(MirrorTestCase):
    def test_a_mirror_that_is_right(self) -> None:
        status, output = self.verify(self.mirror)
        self.assertEqual((status, findings(output)), (0, []), output)
        self.assertIn("49 stations and 7 areas recomputed, 49 rows of CSV", output)
        self.assertIn("log: 3 manifests, root recomputed at 3 checkpoints, 6 signatures", output)
        self.assertEqual(output.splitlines()[-1], "OK")

    def test_every_publication(self) -> None:
        status, output = self.verify(self.mirror, "--all")
        self.assertEqual(status, 0, output)
        self.assertEqual(output.count(": verified"), 6)
        for number in (1, 2):
            status, output = self.verify(self.mirror, "--publication", number)
            self.assertEqual(status, 0, output)
            self.assertIn(f"publication {number}, president: 49 stations", output)

    def test_reasons_and_turnout_beside_the_records(self) -> None:
        output = self.verify(self.mirror)[1]
        self.assertIn("reasons of 1 stations, 93 readings of timed turnout added up", output)
        self.assertNotIn("NOT THERE", output)

    def test_reasons_that_are_not_given(self) -> None:
        mirror, path = self.copy(), f"{self.target.path}.reasons.tsv"
        (mirror / path).write_bytes(b"")
        status, output = self.verify(mirror)
        self.assertEqual((status, findings(output)), (3, []), output)
        self.assertIn("does not give the reasons of 1 station(s)", output)
        (mirror / path).unlink()
        status, output = self.verify(mirror)
        self.assertEqual((status, findings(output)), (3, []), output)
        self.assertIn(f"NOT THERE  /{path}: the reasons of 1 station(s)", output)

    def test_a_publication_that_is_not_there(self) -> None:
        status, output = self.verify(self.mirror, "--publication", 4)
        self.assertEqual(status, 1)
        self.assertFound(output, ("publication 4", "not among the 3"))

        status, output = self.verify(self.mirror, "--publication", 0)
        self.assertFound(output, ("publication 0", "not among the 3"))

    def test_a_table_with_areas(self) -> None:
        mirror, path = self.copy(), f"{self.target.path}.csv"
        head = next(r for r in self.target.records if r[2] == "X" and len(r) == 13)
        sums = ",".join(head[6].split(",")[:3])
        row = f"area,X,Abroad,annulled,1,{sums},,,,,,,,,-\n".encode()
        edit(path, lambda body: body + row)(mirror)
        (mirror / self.target.of_publication("filelist")).unlink()  # it has another hash there
        status, output = self.verify(mirror)
        self.assertEqual((status, findings(output)), (3, []), output)
        edit(path, lambda body: body + row)(mirror)
        self.assertFound(self.verify(mirror)[1], ("president.csv: area X", "has two rows"))
        edit(path, lambda body: body.replace(row + row, row.replace(b"Abroad", b"Home")))(mirror)
        self.assertFound(self.verify(mirror)[1], ("president.csv: area X: name", "Home"))

    def test_gzipped_files(self) -> None:
        mirror = self.copy()
        for path in [p for p in mirror.rglob("*") if p.is_file()]:
            pack(mirror, str(path.relative_to(mirror)), keep=path.name == "checkpoint")
        self.assertEqual(self.verify(mirror)[0], 0)
        self.assertEqual(run_shell(mirror)[0], 0)

    def test_a_gzipped_file_beside_another(self) -> None:
        mirror = self.copy()
        packed = pack(mirror, f"{self.target.path}.ledger.tsv", keep=True)
        packed.write_bytes(gzip.compress(b"another"))
        status, output = self.verify(mirror)
        self.assertEqual(status, 1)
        self.assertFound(output, ("president.ledger.tsv", "are not the same"))

    def test_apart_as_everybody_runs_it(self) -> None:
        words = (self.mirror, "--election", ELECTION, "--key")
        keys = self.folder / "keys.txt"
        keys.write_text(KEYS)
        self.assertEqual(run_apart(*words, keys)[0], 0)
        # Without site-packages there is no cryptography.
        status, output = run_apart(*words, keys, options=("-I", "-S"))
        self.assertEqual(status, 3, output)
        self.assertIn("signature NOT checked: the package cryptography", output)
        self.assertEqual(output.splitlines()[-1], "OK, but the signature was NOT checked")

    def test_the_second_verifier(self) -> None:
        for number in ("", 1, 2):
            status, output = run_shell(self.mirror, number)
            self.assertEqual((status, findings(output)), (0, []), output)
            self.assertIn("president: 56 records recomputed", output)
        self.assertIn("signature NOT checked", run_shell(self.mirror, keys="")[1])


class TamperingTests(MirrorTestCase):
    @slow
    def test_every_lie_is_found_where_it_is(self) -> None:
        names = set()
        for tampering in tamperings(self.mirror):
            names.add(tampering.name)
            with self.tampered(tampering) as mirror:
                status, output = self.verify(mirror)
                self.assertEqual(status, 1, output)
                self.assertEqual(output.splitlines()[-1][:7], "FAILED:")
                self.assertFound(output, tampering.words)
                self.assertFound(output, tampering.also)
                self.assertNotIn("cannot be verified", output)
        self.assertGreater(len(names), 150)

    def test_apart(self) -> None:
        lies = {t.name: t for t in tamperings(self.mirror)}
        for name in ("a station's figures", "a lie up to the checkpoint"):
            with self.tampered(lies[name]) as mirror:
                words = (mirror, "--election", ELECTION, "--key", KEY)
                status, output = run_apart(*words)
                self.assertEqual(status, 1)
                self.assertFound(output, lies[name].words)

    def test_by_the_second_verifier(self) -> None:
        lies = {t.name: t for t in tamperings(self.mirror)}
        for name in ("a station's figures", "sums of area S", "a lie up to the checkpoint"):
            with self.tampered(lies[name]) as mirror:
                status, output = run_shell(mirror)
                self.assertEqual(status, 1)
                self.assertFound(output, lies[name].words)

    def test_any_bit_of_what_is_bound(self) -> None:
        chance = random.Random(5)
        kinds = (".ledger.tsv", ".form.json", "manifest.json", "manifests.jsonl", "checkpoint")
        files = [p for p in self.mirror.rglob("*") if p.is_file() and p.name.endswith(kinds)]
        kept = [p for p in files if "3" in p.parts or not p.name.startswith(("pres", "assem"))]
        for _ in range(60):
            path = str(chance.choice(kept).relative_to(self.mirror))

            def flip(body: bytes) -> bytes:
                at = chance.randrange(len(body))
                return body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :]

            with self.tampered(Tampering(path, edit(path, flip), (path,))) as mirror:
                status, output = self.verify(mirror)
                self.assertEqual(status, 1, output)
                self.assertNotIn("cannot be verified", output)


@slow
class SecondVerifierTests(MirrorTestCase):
    EVEN = True

    def test_every_second_lie_is_found_where_it_is(self) -> None:
        for number, tampering in enumerate(tamperings(self.mirror)):
            if not tampering.shell or (number % 2 == 0) != self.EVEN:
                continue
            with self.tampered(tampering) as mirror:
                status, output = run_shell(mirror)
                self.assertEqual(status, 1, output)
                self.assertFound(output, tampering.words)


@slow
class SecondVerifierAgainTests(SecondVerifierTests):
    """The other half, in a class of its own, so that two processes share the work."""

    EVEN = False


class KeyTests(MirrorTestCase):
    def test_without_a_key_it_says_what_that_means(self) -> None:
        status, output = run(self.mirror, "--election", ELECTION)
        self.assertEqual(status, 3)
        self.assertIn("signature NOT checked: no --key given, so nothing here ties", output)

    def test_another_key_than_the_one_from_elsewhere(self) -> None:
        forged = write_mirror(self.folder / "forged", commission="stranger")
        status, output = self.verify(forged)
        self.assertEqual(status, 1)
        self.assertFound(output, ("checkpoint", f"bears no signature of {ORIGIN}"))
        self.assertEqual(run_shell(forged)[0], 1)
        own = verifier_key("stranger", ORIGIN)
        status, output = run(self.mirror, "--election", ELECTION, "--key", own)
        self.assertFound(output, ("key.txt", "does not hold the key that you gave"))

    def test_a_key_among_others(self) -> None:
        stranger = verifier_key("stranger", ORIGIN)
        status, output = self.verify(self.mirror, "--key", stranger)
        self.assertEqual(status, 0, output)

    def test_a_key_of_another_origin(self) -> None:
        other = verifier_key("commission", "elsewhere.example")
        status, output = run(self.mirror, "--election", ELECTION, "--key", other)
        self.assertEqual(status, 1)
        self.assertFound(output, ("checkpoint", "its origin is"))

    def test_a_certified_publication_needs_the_second_signature(self) -> None:
        mirror = self.copy()
        for name in ("checkpoint", "3/checkpoint"):
            path = mirror / self.target.data(name)
            kept = path.read_text("utf-8").splitlines(keepends=True)[:-1]
            path.write_text("".join(kept), "utf-8")
        status, output = self.verify(mirror)
        self.assertEqual(status, 1)
        self.assertFound(output, ("3/checkpoint", f"no signature of {ORIGIN}/certified"))
        status, output = run_shell(mirror)
        self.assertFound(output, ("3/checkpoint", f"no signature of {ORIGIN}/certified"))
        status, output = run(mirror, "--election", ELECTION, "--key", KEY)
        self.assertEqual(status, 1)
        self.assertFound(output, ("key.txt", "does not hold the keys that signed the log"))
        self.assertIn("publication 3 is certified; its second signature was not", output)

    def test_a_signature_of_another_name_is_ignored(self) -> None:
        """As the format has it: a witness signs too, in a way of its own."""
        mirror = self.copy()
        for name in ("checkpoint", "3/checkpoint"):
            edit(self.target.data(name), lambda body: body + "— witness.example AAAA\n".encode())(
                mirror
            )
        status, output = self.verify(mirror)
        self.assertEqual(status, 0, output)
        self.assertEqual(output.count('note: a signature of "witness.example" was ignored'), 1)
        self.assertEqual(run_shell(mirror)[0], 0)
        edit(self.target.data("checkpoint"), lambda body: body + "— witness.example\n".encode())(
            mirror
        )
        self.assertFound(self.verify(mirror)[1], ("checkpoint", "malformed signature line"))
        self.assertFound(run_shell(mirror)[1], ("checkpoint", "malformed signature line"))

    def test_malformed_keys(self) -> None:
        for key in ("x", KEY[:-4], KEY.replace("+", "+0", 1), KEY.replace("+", " +", 1)):
            with self.subTest(key):
                status, output = run(self.mirror, "--election", ELECTION, "--key", key)
                self.assertEqual(status, 2)
                self.assertIn("FAILED: --key", output)


class LogTests(MirrorTestCase):
    def earlier(self, size: int) -> Path:
        """The mirror as it was when only ``size`` publications were made."""
        mirror = self.copy()
        folder = mirror / "data" / ELECTION
        lines = (folder / "manifests.jsonl").read_bytes().splitlines(keepends=True)
        (folder / "manifests.jsonl").write_bytes(b"".join(lines[:size]))
        shutil.copy(folder / str(size) / "checkpoint", folder / "checkpoint")
        for number in range(size + 1, 4):
            shutil.rmtree(folder / str(number))
        latest = {"publication": size, "published_at": "2012-07-19T20:00:00+00:00"}
        status = json.loads((folder / str(size) / "manifest.json").read_bytes())["status"]
        (folder / "latest.json").write_text(json.dumps({**latest, "status": status}))
        if size < 3:
            (folder / "key.txt").write_text(f"{KEY}\n")
        return mirror

    def test_a_mirror_of_the_same_log(self) -> None:
        for size in (1, 2, 3):
            with self.subTest(size):
                earlier = self.earlier(size)
                for base, other in ((self.mirror, earlier), (earlier, self.mirror)):
                    status, output = self.verify(base, "--compare", other)
                    self.assertEqual(status, 0, output)
                    self.assertIn(f"the same log up to publication {size}", output)

    def test_a_split_view(self) -> None:
        other = write_mirror(self.folder / "other", figure=41)
        folder = other / "data" / ELECTION
        self.assertEqual(self.verify(other)[0], 0)
        for size in (2, 3):
            earlier = self.earlier(size)
            with self.subTest(size):
                for base, mirror in ((earlier, other), (other, earlier)):
                    status, output = self.verify(base, "--compare", mirror)
                    self.assertEqual(status, 1)
                    self.assertFound(output, ("SPLIT VIEW", f"at size {size}"))
                    for each in (base, mirror):
                        said = (each / "data" / ELECTION / "checkpoint").read_text("utf-8")
                        self.assertIn(said.splitlines()[2], output)
        status, output = self.verify(self.earlier(1), "--compare", other)
        self.assertEqual(status, 0, "the first publication is still the same")
        self.assertTrue((folder / "checkpoint").exists())

    def test_a_saved_checkpoint(self) -> None:
        saved = self.folder / "saved"
        for size in (1, 2):
            shutil.copy(self.mirror / self.target.data(f"{size}/checkpoint"), saved)
            self.assertEqual(self.verify(self.mirror, "--checkpoint", saved)[0], 0)
        other = write_mirror(self.folder / "rewritten", figure=41)
        status, output = self.verify(other, "--checkpoint", saved)
        self.assertEqual(status, 1)
        self.assertFound(output, (str(saved), "root of the log at size 2"))
        status, output = self.verify(self.earlier(1), "--checkpoint", saved)
        self.assertEqual(status, 1)
        self.assertFound(output, (str(saved), "is of size 2", "only 1 manifests"))

    @given(st.lists(st.binary(max_size=3), min_size=1, max_size=40))
    def test_the_root_at_every_size(self, leaves: list[bytes]) -> None:
        log = verifier.Log()
        for leaf in leaves:
            log.append(leaf)
        expected = [merkle_root(leaves[:size]) for size in range(1, len(leaves) + 1)]
        self.assertEqual(log.roots, expected)


class RelationTests(SimpleTestCase):
    positions = st.lists(st.integers(1, 5), max_size=5, unique=True)

    @given(
        st.lists(st.none() | st.integers(0, 40), min_size=5, max_size=5), positions,
        st.sampled_from(OPERATORS), positions, st.decimals(0, 50, places=3), st.booleans(),
    )  # fmt: skip
    def test_as_the_commission_evaluates_them(
        self, figures: list[int | None], left: list[int], operator: str, right: list[int],
        tolerance: Decimal, percent: bool,
    ) -> None:  # fmt: skip
        check = {
            "code": "x", "left": left, "operator": operator, "right": right,
            "tolerance": f"{tolerance:f}", "percent": percent,
        }  # fmt: skip
        ours = Relation(tuple(left), operator, tuple(right), tolerance, percent)  # type: ignore[arg-type]
        theirs = verifier.relation_of(check, 5, "form")
        self.assertEqual(theirs.holds(figures), holds(ours, figures))
