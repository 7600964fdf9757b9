"""The catalogues as translators need them: notes beside each text, no glued suffix, own signs."""

import re
from pathlib import Path

import polib
from django.conf import settings
from django.test import SimpleTestCase

from tabulation.languages import of_libraries
from tabulation.languages.notes import PLACEHOLDER, notes, placeholders

DEPENDENT = re.compile(r"(ed|drawn|saving|typing)$")
SMALL_WORDS = re.compile(
    "after|any|accept|annul|before|by|confirm|different|equal|finish|for|from|invalid|missing"
    "|never|no|none|now|open|other|over|publish|reinstate|release|remove|report|save|search|to"
    "|until|valid|when|why|wrong|yes"
)


class NoteTests(SimpleTestCase):
    def test_every_text_says_where_it_stands_and_what_its_placeholders_are(self) -> None:
        for entry in catalogue("hy"):
            with self.subTest(entry.msgid):
                expected = notes(entry.msgid, entry.msgctxt)
                self.assertTrue(expected)
                # What a programmer adds beside the code comes after it.
                self.assertTrue(entry.comment.startswith(expected), "Run makemessages.")

    def test_a_lone_word_whose_form_depends_on_what_it_is_about_has_a_context(self) -> None:
        """Participles, verbs and small words; a noun in the nominative is the same everywhere."""
        libraries = Path(of_libraries.__file__).read_text(encoding="utf-8")
        lone = [
            entry
            for entry in catalogue("hy")
            if re.fullmatch(r"\w+\W*", entry.msgid) and f'"{entry.msgid}"' not in libraries
        ]
        self.assertGreater(len(lone), 100)
        for entry in lone:
            word = entry.msgid.casefold().rstrip(".")
            if DEPENDENT.search(word) or SMALL_WORDS.fullmatch(entry.msgid.casefold()):
                with self.subTest(entry.msgid):
                    self.assertTrue(entry.msgctxt)

    def test_every_language_has_the_same_notes(self) -> None:
        first = [entry.comment for entry in catalogue("hy")]
        for code in ("ru", "fil"):
            self.assertEqual([entry.comment for entry in catalogue(code)], first)

    def test_every_placeholder_has_a_meaning_and_every_meaning_a_placeholder(self) -> None:
        used = {
            one or other
            for entry in catalogue("hy")
            for one, other in PLACEHOLDER.findall(f"{entry.msgid} {entry.msgid_plural}")
        }
        self.assertEqual(used, set(placeholders()))

    def test_no_suffix_or_marker_is_glued_to_a_value(self) -> None:
        """Another value would need another one."""
        glued = {
            "hy": r"(%\(\w+\)s|\{\w+\}|NUMBER)-[^\W\d_]",
            "ru": r"(%\(\w+\)s|\{\w+\}|NUMBER)-[^\W\d_]",
            "fil": r"\b(si|ni|kay|sina|nina|kina) (%\(|\{)",
        }
        for code, pattern in glued.items():
            wrong = [text for text in all_texts(code) if re.search(pattern, text, re.IGNORECASE)]
            self.assertEqual(wrong, [], code)

    def test_armenian_has_its_own_full_stop_colon_and_number_sign(self) -> None:
        for text in all_texts("hy"):
            with self.subTest(text):
                self.assertNotRegex(text, r":(\s|$)|№")
                self.assertNotRegex(text, r"[^\W\d_]{3,}\.$")


def catalogue(code: str) -> polib.POFile:
    return polib.pofile(str(settings.LOCALE_PATHS[0] / code / "LC_MESSAGES" / "django.po"))


def all_texts(code: str) -> list[str]:
    return [
        text
        for entry in catalogue(code)
        for text in (entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr])
    ]
