"""No election, contest or place is called by a word that the site's addresses use."""

from io import StringIO

from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import get_resolver, resolve, reverse
from django.urls.converters import IntConverter

from candidates.models import Contest, Election
from tabulation.importing.words import taken
from tabulation.languages.converters import CodeConverter, FileConverter, LanguageConverter
from tabulation.models import Area
from tabulation.public.mirror.folder import Folder
from tabulation.tests.support.folder_case import FolderTestCase

#: Named by who attacked the site; the program finds them in its routes.
ATTACKED = ("data", "en", "hy", "ru", "fil", "embed", "healthz", "static", "staff", "screen")
#: Of contests that a page or a file of the same name would hide, or be hidden by.
HIDDEN = ("events", "decision", "autopublish", "manifest", "datapackage", "publications", "schema")
#: What other parts of an address are filled with, by its converter.
EXAMPLES = {IntConverter: 7, CodeConverter: "X", FileConverter: "x.json", LanguageConverter: "ru"}


class SlugTests(FolderTestCase):
    def refused(self, *options: str) -> str:
        with self.assertRaises(CommandError) as refused:
            call_command("load_election", str(self.folder), *options, stdout=StringIO())
        return str(refused.exception)

    def test_the_first_part_of_every_address_is_taken(self) -> None:
        first = {route.split("/")[0].partition(".")[0] for route in routes() if route[:1] != "<"}
        self.assertGreater(len(first), 4)
        self.assertLessEqual(first - {""}, taken())
        self.assertLessEqual({code for code, _name in settings.LANGUAGES}, taken())
        self.assertLessEqual(set(ATTACKED) | set(HIDDEN), taken())

    def test_a_taken_slug_is_refused_with_and_without_dry_run(self) -> None:
        before = '"small"'
        for word in (*ATTACKED, *HIDDEN, "sitemap", "openapi", "catalog"):
            self.change("election.toml", f"slug = {before}", f'slug = "{word}"')
            before = f'"{word}"'
            for options in ((), ("--dry-run",), ("--rehearsal",)):
                with self.subTest(word, options=options):
                    said = self.refused(*options)
                    self.assertIn(f"election.slug: '{word}'", said)
                    self.assertIn("that word is taken by addresses of the site", said)
                    self.assertIn("Nothing was written.", said)
        self.assertFalse(Election.objects.exists())

    def test_a_taken_code_of_a_contest_is_refused(self) -> None:
        before = '"president"'
        for word in (*HIDDEN, "find", "stations", "station", "area", "proof", "en", "how"):
            self.change("election.toml", f"code = {before}", f'code = "{word}"')
            before = f'"{word}"'
            with self.subTest(word):
                self.assertIn(f"contest[1].code: '{word}'", self.refused("--dry-run"))

    def test_words_near_a_taken_one_are_free(self) -> None:
        self.change("election.toml", '"small"', '"data-2012"')
        self.change("election.toml", 'code = "president"', 'code = "area-council"')
        self.load()
        self.assertEqual(Contest.objects.get().code, "area-council")

    def test_a_relation_stands_in_no_address(self) -> None:
        self.change("election.toml", 'code = "balance"', 'code = "turnout"')
        self.load()


class CodeTests(FolderTestCase):
    def test_words_of_addresses_hide_no_place(self) -> None:
        """A code stands behind a word of its own, `area/` or `station/`: it may be any word."""
        for word in (*sorted(word for word in taken() if word.isalpha()), "newly-counted", "7"):
            for name, kwargs in examples("code", word):
                with self.subTest(word, name=name):
                    found = resolve(reverse(name, kwargs=kwargs))
                    self.assertEqual((found.url_name, found.kwargs), (name, kwargs))

    def test_names_of_files_are_refused(self) -> None:
        before = "01.009"
        for code in ("index.html", "A/index.html", "A.json/B", "A.json", "A.en.pdf/2", "A.gz"):
            for name in ("stations.csv", "scope.csv", "turnout.csv"):
                text = (self.folder / name).read_text()
                self.write(name, text.replace(before, code))
            before = code
            with self.subTest(code):
                self.assertIn((2, "code", code), self.problems(self.load))

    def test_of_areas_too_and_what_is_near_them_is_free(self) -> None:
        for name in ("areas.csv", "stations.csv"):
            text = (self.folder / name).read_text()
            self.write(name, text.replace("N,", "find,"))
        self.load()
        self.assertTrue(Area.objects.filter(code="find").exists())

    def test_the_mirror_would_need_a_folder_where_a_file_is(self) -> None:
        """Why: with these two codes one document would lie inside the other."""
        folder = Folder(self.folder)
        one = folder.path("/data/x/1/president/proof/A.json")
        other = folder.path("/data/x/1/president/proof/A.json/B.json")
        self.assertIn(one, other.parents)
        page = folder.path("/en/x/president/turnout/")
        self.assertIn(page, folder.path("/en/x/president/turnout/index.html/").parents)


def routes() -> list[str]:
    return [str(key) for key in _flat(get_resolver())]


def _flat(resolver: object, before: str = "") -> list[str]:
    found = []
    for one in resolver.url_patterns:
        route = f"{before}{one.pattern}"
        found += _flat(one, route) if hasattr(one, "url_patterns") else [route]
    return found


def _patterns(resolver: object) -> list[object]:
    found = []
    for one in resolver.url_patterns:
        found += _patterns(one) if hasattr(one, "url_patterns") else [one]
    return found


def examples(part: str, word: str) -> list[tuple[str, dict[str, object]]]:
    """Each address with this part, filled with the word: its name and its parts."""
    return [
        (
            one.name,
            {
                name: word if name == part else EXAMPLES.get(type(converter), "x")
                for name, converter in one.pattern.converters.items()
            },
        )
        for one in _patterns(get_resolver())
        if part in one.pattern.converters
    ]
