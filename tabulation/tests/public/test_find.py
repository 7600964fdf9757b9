"""Find my polling station: by code, place or address, in any script, whatever is typed."""

from unittest import mock

from django.db import connection
from django.test import TestCase

from tabulation.ledger import finding
from tabulation.ledger.finding import words_of
from tabulation.models import Area, ContestStation, PollingStation
from tabulation.tests.support.public_pages import HOSTILE
from tabulation.tests.support.world import NORTH, SOUTH, World, make_stations

PATH = "/en/artsakh/president/find/"
#: Code, area, name, names, address.
PLACES = (
    ("4/13", "S", "Ստեփանակերտ թիվ 5 դպրոց", {"ru": "Школа № 5, Ёлочная"}, "Ազատամարտիկների 12Բ"),
    ("4/130", "S", "Library", {}, "13 Long Street"),
    ("13/4", "N", "Town hall", {}, "Main square"),
    ("01.009", "N", "თბილისის სკოლა", {}, ""),
    ("PH-7", "N", "Ñandú (school), «Niños»", {}, "St. John's Rd. 3"),
)


class FindTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        goris = Area.objects.create(
            election=cls.world.election, code="S-1", name="Գորիս", names={"en": "Goris"},
            parent=cls.world.south, level="town", levels={"hy": "քաղաք"},
        )  # fmt: skip
        areas = {"N": cls.world.north, "S": goris}
        for code, area, name, names, address in PLACES:
            station = PollingStation.objects.create(
                election=cls.world.election, area=areas[area], code=code, name=name, names=names,
                address=address,
            )  # fmt: skip
            ContestStation.objects.create(
                contest=cls.world.contest, station=station, registered=100
            )
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.published = cls.world.publication()

    def found(self, text: str) -> list[str]:
        found = finding.find_stations(self.published, self.world.contest, text)
        self.assertEqual(found.station_count, len(found.stations))
        return [unit.code for unit in found.stations]

    def areas(self, text: str) -> list[str]:
        found = finding.find_stations(self.published, self.world.contest, text)
        return [unit.code for unit in found.areas]


class SearchTests(FindTestCase):
    def test_what_finds_which_station(self) -> None:
        for text, codes in {
            "4/13": ["4/13", "4/130", "13/4"],
            "4-13": ["4/13", "13/4", "4/130"],
            " 4 13 ": ["4/13", "13/4", "4/130"],
            "13/4": ["13/4", "4/13", "4/130"],
            "4/130": ["4/130"],
            "01.009": ["01.009"],
            "01.0": ["01.009", "1/01", "2/01"],
            "009": ["01.009"],
            "1.009": [],
            "ph-7": ["PH-7"],
            "PH7": [],
            "ստեփ": ["4/13"],
            "ՍՏԵՓԱՆԱԿԵՐՏ": ["4/13"],
            "դպրոց ստեփանակերտ": ["4/13"],
            "դպրոց main": [],
            "Ազատամարտիկների 12բ": ["4/13"],
            "ШКОЛА": ["4/13"],
            "елочная": ["4/13"],
            "ЁЛ": ["4/13"],
            "თბილ": ["01.009"],
            "ᲗᲑᲘᲚᲘᲡᲘᲡ": ["01.009"],
            "niños": ["PH-7"],
            "n\u0303andu\u0301": ["PH-7"],
            "john": ["PH-7"],
            "long 13": ["4/130"],
            "ong": [],
            "ru": [],
        }.items():
            with self.subTest(text):
                self.assertEqual(self.found(text), codes)

    def test_words_beside_the_name_of_an_area(self) -> None:
        for text, codes in {
            "goris library": ["4/130"],
            "library Գորիս": ["4/130"],
            "library town": [],
            "goris": [],
            "area library": ["4/130"],
            "n library": [],
        }.items():
            with self.subTest(text):
                self.assertEqual(self.found(text), codes)

    def test_the_name_of_an_area_finds_the_area(self) -> None:
        for text, codes in {
            "goris": ["S-1"],
            "ԳՈՐ": ["S-1"],
            "area": ["AM", "N", "S"],
            "S": ["S", "S-1"],
            "area n": ["N"],
            "nowhere": [],
        }.items():
            with self.subTest(text):
                self.assertEqual(self.areas(text), codes)

    def test_what_has_no_letter_and_no_digit_is_no_search(self) -> None:
        for text in ("", "  ", "'", "&|!()", ":*", "\0", "«»", "\ufffd\ufffd", "%_", "<>"):
            with self.subTest(text), self.assertNumQueries(1):
                self.assertEqual(self.found(text), [])

    def test_of_words_only_letters_digits_and_their_marks_are_left(self) -> None:
        for text, words in {
            "a'b:*c\0d": ["a", "b", "c", "d"],
            "A a A": ["a"],
            "12 'x' & !y | (z:*)": ["12", "x", "y", "z"],
            "a b c d e f g h i j": list("abcdefgh"),
        }.items():
            with self.subTest(text):
                self.assertEqual(words_of(text), words)

    def test_only_stations_of_the_contest(self) -> None:
        other = World("other")
        self.assertEqual(self.found("station"), ["1/01", "2/01", "2/02"])
        published = other.publication()
        found = finding.find_stations(published, other.contest, "station")
        self.assertEqual({unit.lineage[0] for unit in found.stations}, {other.country.pk})

    def test_a_contest_of_a_part_of_the_country(self) -> None:
        self.world.contest.constituency.area = self.world.south
        self.assertEqual(self.found("4"), ["4/13", "4/130"])
        self.assertEqual(self.areas("area"), ["S"])
        self.assertEqual(self.found("town"), [])

    def test_the_first_of_many_and_how_many_there_are(self) -> None:
        with mock.patch.object(finding, "MOST_STATIONS", 2):
            found = finding.find_stations(self.published, self.world.contest, "station")
        self.assertEqual([unit.code for unit in found.stations], ["1/01", "2/01"])
        self.assertEqual(found.station_count, 3)

    def test_the_index_of_words_is_used_once_it_pays(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(
                "EXPLAIN SELECT FROM tabulation_pollingstation WHERE search @@ '''4'':*'::tsquery"
            )
            self.assertIn("station_search", str(cursor.fetchall()))


class PageTests(FindTestCase):
    def ask(self, text: str, status: int = 200) -> str:
        answer = self.client.get(PATH, {"q": text})
        self.assertEqual(answer.status_code, status)
        return answer.content.decode()

    def test_before_anything_is_typed(self) -> None:
        body = self.client.get(PATH).content.decode()
        self.assertIn('<form class="filter" method="get" role="search">', body)
        self.assertIn('href="/en/artsakh/president/area/S/"', body)
        self.assertNotIn("No polling station fits", body)
        self.assertNotIn("noindex", body)

    def test_a_station_is_shown_with_where_it_is_and_what_was_counted(self) -> None:
        body = self.ask("4/130")
        self.assertInHTML('<a href="/en/artsakh/president/station/4/130/">4/130</a>', body)
        self.assertIn("1 polling station fits", body)
        self.assertIn("13 Long Street", body)
        self.assertIn('href="/hy/artsakh/president/find/?q=4%2F130"', body)
        self.assertIn("Area S, Goris", body)
        self.assertIn("not yet counted", body)
        self.assertIn("noindex", body)
        self.assertIn("Candidate 1, 66.67", self.ask("1/01"))

    def test_an_area_leads_to_its_page_and_to_its_stations(self) -> None:
        body = self.ask("Goris")
        self.assertIn('href="/en/artsakh/president/area/S-1/"', body)
        self.assertIn('href="/en/artsakh/president/stations/?area=S-1"', body)
        self.assertIn("2 polling stations</a>", body)
        self.assertNotIn("No polling station fits", self.ask("Area"))

    def test_the_level_of_an_area_is_in_the_page_s_language(self) -> None:
        for language, level in (("hy", "քաղաք"), ("en", "town")):
            page = self.client.get(f"/{language}/artsakh/president/find/", {"q": "Goris"})
            self.assertRegex(page.content.decode(), f"</a> · {level} ·")

    def test_nothing_found_says_what_to_try(self) -> None:
        body = self.ask("nowhere")
        self.assertIn("No polling station fits “nowhere”.", body)
        self.assertIn("Try fewer words", body)
        self.assertIn('href="/en/artsakh/president/area/N/"', body)

    def test_more_than_are_shown(self) -> None:
        self.many()
        body = self.client.get("/en/many/president/find/", {"q": "Station"}).content.decode()
        self.assertIn("50 of 303 that fit are shown.", body)

    def many(self) -> None:
        world = World("many")
        make_stations(world, 300)
        world.publication()

    def test_hostile_input_is_answered_and_stays_text(self) -> None:
        for text in (
            "'", '"', "''''", "' OR 1=1 --", "a:*", "&|!()", "a & b | !c", "\0", "a\0b", "\\",
            "%s %", "<-> <2>", "x" * 200, "1 " * 100, HOSTILE, "\u202e\u200d", "𐀀🗳", "$$",
            "{{ 1 }}",
        ):  # fmt: skip
            with self.subTest(text):
                body = self.ask(text)
                self.assertNotIn("<script>", body)
                self.assertNotIn("\0", body)
        self.assertIn("&lt;script&gt;", self.ask(HOSTILE))

    def test_what_is_too_long_is_told(self) -> None:
        for length in (201, 10_000):
            body = self.ask("x" * length)
            self.assertIn("at most 200 characters", body)
            self.assertNotIn("x" * 201, body)

    def test_broken_query_strings(self) -> None:
        for query, status in {
            "q=%ff%fe%00": 200,
            "q=%E0%A4%A": 200,
            "q": 200,
            "q=a&q=4/130": 200,
            "=&;=%&&&": 200,
            "x=1&page=-1&sort=%27": 200,
            "&".join(f"q={i}" for i in range(40)): 200,
            "&".join(f"q={i}" for i in range(41)): 400,
            "&" * 5000: 400,
        }.items():
            with self.subTest(query[:40]):
                answer = self.client.get(PATH, QUERY_STRING=query)
                self.assertEqual(answer.status_code, status)
        self.assertContains(self.client.get(PATH, QUERY_STRING="q=a&q=4/130"), "13 Long Street")

    def test_an_unknown_place_to_search_in(self) -> None:
        for path in (
            "/en/nowhere/president/find/",
            "/en/artsakh/mayor/find/",
            "/xx/artsakh/p/find/",
        ):
            with self.subTest(path):
                answer = self.client.get(path, {"q": "x"})
                self.assertContains(answer, "There is nothing at this address", status_code=404)

    def test_headers(self) -> None:
        answer = self.client.get(PATH, {"q": "4/13"})
        self.assertEqual(answer["Cache-Control"], "public, max-age=10")
        self.assertEqual(answer["Vary"], "Accept-Encoding")
        self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
        self.assertFalse(answer.cookies)
        again = self.client.get(PATH, {"q": "4/13"}, headers={"if-none-match": answer["ETag"]})
        self.assertEqual(again.status_code, 304)
        other = self.client.get(PATH, {"q": "4/130"}, headers={"if-none-match": answer["ETag"]})
        self.assertEqual(other.status_code, 200)
        head = self.client.head(PATH, {"q": "4/13"})
        self.assertEqual((head.status_code, head.content), (200, b""))
        for method in ("post", "put", "patch", "delete"):
            self.assertEqual(getattr(self.client, method)(PATH).status_code, 405)

    def test_as_many_queries_for_one_station_as_for_many(self) -> None:
        self.many()
        for slug in ("artsakh", "many"):
            for text, number in {"": 8, "1/01": 12, "Station": 12, "nowhere": 12}.items():
                with self.subTest(text, slug=slug), self.assertNumQueries(number):
                    self.client.get(f"/en/{slug}/president/find/", {"q": text})

    def test_a_link_on_every_page(self) -> None:
        for path in ("", "publications/", "president/area/S/", "president/station/1/01/"):
            with self.subTest(path):
                answer = self.client.get(f"/en/artsakh/{path}")
                self.assertContains(answer, f'href="{PATH}">Find my polling station</a>')
