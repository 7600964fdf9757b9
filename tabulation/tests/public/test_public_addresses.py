"""Every public address answers, as what it says it is, and no cookie or query string matters."""

from django.conf import settings
from django.test import TestCase

from tabulation.ledger.writing import write
from tabulation.public import data_urls, page_urls
from tabulation.tests.support.nkr_world import half_counted
from tabulation.tests.support.public_addresses import ELSEWHERE, FILES, PAGES, pages


class PublicAddressesTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        half_counted(write)

    def test_every_route_has_an_example(self) -> None:
        names = {pattern.name for pattern in (*page_urls.urlpatterns, *data_urls.urlpatterns)}
        self.assertEqual(names, PAGES.keys() | FILES.keys() | ELSEWHERE)

    def test_every_page_in_every_language(self) -> None:
        for language, _name in settings.LANGUAGES:
            for name, path in pages(language):
                with self.subTest(name, path=path):
                    answer = self.client.get(path)
                    self.assertEqual(answer.status_code, 200)
                    self.assertEqual(answer["Content-Type"], "text/html; charset=utf-8")
                    self.assertContains(answer, f'<html lang="{language}"')
                    self.assertFalse(answer.cookies)

    def test_every_file(self) -> None:
        for name, (path, kind) in FILES.items():
            with self.subTest(name):
                answer = self.client.get(path)
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(answer["Content-Type"].split(";")[0], kind)
                self.assertTrue(answer.getvalue())
                self.assertFalse(answer.cookies)

    def test_generated_figures_are_called_so_everywhere(self) -> None:
        for name, path in pages():
            if name != "archive":
                with self.subTest(name, path=path):
                    self.assertContains(self.client.get(path), "Generated: the figures")
