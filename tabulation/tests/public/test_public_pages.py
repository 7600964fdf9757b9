"""The public's pages and files: from the ledger only, for everybody, exactly cacheable."""

import json
import re
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.db import OperationalError

from tabulation.counting import correction
from tabulation.ledger import publications
from tabulation.public import document
from tabulation.public.declaration import FILE
from tabulation.public.files import statement
from tabulation.tests.support.public_pages import HOSTILE, PublicPagesTestCase
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World


class ReadingTests(PublicPagesTestCase):
    def test_the_root_leads_to_the_archive(self) -> None:
        self.assertRedirects(self.client.get("/"), "/en/")
        self.assertIn("Election of the small world", self.text("/en/"))

    def test_the_nation(self) -> None:
        text = self.text("/en/artsakh/")
        self.assertIn("Publication 2", text)
        self.assertIn("Preliminary, partial", text)
        self.assertIn("the second", text)
        self.assertIn("2 of 3 polling stations counted", text)
        self.assertIn("100.00% of the 300 registered voters", text)
        self.assertIn("1 Candidate 1 140 68.29%", text)
        self.assertIn("Shares are of valid votes.", text)

    def test_candidates_by_votes_and_ballot_order_before_the_count(self) -> None:
        counted = self.text("/en/artsakh/president/area/S/")
        self.assertLess(counted.index("Candidate 1"), counted.index("Candidate 41"))
        World("other").publication()
        waiting = self.text("/en/other/")
        self.assertIn("Nothing is counted here yet.", waiting)
        self.assertLess(waiting.index("Candidate 2"), waiting.index("Candidate 41"))

    def test_a_past_publication_is_as_it_was(self) -> None:
        text = self.text("/en/artsakh/publications/1/")
        self.assertIn("1 of 3 polling stations counted", text)
        self.assertIn("This is how the results stood", text)
        self.assertIn("Candidate 1 40", text)

    def test_an_area_says_what_is_missing(self) -> None:
        text = self.text("/en/artsakh/president/area/S/")
        self.assertIn("1 of 2 polling stations counted", text)
        self.assertIn("2/02 Station 2/02 not yet counted", text)
        self.assertIn("Unchanged since publication 2", text)

    def test_a_station_as_on_paper(self) -> None:
        text = self.text("/en/artsakh/president/station/1/01/")
        for line in ("1 registered 100", "2 voters 61", "3 invalid 1", "Turnout 61.00%"):
            self.assertIn(line, text)
        self.assertIn("voters = votes + invalid ✓ passed", text)
        self.assertIn("Unchanged since publication 1", text)
        self.assertIn("Candidate 41 not on the ballot here", text)

    def test_not_counted_is_never_0(self) -> None:
        text = self.text("/en/artsakh/president/station/2/02/")
        self.assertIn("This polling station is not yet counted.", text)
        row = b"".join(self.client.get(self.FILES["csv"])).decode().splitlines()[3]
        self.assertEqual(row, "station,2/02,Station 2/02,not counted,1,1,0,0,,,,,,,,,")

    def test_a_broken_and_an_unevaluated_check(self) -> None:
        self.world.accepted(self.world.stations[2], (None, 150, 5, 100, 40, 5))
        self.world.publication()
        text = self.text("/en/artsakh/president/station/2/02/")
        self.assertIn("registered >= voters not evaluated", text.replace("&gt;", ">"))

    def test_annulled_and_corrected_stations_say_so_and_why(self) -> None:
        self.world.corrected(self.world.stations[0], (100, 61, 2, 39, 20, None))
        protocol = self.world.contest.protocols.get(station__code="2/01", status="accepted")
        correction.annul(
            protocol=protocol, reason="box opened", decision="7", by=self.world.mariam, at=NOW
        )
        self.world.publication()
        corrected = self.text("/en/artsakh/president/station/1/01/")
        self.assertIn(
            "This protocol was corrected. This is version 2. Reason: recount (decision 12-A)",
            corrected,
        )
        annulled = self.text("/en/artsakh/president/station/2/01/")
        self.assertIn("Annulled. The figures are shown and are not part of any total.", annulled)
        self.assertIn("Reason: box opened (decision 7)", annulled)

    def test_all_publications_with_their_files(self) -> None:
        page = self.client.get("/en/artsakh/publications/").content.decode()
        self.assertIn("2 / 3", page)
        for number in (1, 2):
            self.assertIn(f"/data/artsakh/{number}/president.csv", page)
            self.assertIn(f"/data/artsakh/{number}/president.json", page)

    def test_more_stations_than_fit_on_a_page_go_on_at_an_address(self) -> None:
        with mock.patch.object(document, "STATIONS_PER_PAGE", 1):
            first = self.text("/en/artsakh/president/area/S/")
            second = self.text("/en/artsakh/president/area/S/-/2/")
            self.assertIn("page 1 of 2", first)
            self.assertIn("2/02 Station 2/02", second)
            self.assertNotIn("2/02 Station 2/02", first)
            for page in (0, 3):
                gone = self.client.get(f"/en/artsakh/president/area/S/-/{page}/")
                self.assertEqual(gone.status_code, 404)

    def test_a_notice_stands_on_every_page_and_in_every_file(self) -> None:
        World("sample", kind="sample", notice="Figures are generated.").publication()
        for name, path in {**self.PAGES, **self.FILES}.items():
            path = path.replace("artsakh", "sample").replace("/2/president", "/1/president")
            if name not in ("archive", "latest"):
                with self.subTest(path):
                    body = b"".join(self.client.get(path))
                    self.assertIn(b"Figures are generated.", body)


class FileTests(PublicPagesTestCase):
    def test_json_has_the_nation_and_every_area(self) -> None:
        results = json.loads(self.client.get(self.FILES["json"]).content)
        self.assertEqual(results["votes"], {"1": 140, "2": 60, "41": 5})
        self.assertEqual(results["publication"], 2)
        self.assertEqual([area["code"] for area in results["areas"]], ["AM", "N", "S"])

    def test_csv_has_every_station(self) -> None:
        body = b"".join(self.client.get(self.FILES["csv"])).decode()
        self.assertEqual(
            body.splitlines()[0],
            "unit,code,name,status,unchanged_since,stations_expected,stations_reported,"
            "stations_annulled,version,reason,decision,registered,voters,invalid,votes_1,votes_2,votes_41",
        )
        self.assertIn("\nstation,1/01,Station 1/01,counted,1,1,1,0,1,,,100,61,1,40,20,-\n", body)

    def test_latest_is_small_and_young(self) -> None:
        answer = self.client.get(self.FILES["latest"])
        self.assertLess(len(answer.content), 300)
        self.assertEqual(answer.json()["publication"], 2)
        self.assertEqual(answer["Cache-Control"], "public, max-age=1")

    def test_a_publication_s_files_never_change(self) -> None:
        before = b"".join(self.client.get("/data/artsakh/1/president.csv"))
        self.world.corrected(self.world.stations[0], (100, 61, 2, 39, 20, None))
        self.world.publication()
        answer = self.client.get("/data/artsakh/1/president.csv")
        self.assertEqual(b"".join(answer), before)
        self.assertEqual(answer["Cache-Control"], FILE)

    def test_no_spreadsheet_formula_comes_out_of_a_name(self) -> None:
        for start in ("=1+1", "+1", "-1", "@a", "\t=1"):
            with self.subTest(start):
                self.assertEqual(statement.safe(start), f"'{start}")
        world = World("hostile", prefix="=")
        world.publication()
        body = b"".join(self.client.get("/data/hostile/1/president.csv")).decode()
        self.assertIn("station,1/01,'=Station 1/01,", body)


class ServingTests(PublicPagesTestCase):
    def test_every_address_answers_a_stranger_without_cookies(self) -> None:
        for name, path in {**self.PAGES, **self.FILES}.items():
            with self.subTest(name):
                answer = self.client.get(path)
                self.assertEqual(answer.status_code, 200)
                self.assertFalse(answer.cookies)
                self.assertNotIn("Cookie", answer.get("Vary", ""))
                self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
                self.assertIn("default-src 'self'", answer["Content-Security-Policy"])

    def test_304_when_nothing_changed_and_200_when_it_did(self) -> None:
        path = self.PAGES["election"]
        etag = self.client.get(path)["ETag"]
        again = self.client.get(path, headers={"if-none-match": etag})
        self.assertEqual((again.status_code, again.content), (304, b""))
        self.assertEqual(again["ETag"], etag)
        self.world.accepted(self.world.stations[2], SOUTH)
        self.world.publication()
        self.assertEqual(self.client.get(path, headers={"if-none-match": etag}).status_code, 200)

    def test_an_unchanged_station_is_304_across_publications(self) -> None:
        path = self.PAGES["station"]
        etag = self.client.get(path)["ETag"]
        self.world.accepted(self.world.stations[2], SOUTH)
        self.world.publication()
        self.assertEqual(self.client.get(path, headers={"if-none-match": etag}).status_code, 304)

    def test_head_is_answered_and_writing_is_not(self) -> None:
        for path in (self.PAGES["election"], self.FILES["json"]):
            head, strict = self.client.head(path), self.client_class(enforce_csrf_checks=True)
            self.assertEqual(head.status_code, 200)
            self.assertEqual(head["Content-Length"], str(len(self.client.get(path).content)))
            for method in ("post", "put", "delete", "patch"):
                self.assertEqual(getattr(strict, method)(path).status_code, 405)

    def test_a_query_string_makes_no_other_page(self) -> None:
        path = self.PAGES["election"]
        self.assertEqual(
            self.client.get(path)["ETag"], self.client.get(f"{path}?x=1&next=//evil")["ETag"]
        )

    def test_what_is_not_there_is_404_with_a_way_on(self) -> None:
        World("silent")
        for path in (
            "/en/nowhere/",
            "/xx/",
            "/en/silent/",
            "/en/silent/publications/",
            "/en/artsakh/publications/9/",
            "/en/artsakh/president/area/Q/",
            "/en/artsakh/mayor/area/S/",
            "/en/artsakh/president/station/9/99/",
            "/en/artsakh/president/station/../../x/",
            "/en/artsakh/president/station/%00/",
            "/en/artsakh/president/area/S%00/",
            "/data/silent/latest.json",
            "/data/artsakh/9/president.csv",
            "/data/artsakh/1/mayor.json",
        ):
            with self.subTest(path):
                answer = self.client.get(path)
                self.assertContains(answer, "There is nothing at this address", status_code=404)

    def test_health_is_told_and_nothing_else(self) -> None:
        answer = self.client.get("/healthz")
        self.assertEqual((answer.status_code, answer.json()), (200, {"status": "ok"}))
        self.assertIn("no-cache", answer["Cache-Control"])
        with mock.patch.object(publications, "elections_published", side_effect=OperationalError):
            answer = self.client.get("/healthz")
        self.assertEqual((answer.status_code, answer.json()), (503, {"status": "database"}))

    def test_hostile_names_stay_text(self) -> None:
        world = World("hostile", prefix=HOSTILE, notice=HOSTILE)
        world.accepted(world.stations[0], NORTH)
        world.publication(note=HOSTILE)
        for name, path in self.PAGES.items():
            with self.subTest(path):
                answer = self.client.get(path.replace("artsakh", "hostile"))
                self.assertContains(answer, "&lt;script&gt;", msg_prefix=name)
                self.assertNotContains(answer, "<script>")

    def test_queries_do_not_grow_with_what_is_shown(self) -> None:
        expected = {
            "archive": 2,
            "election": 13,
            "publications": 5,
            "publication": 12,
            "area": 15,
            "area page": 15,
            "station": 10,
            "uncounted": 10,
        }
        for name, number in expected.items():
            with self.subTest(name), self.assertNumQueries(number):
                self.client.get(self.PAGES[name])

    def test_no_page_asks_another_site_for_anything(self) -> None:
        for name, path in self.PAGES.items():
            with self.subTest(name):
                body = self.client.get(path).content.decode()
                links = re.findall(r'(?:src|href)="([^"]*)"', body)
                self.assertTrue(links)
                self.assertTrue(all(link.startswith(("/", "#")) for link in links), links)
                self.assertNotIn("style=", body)

    def test_templates_have_no_script_but_from_a_file(self) -> None:
        for path in (Path(settings.BASE_DIR) / "templates" / "public").rglob("*.html"):
            for script in re.findall(r"<script[^>]*>", path.read_text()):
                self.assertRegex(script, r"^<script src=\"\{% static 'js/\w+\.js' %\}\" defer>$")

    def test_a_page_says_which_state_of_it_this_is(self) -> None:
        """What `latest.js` goes by; an area says nothing of the newest publication."""
        for name, stands in {
            "election": 'data-publication="2" data-refresh>',
            "publications": 'data-publication="2">',
            "area": 'data-since="2">',
            "station": 'data-since="1">',
            "uncounted": 'data-since="1">',
        }.items():
            with self.subTest(name):
                body = self.client.get(self.PAGES[name]).content.decode()
                self.assertIn(f'data-latest="/data/artsakh/latest.json" {stands}', body)
        for name in ("archive", "publication"):
            self.assertNotIn("data-latest", self.client.get(self.PAGES[name]).content.decode())
