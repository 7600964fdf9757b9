"""Canonical bytes, hashes and Merkle roots, against the standards' own vectors."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from tabulation.arithmetic.commitments.canonical import NotCanonical, canonical, moment
from tabulation.arithmetic.commitments.events import event_hash
from tabulation.arithmetic.commitments.merkle import merkle_root

AT = datetime(2012, 7, 19, 20, 0, 0, 5, tzinfo=UTC)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


def split_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    inner = b"\x01" + split_root(leaves[:k]) + split_root(leaves[k:])
    return hashlib.sha256(inner).digest()


class CanonicalTests(SimpleTestCase):
    def test_one_form(self) -> None:
        value = {"b": [1, None, True], "a": 'Արցախ "x"\n'}
        self.assertEqual(canonical(value).decode(), '{"a":"Արցախ \\"x\\"\\n","b":[1,null,true]}')

    @given(PLAIN)
    def test_it_reads_back(self, value: Any) -> None:
        self.assertEqual(json.loads(canonical(value)), value)

    def test_an_enumeration_is_its_text(self) -> None:
        class Status(StrEnum):
            OPEN = "open"

        self.assertEqual(canonical([Status.OPEN]), b'["open"]')

    def test_what_has_no_one_form_is_refused(self) -> None:
        for value, told in (
            (1.5, "the value is a float (1.5)"),
            ({"a": [1, 2.0]}, "the value['a'][1] is a float"),
            (date(2012, 7, 19), "is a date"),
            ((1, 2), "is a tuple"),
            (b"x", "is a bytes"),
            ({1: "x"}, "has the key 1"),
            ("\ud800", "lone surrogate"),
        ):
            with self.subTest(told), self.assertRaisesMessage(NotCanonical, told):
                canonical(value)


class MomentTests(SimpleTestCase):
    def test_always_utc_with_microseconds(self) -> None:
        self.assertEqual(moment(AT), "2012-07-19T20:00:00.000005+00:00")
        self.assertEqual(moment(AT.astimezone(timezone(timedelta(hours=4)))), moment(AT))
        with self.assertRaises(NotCanonical):
            moment(AT.replace(tzinfo=None))


class EventHashTests(SimpleTestCase):
    def test_the_documented_bytes(self) -> None:
        digest = event_hash(
            subject="s", number=2, previous=b"\x01\x02", election="e", act="a", by=7, by_name="n",
            address="::1", at=AT, before=None, after={"x": 1},
        )  # fmt: skip
        body = (
            '{"act":"a","address":"::1","after":{"x":1},"at":"2012-07-19T20:00:00.000005+00:00",'
            '"before":null,"by":7,"by_name":"n","election":"e","number":2,"previous":"0102",'
            '"subject":"s"}'
        )
        self.assertEqual(digest, hashlib.sha256(b"hashvark event v1\n" + body.encode()).digest())


class MerkleTests(SimpleTestCase):
    #: From Certificate Transparency's own tests: eight leaves, the roots of the first n.
    LEAVES = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]  # fmt: skip
    ROOTS = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    def test_the_vectors_of_certificate_transparency(self) -> None:
        leaves = [bytes.fromhex(leaf) for leaf in self.LEAVES]
        for size, root in enumerate(self.ROOTS):
            with self.subTest(size):
                self.assertEqual(merkle_root(iter(leaves[:size])).hex(), root)

    @given(st.lists(st.binary(max_size=3), max_size=70))
    def test_any_number_of_leaves(self, leaves: list[bytes]) -> None:
        self.assertEqual(merkle_root(leaves), split_root(leaves))
