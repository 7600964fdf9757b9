"""The catalogue of all data (DCAT) and the `Dataset` in an election's page (schema.org)."""

import json
import re
from datetime import date
from typing import Any
from unittest import mock

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase, TestCase, override_settings

from candidates.models import Election
from tabulation import settings  # noqa: TID251  # what reads the environment
from tabulation.counting import correction
from tabulation.public.files import catalogue, openapi
from tabulation.public.site import DOCUMENTS
from tabulation.tests.support.world import NORTH, NOW, World

PATH = "/data/catalog.jsonld"
SITE = "https://results.example.org"
HOSTILE = "</script><script>alert(1)</script><!-- &\u2028\"'\\"
SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)


class CatalogueTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World(notice="Figures are generated.")
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication()

    def catalogue(self) -> dict[str, Any]:
        answer = self.client.get(PATH)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer["Content-Type"], "application/ld+json")
        return json.loads(answer.content)

    def dataset(self, path: str = "/en/artsakh/") -> dict[str, Any]:
        (found,) = SCRIPT.findall(self.client.get(path).content.decode())
        return json.loads(found)

    def change(self, **said: Any) -> None:
        """From here on the election is read as if its folder had said so; nobody may change it."""
        init = Election.from_db.__func__

        def read(cls: Any, *row: Any) -> Election:
            election = init(cls, *row)
            for name, value in said.items():
                setattr(election, name, value)
            return election

        self.enterContext(mock.patch.object(Election, "from_db", classmethod(read)))

    def addresses(self, thing: Any) -> list[str]:
        """Every address in it that is one of ours."""
        if isinstance(thing, dict):
            return [found for value in thing.values() for found in self.addresses(value)]
        if isinstance(thing, list):
            return [found for value in thing for found in self.addresses(value)]
        ours = isinstance(thing, str) and thing.startswith(("/", SITE))
        return [thing] if ours else []


class DcatTests(CatalogueTestCase):
    def test_a_dataset_an_election_newest_polling_day_first(self) -> None:
        create = Election.objects.create
        with mock.patch.object(
            Election.objects,
            "create",
            lambda **said: create(**{**said, "polling_days": [date(2007, 7, 19)]}),
        ):
            World("older").publication()
        World("silent")
        found = [dataset["dct:identifier"] for dataset in self.catalogue()["dcat:dataset"]]
        self.assertEqual(found, ["artsakh", "older"])

    @override_settings(SITE=SITE)
    def test_every_file_of_the_newest_publication_is_there(self) -> None:
        self.world.accepted(self.world.stations[1], (200, 150, 5, 100, 40, 5))
        self.world.publication()
        (dataset,) = self.catalogue()["dcat:dataset"]
        self.assertEqual(dataset["dcat:version"], "2")
        files = {
            one["dcat:downloadURL"]["@id"]: one["dcat:mediaType"]["@id"].split("media-types/")[1]
            for one in dataset["dcat:distribution"]
        }
        self.assertEqual(files[f"{SITE}/data/artsakh/2/president.csv"], "text/csv")
        self.assertEqual(files[f"{SITE}/data/artsakh/2/president.json"], "application/json")
        self.assertEqual(len(files), len(catalogue.FILES))
        for address, media_type in files.items():
            answer = self.client.get(address.removeprefix(SITE))
            self.assertEqual(answer["Content-Type"].split(";")[0], media_type)

    def test_every_address_leads_somewhere_with_a_site_and_without(self) -> None:
        for site in ("", SITE):
            with self.settings(SITE=site):
                found = self.addresses([self.catalogue(), self.dataset()])
                self.assertGreater(len(found), 10)
                for address in found:
                    with self.subTest(address):
                        self.assertTrue(address.startswith(site or "/"))
                        path = address.removeprefix(site).split("#")[0]
                        self.assertIn(self.client.get(path).status_code, (200, 302))

    def test_no_file_is_offered_of_a_contest_in_which_nothing_counts(self) -> None:
        World("two").publication()
        two = World("annulled")
        protocol = two.accepted(two.stations[0], NORTH)
        correction.annul(protocol=protocol, reason="fire", decision="7", by=two.mariam, at=NOW)
        two.publication()
        for slug in ("two", "annulled"):
            offered = [
                one
                for one in self.addresses([self.catalogue(), self.dataset(f"/en/{slug}/")])
                if f"/{slug}/" in one
            ]
            self.assertGreater(len(offered), 10)
            for address in offered:
                with self.subTest(address):
                    path = address.split("#")[0]
                    self.assertIn(self.client.get(path).status_code, (200, 302))

    def test_every_word_is_of_a_vocabulary_that_the_context_names(self) -> None:
        whole = self.catalogue()
        prefixes = set(whole["@context"])
        for word in re.findall(r'"(\w+):\w+"', json.dumps(whole)):
            self.assertIn(word, prefixes)

    def test_a_licence_is_the_election_s_own_or_cc_by(self) -> None:
        (dataset,) = self.catalogue()["dcat:dataset"]
        self.assertEqual(dataset["dct:license"], {"@id": catalogue.CC_BY.address})
        self.assertEqual(self.dataset()["license"], catalogue.CC_BY.address)
        self.change(licence="MIT", source="The commission")
        (dataset,) = self.catalogue()["dcat:dataset"]
        self.assertNotIn("dct:license", dataset)
        self.assertEqual(dataset["dct:rights"]["rdfs:label"], "MIT")
        self.assertEqual(dataset["dct:provenance"]["rdfs:label"], "The commission")
        self.assertEqual(self.dataset()["license"]["name"], "MIT")

    def test_names_in_other_languages_come_along(self) -> None:
        self.change(names={"hy": "Փոքր աշխարհ"})
        (dataset,) = self.catalogue()["dcat:dataset"]
        self.assertIn({"@value": "Փոքր աշխարհ", "@language": "hy"}, dataset["dct:title"])

    def test_a_kind_of_file_is_one_line(self) -> None:
        zipped = catalogue.File("manifest", "application/json", "Everything", per_contest=False)
        with mock.patch.object(catalogue, "FILES", (*catalogue.FILES, zipped)):
            (dataset,) = self.catalogue()["dcat:dataset"]
            names = [one["contentUrl"] for one in self.dataset()["distribution"]]
        self.assertEqual(len(dataset["dcat:distribution"]), len(catalogue.FILES) + 1)
        self.assertIn("/data/artsakh/1/manifest.json", names)

    def test_before_anything_is_published_it_is_empty(self) -> None:
        with mock.patch.object(catalogue.publications, "newest_of_all", return_value=[]):
            self.assertEqual(self.catalogue()["dcat:dataset"], [])

    def test_three_queries_for_all_elections(self) -> None:
        for slug in ("second", "third"):
            World(slug).publication()
        with self.assertNumQueries(3):
            self.assertEqual(len(self.catalogue()["dcat:dataset"]), 3)


class SchemaOrgTests(CatalogueTestCase):
    def test_what_search_engines_want(self) -> None:
        dataset = self.dataset()
        self.assertEqual(dataset["@type"], "Dataset")
        self.assertEqual(dataset["name"], "Election of the small world")
        self.assertGreaterEqual(len(dataset["description"]), 50)
        self.assertIn("Figures are generated.", dataset["description"])
        self.assertEqual(dataset["temporalCoverage"], "2012-07-19/2012-07-19")
        self.assertEqual(len(dataset["distribution"]), len(catalogue.FILES))

    def test_no_name_ends_the_script(self) -> None:
        World("hostile", prefix=HOSTILE, notice=HOSTILE[:300]).publication()
        page = self.client.get("/en/hostile/").content.decode()
        self.assertEqual(page.count("<script"), page.count("</script>"))
        (found,) = SCRIPT.findall(page)
        for character in "<>&\u2028":
            self.assertNotIn(character, found)
        self.assertEqual(json.loads(found)["name"], f"{HOSTILE}Election of the small world")

    def test_only_the_newest_page_has_it(self) -> None:
        for path in ("/en/", "/en/artsakh/publications/1/", "/en/artsakh/publications/"):
            self.assertNotContains(self.client.get(path), "application/ld+json")


class SiteTests(SimpleTestCase):
    def test_an_address_that_is_none_stops_the_start(self) -> None:
        for value, good in (
            ("", True),
            ("https://results.example.org", True),
            ("http://[::1]:8000", True),
            ("http://localhost:8000", True),
            ("results.example.org", False),
            ("https://results.example.org/", False),
            ("https://results.example.org/x", False),
            ("javascript:alert(1)", False),
            ('https://a"b', False),
        ):
            with self.subTest(value), mock.patch.dict("os.environ", {"HASHVARK_SITE": value}):
                if good:
                    self.assertEqual(settings.environment_site("HASHVARK_SITE"), value)
                else:
                    with self.assertRaisesMessage(ImproperlyConfigured, "HASHVARK_SITE must be"):
                        settings.environment_site("HASHVARK_SITE")

    def test_the_description_and_the_catalogue_are_reached_from_the_document_alone(self) -> None:
        self.assertIn(b'"openapi": "3.1.0"', b"".join(openapi.openapi_json(DOCUMENTS).chunks))
