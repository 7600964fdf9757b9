"""What is signed and proved, byte by byte: seals, manifests, keys, notes, the sum tree, paths."""

import base64
import hashlib
import re
from datetime import UTC, datetime

from django.conf import settings
from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from tabulation.arithmetic.commitments import events, notes, sumtree
from tabulation.arithmetic.commitments.canonical import NotCanonical, canonical, moment
from tabulation.arithmetic.commitments.merkle import inclusion, leaf_hash, root_of_hashes
from tabulation.arithmetic.commitments.sumtree import Entry, branch, level_above, node

AT = datetime(2012, 7, 19, 20, 0, tzinfo=UTC)
PUBLIC = bytes(range(32))
SIGNATURE = bytes(range(64))
HINT = hashlib.sha256(b"log\n\x01" + PUBLIC).digest()[:4]


class CanonicalWordsTests(SimpleTestCase):
    def test_the_refusals_say_where(self) -> None:
        for value, told in (
            (1.5, "the value is a float (1.5). Evidence holds text"),
            ({"a": {1: 2}}, "the value['a'] has the key 1: keys are text."),
            ("\ud800", "A text holds half a character (a lone surrogate)."),
        ):
            with self.subTest(told), self.assertRaises(NotCanonical) as refused:
                canonical(value)
            self.assertTrue(str(refused.exception).startswith(told))
        with self.assertRaises(NotCanonical) as refused:
            moment(datetime(2012, 7, 19))  # noqa: DTZ001  # what is refused
        told = "2012-07-19 00:00:00 has no time zone: it is no moment."
        self.assertEqual(str(refused.exception), told)


class SealTests(SimpleTestCase):
    def test_the_documented_bytes(self) -> None:
        message = events.seal_message(
            number=3, at=AT, event_ids=(1, 2), count=2, root=b"\x01\x02", previous=b"\x03",
            key_id="k",
        )  # fmt: skip
        body = (
            '{"at":"2012-07-19T20:00:00.000000+00:00","count":2,"event_ids":[1,2],"key_id":"k",'
            '"number":3,"previous":"03","root":"0102"}'
        )
        self.assertEqual(message, b"hashvark seal v1\n" + body.encode())
        self.assertEqual(events.seal_hash(message), hashlib.sha256(message).digest())


class ManifestTests(SimpleTestCase):
    def manifest(self, **more: object) -> bytes:
        contests = [{"contest": "b", "root": "1"}, {"contest": "a", "root": "2"}]
        return notes.manifest(
            election="e", number=7, published_at=AT, status="s", note="n", decision="d",
            contests=contests, seal=None, **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def test_each_field_and_contests_in_order(self) -> None:
        body = {
            "format": notes.MANIFEST, "election": "e", "number": 7, "published_at": moment(AT),
            "status": "s", "note": "n", "decision": "d",
            "contests": [{"contest": "a", "root": "2"}, {"contest": "b", "root": "1"}],
            "seal": None,
        }  # fmt: skip
        self.assertEqual(self.manifest(), canonical(body))
        self.assertEqual(self.manifest(files={}), canonical(body))
        files = {"files": {"x": "00"}}
        self.assertEqual(self.manifest(**files), canonical({**body, **files}))
        further = {**files, "further": {"y": "11"}}
        self.assertEqual(self.manifest(further={}), canonical(body))
        self.assertEqual(self.manifest(**further), canonical({**body, **further}))


class NoteTests(SimpleTestCase):
    def test_a_checkpoint(self) -> None:
        text = notes.checkpoint_text(origin="log", size=2, root=b"\x00")
        self.assertEqual(text, "log\n2\nAA==\n")
        self.assertEqual(notes.signed_note(text, ["one\n", "two\n"]), "log\n2\nAA==\n\none\ntwo\n")

    def test_a_list_of_files(self) -> None:
        text = notes.files_text(
            origin="log", number=7, issue=2, manifest=b"m", hashes={"b": "11", "a/c": "22"}
        )
        digest = "62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a"
        self.assertEqual(text, f"hashvark files v1\nlog\n7\n2\n{digest}\n22  a/c\n11  b\n")
        self.assertEqual(notes.FILES_SIGNER, "/files")

    def test_a_key_as_one_line(self) -> None:
        self.assertEqual(notes.key_hint("log", PUBLIC), HINT)
        line = f"log+{HINT.hex()}+{base64.b64encode(bytes([1]) + PUBLIC).decode()}"
        self.assertEqual(notes.verifier_key("log", PUBLIC), line)
        self.assertEqual(notes.read_verifier_key(f" {line}\n"), ("log", PUBLIC))

    def test_what_is_no_key(self) -> None:
        line = notes.verifier_key("log", PUBLIC)
        short = base64.b64encode(bytes([1]) + PUBLIC[:31]).decode()
        of_short = notes.verifier_key("log", PUBLIC[:31])
        for wrong in (
            "", "log", line[:-1], line.replace("log", "other"), line.replace("AQAB", "A!AB"),
            f"log+{HINT.hex()}+{short}", of_short, line.replace(HINT.hex(), "00000000"),
        ):  # fmt: skip
            with self.subTest(wrong), self.assertRaises(notes.NotANote) as refused:
                notes.read_verifier_key(wrong)
            told = "A key is NAME+HINT+KEY on one line, as key.txt has it."
            self.assertEqual(str(refused.exception), told)

    def test_a_signature_as_one_line(self) -> None:
        line = f"\N{EM DASH} log {base64.b64encode(HINT + SIGNATURE).decode()}\n"
        self.assertEqual(notes.signature_line("log", PUBLIC, SIGNATURE), line)
        self.assertEqual(notes.read_signature_line(line), ("log", HINT, SIGNATURE))

    def test_what_is_no_signature(self) -> None:
        line = notes.signature_line("log", PUBLIC, SIGNATURE)
        longer = notes.signature_line("log", PUBLIC, SIGNATURE + b"x")
        for wrong in ("", line.replace("\N{EM DASH}", "-"), line[:-9], longer,
                      line.replace("Pj8=", "Pj8!=")):  # fmt: skip
            with self.subTest(wrong), self.assertRaises(notes.NotANote) as refused:
                notes.read_signature_line(wrong)
            told = "A signature is one line: a dash, a name, and 68 bytes in base64."
            self.assertEqual(str(refused.exception), told)


def entry(number: int, *sums: int | None) -> Entry:
    return Entry(bytes([number]), sums or (number, None))


class DocumentedTests(SimpleTestCase):
    def test_the_first_words_of_what_is_hashed_are_those_of_the_docs(self) -> None:
        page = (settings.BASE_DIR / "docs" / "verification.md").read_text("utf-8")
        words = set(re.findall(r"hashvark (?:\w+ )+?v\d", page))
        for said in (
            notes.MANIFEST,
            notes.FILES,
            sumtree.STATION,
            sumtree.AREA,
            sumtree.NODE.strip(),
        ):
            self.assertIn(said, words)
        self.assertEqual(sumtree.COUNTS, 6)


class SumTreeTests(SimpleTestCase):
    def test_fields_and_lists_of_a_record(self) -> None:
        self.assertEqual(sumtree.unescaped("a\\tb\\nc\\rd\\\\e\\x"), "a\tb\nc\rd\\e\\x")
        self.assertEqual(sumtree.listed([1, None, 0]), "1,,0")
        self.assertEqual(entry(255, 1, None).line, "ff\t1,\n")
        # An entry is evidence: it is compared by what it holds, and stays.
        self.assertEqual(entry(1), entry(1))
        with self.assertRaises(AttributeError):
            entry(1).sums = ()  # type: ignore[misc]

    def test_sums_item_by_item(self) -> None:
        sums = sumtree.added_up([(1, None, None, 0), (2, 3, None, 0)])
        self.assertEqual(sums, (3, 3, None, 0))
        with self.assertRaises(ValueError):
            sumtree.added_up([(1,), (1, 2)])

    def test_a_node(self) -> None:
        above = node([entry(1), entry(2)])
        self.assertEqual(above.sums, (3, None))
        text = b"hashvark node v1\n01\t1,\n02\t2,\n"
        self.assertEqual(above.digest, hashlib.sha256(text).digest())

    def test_sixteen_in_a_node(self) -> None:
        entries = [entry(i) for i in range(1, 34)]
        self.assertEqual(
            level_above(entries), [node(entries[:16]), node(entries[16:32]), node(entries[32:])]
        )

    def test_the_branch_of_each(self) -> None:
        for many in (1, 2, 16, 17, 40, 256, 257):
            entries = [entry(i % 200) for i in range(many)]
            for position in {0, 1, 15, 16, many // 2, many - 1} & set(range(many)):
                with self.subTest(many=many, position=position):
                    self.assert_leads_up(entries, position)

    def assert_leads_up(self, entries: list[Entry], position: int) -> None:
        """Filling in the one that is missing gives each node, the last the root's."""
        root = entries
        while True:
            root = level_above(root)
            if len(root) == 1:
                break
        own = entries[position]
        levels = branch(entries, position)
        for siblings in levels:
            self.assertEqual(siblings.count(None), 1)
            self.assertLessEqual(len(siblings), 16)
            own = node([own if sibling is None else sibling for sibling in siblings])
        self.assertEqual(own, root[0])
        height = 1
        while 16**height < len(entries):
            height += 1
        self.assertEqual(len(levels), height)


class InclusionTests(SimpleTestCase):
    @given(st.integers(1, 70), st.integers(0, 69))
    def test_every_path_leads_to_the_root(self, many: int, index: int) -> None:
        hashes = [leaf_hash(bytes([i])) for i in range(many)]
        index %= many
        own, at, last = hashes[index], index, many - 1
        for sibling in inclusion(hashes, index):  # RFC 9162, section 2.1.3.2
            if at % 2 or at == last:
                own = hashlib.sha256(b"\x01" + sibling + own).digest()
                while at and not at % 2:
                    at, last = at >> 1, last >> 1
            else:
                own = hashlib.sha256(b"\x01" + own + sibling).digest()
            at, last = at >> 1, last >> 1
        self.assertEqual((own, last), (root_of_hashes(hashes), 0))
