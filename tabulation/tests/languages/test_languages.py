"""The site in its languages: catalogues without a hole, addresses, numbers, dates."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from unittest import mock

import allauth
import django
import polib
from django.conf import settings
from django.template import Context, Template
from django.test import Client, SimpleTestCase, TestCase
from django.urls import reverse
from django.utils import translation

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.arithmetic.form import ProtocolForm
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.languages.addresses import in_language, language_of
from tabulation.languages.formatting import figure, percent, rounded, signed
from tabulation.models import (
    Area,
    Decision,
    PollingStation,
    Protocol,
    Publication,
    Receipt,
    User,
    form_of,
)
from tabulation.public.document import HTML
from tabulation.public.site import DOCUMENTS
from tabulation.staff import event_words
from tabulation.tests.support.publishing import write
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World, cast

ROOT = Path(settings.BASE_DIR)
XGETTEXT = shutil.which("xgettext")
REQUIRED = os.environ.get("HASHVARK_GETTEXT_TESTS") == "required"
OTHERS = [code for code, _name in settings.LANGUAGES if code != "en"]
#: What stays in Latin letters wherever it is read.
LATIN = {
    *("CSV", "JSON", "HTML", "XML", "EML", "NIST", "PDF", "SVG", "QR", "ZIP", "TSV", "TOML", "UTF"),
    *("SHA", "HTTPS", "URL", "API", "OpenAPI", "CC", "BY", "DCAT", "Atom", "RSS", "GeoJSON", "ID"),
    *("JavaScript", "Hashvark", "Windows", "Hello", "Touch", "iPhone", "Android", "PIN", "UTC"),
    *("verify", "py", "load_election", "create_administrator", "key", "txt", "latest", "json"),
    *("Frictionless", "Data", "Package", "Creative", "Commons", "schema", "org", "NUMBER", "NAME"),
    *("OASIS", "Election", "Markup", "Language", "SP", "zip", "Enter", "max", "left", "right"),
    *("clerk", "area", "station", "cookie"),
}
#: Parts for other people's pages and a wall: whoever shows them has chosen the language.
ALONE = {"embed", "embed-area", "embed-station", "screen"}
PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|</?[a-z][^>]*>|NUMBER|NAME|&\w+;")


def catalogue(code: str) -> polib.POFile:
    return polib.pofile(str(path_of(code, "po")))


def path_of(code: str, kind: str) -> Path:
    return settings.LOCALE_PATHS[0] / code / "LC_MESSAGES" / f"django.{kind}"


def keys(entries: polib.POFile) -> set[tuple[str | None, str, str]]:
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in entries}


def texts(entry: polib.POEntry) -> list[str]:
    return [*entry.msgstr_plural.values()] if entry.msgid_plural else [entry.msgstr]


class CatalogueTests(SimpleTestCase):
    def each(self) -> list[tuple[str, polib.POEntry]]:
        return [(code, entry) for code in OTHERS for entry in catalogue(code)]

    @unittest.skipUnless(XGETTEXT or REQUIRED, "no gettext here: new texts may be missing unseen")
    def test_every_text_of_the_program_and_no_other_is_there(self) -> None:
        copy = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("candidates", "tabulation", "templates"):
            ignored = shutil.ignore_patterns("__pycache__", "tests")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        shutil.copy(ROOT / "manage.py", copy)
        (copy / "static").mkdir()
        done = subprocess.run(
            [sys.executable, "manage.py", "makemessages"],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        for code in OTHERS:
            with self.subTest(code):
                fresh = polib.pofile(
                    str(copy / path_of(code, "po").relative_to(ROOT)), check_for_duplicates=True
                )
                self.assertGreater(len(fresh), 500)
                self.assertEqual(keys(fresh) ^ keys(catalogue(code)), set())

    def test_nothing_is_untranslated_or_doubtful(self) -> None:
        for code in OTHERS:
            entries = catalogue(code)
            plurals = int(re.match(r"nplurals=(\d)", entries.metadata["Plural-Forms"])[1])
            with self.subTest(code):
                holes = [
                    entry.msgid
                    for entry in entries
                    if not all(texts(entry)) or entry.fuzzy or entry.obsolete
                ]
                self.assertEqual(holes, [])
                wrong = [e.msgid for e in entries if e.msgid_plural and len(texts(e)) != plurals]
                self.assertEqual(wrong, [])

    def test_placeholders_and_tags_are_those_of_the_text(self) -> None:
        for code, entry in self.each():
            allowed = [
                sorted(set(PLACEHOLDERS.findall(text)))
                for text in (entry.msgid, entry.msgid_plural)
            ]
            for text in filter(None, texts(entry)):
                with self.subTest(code, text=entry.msgid):
                    # A form for one may say the number in words, as the English does.
                    self.assertIn(sorted(set(PLACEHOLDERS.findall(text))), allowed)
                    self.assertEqual(text.startswith("\n"), entry.msgid.startswith("\n"))
                    self.assertEqual(text.endswith("\n"), entry.msgid.endswith("\n"))

    def test_armenian_and_russian_are_in_their_own_letters(self) -> None:
        for code, entry in self.each():
            if code not in ("hy", "ru"):
                continue
            for text in texts(entry):
                words = re.findall(r"[A-Za-z_]{2,}", PLACEHOLDERS.sub(" ", text))
                with self.subTest(code, text=entry.msgid):
                    self.assertEqual([word for word in words if word not in LATIN], [])

    def test_what_is_served_is_what_was_written(self) -> None:
        for code in OTHERS:
            written = [entry for entry in catalogue(code) if all(texts(entry))]
            compiled = polib.mofile(str(path_of(code, "mo")))
            with self.subTest(code):
                self.assertEqual(
                    {(e.msgctxt, e.msgid): texts(e) for e in written},
                    {(e.msgctxt, e.msgid): texts(e) for e in compiled},
                )
                self.assertEqual(
                    catalogue(code).metadata["Plural-Forms"], compiled.metadata["Plural-Forms"]
                )

    def test_how_many_forms_a_number_takes(self) -> None:
        """As the languages have them, beside what Django and the library bring themselves."""
        for code, forms in (
            ("hy", "nplurals=2; plural=(n != 1);"),
            (
                "ru",
                "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4"
                " && (n%100<12 || n%100>14) ? 1 : 2);",
            ),
            ("fil", "nplurals=2; plural=(n > 1);"),
        ):
            with self.subTest(code):
                self.assertEqual(catalogue(code).metadata["Plural-Forms"], forms)


class LibraryTests(SimpleTestCase):
    """Texts of the libraries are theirs to the letter, or ours would never be shown."""

    def test_every_text_is_one_that_the_libraries_have(self) -> None:
        theirs = set()
        for package, path in (
            (django, "conf/locale"),
            (django, "contrib/auth/locale"),
            (allauth, "locale"),
        ):
            file = Path(package.__file__).parent / path / "de" / "LC_MESSAGES" / "django.mo"
            theirs |= {(entry.msgctxt, entry.msgid) for entry in polib.mofile(str(file))}
        source = (ROOT / "tabulation" / "languages" / "of_libraries.py").read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                said = [arg.value for arg in node.args if isinstance(arg.value, str)]
                key = tuple(said) if node.func.id == "pgettext" else (None, said[0])
                with self.subTest(str(key)):
                    self.assertIn(key, theirs)


class NumberTests(SimpleTestCase):
    def test_numbers_as_each_language_writes_them(self) -> None:
        for code, whole, small, share, less, more in (
            ("en", "72,833", "999", "66.65%", "\u22121,200", "+1,200"),
            ("fil", "72,833", "999", "66.65%", "\u22121,200", "+1,200"),
            ("ru", "72\u00a0833", "999", "66,65\u00a0%", "\u22121\u00a0200", "+1\u00a0200"),
            ("hy", "72\u00a0833", "999", "66,65%", "\u22121\u00a0200", "+1\u00a0200"),
        ):
            with self.subTest(code), translation.override(code):
                self.assertEqual(figure(72833), whole)
                self.assertEqual(figure(999), small)
                self.assertEqual(percent(Fraction(6665, 100)), share)
                self.assertEqual(signed(-1200), less)
                self.assertEqual(figure(-1200), less)
                self.assertEqual(signed(1200), more)
                self.assertEqual(signed(0), "0")

    def test_every_language_has_its_separators(self) -> None:
        for code, _name in settings.LANGUAGES:
            with self.subTest(code):
                self.assertTrue(
                    (ROOT / "tabulation" / "languages" / "formats" / code / "formats.py").is_file()
                )

    def test_what_pictures_are_drawn_with_stays_plain(self) -> None:
        with translation.override("ru"):
            for value, places, text in (
                (Fraction(200, 3), 2, "66.67"),
                (Fraction(5, 2), 0, "3"),
                (Fraction(-1, 3), 2, "-0.33"),
                (Fraction(-1, 1000), 2, "0.00"),
            ):
                with self.subTest(str(value)):
                    self.assertEqual(rounded(value, places), text)


class DateTests(SimpleTestCase):
    def test_a_day_as_each_language_writes_it(self) -> None:
        for code, text in (
            ("en", "19 July 2012"),
            ("fil", "Hulyo 19, 2012"),
            ("ru", "19 июля 2012 г."),
            ("hy", "19 հուլիսի 2012 թ."),
        ):
            with self.subTest(code), translation.override(code):
                page = Template('{{ day|date:"DATE_FORMAT" }}')
                self.assertEqual(page.render(Context({"day": date(2012, 7, 19)})), text)

    def test_no_template_has_a_form_of_its_own_for_a_whole_month(self) -> None:
        """`F` beside a day is wrong in Armenian and Russian; `DATE_FORMAT` is right in each."""
        for path in sorted((ROOT / "templates").rglob("*.html")):
            for form in re.findall(r"""date:["']([^"']*)["']""", path.read_text(encoding="utf-8")):
                with self.subTest(path.name, form=form):
                    self.assertTrue(form.isupper() or not set(form) & set("FNlS"))


class AddressTests(SimpleTestCase):
    def test_the_language_is_the_beginning_of_the_address(self) -> None:
        for path, code in (
            ("/", "en"),
            ("/en/nkr-2012/", "en"),
            ("/hy/nkr-2012/", "hy"),
            ("/fil", "fil"),
            ("/filipino/", "en"),
            ("/staff/", "en"),
            ("/ru/staff/sign-in/", "ru"),
            ("/data/nkr-2012/latest.json", "en"),
            ("", "en"),
        ):
            with self.subTest(path):
                self.assertEqual(language_of(path), code)

    def test_nginx_knows_the_staff_s_addresses_in_every_language(self) -> None:
        written = (Path(settings.BASE_DIR) / "docs" / "nginx.conf").read_text()
        for code, _name in settings.LANGUAGES:
            prefix = "" if code == "en" else f"/{code}"
            self.assertIn(f"location ^~ {prefix}/staff/ {{", written)

    def test_a_staff_page_in_another_language(self) -> None:
        for path, code, other in (
            ("/staff/", "hy", "/hy/staff/"),
            ("/hy/staff/x/?page=2", "en", "/staff/x/?page=2"),
            ("/hy/staff/x/?page=2", "fil", "/fil/staff/x/?page=2"),
            ("/staff/x/", "en", "/staff/x/"),
        ):
            with self.subTest(path, code=code):
                self.assertEqual(in_language(path, code), other)

    def test_addresses_of_the_staff_are_in_the_language_that_is_spoken(self) -> None:
        for code, address in (("en", "/staff/"), ("hy", "/hy/staff/"), ("fil", "/fil/staff/")):
            with self.subTest(code), translation.override(code):
                self.assertEqual(reverse("staff"), address)


class PublicPageTests(TestCase):
    """Every page there is, and every one to come: read from the list of routes."""

    PARTS = {
        "slug": "artsakh",
        "contest": "president",
        "code": "S",
        "number": 1,
        "candidate": 2,
        "page": 1,
        "earlier": 1,
        "later": 2,
    }

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication("the first")
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication("the second")

    def pages(self) -> list[str]:
        """The English address of a page of each route."""
        found = []
        for page in DOCUMENTS:
            if page.media_type == HTML and page.parts and page.name not in ALONE:
                args = {name: self.PARTS[name] for name in page.parts if name != "language"}
                args |= {"code": "2/01"} if page.name == "station" else {}
                found.append(reverse(page.name, kwargs={"language": "en", **args}))
        self.assertGreater(len(found), 5)
        return found

    @slow
    def test_every_page_leads_to_itself_in_every_language(self) -> None:
        for english in self.pages():
            for code in ("en", "hy", "ru", "fil"):
                address = f"/{code}{english.removeprefix('/en')}"
                with self.subTest(address):
                    page = self.client.get(address)
                    if not page["Content-Type"].startswith("text/html"):
                        continue
                    text = page.content.decode()
                    self.assertIn(f'<html lang="{code}">', text)
                    links = re.findall(
                        r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', text
                    )
                    ways = {
                        other: f"/{other}{english.removeprefix('/en')}"
                        for other in ("en", "hy", "ru", "fil")
                    }
                    self.assertEqual(dict(links), ways | {"x-default": english})
                    for other, name in settings.LANGUAGES:
                        here = ' aria-current="true"' if other == code else ""
                        self.assertInHTML(
                            f'<a href="{ways[other]}" lang="{other}" hreflang="{other}"{here}>'
                            f"{name}</a>",
                            text,
                        )

    def test_in_another_language_the_same_is_asked_and_nothing_else(self) -> None:
        page = self.client.get("/en/artsakh/president/find/?q=%22%3E%3Cscript%3E/1&x=%D5%B7")
        asked = "q=%22%3E%3Cscript%3E%2F1"
        self.assertContains(page, f'href="/hy/artsakh/president/find/?{asked}"')
        self.assertNotContains(page, "%D5%B7")

    def test_no_page_varies_by_who_asks_for_it(self) -> None:
        for address in ("/hy/artsakh/", "/hy/"):
            english = self.client.get(address, headers={"Accept-Language": "ru"})
            self.assertEqual(english.content, Client().get(address).content)
            self.assertEqual(english["Vary"], "Accept-Encoding")
            self.assertFalse(english.cookies)

    def test_an_unknown_address_is_answered_in_its_language(self) -> None:
        for address, code in (
            ("/hy/nowhere/", "hy"),
            ("/ru/staff/nowhere/", "ru"),
            ("/fil/artsakh/president/station/9/99/", "fil"),
            ("/xx/artsakh/", "en"),
            ("/nowhere", "en"),
        ):
            with self.subTest(address):
                page = self.client.get(address)
                self.assertContains(page, f'<html lang="{code}">', status_code=404)
                self.assertContains(page, f'href="/{code}/"', status_code=404)

    def test_the_language_ends_with_the_request(self) -> None:
        self.client.get("/hy/artsakh/")
        self.assertEqual(translation.get_language(), "en")


class StaffPageTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()

    def test_a_page_leads_to_itself_in_every_language_with_what_was_searched_for(self) -> None:
        self.client.force_login(self.world.mariam)
        page = self.client.get("/ru/staff/artsakh/president/stations/?q=a%26b")
        self.assertContains(page, '<html lang="ru">')
        for address in ("/staff/", "/hy/staff/", "/fil/staff/"):
            with self.subTest(address):
                self.assertContains(page, f'href="{address}artsakh/president/stations/?q=a%26b"')
        self.assertEqual(page["Cache-Control"], "no-store")
        self.assertNotIn("Accept-Language", page.get("Vary", ""))

    def test_the_sign_in_is_there_in_every_language_and_leads_back(self) -> None:
        for code in ("hy", "ru", "fil"):
            with self.subTest(code):
                page = self.client.get(f"/{code}/staff/sign-in/?next=/{code}/staff/account/")
                self.assertContains(page, f'<html lang="{code}">')
                self.assertContains(page, "/staff/sign-in/?next=")

    def test_the_answer_to_a_button_has_no_links_that_lose_what_was_typed(self) -> None:
        page = self.client.post("/hy/staff/sign-in/", {"login": "nobody", "password": "x"})
        self.assertNotContains(page, "hreflang")

    def test_error_pages_speak_the_language_of_the_address(self) -> None:
        self.client.force_login(self.world.mariam)
        strict = Client(enforce_csrf_checks=True)
        for page, status in (
            (self.client.get("/hy/staff/artsakh/president/next/"), 405),
            (self.client.get("/hy/staff/people/new/"), 403),
            (self.client.get("/hy/staff/nowhere/"), 404),
            (strict.post("/hy/staff/sign-in/", {"login": "x"}), 403),
        ):
            with self.subTest(status):
                self.assertContains(page, '<html lang="hy">', status_code=status)

    def test_no_election_is_named_as_the_staff_s_pages(self) -> None:
        self.assertEqual(self.client.get("/en/staff/").status_code, 404)
        self.assertEqual(self.client.get("/hy/staff/").status_code, 302)


class WordsOfEventsTests(TestCase):
    """Acts are kept in English and shown in words."""

    def test_every_act_that_is_recorded_has_words(self) -> None:
        recorded = {move.act for move in lifecycle.MOVES}
        for path in sorted((ROOT / "tabulation").rglob("*.py")):
            if "tests" not in path.parts:
                source = path.read_text(encoding="utf-8")
                recorded |= set(re.findall(r"""\bact="([^"]+)",""", source))
                recorded |= set(re.findall(r"""record_act\(\s*"([^"]+)",""", source))
        self.assertGreater(len(recorded), 20)
        self.assertEqual(recorded - set(event_words.ACTS), set())

    def test_a_value_is_called_as_where_people_choose_it(self) -> None:
        """Else a reader of the log would see a stronger finding than the clerk chose."""
        for name, choices in (
            ("role", User.Role),
            ("status", Protocol.Status),
            ("condition", Receipt.Condition),
            ("status", Publication.Status),
            ("outcome", Decision.Kind),
        ):
            for value, label in choices.choices:
                with self.subTest(name, value=value):
                    self.assertEqual(event_words.value_of(value, name), str(label))

    def test_what_somebody_typed_stays_as_it_is(self) -> None:
        for value, name, shown in (
            ("accepted", "reason", "accepted"),
            ("accepted", "status", "принят"),
            ("nobody knows this word", "status", "nobody knows this word"),
        ):
            with self.subTest(name, value=value), translation.override("ru"):
                self.assertEqual(event_words.value_of(value, name), shown)

    def test_an_act_is_found_by_its_words_and_by_its_name(self) -> None:
        with mock.patch.object(event_words, "pgettext", lambda _, text: text.upper()):
            self.assertEqual(event_words.acts_like("Set As"), ["set aside"])


class FolderTests(TestCase):
    """What an election's folder says in several languages."""

    @classmethod
    def setUpTestData(cls) -> None:
        folder = ROOT / "elections" / "nkr-2012"
        cls.election = load_election(folder, by=None, at=NOW)
        cls.contest = Contest.objects.get()
        load_protocols(cls.contest, folder / "protocols.csv", by=None, at=NOW)
        write(election=cls.election, by=None, at=NOW)

    def test_pages_say_what_the_folder_says_in_their_language(self) -> None:
        for address, texts in (
            ("/hy/nkr-2012/", ("Գեներացված տվյալներ", "Բակո Սահակյան", "Հանրապետության նախագահ")),
            ("/ru/nkr-2012/", ("Сгенерировано", "Бако Саакян", "депутат Национального собрания")),
            ("/fil/nkr-2012/", ("Likha:", "Bako Sahakyan", "Pangulo ng Republika")),
            ("/ru/nkr-2012/president/area/1/", ("территориальная избирательная комиссия",)),
            ("/hy/nkr-2012/president/station/1/01/", ("Ստեփանակերտ № 1", "Ստացված քվեաթերթիկներ")),
            ("/en/nkr-2012/", ("Generated:", "member of the National Assembly")),
        ):
            page = self.client.get(address)
            for text in texts:
                with self.subTest(address, text=text):
                    self.assertContains(page, text)

    def test_nothing_of_the_sample_lacks_a_language(self) -> None:
        form = form_of(self.contest)
        texts = {
            "election": [self.election.names, self.election.notices, self.election.sources],
            "office": [form.offices],
            "lines": [line.names for line in form.lines if line.candidate is None],
            "checks": [check.names for check in form.checks],
            "clerks": [check.for_clerks for check in form.checks],
            "supervisors": [check.for_supervisors for check in form.checks],
            "actions": [check.actions for check in form.checks],
            "occupations": [c.occupations for c in form.choices if c.occupation],
            "areas": list(Area.objects.values_list("names", flat=True)),
            "levels": list(Area.objects.values_list("levels", flat=True)),
            "stations": list(PollingStation.objects.values_list("names", flat=True)),
        }
        for name, found in texts.items():
            with self.subTest(name):
                self.assertTrue(found)
                self.assertEqual([one for one in found if set(one) != set(OTHERS)], [])

    def test_a_form_published_before_there_were_more_languages_keeps_its_bytes(self) -> None:
        form = form_of(self.contest)
        plain = replace(
            form,
            choices=tuple(replace(c, occupations={}, nominators={}) for c in form.choices),
            checks=tuple(
                replace(c, for_clerks={}, for_supervisors={}, actions={}) for c in form.checks
            ),
        )
        for one in (form, plain):
            self.assertEqual(ProtocolForm.from_json(json.loads(json.dumps(one.as_json()))), one)
        self.assertNotIn("occupations", plain.as_json()["choices"][0])
        self.assertEqual(plain.as_json()["choices"][0]["names"], form.choices[0].names)

    def test_a_rehearsal_is_called_one_in_every_language(self) -> None:
        folder = ROOT / "elections" / "nkr-2012"
        again = load_election(folder, by=None, at=NOW, rehearsal=True)
        self.assertEqual(set(again.names), set(OTHERS))
        for code, name in again.names.items():
            with self.subTest(code):
                self.assertNotEqual(name, self.election.names[code])

    def test_the_staff_s_lists_find_a_place_by_the_name_they_show(self) -> None:
        cast()
        self.client.force_login(User.objects.get(username="mariam"))
        for language, text, place in (
            ("/hy", "շուշի", "Շուշի № 1"),
            ("/ru", "шуши", "Шуши № 1"),
            ("", "shushi", "Shushi No. 1"),
        ):
            with self.subTest(language):
                address = f"{language}/staff/nkr-2012/president/stations/"
                self.assertContains(self.client.get(address, {"q": text}), place)
