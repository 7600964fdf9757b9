"""Every public address answers, as what it says it is, and no cookie or query string matters."""

from unittest import mock

from django.conf import settings
from django.test import Client, TestCase, override_settings

from tabulation import urls
from tabulation.public import site, views
from tabulation.public.declaration import FOR_EVER, Turn, page
from tabulation.public.document import Page
from tabulation.public.edition import Edition, editions
from tabulation.public.files.openapi import described
from tabulation.public.mirror import wanted as mirror
from tabulation.tests.support.nkr_world import half_counted
from tabulation.tests.support.public_addresses import ASIDE, examples, files, pages
from tabulation.tests.support.publishing import write


class PublicAddressesTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        half_counted(write)

    def test_every_page_in_every_language(self) -> None:
        for language, _name in settings.LANGUAGES:
            for name, address in pages(language):
                with self.subTest(name, address=address):
                    answer = self.client.get(address)
                    self.assertEqual(answer.status_code, 200)
                    self.assertEqual(answer["Content-Type"], "text/html; charset=utf-8")
                    self.assertContains(answer, f'<html lang="{language}"')
                    self.assertFalse(answer.cookies)

    def test_every_file(self) -> None:
        for declared, address in files():
            with self.subTest(declared.name, address=address):
                answer = self.client.get(address)
                self.assertEqual(answer.status_code, 200)
                if declared.media_type != "*/*":
                    self.assertEqual(answer["Content-Type"], declared.media_type)
                self.assertEqual(answer["Cache-Control"], declared.cache)
                self.assertTrue(answer.getvalue())
                self.assertFalse(answer.cookies)

    def test_generated_figures_are_called_so_everywhere(self) -> None:
        for name, address in pages():
            if name != "archive":
                with self.subTest(name, address=address):
                    self.assertContains(self.client.get(address), "Generated: the figures")

    def test_every_declaration_has_an_example(self) -> None:
        shown = {name for name, _address in pages()} | {one.name for one, _address in files()}
        self.assertEqual(shown | ASIDE, {declared.name for declared in site.DOCUMENTS})

    def test_names_are_given_once(self) -> None:
        names = [declared.name for declared in site.DOCUMENTS]
        self.assertEqual(len(names), len(set(names)))

    def test_nothing_that_names_people_or_places_is_immutable(self) -> None:
        """What people typed may have to be taken back, everywhere and at once."""
        edition = Edition.of("nkr-2012")
        contest, form = edition.contest("president")
        names = [one.name for one in form.choices] + ["A vote was counted twice", "The box was"]
        names += [edition.head(contest).name]
        kept = [(one, address) for one, address in files() if one.cache == FOR_EVER]
        self.assertGreater(len(kept), 1)
        for declared, address in kept:
            text = self.client.get(address).getvalue().decode()
            for name in names:
                with self.subTest(declared.name, name=name):
                    self.assertNotIn(name, text)


def _new_page(edition: Edition) -> Page:
    return Page("public/how.html", edition.election, {"parts": []})


class OneDeclarationTests(TestCase):
    """A page that is declared once is everywhere."""

    def test_a_page_added_in_memory(self) -> None:
        half_counted(write)
        new = page("new", "<slug:slug>/new/", _new_page, "A page that a test adds", turn=Turn.HOT)
        documents = (*site.DOCUMENTS, new)
        routes = [*urls.urlpatterns, views.route(new)]
        module = type("urlconf", (), {"urlpatterns": routes, "handler404": urls.handler404})
        with (
            override_settings(ROOT_URLCONF=module),
            mock.patch.object(site, "DOCUMENTS", documents),
            mock.patch.object(mirror, "DOCUMENTS", documents),
        ):
            self.assertEqual(examples(new), ["/en/nkr-2012/new/"])
            answer = Client().get("/hy/nkr-2012/new/")
            self.assertContains(answer, '<html lang="hy"')
            asked = described(documents)["paths"]["/{language}/{slug}/new/"]["get"]
            self.assertEqual(asked["summary"], "A page that a test adds")
            found = mirror.wanted(editions(), [Turn.HOT])
            self.assertIn("new", {one.declared.name for one in found})
            self.assertContains(Client().get("/sitemap.xml"), "/en/nkr-2012/sitemap.xml")
            self.assertContains(Client().get("/en/nkr-2012/sitemap.xml"), "/en/nkr-2012/new/")
        self.assertEqual(Client().get("/hy/nkr-2012/new/").status_code, 404)
