"""The pages of turnout by the hour: the overview, and the list of stations to report of."""

import html
import re
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from tabulation.models import TimedTurnout, User
from tabulation.staff.views.turnout import PER_PAGE
from tabulation.tests.support.turnout_world import (
    AT_ELEVEN,
    AT_FIVE,
    AT_TWO,
    ELEVEN,
    TWO,
    HourWorld,
)
from tabulation.tests.support.world import World, altered, make_stations

HERE = "/staff/artsakh/president/turnout/"
LIST = f"{HERE}AM/?hour=14:00"
#: A quarter past seven: every hour has come.
EVENING = AT_FIVE + timedelta(hours=2)


class PageTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = HourWorld()

    def setUp(self) -> None:
        self.client.force_login(self.world.ina)
        # Of this page alone: the session goes on by the real clock.
        clock = mock.patch("tabulation.staff.views.turnout.timezone")
        self.now = clock.start().now
        self.now.return_value = EVENING
        self.addCleanup(clock.stop)

    def page(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        self.assertEqual(answer.status_code, status, path)
        return answer.content.decode()

    def text(self, page: str) -> str:
        """What a reader sees of a page's content."""
        main = page[page.index("<main") :]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())

    def typed(self, *rows: tuple[int, object, object], hour: str = "14:00", **more: str) -> Any:
        """What the form sends: station (0 to 2), voters and what was seen there."""
        data: dict[str, Any] = {"hour": hour, "station": [], **more}
        for which, voters, seen in rows:
            pk = self.world.stations[which].pk
            data["station"].append(str(pk))
            data[f"s{pk}-voters"], data[f"s{pk}-seen"] = voters, seen
        return data

    def reason(self, which: int, reason: str) -> dict[str, str]:
        return {f"s{self.world.stations[which].pk}-reason": reason}

    def field(self, page: str, which: int, name: str = "voters") -> str | None:
        """What a field of the page holds; ``None``: it is not there."""
        key = f"s{self.world.stations[which].pk}-{name}"
        found = re.search(rf'<input[^>]*name="{key}"[^>]*value="([^"]*)"', page)
        return html.unescape(found[1]) if found else None

    def row(self, page: str, which: int) -> str:
        """The text of a station's row."""
        code = self.world.stations[which].code
        rows = re.findall(r"<tr.*?</tr>", page, re.S)
        (found,) = [row for row in rows if f'<span class="code">{code}</span>' in row]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found)).split())


class OverviewTests(PageTestCase):
    def test_how_many_have_reported_by_hour_and_area(self) -> None:
        self.world.report(0, ELEVEN, 20)
        self.world.report(1, ELEVEN, 30)
        self.world.report(1, TWO, 40)
        page = self.page(HERE)
        text = self.text(page)
        self.assertIn("How many of 3 polling stations have reported, by hour", text)
        self.assertIn("11:00 2 Report All stations 14:00 1 Report", text)
        self.assertIn("N Area N 1 1 0 0 S Area S 2 1 1 0", text)
        self.assertIn(f'href="{HERE}AM/?hour=14%3A00&amp;missing=on"', page)
        self.assertIn(f'href="{HERE}S/"', page)
        self.assertNotIn("40", text)

    def test_what_is_still_to_come_is_said_and_leads_nowhere(self) -> None:
        self.now.return_value = AT_TWO
        page = self.page(HERE)
        self.assertIn("17:00 0 still to come", self.text(page))
        self.assertNotIn("17%3A00", page)
        self.now.return_value = AT_ELEVEN - timedelta(hours=1)
        for path in (HERE, f"{HERE}N/"):
            self.assertIn("The first hour of polling day is 11:00", self.text(self.page(path)))

    def test_who_works_in_one_area_begins_with_what_is_due(self) -> None:
        self.client.force_login(altered("ina", area=self.world.south))
        self.now.return_value = AT_TWO
        text = self.text(self.page(HERE))
        self.assertIn("Turnout by 14:00 · Area S", text)
        self.assertEqual(self.client.get(f"{HERE}N/").status_code, 403)
        self.assertEqual(self.client.get(f"{HERE}AM/").status_code, 403)

    def test_a_contest_without_hours(self) -> None:
        World("plain")
        for code in ("", "N/"):
            text = self.text(self.page(f"/staff/plain/president/turnout/{code}"))
            self.assertIn("This contest has no hours for turnout reports", text)

    def test_what_is_not_there(self) -> None:
        for path in (f"{HERE}X/", "/staff/artsakh/mayor/turnout/", "/staff/x/president/turnout/"):
            with self.subTest(path):
                self.page(path, 404)
        self.world.area("E", self.world.country)
        self.page(f"{HERE}E/", 404)
        for asked in ("15:00", "x", "14:00:00", ""):
            with self.subTest(asked):
                page = self.page(f"{HERE}?hour={asked}", 400)
                self.assertIn(
                    "There is no turnout report for this hour. Choose another hour.", page
                )

    def test_links_lead_there(self) -> None:
        for person, sees in (("ina", True), ("otar", True), ("alice", False), ("xenia", False)):
            self.client.force_login(User.objects.get(username=person))
            for path in ("/staff/", "/staff/artsakh/president/progress/"):
                with self.subTest(person, path=path):
                    self.assertEqual(f'href="{HERE}' in self.page(path), sees)


class ListTests(PageTestCase):
    def test_the_stations_with_what_other_hours_said(self) -> None:
        self.world.report(0, ELEVEN, 20)
        self.world.report(1, ELEVEN, 30)
        self.world.report(1, TWO, 29, reason='their <clock> was "wrong"')
        page = self.page(LIST)
        self.assertIn("1/01 Station 1/01 Registered voters: 100 11:00 20", self.row(page, 0))
        row = self.row(page, 1)
        self.assertIn("11:00 30", row)
        self.assertIn('ina, 19 Jul 2012, 17:15 · their <clock> was "wrong"', row)
        self.assertNotIn("<clock>", page)
        self.assertIn("no list is kept there none yet", self.row(page, 2))
        self.assertEqual([self.field(page, which) for which in range(3)], ["", "29", ""])
        self.assertEqual([self.field(page, which, "seen") for which in range(3)], ["", "29", ""])
        self.assertEqual(page.count("autofocus"), 1)
        # A later hour that is lower shows its reason beside the earlier one, too.
        later = self.row(self.page(f"{HERE}?hour=17:00"), 1)
        self.assertIn('14:00 29 their <clock> was "wrong"', later)

    def test_narrowed_and_paged(self) -> None:
        make_stations(self.world, PER_PAGE + 1)
        self.world.report(0, TWO, 20)
        page = self.page(LIST)
        self.assertEqual(page.count('name="station"'), PER_PAGE)
        self.assertIn("54 polling stations", page)
        self.assertIn('<a href="?hour=14%3A00&amp;page=2">2</a>', page)
        self.assertEqual(self.page(f"{LIST}&page=2").count('name="station"'), 4)
        self.assertEqual(self.page(f"{LIST}&page=999").count('name="station"'), 4)
        self.assertEqual(self.page(f"{LIST}&page=x").count('name="station"'), PER_PAGE)
        self.assertIn("53 polling stations", self.page(f"{LIST}&missing=on"))
        self.assertEqual(self.page(f"{LIST}&q=2/").count('name="station"'), 2)
        self.assertIn("No polling station matches the search.", self.page(f"{LIST}&q=%25"))
        self.assertEqual(self.client.get(f"{LIST}&q={'1' * 61}").status_code, 400)
        self.assertIn("Every polling station here has reported by 14:00.",
                      self.page(f"{HERE}N/?hour=14:00&missing=on"))  # fmt: skip

    def test_who_only_watches_types_nothing(self) -> None:
        self.world.report(1, TWO, 40)
        self.client.force_login(User.objects.get(username="otar"))
        page = self.page(LIST)
        self.assertIn("40", self.row(page, 1))
        self.assertIsNone(self.field(page, 1))
        self.assertNotIn("Save this page", page)
        self.assertNotIn("missing=on", self.page(HERE))
        answer = self.client.post(HERE, self.typed((0, 1, "")))
        self.assertEqual(answer.status_code, 403)

    def test_an_hour_to_come_has_no_fields(self) -> None:
        self.now.return_value = AT_ELEVEN
        page = self.page(LIST)
        self.assertIn("It is too early for this report. Wait until 14:00 on polling day.", page)
        self.assertIsNone(self.field(page, 0))
        answer = self.client.post(LIST, self.typed((0, 1, "")))
        self.assertContains(
            answer,
            "It is too early for this report. Wait until 14:00 on polling day.",
            status_code=400,
        )
        self.assertFalse(TimedTurnout.objects.exists())

    def test_statements_do_not_grow_with_stations(self) -> None:
        few = self.statements()
        make_stations(self.world, 300)
        self.world.report(0, ELEVEN, 20)
        self.assertEqual(self.statements(), few)

    def statements(self) -> list[int]:
        found = []
        for path in (HERE, LIST, f"{LIST}&missing=on"):
            with CaptureQueriesContext(connection) as queries:
                self.page(path)
            found.append(len(queries))
        return found


class SavingTests(PageTestCase):
    def save(self, data: Any, path: str = LIST, status: int = 302) -> Any:
        answer = self.client.post(path, data)
        self.assertEqual(answer.status_code, status)
        return answer if status == 302 else answer.content.decode()

    def test_what_is_typed_is_saved_and_blank_stays_blank(self) -> None:
        answer = self.save(self.typed((0, "20", ""), (1, " 40 ", ""), (2, "", "")))
        self.assertEqual(answer["Location"], f"{HERE}AM/?hour=14%3A00&page=1")
        self.assertEqual(self.world.standing(), [("1/01", "14:00", 20), ("2/01", "14:00", 40)])
        self.assertIn("2 figures are saved.", self.page(answer["Location"]))

    def test_a_double_click_and_an_old_tab_write_nothing_twice(self) -> None:
        data = self.typed((0, "20", ""))
        self.save(data)
        answer = self.save(data)
        self.assertEqual(len(self.world.reports()), 1)
        page = self.page(answer["Location"])
        self.assertIn("1 figure is saved.", page)
        self.assertIn("You entered no new figure. Nothing was saved.", page)

    def test_a_page_is_saved_whole_or_not_at_all(self) -> None:
        self.world.report(1, ELEVEN, 50)
        self.save(self.typed((0, "20", ""), (1, "49", ""), (2, "7", "")), status=400)
        self.assertEqual(self.world.standing(), [("2/01", "11:00", 50)])

    def test_what_cannot_be_read_is_told_first_and_what_was_typed_stays(self) -> None:
        page = self.save(self.typed((0, "20", ""), (1, "4o", ""), (2, "-1", "")), status=400)
        self.assertIn(
            "Nothing on this page was saved. Check 2 marked rows, then save the page again.", page
        )
        self.assertIn("Enter only digits, without spaces or signs.", self.row(page, 1))
        self.assertEqual([self.field(page, which) for which in range(3)], ["20", "4o", "-1"])
        self.assertFalse(TimedTurnout.objects.exists())

    def test_a_lower_figure_opens_a_field_for_its_reason(self) -> None:
        self.world.report(1, ELEVEN, 50)
        typed = self.typed((0, "20", ""), (1, "49", ""))
        page = self.save(typed, status=400)
        self.assertIn("Nothing on this page was saved. Check 1 marked row", page)
        self.assertIn(
            "The figure for 11:00 is 50, which is higher."
            " If your figure is correct, give a reason.",
            self.row(page, 1),
        )
        self.assertEqual((self.field(page, 0), self.field(page, 1)), ("20", "49"))
        self.assertEqual(self.field(page, 1, "reason"), "")
        self.assertIsNone(self.field(page, 0, "reason"))
        self.assertRegex(page, rf'id="voters-{self.world.stations[1].pk}"[^>]*autofocus')
        self.save({**typed, **self.reason(1, "eleven was wrong")})
        self.assertEqual(self.world.reports()[-1], ("2/01", 1, None, 49, "eleven was wrong"))

    def test_another_row_s_problem_keeps_the_reason(self) -> None:
        self.world.report(1, ELEVEN, 50)
        typed = self.typed((0, "x", ""), (1, "49", ""))
        page = self.save({**typed, **self.reason(1, 'so "said"')}, status=400)
        self.assertEqual(self.field(page, 1, "reason"), 'so "said"')

    def test_a_correction_wants_a_reason_and_a_figure_is_never_taken_away(self) -> None:
        self.world.report(1, TWO, 40)
        page = self.save(self.typed((1, "44", "40")), status=400)
        self.assertIn(
            "The saved figure is 40. If your figure is correct, give a reason.", self.row(page, 1)
        )
        page = self.save(self.typed((1, "", "40")), status=400)
        self.assertIn(
            "You cannot remove a reported figure. Enter the correct figure.", self.row(page, 1)
        )
        self.save({**self.typed((1, "44", "40")), **self.reason(1, "misread")})
        self.assertEqual(self.world.standing(), [("2/01", "14:00", 44)])
        self.assertIn("before: 40 · misread", self.row(self.page(LIST), 1))

    def test_two_tabs_whose_second_is_told_who_was_first(self) -> None:
        self.world.report(1, TWO, 40, by=self.world.sona)
        page = self.save(self.typed((0, "20", ""), (1, "44", "")), status=400)
        self.assertIn("sona reported 40 on 19 Jul 2012, 17:15.", self.row(page, 1))
        self.assertEqual((self.field(page, 1), self.field(page, 1, "seen")), ("44", "40"))
        self.assertEqual((self.field(page, 0), self.field(page, 0, "seen")), ("20", ""))
        self.assertEqual(self.world.standing(), [("2/01", "14:00", 40)])
        page = self.save(self.typed((0, "20", ""), (1, "44", "40")), status=400)
        self.assertIn("If your figure is correct, give a reason.", self.row(page, 1))

    def test_what_others_changed_is_not_overwritten_by_an_untouched_field(self) -> None:
        self.world.report(1, TWO, 40)
        self.world.correct(1, TWO, 41, seen=40)
        page = self.save(self.typed((0, "x", ""), (1, "40", "40")), status=400)
        self.assertEqual((self.field(page, 1), self.field(page, 1, "seen")), ("41", "41"))
        self.save(self.typed((0, "20", ""), (1, "40", "40")))
        self.assertIn(("2/01", "14:00", 41), self.world.standing())

    def test_from_page_to_page_and_on_with_those_that_are_missing(self) -> None:
        make_stations(self.world, PER_PAGE + 1)
        for asked, then in (
            ("", "hour=14%3A00&page=2"),
            ("&page=2", "hour=14%3A00&page=2"),
            ("&missing=on", "hour=14%3A00&missing=on"),
            ("&missing=on&page=2", "hour=14%3A00&missing=on&page=2"),
        ):
            with self.subTest(asked):
                answer = self.save(self.typed((0, "20", "")), f"{LIST}{asked}")
                self.assertEqual(answer["Location"], f"{HERE}AM/?{then}")

    def test_stations_of_elsewhere(self) -> None:
        for data in (
            self.typed((0, "20", "")),
            {**self.typed((1, "20", "")), "station": [str(10**17)]},
        ):
            self.assertEqual(self.client.post(f"{HERE}S/", data).status_code, 403)
        for station in ("x", "", "-1", "²", "1" * 40):
            data = {**self.typed((1, "20", "")), "station": [station]}
            with self.subTest(station):
                self.save(data)
        self.assertFalse(TimedTurnout.objects.exists())

    def test_nothing_that_can_be_read(self) -> None:
        for data in ({}, {"hour": "15:00"}, {"hour": ""}):
            with self.subTest(str(data)):
                self.assertIn(
                    "There is no turnout report for this hour. Choose another hour.",
                    self.save(data, status=400),
                )

    def test_strangers_and_wrong_methods(self) -> None:
        self.assertEqual(self.client.put(HERE).status_code, 405)
        for person in ("alice", "otar", "xenia"):
            self.client.force_login(User.objects.get(username=person))
            with self.subTest(person):
                self.assertEqual(self.client.post(HERE, self.typed((0, 1, ""))).status_code, 403)
        self.assertFalse(TimedTurnout.objects.exists())
