"""The page of an election's events, and its CSV."""

import csv
import io
from typing import Any

from django.db import transaction
from django.test import TestCase
from django.urls import reverse

from candidates.models import Election
from tabulation.languages.formatting import DASH
from tabulation.models import Event, User, record
from tabulation.public.files.statement import safe
from tabulation.staff.views.events import changes_of
from tabulation.tests.support.browser import BrowserTestCase
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World, altered

PAGE = 5


class EventsPageTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.url = reverse("events", args=["artsakh"])
        cls.csv_url = reverse("events-csv", args=["artsakh"])
        for number, (act, name) in enumerate(
            (("received", "alice"), ("accepted", "sona"), ("accepted", "sona")), 1
        ):
            record(
                act=act,
                subject=f"protocol of {number}/01",
                by=User.objects.get(username=name),
                at=NOW.replace(hour=number),
                election=cls.world.election,
                before={"status": "verified", "figures": None},
                after={"status": "accepted", "figures": [*NORTH], "late": True},
            )

    def setUp(self) -> None:
        self.sign_in("otar")

    def sign_in(self, name: str) -> None:
        self.client.force_login(User.objects.get(username=name))

    def listed(self, **filters: Any) -> list[str]:
        """Of protocols, where nothing else is asked for: the accounts' events are there, too."""
        filters = {"subject": "protocol", **filters}
        answer = self.client.get(self.url, filters)
        self.assertEqual(answer.status_code, 200)
        return [row.record.subject for row in answer.context["table"].page.object_list]

    def rows(self, **filters: Any) -> list[dict[str, str]]:
        filters = {"subject": "protocol", **filters}
        answer = self.client.get(self.csv_url, filters)
        return list(csv.DictReader(answer.getvalue().decode().splitlines()))

    def test_newest_first_with_who_and_when_and_what_changed(self) -> None:
        self.assertEqual(
            self.listed(), ["protocol of 3/01", "protocol of 2/01", "protocol of 1/01"]
        )
        page = self.client.get(self.url)
        self.assertContains(page, "sona")
        self.assertContains(page, "19 Jul 2012, 03:00:00")
        self.assertContains(page, '<span class="none">before</span> verified')
        self.assertContains(page, f"100, 61, 1, 40, 20, {DASH}")
        self.assertNotContains(page, "{&quot;")

    def test_each_filter(self) -> None:
        for filters, found in (
            ({"subject": "2/01"}, 1),
            ({"person": "SON"}, 2),
            ({"act": "accept"}, 2),
            ({"since": "2012-07-19T02:00"}, 2),
            ({"until": "2012-07-19T02:00"}, 2),
            ({"person": "sona", "until": "2012-07-19T02:00"}, 1),
            ({"subject": "nothing"}, 0),
        ):
            with self.subTest(filters):
                self.assertEqual(len(self.listed(**filters)), found)
                self.assertEqual(len(self.rows(**filters)), found)

    def test_times_are_asked_for_as_they_are_shown(self) -> None:
        election = Election.objects.create(
            slug="yerevan", name="x", kind="rehearsal", polling_days=[NOW.date()],
            time_zone="Asia/Yerevan",  # four hours ahead
        )  # fmt: skip
        record(act="x", subject="place", by=None, at=NOW.replace(hour=3), election=election)
        url = reverse("events", args=["yerevan"])
        self.assertContains(self.client.get(url), "19 Jul 2012, 07:00:00")
        for since, found in (("2012-07-19T07:00", 1), ("2012-07-19T07:01", 0)):
            table = self.client.get(url, {"since": since, "subject": "place"}).context["table"]
            self.assertEqual(table.paginator.count, found)

    def test_what_cannot_be_read_is_told(self) -> None:
        page = self.client.get(self.url, {"since": "yesterday"})
        self.assertContains(page, "Enter a valid date/time", status_code=400)
        self.assertEqual(self.client.get(self.csv_url, {"since": "yesterday"}).status_code, 400)

    def test_csv_has_every_field(self) -> None:
        row, *_rest = self.rows()
        event = Event.objects.last()
        self.assertEqual(row["hash"], bytes(event.hash).hex())
        self.assertEqual(row["at"], "2012-07-19T03:00:00.000000+00:00")
        self.assertEqual(row["before"], '{"figures":null,"status":"verified"}')
        self.assertEqual((row["by_name"], row["number"]), ("sona", "1"))

    def test_csv_takes_the_filters_of_the_page(self) -> None:
        page = self.client.get(self.url, {"act": "received", "page": 1})
        self.assertContains(page, "events.csv?act=received")

    def test_no_cell_is_a_formula(self) -> None:
        record(
            act="renamed", subject="=HYPERLINK(1)", by=None, at=NOW, election=self.world.election
        )
        self.assertEqual(self.rows(act="renamed", subject="")[0]["subject"], "'=HYPERLINK(1)")
        for text in ("=1", "+1", "-1", "@x", "\tx", "\rx"):
            self.assertEqual(safe(text), f"'{text}")
        self.assertEqual(safe("1-2"), "1-2")

    def test_a_cell_of_several_lines_is_one_cell(self) -> None:
        for subject in ("two\rlines", "two\nlines", "two\r\nlines"):
            record(
                act=repr(subject), subject=subject, by=None, at=NOW, election=self.world.election
            )
            body = b"".join(self.client.get(self.csv_url)).decode()
            rows = list(csv.DictReader(io.StringIO(body, newline="")))
            self.assertIn((repr(subject), subject), [(row["act"], row["subject"]) for row in rows])
            self.assertTrue(body.startswith("id,election,") and body.endswith("\n"))
            self.assertFalse(body.endswith("\r\n"))

    def test_other_elections_stay_apart(self) -> None:
        World("other")
        record(act="x", subject="no election", by=None, at=NOW)
        self.assertEqual(len(self.listed()), 3)
        url = reverse("events", args=["other"])
        self.assertContains(
            self.client.get(url, {"subject": "protocol"}),
            "No event matches the filters. Change or clear the filters.",
        )

    def test_who_may_see_them(self) -> None:
        for name, status in (
            ("mariam", 200), ("otar", 200), ("sona", 403), ("xenia", 403),
            ("alice", 403), ("bob", 403),
        ):  # fmt: skip
            self.sign_in(name)
            for url in (self.url, self.csv_url):
                with self.subTest(name, url=url):
                    self.assertEqual(self.client.get(url).status_code, status)
            home = self.client.get("/staff/")
            self.assertEqual(self.url in home.content.decode(), status == 200)

    def test_a_person_of_an_area_does_not(self) -> None:
        for area, status in ((self.world.south, 403), (self.world.country, 200)):
            altered("otar", area=area)
            self.sign_in("otar")  # another area ends the session
            self.assertEqual(self.client.get(self.url).status_code, status)
        other = World("other", prefix="Other ")
        altered("otar", area=other.country)
        self.sign_in("otar")
        self.assertEqual(self.client.get(self.url).status_code, 403)

    def test_wrong_method_and_missing(self) -> None:
        for name in ("events", "events-csv"):
            self.assertEqual(self.client.post(reverse(name, args=["artsakh"])).status_code, 405)
            self.assertEqual(self.client.get(reverse(name, args=["nowhere"])).status_code, 404)

    def test_queries_do_not_grow_with_events(self) -> None:
        for more in (0, 60):
            for number in range(more):
                record(
                    act="x", subject=f"s {number}", by=self.world.sona, at=NOW,
                    election=self.world.election,
                )  # fmt: skip
            with self.subTest(more), self.assertNumQueries(PAGE):
                self.client.get(self.url)
            with self.subTest(more), self.assertNumQueries(PAGE - 1):
                self.client.get(self.csv_url).getvalue()


class ReadableTests(TestCase):
    def test_values_of_every_kind_are_words(self) -> None:
        event = Event(
            before={"a_b": [1, None, 0], "gone": "x"},
            after={"a_b": {"c": False, "d": None}, "new": 0},
        )
        self.assertEqual(
            changes_of(event),
            [("a b", f"1, {DASH}, 0", f"c: no; d: {DASH}"), ("gone", "x", ""), ("new", "", "0")],
        )
        self.assertEqual(changes_of(Event(after="plain")), [("value", "", "plain")])
        self.assertEqual(changes_of(Event()), [])


class LifeTests(TestCase):
    def test_a_protocols_life_is_readable(self) -> None:
        world = World()
        world.accepted(world.stations[1], SOUTH)
        changes = changes_of(Event.objects.get(act="accepted"))
        self.assertIn(("figures", "", "200, 150, 5, 100, 40, 5"), changes)


@browser
class EventsBrowserTests(BrowserTestCase):
    @slow
    def test_an_auditor_finds_who_did_what_on_a_phone_and_at_a_desk(self) -> None:
        world = World()
        with transaction.atomic():
            for act, changes in (
                ("received", {"after": {"station": "1/01"}}),
                ("annulled", {"before": {"status": "accepted"}, "after": {"status": "annulled"}}),
            ):
                record(
                    act=act, subject="protocol 1", by=world.sona, at=NOW, election=world.election,
                    **changes,
                )  # fmt: skip
        for width in (320, 1280):
            page = self.page(width)
            self.sign_in_as(page, "otar", factor=True)
            page.get_by_role("link", name="Events").click()
            page.get_by_label("Action").fill("annul")
            page.get_by_label("From").fill("2012-07-19T00:00")
            page.get_by_role("button", name="Search").click()
            self.assertIn("before accepted", page.locator("main table").inner_text())
            self.assertNotIn("received", page.locator("main table").inner_text())
            self.assert_fits(page)
            with page.expect_download() as download:
                page.get_by_role("link", name="Download these as CSV").click()
            self.assertEqual(download.value.suggested_filename, "artsakh-events.csv")
