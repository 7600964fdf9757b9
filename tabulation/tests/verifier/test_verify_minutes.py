"""A decision and a lot that say something else than their manifest, told by who can sign it."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from candidates.models import Contest
from tabulation.tests.support.commission_world import SPLIT, TIED, Stage
from tabulation.tests.support.mirror_edits import edit, edit_json, in_the_log
from tabulation.tests.support.mirror_files import relist
from tabulation.tests.support.mirror_notes import ORIGIN, checkpoint
from tabulation.tests.support.mirrors import sha
from tabulation.tests.support.provable_world import export
from tabulation.tests.support.tags import slow
from tabulation.tests.support.verifiers import MirrorTestCase, findings, named, run, run_shell
from tabulation.tests.support.world import World

DECISION, LOT, ROUND = "decision.json", "lot.json", "second-round.json"
VOTE = {"abstained": 0, "against": 1, "for": 2}
#: Of the commission's acts, members that say where they belong; what is told, and what is expected.
BELONGING = (
    ("format", "hashvark decision v2", ""),
    ("election", "nkr", 'expected "artsakh"'),
    ("publication", 2, 'expected "3"'),
    ("decision", "13-Ա", 'expected "12-Ա"'),
)
LIES_OF_A_DECISION = (
    ("decided_on", 3, "expected a publication before 3"),
    ("decided_on", 0, "expected a publication before 3"),
    ("vote", {**VOTE, "for": 3}, "adds up to 4, but 3 members were present"),
    ("vote", {**VOTE, "abstained": 1}, "adds up to 4, but 3 members were present"),
    ("vote", {"abstained": 0, "against": 2, "for": 1}, "1 were for it and 2 against"),
    ("vote", {"abstained": 1, "against": 1, "for": 1}, "1 were for it and 1 against"),
    ("present", ["Narine", "Otar"], "adds up to 3, but 2 members were present"),
    ("present", ["Narine", "Otar", "Otar"], "adds up to 3, but 2 members were present"),
    ("contests", [], "decides about no contest"),
)
ZEROS = "0" * 64
LIES_ABOUT_CONTESTS: tuple[tuple[str, Callable[[Any], None], str], ...] = (
    ("a root", lambda c: c[1].update(root=ZEROS), f'president: root: says "{ZEROS}"'),
    ("a root of another", lambda c: c[1].update(root=c[0]["root"]), "president: root: "),
    ("nobody's contest", lambda c: c[1].update(contest="mayor"), "mayor: is not in the manifest"),
    ("a contest twice", lambda c: c.append(c[0]), "assembly: is decided twice"),
)
LIES_OF_A_LOT = (
    ("asked_in", 3, "expected a publication before 3"),
    ("asked_in", 0, "expected a publication before 3"),
    ("contest", "mayor", "contest mayor: is not in the manifest"),
)
LIES_OF_A_ROUND = (
    ("contest", "mayor", "contest mayor: is not in the manifest"),
    ("second", "mayor", "contest mayor: is not in the manifest"),
    ("second", "assembly", "is the first round itself"),
    ("order", [2], "does not name two or more"),
    ("order", [2, 2], "does not name two or more"),
)
MALFORMED = (
    ("vote", None),
    ("vote", {"for": 2}),
    ("vote", {**VOTE, "for": -2}),
    ("vote", {**VOTE, "for": True}),
    ("present", "Mariam"),
    ("present", [["Mariam"]]),
    ("contests", {"president": {}}),
    ("contests", [None]),
    ("contests", [{"contest": "president"}]),
    ("contests", [{"contest": ["president"], "root": "0" * 64}]),
    ("contests", [{"contest": "president", "root": "x"}]),
    ("decision", None),
    ("publication", "3"),
    ("decided_on", -1),
)


def lies() -> Iterator[tuple[str, str, Callable[[Any], None], tuple[str, ...]]]:
    """A title, the document, how it is altered, and words of the finding."""

    def told(name: str, member: str, lie: Any, *words: str) -> Any:
        return f"{name}: {member}: {lie}", name, lambda act: act.update({member: lie}), words

    for name in (DECISION, LOT, ROUND):
        for member, lie, words in BELONGING:
            yield told(name, member, lie, f'{member}: says "{lie}"', words)
    for member, lie, words in LIES_OF_A_DECISION:
        yield told(DECISION, member, lie, words)
    for member, lie, words in LIES_OF_A_LOT:
        yield told(LOT, member, lie, words)
    for member, lie, words in LIES_OF_A_ROUND:
        yield told(ROUND, member, lie, words)
    for title, change, words in LIES_ABOUT_CONTESTS:
        yield title, DECISION, lambda act, do=change: do(act["contests"]), (words,)


class LyingMinutesCase(MirrorTestCase):
    """The operator has the keys: hash, log and checkpoint are all made to fit what is told."""

    def told(self, name: str, change: Callable[[Any], None] | bytes | None = None) -> Path:
        """A mirror in which a document is changed, or is these bytes, and all is signed again."""
        mirror, path = self.copy(), self.target.of_publication(f"files/{name}")
        if isinstance(change, bytes):
            edit(path, lambda _body: change)(mirror)
        elif change is not None:
            edit_json(path, change)(mirror)
        digest = sha((mirror / path).read_bytes())
        if change is not None:
            in_the_log(self.target, lambda m: m["files"].update({name: digest}))(mirror)
        leaves = (mirror / self.target.data("manifests.jsonl")).read_bytes().splitlines()
        signed = checkpoint(leaves, [("commission", ORIGIN), ("certified", f"{ORIGIN}/certified")])
        for where in ("checkpoint", f"{self.target.number}/checkpoint"):
            (mirror / self.target.data(where)).write_bytes(signed)
        relist(mirror, self.target.number)
        return mirror


class LyingMinutesTests(LyingMinutesCase):
    def assertOnly(self, name: str, change: Callable[[Any], None] | bytes, *words: str) -> None:
        """One finding, which holds the words, and the exit status of whatever does not verify."""
        status, output = self.verify(self.told(name, change))
        self.assertEqual((status, len(findings(output))), (1, 1), output)
        self.assertFound(output, (f"files/{name}", *words))
        self.assertNotIn(f"{name} is what was signed", output)
        self.assertNotIn("cannot be verified", output)

    def test_the_truth_signed_again_is_no_lie(self) -> None:
        status, output = self.verify(self.told(DECISION))
        self.assertEqual((status, findings(output)), (0, []), output)
        for name in (DECISION, LOT, ROUND):
            self.assertIn(f"3: {name} is what was signed, and agrees with its manifest\n", output)
        self.assertIn("3: president.hy.pdf is what was signed\n", output)

    def test_every_lie_is_found_where_it_is(self) -> None:
        for title, name, change, words in lies():
            with self.subTest(title):
                self.assertOnly(name, change, *words)

    def test_what_is_left_to_another_sitting_is_no_lie(self) -> None:
        status, output = self.verify(self.told(DECISION, lambda act: act["contests"].pop()))
        self.assertEqual((status, findings(output)), (0, []), output)

    def test_what_else_it_tells_is_its_own(self) -> None:
        status, output = self.verify(self.told(LOT, lambda act: act.update(place="Room 1")))
        self.assertEqual((status, findings(output)), (0, []), output)

    def test_malformed(self) -> None:
        for member, value in MALFORMED:
            with self.subTest(f"{member}: {value}"):
                self.assertOnly(DECISION, lambda act, m=member, x=value: act.update({m: x}))
        for body in (b"", b"null", b"[]", b"\xff", b"[" * 200_000, b'{"a": 1}', b'{"a":1,"a":1}'):
            with self.subTest(repr(body[:9])):
                self.assertOnly(LOT, body)
        for name in (DECISION, LOT, ROUND):
            with self.subTest(name):
                self.assertOnly(name, lambda act: act.pop("election"), "misses field election")


@slow
class SecondVerifierTests(LyingMinutesCase):
    def test_every_lie_is_found_where_it_is(self) -> None:
        for title, name, change, _words in lies():
            with self.subTest(title):
                status, output = run_shell(self.told(name, change))
                self.assertEqual((status, len(findings(output))), (1, 1), output)
                self.assertFound(output, (f"files/{name}: ",))


class PublishedMinutesTests(Stage):
    """What the commission's acts really publish agrees with its manifests."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()

    @slow
    def test_a_lot_a_sitting_and_a_second_round(self) -> None:
        self.count(TIED)
        with tempfile.TemporaryDirectory() as folder:
            export(Path(folder), whole=False)
            self.draw(41, 2, decision=" 4-L ")
            export(Path(folder), whole=False)
            self.certify()
            export(Path(folder), whole=False)
            self.second_round(1, 41, decision=" 6-A ")
            mirror = export(Path(folder), whole=False)
            status, output = run(mirror, "--election", "artsakh", "--all")
            for number in (2, 3, 4):
                told = run_shell(mirror, number, keys="")
                self.assertEqual(told[0], 0, told)
        self.assertEqual((status, findings(output)), (3, []), output)
        self.assertIn("publication 2: lot.json is what was signed, and agrees", output)
        self.assertIn("publication 3: decision.json is what was signed, and agrees", output)
        self.assertIn("publication 4: second-round.json is what was signed, and agrees", output)

    def test_a_first_round_that_stays_certified_while_the_second_is_counted(self) -> None:
        self.count(SPLIT)
        self.certify()
        self.second_round(2, 1)
        self.world.contest = Contest.objects.get(round=2)
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        number = self.world.publication().number
        with tempfile.TemporaryDirectory() as folder:
            mirror = export(Path(folder), whole=False)
            status, output = run(mirror, "--election", "artsakh")
            self.assertEqual((status, findings(output)), (3, []), output)
            for contest, word in (("president", "unofficial-partial"), ("president-2", "recount")):
                path = f"data/artsakh/{number}/{contest}.json"
                edit_json(path, lambda body, word=word: body.update(status=word))(mirror)
                (mirror / f"{path}.gz").unlink()
                words = (f"{contest}.json: status", word)
                self.assertTrue(named(run(mirror, "--election", "artsakh")[1], words), words)
