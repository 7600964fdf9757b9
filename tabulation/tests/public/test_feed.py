"""The Atom feed: an entry a publication, well-formed whatever names hold, with ids that stay."""

from unittest import mock
from xml.etree import ElementTree

from django.test import TestCase, override_settings

from candidates.models import Election
from tabulation.public.files import feed, xml_
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

ATOM = "{http://www.w3.org/2005/Atom}"
PATH = "/en/artsakh/feed.xml"
HOSTILE = "<b>&\"']]>\x00\x01\x0b\x1f\x7f\ufffe\U0001f5f3"


class FeedTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication("the first")
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication("the second")

    def feed(self, path: str = PATH) -> ElementTree.Element:
        answer = self.client.get(path)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer["Content-Type"], "application/atom+xml; charset=utf-8")
        return ElementTree.fromstring(answer.content)

    def entries(self, path: str = PATH) -> list[ElementTree.Element]:
        return self.feed(path).findall(f"{ATOM}entry")

    def test_an_entry_a_publication_newest_first(self) -> None:
        newest, first = self.entries()
        self.assertEqual(
            newest.findtext(f"{ATOM}title"),
            "Publication 2, preliminary, partial. 2 of 3 polling stations counted.",
        )
        self.assertIn("1 of 3 polling", first.findtext(f"{ATOM}title"))
        self.assertIn("the second", newest.findtext(f"{ATOM}summary"))
        self.assertIn("Rehearsal", newest.findtext(f"{ATOM}summary"))
        self.assertEqual(newest.findtext(f"{ATOM}updated"), NOW.isoformat())

    def test_what_rfc_4287_demands_is_there_once(self) -> None:
        whole = self.feed()
        for element in (whole, *whole.findall(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                self.assertEqual(len(element.findall(f"{ATOM}{name}")), 1, name)
        self.assertTrue(whole.findtext(f"{ATOM}author/{ATOM}name"))
        kinds = [link.get("rel") for link in whole.findall(f"{ATOM}link")]
        self.assertEqual(kinds, ["self", "alternate"])

    @override_settings(SITE="https://results.example.org")
    def test_links_lead_to_the_publication_and_to_what_changed(self) -> None:
        newest, first = self.entries()
        links = {link.get("rel"): link.get("href") for link in newest.findall(f"{ATOM}link")}
        site = "https://results.example.org"
        self.assertEqual(
            links,
            {
                "alternate": f"{site}/en/artsakh/publications/2/",
                "related": f"{site}/en/artsakh/president/difference/1/2/",
            },
        )
        for address in links.values():
            self.assertEqual(self.client.get(address.removeprefix(site)).status_code, 200)
        self.assertEqual(len(first.findall(f"{ATOM}link")), 1)

    def test_ids_stay_when_the_site_moves_and_more_is_published(self) -> None:
        before = [entry.findtext(f"{ATOM}id") for entry in self.entries()]
        self.assertEqual(len(set(before)), 2)
        self.assertRegex(before[0], r"^tag:[^,/]+,2012-07-19:artsakh/en/publications/2$")
        self.world.accepted(self.world.stations[2], SOUTH)
        self.world.publication()
        with override_settings(SITE="https://elsewhere.example", ORIGIN="elsewhere.example"):
            after = [entry.findtext(f"{ATOM}id") for entry in self.entries()]
        self.assertEqual(after[1:], before)

    def test_at_most_the_newest(self) -> None:
        with mock.patch.object(feed, "MOST_ENTRIES", 1):
            (entry,) = self.entries()
        self.assertIn("Publication 2", entry.findtext(f"{ATOM}title"))

    def test_nothing_breaks_out_of_it(self) -> None:
        stored = HOSTILE.replace("\x00", "")  # which no database keeps
        world = World("hostile", prefix=stored, notice=stored)
        world.publication(stored)
        whole = self.feed("/en/hostile/feed.xml")
        expected = xml_.FORBIDDEN.sub("\ufffd", stored)
        self.assertIn(expected, whole.findtext(f"{ATOM}title"))
        self.assertEqual(whole.findtext(f"{ATOM}subtitle"), expected)
        self.assertFalse(list(whole.iter("b")))

    def test_it_speaks_one_language_where_the_folder_does(self) -> None:
        class Spoken(World):
            RULE = {**World.RULE, "offices": {"hy": "Նախագահ"}}

        create = Election.objects.create
        with mock.patch.object(
            Election.objects,
            "create",
            lambda **said: create(**{**said, "notices": {"hy": "Զգուշացում"}}),
        ):
            world = Spoken("spoken", notice="A notice")
        world.publication()
        world.accepted(world.stations[0], NORTH)
        world.publication()
        said = ElementTree.tostring(self.feed("/hy/spoken/feed.xml"), encoding="unicode")
        self.assertEqual(said.count("Զգուշացում"), 3)
        self.assertIn("Նախագահ", said)
        for english in ("A notice", "President"):
            self.assertNotIn(english, said)

    def test_what_no_xml_document_may_hold(self) -> None:
        for character, kept in (
            ("\x00", False), ("\x0b", False), ("\x1f", False), ("\ud800", False),
            ("\ufffe", False), ("\t", True), ("\n", True), ("Ա", True), ("\U0001f5f3", True),
        ):  # fmt: skip
            with self.subTest(repr(character)):
                self.assertEqual(xml_.FORBIDDEN.sub("?", character) == character, kept)

    def test_pages_of_the_election_name_it(self) -> None:
        link = '<link rel="alternate" type="application/atom+xml" title="Publications" href="/en/'
        for path in ("/en/artsakh/", "/en/artsakh/publications/", "/en/artsakh/president/area/S/"):
            self.assertContains(self.client.get(path), f'{link}artsakh/feed.xml">')
        self.assertNotContains(self.client.get("/en/"), link)

    def test_queries_do_not_grow(self) -> None:
        with self.assertNumQueries(6):
            self.client.get(PATH)
        self.world.accepted(self.world.stations[2], SOUTH)
        self.world.publication()
        with self.assertNumQueries(6):
            self.client.get(PATH)

    def test_what_is_not_there(self) -> None:
        World("silent")
        for slug in ("silent", "nowhere"):
            self.assertEqual(self.client.get(f"/en/{slug}/feed.xml").status_code, 404)
