"""Every text against the rules of docs/writing.md; the list of offenders only gets shorter."""

import re

from django.test import SimpleTestCase

from tabulation.tests.languages.writing_rules import (
    OFFENDERS,
    found,
    listed,
    offences,
    section,
    terms,
    verbs,
)
from tabulation.tests.support.texts import all_texts, sentences


class WritingTests(SimpleTestCase):
    def test_nothing_new_breaks_a_rule(self) -> None:
        new = set(found()) - set(listed())
        self.assertEqual(sorted(new), [], "Write these as docs/writing.md says.")

    def test_what_was_mended_is_off_the_list(self) -> None:
        mended = set(listed()) - set(found())
        how = "Run python -m tabulation.tests.languages.writing_rules, which takes these off."
        self.assertEqual(sorted(mended), [], how)

    def test_the_list_is_counted_and_sorted(self) -> None:
        first = OFFENDERS.read_text(encoding="utf-8").splitlines()[0]
        self.assertEqual(first, f"{len(listed())} entries")
        self.assertEqual(listed(), sorted(set(listed())))

    def test_texts_of_every_kind_are_read(self) -> None:
        kinds = {kind: [one for one in all_texts() if one.kind == kind] for kind in KINDS}
        for kind, least in KINDS.items():
            with self.subTest(kind):
                self.assertGreater(len(kinds[kind]), least)


#: Kinds of texts, each with fewer than there are.
KINDS = {"page": 1_200, "program": 600, "docs": 600, "button": 35}


class RuleTests(SimpleTestCase):
    """The rules find what they are for, and nothing in the examples that the page recommends."""

    def broken(self, text: str, kind: str = "page") -> list[str]:
        return [rule for rule, _text in offences(kind, text, sentences(text))]

    def test_each_rule_finds_its_offender(self) -> None:
        long = "A word " * 11
        for text, rule in (
            ("Nothing is published: 3 stations are open.", "joined by a colon or semicolon"),
            ("The paper is damaged; the figures are legible.", "joined by a colon or semicolon"),
            (f"{long.strip()}.", "long sentence"),
            ("Type it Anew.", "“anew”"),
            ("Reason:", "label with a colon"),
        ):
            with self.subTest(text):
                self.assertIn(rule, self.broken(text))
        self.assertEqual(self.broken("This one", kind="button"), ["button without a verb"])

    def test_a_sentence_of_twenty_words_and_a_labelled_value_are_right(self) -> None:
        self.assertEqual(self.broken(f"{'Word ' * 19}word."), [])
        self.assertEqual(self.broken("Version: «value»."), [])
        self.assertEqual(self.broken("Accept the protocol", kind="button"), [])

    def test_the_page_follows_its_own_rules(self) -> None:
        examples = re.findall(r"`([^`]+)` \|$", section("Twelve rules"), re.MULTILINE)
        self.assertEqual(len(examples), 12)
        for example in examples:
            with self.subTest(example):
                self.assertEqual(self.broken(example), [])

    def test_no_term_is_both_recommended_and_refused(self) -> None:
        written = {word for write in terms().values() for word in write.split(", ") if word}
        self.assertEqual(written & set(terms()), set())
        self.assertGreater(len(verbs()), 40)
