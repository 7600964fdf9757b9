"""The list of polling stations: what SQL filters and sorts is what Python would, in this order."""

import csv
import io
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from unittest import mock

from django.db import connection
from django.test import TestCase
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from tabulation.counting import correction
from tabulation.languages.formatting import DASH
from tabulation.ledger import reading
from tabulation.ledger.listing import ANY_RELATION, Listing, StationFilter, areas_of
from tabulation.models import Area, ContestStation, PollingStation
from tabulation.public.pages import station_table
from tabulation.public.pages.asking import FilterForm
from tabulation.public.pages.station_table import StationRow, Stations
from tabulation.tests.support.public_pages import HOSTILE
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World, make_stations

PATH = "/en/artsakh/president/stations/"
FILE = "/en/artsakh/president/stations.csv"
#: Stations by area and what is on their paper: registered, voters, invalid, votes for 1, 2 and 41.
PAPERS: tuple[tuple[str, tuple[int | None, ...] | None], ...] = (
    ("N", (100, 60, 0, 30, 30, None)),
    ("N", (100, 120, 10, 60, 50, None)),
    ("N", (0, 12, 2, 10, 0, None)),
    ("N", (None, 30, 3, 7, 20, None)),
    ("N", (50, 0, 0, 0, 0, None)),
    ("N", (300, None, None, None, None, None)),
    ("S", (200, 100, 10, 30, 30, 30)),
    ("S", (300, 150, 15, 45, 45, 45)),
    ("S", (3, 1, 0, 0, 0, 1)),
    ("S", (9, 3, 0, 1, 0, 2)),
    ("S", (70, 70, 70, 0, 0, 0)),
    ("S-1", (100, 50, 5, 20, 20, 5)),
    ("S-1", (150, 100, 1, 33, 33, 33)),
    ("S-1", (150, 100, 1, 40, 30, 29)),
    ("S-1", None),
    ("S", None),
)
DASHES = " ".join(4 * DASH)
SORTED = [
    name
    for name, one in station_table.StationTable.base_columns.items()
    if one.orderable is not False
]


class ListTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = world = World()
        inner = Area.objects.create(
            election=world.election, code="S-1", name="Goris", parent=world.south
        )
        areas = {"N": world.north, "S": world.south, "S-1": inner}
        for i, (area, form) in enumerate(PAPERS):
            station = world.station(f"{i % 4}-{i:02d}", areas[area])
            ContestStation.objects.create(contest=world.contest, station=station, registered=100)
            if form:
                world.accepted(station, form)
        world.accepted(world.stations[0], NORTH)
        world.publication()
        world.corrected(world.stations[0], (100, 62, 2, 40, 20, None))
        protocol = world.accepted(world.stations[1], SOUTH)
        correction.annul(
            protocol=protocol, reason="box opened", decision="7", by=world.mariam, at=NOW
        )
        cls.published = world.publication()
        ((cls.contest, cls.form),) = reading.published_contests(cls.published)
        cls.areas = areas_of(cls.contest)
        #: Every station as the table shows it, read without any filter.
        everything = Listing(cls.published, cls.contest, cls.form, cls.areas)
        cls.rows = Stations(everything, ("/", "/"))[0:99]

    def listing(self, wanted: StationFilter, order: str = "code") -> Listing:
        return Listing(self.published, self.contest, self.form, self.areas, wanted, order)

    def listed(self, wanted: StationFilter, order: str = "code") -> list[str]:
        listing = self.listing(wanted, order)
        codes = [unit.code for unit in listing.everything()]
        page = listing.page(1, 99)
        self.assertEqual(([unit.code for unit in page.units], page.total), (codes, len(codes)))
        return codes

    def expected(self, wanted: StationFilter, order: str = "code") -> list[str]:
        """The same in Python, row by row."""
        rows = [row for row in self.rows if matches(wanted, row, self.areas)]
        return [row.unit.code for row in in_order(rows, order)]


def matches(wanted: StationFilter, row: StationRow, areas: list[Area]) -> bool:
    unit, codes = row.unit, {area.pk: area.code for area in areas}
    broken = [c.code for i, c in enumerate(row.form.checks) if unit.broken[i]]
    return all(
        (
            not wanted.area or wanted.area in [codes.get(pk) for pk in unit.lineage],
            not wanted.status or unit.status == wanted.status,
            not wanted.corrected or (unit.version or 0) > 1,
            not wanted.breaks
            or (bool(broken) if wanted.breaks == ANY_RELATION else wanted.breaks in broken),
            wanted.leader is None
            or (row.leader is not None and row.leader.number == wanted.leader),
            within(row.turnout, wanted.turnout_from, wanted.turnout_to),
            within(row.leader_share, wanted.share_from, wanted.share_to),
            within(row.invalid_share, wanted.invalid_from, wanted.invalid_to),
            not wanted.over or (row.turnout is not None and row.turnout > 100),
        )
    )


def within(value: Fraction | None, low: Decimal | None, high: Decimal | None) -> bool:
    if low is None and high is None:
        return True
    if value is None:
        return False
    return (low is None or value >= Fraction(low)) and (high is None or value <= Fraction(high))


def in_order(rows: list[StationRow], order: str) -> list[StationRow]:
    """Those without the figure last, equal ones by code, whichever way it goes."""

    def value(row: StationRow) -> Any:
        return {
            "code": lambda: row.unit.code,
            "area": lambda: row.area.code,
            "status": lambda: row.unit.status,
            "registered": lambda: row.registered,
            "voters": lambda: row.voters,
            "turnout": lambda: row.turnout,
            "invalid": lambda: row.invalid_share,
            "leader": lambda: row.leader.number if row.leader else None,
            "share": lambda: row.leader_share,
            "margin": lambda: row.margin,
            "breaches": lambda: row.breaches,
            "version": lambda: row.unit.version,
        }[order.removeprefix("-")]()

    by_code = sorted(rows, key=lambda row: row.unit.code)
    there = [row for row in by_code if value(row) is not None]
    # Sorted again by a stable sort: those that are equal stay in the order of their codes.
    there = sorted(there, key=value, reverse=order.startswith("-"))
    return [*there, *(row for row in by_code if value(row) is None)]


PERCENT = st.none() | st.decimals(0, 130, places=2) | st.sampled_from(
    [Decimal(n) for n in ("0", "10", "33.33", "33.34", "50", "66.67", "100", "120")]
)  # fmt: skip
WANTED = st.builds(
    StationFilter,
    area=st.sampled_from(["", "", "AM", "N", "S", "S-1"]),
    status=st.sampled_from(["", "", "counted", "not counted", "annulled"]),
    corrected=st.booleans(),
    breaks=st.sampled_from(["", "", ANY_RELATION, "list", "balance", "none such"]),
    leader=st.sampled_from([None, None, 1, 2, 41, 7]),
    turnout_from=PERCENT,
    turnout_to=PERCENT,
    share_from=PERCENT,
    share_to=PERCENT,
    invalid_from=PERCENT,
    invalid_to=PERCENT,
    over=st.booleans(),
)
ORDER = st.sampled_from([*SORTED, *(f"-{name}" for name in SORTED)])


class FilterTests(ListTestCase):
    def test_each_filter_alone(self) -> None:
        for asked in (
            {"area": "AM"}, {"area": "S"}, {"area": "S-1"}, {"status": "counted"},
            {"status": "not counted"}, {"status": "annulled"}, {"corrected": True},
            {"breaks": ANY_RELATION}, {"breaks": "list"}, {"breaks": "balance"}, {"leader": 1},
            {"leader": 2}, {"leader": 41}, {"turnout_from": 50}, {"turnout_to": 50},
            {"share_from": 50}, {"share_to": 50}, {"invalid_from": 10}, {"invalid_to": 10},
            {"over": True},
        ):  # fmt: skip
            numbers = {
                name: Decimal(value) if name.endswith(("from", "to")) else value
                for name, value in asked.items()
            }
            with self.subTest(asked):
                wanted = StationFilter(**numbers)
                found = self.listed(wanted)
                self.assertEqual(found, self.expected(wanted))
                if asked != {"area": "AM"} and asked != {"breaks": "balance"}:
                    self.assertTrue(0 < len(found) < len(PAPERS) + 3, found)

    def test_what_some_of_them_find(self) -> None:
        for wanted, codes in (
            (StationFilter(over=True), ["1-01"]),
            (StationFilter(corrected=True), ["1/01"]),
        ):
            with self.subTest(str(wanted)):
                self.assertIn(codes[0], self.listed(wanted))

    def test_a_share_at_the_bound_is_inside_and_one_just_beyond_is_not(self) -> None:
        third = {"share_from": Decimal("33.33"), "share_to": Decimal("33.34")}
        self.assertEqual(self.listed(StationFilter(**third)), self.expected(StationFilter(**third)))
        self.assertIn("1-09", self.listed(StationFilter(share_from=Decimal("66.66"))))
        self.assertNotIn("1-09", self.listed(StationFilter(share_from=Decimal("66.67"))))

    def test_every_order_both_ways(self) -> None:
        for name in SORTED:
            for order in (name, f"-{name}"):
                with self.subTest(order):
                    self.assertEqual(
                        self.listed(StationFilter(), order), self.expected(StationFilter(), order)
                    )

    def test_pages_of_an_order_are_the_order(self) -> None:
        listing = self.listing(StationFilter(), "-turnout")
        pages = [unit.code for n in range(1, 8) for unit in listing.page(n, 3).units]
        self.assertEqual(pages, self.expected(StationFilter(), "-turnout"))

    def test_a_form_whose_shares_are_of_the_ballots_cast(self) -> None:
        self.form = replace(self.form, base="cast")
        self.rows = [replace(row, form=self.form) for row in self.rows]
        for order in ("share", "-invalid"):
            self.assertEqual(
                self.listed(StationFilter(), order), self.expected(StationFilter(), order)
            )

    def test_another_publication_has_its_own_list(self) -> None:
        first = reading.publication_or_none(self.world.election, 1)
        listing = Listing(first, self.contest, self.form, self.areas, StationFilter(corrected=True))
        self.assertEqual(listing.page(1, 9).total, 0)


class PropertyTests(ListTestCase, PropertyTestCase):
    @given(WANTED, ORDER)
    @settings(max_examples=200, deadline=None)
    def test_sql_finds_what_python_finds_in_the_same_order(
        self, wanted: StationFilter, order: str
    ) -> None:
        self.assertEqual(self.listed(wanted, order), self.expected(wanted, order))


class PageTests(ListTestCase):
    def ask(self, **asked: object) -> str:
        answer = self.client.get(PATH, asked)
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def codes(self, body: str) -> list[str]:
        return re.findall(r'href="/en/artsakh/president/station/([^"]*)/"', body)

    def test_all_of_them_by_code(self) -> None:
        body = self.ask()
        self.assertEqual(self.codes(body), self.expected(StationFilter()))
        self.assertIn("19 of 19 polling stations match.", body)
        self.assertIn('href="/data/artsakh/2/president.csv"', body)
        self.assertNotIn("noindex", body)

    def test_a_row_says_what_was_counted_and_no_0_what_was_not(self) -> None:
        rows = re.findall(r"<tr>(.*?)</tr>", self.ask(), flags=re.S)
        texts = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows]
        texts = [text.replace("\u202f", " ") for text in texts]
        found = next(text for text in texts if text.startswith("1/01"))
        self.assertEqual(
            found,
            "1/01 Station 1/01 Area N counted 100 62 62.00% 3.23% Candidate 1 66.67% 20 0 2",
        )
        found = next(text for text in texts if text.startswith("2/02"))
        self.assertEqual(
            found, f"2/02 Station 2/02 Area S not yet counted {DASHES} not yet counted {DASHES}"
        )
        found = next(text for text in texts if text.startswith("2/01"))
        self.assertIn("annulled 200 150 75.00%", found)

    def test_filters_in_the_address_with_a_link_to_remove_each(self) -> None:
        body = self.ask(area="S", turnout_from="50", sort="-turnout", unknown="x", status="")
        wanted = StationFilter(area="S", turnout_from=Decimal(50))
        self.assertEqual(self.codes(body), self.expected(wanted, "-turnout"))
        self.assertIn("Area, by its code: Area S (S)", body)
        self.assertIn('href="?turnout_from=50&amp;sort=-turnout"', body)
        self.assertIn('href="?area=S&amp;sort=-turnout"', body)
        self.assertIn(
            'href="/en/artsakh/president/stations.csv?area=S&amp;turnout_from=50&amp;sort=-turnout"',
            body,
        )
        self.assertIn('<input type="hidden" name="sort" value="-turnout">', body)
        self.assertIn('aria-sort="descending"', body)
        self.assertIn('href="?area=S&amp;turnout_from=50&amp;sort=turnout"', body)
        self.assertIn("noindex", body)
        self.assertIn(
            'href="/ru/artsakh/president/stations/?area=S&amp;turnout_from=50&amp;sort=-turnout"',
            body,
        )
        self.assertNotIn("unknown", body)

    def test_every_filter_of_the_page_does_what_it_says(self) -> None:
        for asked, wanted in (
            ({"status": "not counted"}, StationFilter(status="not counted")),
            ({"corrected": "1"}, StationFilter(corrected=True)),
            ({"breaks": "list"}, StationFilter(breaks="list")),
            ({"breaks": "*"}, StationFilter(breaks=ANY_RELATION)),
            ({"leader": "41"}, StationFilter(leader=41)),
            ({"turnout_from": "62,5%"}, StationFilter(turnout_from=Decimal("62.5"))),
            ({"turnout_to": "50.00"}, StationFilter(turnout_to=Decimal(50))),
            ({"share_from": "50"}, StationFilter(share_from=Decimal(50))),
            ({"share_to": "99"}, StationFilter(share_to=Decimal(99))),
            ({"invalid_from": "5"}, StationFilter(invalid_from=Decimal(5))),
            ({"invalid_to": " 1% "}, StationFilter(invalid_to=Decimal(1))),
            ({"over": "on"}, StationFilter(over=True)),
        ):  # fmt: skip
            with self.subTest(asked):
                self.assertEqual(self.codes(self.ask(**asked)), self.expected(wanted))

    def test_what_cannot_be_used_is_told_beside_its_field_and_ignored(self) -> None:
        for name, value, told in (
            ("area", "Q", "No area of this contest has this code. Enter a code from the list."),
            ("area", "x" * 10_000, "at most 200 characters"),
            ("area", "\0", "Null characters are not allowed."),
            ("status", "lost", "Select a valid choice."),
            ("leader", "99", "Select a valid choice."),
            ("leader", "1' OR '1'='1", "Select a valid choice."),
            ("breaks", "none such", "Select a valid choice."),
            ("turnout_from", "many", "Enter a number."),
            ("turnout_from", "NaN", "Enter a number."),
            ("turnout_from", "1e9", "less than or equal to 1000"),
            ("turnout_from", "-1", "greater than or equal to 0"),
            ("share_to", "101", "less than or equal to 100"),
            ("invalid_to", "1.234", "no more than 2 decimal places"),
        ):
            with self.subTest(name, value=value[:20]):
                body = self.ask(**{name: value, "status" if name != "status" else "over": ""})
                self.assertIn(told, body.replace("&lt;", "<"))
                self.assertIn(f'id="id_{name}_error"', body)
                self.assertEqual(self.codes(body), self.expected(StationFilter()))
                self.assertIn('<details class="filters" open>', body)

    def test_one_bad_value_leaves_the_good_ones_in_force(self) -> None:
        body = self.ask(status="lost", leader="41", turnout_from="60", turnout_to="50")
        self.assertEqual(
            self.codes(body), self.expected(StationFilter(leader=41, turnout_from=Decimal(60)))
        )
        self.assertIn("This number is below the start of the range. Enter a higher number.", body)

    def test_an_unknown_order_is_that_of_the_codes(self) -> None:
        for order in ("name", "-name", "figures", "--code", "code,-turnout", "'", "\0", "id;"):
            with self.subTest(order):
                self.assertEqual(self.codes(self.ask(sort=order)), self.expected(StationFilter()))

    def test_pages_and_beyond_the_last_the_last(self) -> None:
        expected = self.expected(StationFilter())
        with mock.patch.object(station_table, "PER_PAGE", 8):
            for page, codes in {
                "1": expected[:8], "2": expected[8:16], "3": expected[16:], "4": expected[16:],
                "9999999": expected[16:], "99999999": expected[:8], "-1": expected[:8],
                "0": expected[:8], "x": expected[:8], "": expected[:8], "1.5": expected[:8],
                "\u0662": expected[:8],
            }.items():  # fmt: skip
                with self.subTest(page):
                    self.assertEqual(self.codes(self.ask(page=page)), codes)
            body = self.ask(page="2", sort="-voters")
            self.assertIn("page 2 of 3", body)
            self.assertIn('href="?sort=-voters&amp;page=3"', body)

    def test_nothing_matches(self) -> None:
        body = self.ask(leader="41", share_from="100", area="N")
        self.assertIn("0 of 19 polling stations match.", body)
        self.assertIn("Remove one, or make a range wider.", body)
        self.assertNotIn("<tbody>", body)

    def test_hostile_names_stay_text(self) -> None:
        world = World("hostile", prefix=HOSTILE)
        world.accepted(world.stations[0], NORTH)
        world.publication()
        for asked in ({}, {"area": "N", "leader": "1"}, {"area": HOSTILE}, {"sort": HOSTILE}):
            with self.subTest(asked):
                answer = self.client.get("/en/hostile/president/stations/", asked)
                self.assertContains(answer, "&lt;script&gt;")
                self.assertNotContains(answer, "<script>")

    def test_as_many_queries_for_few_stations_as_for_many(self) -> None:
        world = World("many")
        make_stations(world, 500)
        world.publication()
        for slug in ("artsakh", "many"):
            for asked in ({}, {"area": "S", "status": "not counted", "sort": "-area"}):
                with self.subTest(asked, slug=slug), self.assertNumQueries(10):
                    self.client.get(f"/en/{slug}/president/stations/", asked)

    def test_links_from_the_country_and_from_an_area(self) -> None:
        self.assertContains(self.client.get("/en/artsakh/"), f'href="{PATH}"')
        area = self.client.get("/en/artsakh/president/area/S/")
        self.assertContains(area, f'href="{PATH}?area=S"')

    def test_headers(self) -> None:
        for path in (PATH, FILE):
            answer = self.client.get(path, {"area": "S"})
            self.assertEqual(answer["Cache-Control"], "public, max-age=10")
            self.assertEqual(answer["Vary"], "Accept-Encoding")
            self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
            self.assertFalse(answer.cookies)
            known = {"if-none-match": answer["ETag"]}
            again = self.client.get(path, {"area": "S"}, headers=known)
            self.assertEqual(again.status_code, 304)
            other = self.client.get(path, {"area": "N"}, headers=known)
            self.assertEqual(other.status_code, 200)
            self.assertEqual(self.client.head(path).status_code, 200)
            self.assertEqual(self.client.post(path).status_code, 405)
            many = "&".join(f"x{i}=1" for i in range(41))
            self.assertEqual(self.client.get(path, QUERY_STRING=many).status_code, 400)
            for unknown in ("/en/nowhere/president/", "/en/artsakh/mayor/"):
                nothing = path.replace("/en/artsakh/president/", unknown)
                self.assertEqual(self.client.get(nothing).status_code, 404)


class FileTests(ListTestCase):
    def file(self, **asked: object) -> list[dict[str, str]]:
        answer = self.client.get(FILE, asked)
        self.assertEqual(answer["Content-Type"], "text/csv; charset=utf-8")
        return list(csv.DictReader(io.StringIO(b"".join(answer).decode())))

    def test_exactly_the_stations_of_the_page_in_its_order(self) -> None:
        for asked, wanted, order in (
            ({"area": "S", "sort": "-turnout"}, StationFilter(area="S"), "-turnout"),
            ({"leader": "1", "page": "9"}, StationFilter(leader=1), "code"),
            ({"status": "lost"}, StationFilter(), "code"),
            ({"share_from": "100"}, StationFilter(share_from=Decimal(100)), "code"),
        ):  # fmt: skip
            with self.subTest(asked):
                rows = self.file(**asked)
                self.assertEqual([row["code"] for row in rows], self.expected(wanted, order))

    def test_a_row_is_that_of_the_publication_s_file(self) -> None:
        whole = self.client.get("/data/artsakh/2/president.csv")
        rows = list(csv.DictReader(io.StringIO(b"".join(whole).decode())))
        self.assertEqual(self.file(sort="code"), rows)
        self.assertEqual(self.file(corrected="1"), [row for row in rows if row["version"] == "2"])

    def test_more_than_are_read_at_a_time(self) -> None:
        with mock.patch("tabulation.ledger.listing.CHUNK", 2):
            self.assertEqual(
                [row["code"] for row in self.file(sort="-voters")],
                self.expected(StationFilter(), "-voters"),
            )


class FormTests(ListTestCase):
    def test_what_a_form_does_not_ask_for_is_no_filter_and_no_column(self) -> None:
        lines = tuple(
            replace(line, role="" if line.role in ("voters", "invalid") else line.role)
            for line in self.form.lines
        )
        form = replace(self.form, lines=lines, checks=())
        filters = FilterForm({}, form=form, areas=self.areas, language="en")
        absent = {"turnout_from", "turnout_to", "over", "invalid_from", "invalid_to", "breaks"}
        self.assertEqual(absent & set(filters.fields), set())
        listing = Listing(self.published, self.contest, form, self.areas)
        stations = Stations(listing, ("/", "/"))
        table = station_table.StationTable(stations, language="en", order="-turnout", page=1)
        shown = {column.name for column in table.columns}
        self.assertEqual(shown & {"voters", "turnout", "invalid", "breaches"}, set())

    def test_the_plan_joins_nothing(self) -> None:
        with self.assertNumQueries(1) as asked:
            list(self.listing(StationFilter(area="S", status="lost"), "area").everything())
        statement = asked.captured_queries[0]["sql"]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}")
            plan = " ".join(line for (line,) in cursor.fetchall())
        self.assertNotRegex(plan, "Join|Nested Loop")
        self.assertEqual(PollingStation.objects.filter(election=self.world.election).count(), 19)
