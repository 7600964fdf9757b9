"""Every page in a language that nobody speaks: nothing untranslated, nothing put together."""

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.conf import settings
from django.db import models
from django.test import SimpleTestCase, TestCase

from tabulation.counting import progress
from tabulation.models import Event, User
from tabulation.outcomes.certification.sittings import Choice, Vote
from tabulation.printing.parts import PDF
from tabulation.public.site import DOCUMENTS
from tabulation.tests.support import pdf_reading
from tabulation.tests.support.commission_world import TIED, VOTE, Stage
from tabulation.tests.support.nkr_world import half_counted
from tabulation.tests.support.pdf_reading import PAPERS
from tabulation.tests.support.pseudo import (
    GLUED,
    OPEN,
    PRINTED,
    composed,
    flat,
    lengthened,
    pseudo_language,
    read_back,
    rest_of,
    untranslated,
)
from tabulation.tests.support.public_addresses import examples, is_page, pages
from tabulation.tests.support.publishing import write
from tabulation.tests.support.staff_routes import STAFF
from tabulation.tests.support.world import NORTH, World, add_apps, enrolled

#: Pages that a small world without turnout by the hour does not have.
WITHOUT_ADDRESS = ("turnout-area", "turnout", "difference-page", "newly-counted-page")
#: What is called so in every language.
KNOWN = (
    "Hashvark",
    "CSV",
    "JSON",
    "UTC",
    "datapackage.json",
    *(name for _code, name in settings.LANGUAGES),
)


class PublicTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        half_counted(write)

    def found(self) -> Iterator[tuple[str, str]]:
        for _name, address in pages():
            yield address, self.client.get(address).content.decode()

    def test_no_page_says_anything_untranslated(self) -> None:
        assert_all_translated(self, self.found())

    def test_no_sentence_is_put_together(self) -> None:
        assert_whole(self, self.found())


class StaffTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication("the first")
        cls.people = [enrolled(f"{role}-1", role) for role in User.Role.values]
        add_apps(cls.people)
        cls.account = enrolled("new", "clerk", area=cls.world.south)

    def found(self) -> Iterator[tuple[str, str]]:
        """Every page that each role may read."""
        for person in self.people:
            self.client.force_login(person)
            for access in STAFF.values():
                address = access.path.replace("PK", str(self.account.pk))
                if person.role in access.get:
                    answer = self.client.get(address)
                    progress.forget()
                    if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                        yield address, answer.content.decode()

    def test_no_page_says_anything_untranslated(self) -> None:
        assert_all_translated(self, self.found())

    def test_no_sentence_is_put_together(self) -> None:
        assert_whole(self, self.found())


class ComposedTests(Stage):
    """No sentence is put together of pieces: its order and its signs are the translator's."""

    def read(self, addresses: Iterable[str]) -> Iterator[tuple[str, str]]:
        for address in addresses:
            yield address, self.client.get(address).content.decode()

    def public(self) -> Iterator[tuple[str, str]]:
        """Every public page of the small world's election."""
        shown = [one for one in DOCUMENTS if is_page(one) and one.name not in WITHOUT_ADDRESS]
        return self.read(
            address for declared in shown for address in examples(declared, slug="artsakh")
        )

    def test_after_a_tie_a_drawing_of_lots_and_a_decision_with_opinions(self) -> None:
        self.count(TIED)
        self.draw(41, 2)
        vote = Vote(
            VOTE.present, 2, 1, opinions=[("Otar", "The box was open."), ("Narine", "Yes.")]
        )
        self.certify(vote=vote)
        self.second_round(41, 1)
        assert_whole(self, self.public())

    def test_where_stations_are_not_finished(self) -> None:
        self.count(stations=2)
        choices = {"president": Choice(open_stations=["2/02"])}
        self.certify(choices=choices, open_reason="Burnt.")
        assert_whole(self, self.public())


class PaperTests(Stage):
    """What is printed: nothing untranslated, nothing put together."""

    def setUp(self) -> None:
        super().setUp()
        self.count(TIED)
        self.draw(41, 2)
        self.certify()

    def public(self) -> Iterator[str]:
        for declared in DOCUMENTS:
            if declared.name.endswith("-pdf"):
                yield next(a for a in examples(declared, slug="artsakh") if ".en." in a)

    def staff(self) -> Iterator[str]:
        self.client.force_login(self.world.sona)
        for what in ("blank", "receipts", "area"):
            yield f"{PAPERS}?what={what}&area=N&language=en"

    def test_no_paper_says_anything_untranslated_or_put_together(self) -> None:
        names = sorted({*_names(), *VOTE.present}, key=len, reverse=True)
        for address in (*self.public(), *self.staff()):
            with self.subTest(address), pseudo_language(PRINTED):
                answer = self.client.get(address)
                self.assertEqual(answer["Content-Type"], PDF)
                text = read_back(pdf_reading.text(answer.getvalue()))
                self.assertGreater(text.count(OPEN), 10)
                self.assertNotRegex(rest_of(text, names), r"[^\W\d_]{3}")
                self.assertNotRegex(text, GLUED)


class PseudoTests(SimpleTestCase):
    """The tests above can fail."""

    def test_a_text_is_two_fifths_longer_and_keeps_its_placeholders(self) -> None:
        text = "%(n)s of {all} polling stations are <b>counted</b> in this area"
        long = lengthened(text)
        self.assertGreater(len(long), len(text) * 1.3)
        for kept in ("%(n)s", "{all}", "<b>", "</b>"):
            self.assertIn(kept, long)

    def test_what_is_not_translated_is_found(self) -> None:
        page = '<p title="a title">⟦this is⟧ Gyumri 12 <b>ours</b></p><script>alert</script>'
        self.assertEqual(untranslated(page, ["Gyumri"]), {"a title", "12 ours"})
        self.assertEqual(untranslated("<p>⟦all ⟦of⟧ it⟧ 12</p>", []), set())

    def test_what_is_put_together_is_found(self) -> None:
        for page in (
            "<p>⟦Still out⟧: 7</p>",
            "<p>⟦7 counted⟧, ⟦2 annulled⟧</p>",
            "<p><b>⟦No list⟧</b>.</p>",
            "<p>⟦inside the total of⟧ ⟦publication 7⟧</p>",
        ):
            with self.subTest(page):
                self.assertEqual(len(composed(page)), 1)
        for page in (
            "<p>⟦⟦Still out⟧:⟧ 7</p>",
            "<p>⟦One sentence.⟧ ⟦Another one.⟧</p>",
            "<ul><li>⟦One⟧</li><li>⟦Two⟧</li></ul>",
        ):
            with self.subTest(page):
                self.assertEqual(composed(page), set())
        self.assertEqual(flat("⟦a ⟦b⟧\n ⟦c⟧⟧"), "⟦a b c⟧")


def assert_whole(case: TestCase, found: Iterable[tuple[str, str]]) -> None:
    seen = 0
    with pseudo_language():
        for address, page in found:
            seen += 1
            with case.subTest(address):
                case.assertEqual(composed(page), set(), "Make one text of each.")
    case.assertGreater(seen, 10)


def assert_all_translated(case: TestCase, found: Iterator[tuple[str, str]]) -> None:
    names = sorted(_names(), key=len, reverse=True)
    seen = 0
    with pseudo_language():
        for address, page in found:
            seen += 1
            with case.subTest(address):
                case.assertEqual(untranslated(page, names), set())
    case.assertGreater(seen, 20)


def _names() -> set[str]:
    """What people have named or written: every free text of the database."""
    found = set(KNOWN) | set(Event.objects.values_list("subject", flat=True))
    for app in ("candidates", "tabulation"):
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.concrete_fields:
                free = isinstance(field, models.CharField | models.TextField) and not field.choices
                if free and model is not Event:
                    found |= set(model._default_manager.values_list(field.name, flat=True))
    return {text for text in found if text and len(text) > 1 and not text.isdigit()}
