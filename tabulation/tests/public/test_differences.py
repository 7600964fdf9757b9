"""The difference of two publications: as many stations as differ, each with was, is and why."""

import csv
from io import StringIO
from typing import Any
from unittest import mock

from django.db import connection
from django.test import TestCase
from hypothesis import settings
from hypothesis.extra.django import TestCase as PropertyTestCase
from hypothesis.stateful import rule, run_state_machine_as_test

from candidates.models import Candidate
from tabulation.counting import correction
from tabulation.languages.formatting import DASH
from tabulation.ledger.differences import Change, ChangeKind, difference
from tabulation.ledger.preview import preview_of
from tabulation.ledger.reading import Unit, everything, publication_or_none, publications
from tabulation.ledger.refusals import NothingToPublish
from tabulation.ledger.writing import publish
from tabulation.models import Protocol, form_of
from tabulation.public import document
from tabulation.public.declaration import FILE
from tabulation.public.files import statement
from tabulation.tests.support.any_order import AnyOrder
from tabulation.tests.support.public_pages import HOSTILE, PublicPagesTestCase
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import (
    NORTH,
    NOW,
    SOUTH,
    CommittedTestCase,
    World,
    make_stations,
)

CORRECTED = (100, 61, 2, 39, 20, None)


def annul(world: World, code: str, reason: str = "box opened") -> None:
    protocol = world.contest.protocols.get(station__code=code, status="accepted")
    correction.annul(protocol=protocol, reason=reason, decision="7", by=world.mariam, at=NOW)


def reinstate(world: World, code: str) -> None:
    protocol = world.contest.protocols.get(station__code=code, status="annulled")
    correction.reinstate(protocol=protocol, reason="court", decision="8", by=world.mariam, at=NOW)


class KindTests(TestCase):
    """One step from one publication to the next, and what it is called."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication()

    def step(self) -> dict[str, str]:
        """Publish, and say what happened since the publication before."""
        later = self.world.publication()
        return self.between(later.number - 1, later.number)

    def between(self, a: int, b: int) -> dict[str, str]:
        return {change.code: change.kind for change in self.changes(a, b)}

    def changes(self, a: int, b: int) -> list[Change]:
        first, second = (publication_or_none(self.world.election, n) for n in (a, b))
        found = difference(first, second, self.world.contest)
        listed = list(found.everything())
        counts = {kind.value: 0 for kind in ChangeKind}
        for change in listed:
            counts[change.kind] += 1
        self.assertEqual(found.counts(), counts)
        return listed

    def test_each_step_by_its_name(self) -> None:
        station = self.world.stations[0]
        steps: tuple[tuple[str, Any], ...] = (
            ("corrected", lambda: self.world.corrected(station, CORRECTED)),
            ("annulled", lambda: annul(self.world, "1/01")),
            ("reinstated", lambda: reinstate(self.world, "1/01")),
            ("restated", lambda: self.world.corrected(station, CORRECTED)),
        )
        for kind, act in steps:
            with self.subTest(kind):
                act()
                self.assertEqual(self.step(), {"1/01": kind})

    def test_newly_counted_beside_a_correction(self) -> None:
        self.world.accepted(self.world.stations[1], SOUTH)
        self.world.corrected(self.world.stations[0], CORRECTED)
        self.assertEqual(self.step(), {"1/01": "corrected", "2/01": "newly counted"})

    def test_annulled_before_it_was_ever_published_as_counted(self) -> None:
        self.world.accepted(self.world.stations[1], SOUTH)
        annul(self.world, "2/01")
        self.assertEqual(self.step(), {"2/01": "annulled"})

    def test_over_several_publications_only_the_ends_count(self) -> None:
        annul(self.world, "1/01")
        self.world.publication()
        reinstate(self.world, "1/01")
        self.world.publication()
        self.assertEqual(self.between(1, 3), {"1/01": "restated"})
        (change,) = self.changes(1, 3)
        self.assertEqual((change.was.reason, change.now.reason), ("", "court"))
        self.assertEqual(self.between(1, 2), {"1/01": "annulled"})

    def test_was_is_and_why_line_by_line(self) -> None:
        self.world.corrected(self.world.stations[0], CORRECTED)
        self.step()
        (change,) = self.changes(1, 2)
        lines = [
            (line.key, was, now) for line, was, now in change.lines(form_of(self.world.contest))
        ]
        self.assertEqual(lines, [("invalid", 1, 2), ("votes_1", 40, 39)])
        self.assertEqual((change.now.reason, change.now.decision), ("recount", "12-A"))
        self.assertEqual((change.was.version, change.now.version), (1, 2))


def said(unit: Unit | None) -> tuple[Any, ...]:
    """What a publication says of a station, as `StationState` has it."""
    if unit is None:
        return ("not counted", (), None, "", "")
    return (unit.status, unit.figures, unit.version, unit.reason, unit.decision)


class AnyDifference(AnyOrder):
    """Whatever happened, each difference is what the full contents of the two say."""

    @rule()
    def publish(self) -> None:
        ahead = preview_of(self.world.election)
        expected = self.previewed(ahead)
        try:
            later = self.world.publication()
        except NothingToPublish:
            if ahead.changed:
                raise AssertionError("the preview saw a change") from None
            return
        self.published[later.number] = dict(self.now)
        if (ahead.number, ahead.status) != (later.number, later.status):
            raise AssertionError((ahead.number, ahead.status, later.number, later.status))
        self.compare(expected, later)
        for earlier in publications(self.world.election):
            if earlier.number < later.number:
                self.check(earlier, later)

    def previewed(self, ahead: Any) -> tuple[Any, ...]:
        (part,) = ahead.contests
        return ahead.changed, part.counts, part.changes, part.now.figures

    def compare(self, expected: tuple[Any, ...], later: Any) -> None:
        """What was previewed is what came out."""
        changed, counts, changes, figures = expected
        contents = self.contents(later)
        for change in changes:
            if self.of(change.now) != said(contents[change.code]):
                raise AssertionError((change, contents[change.code]))
        earlier = publication_or_none(self.world.election, later.number - 1)
        if earlier is None:
            return
        found = difference(earlier, later, self.world.contest)
        if found.counts() != counts or not changed:
            raise AssertionError((found.counts(), counts))
        counted = [unit.figures for unit in contents.values() if unit.status == "counted"]
        filled = [[row[i] for row in counted if row[i] is not None] for i in range(6)]
        sums = tuple(sum(values) if values else None for values in filled)
        if figures != sums:
            raise AssertionError((figures, sums))

    def check(self, earlier: Any, later: Any) -> None:
        before, after = self.contents(earlier), self.contents(later)
        expected = {
            code: (said(before.get(code)), said(unit))
            for code, unit in after.items()
            if said(before.get(code)) != said(unit)
        }
        found = list(difference(earlier, later, self.world.contest).everything())
        shown = {change.code: (self.of(change.was), self.of(change.now)) for change in found}
        if shown != expected or [c.code for c in found] != sorted(expected):
            raise AssertionError((earlier.number, later.number, shown, expected))

    def contents(self, published: Any) -> dict[str, Unit]:
        return {unit.code: unit for unit in everything(published, self.world.contest)}

    def of(self, one: Any) -> tuple[Any, ...]:
        return (one.status, one.figures, one.version, one.reason, one.decision)


class AnyDifferenceTests(PropertyTestCase):
    def test_any_history(self) -> None:
        run_state_machine_as_test(
            AnyDifference,
            settings=settings(max_examples=4, stateful_step_count=12, deadline=None),
        )


@slow
class ManyDifferencesTests(PropertyTestCase):
    def test_any_history(self) -> None:
        run_state_machine_as_test(
            AnyDifference,
            settings=settings(max_examples=40, stateful_step_count=20, deadline=None),
        )


class PageTests(PublicPagesTestCase):
    """1 -> 2: 2/01 newly counted. 2 -> 3: 1/01 corrected, 2/01 annulled, 2/02 newly counted."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.world.corrected(cls.world.stations[0], CORRECTED)
        annul(cls.world, "2/01", reason=HOSTILE)
        cls.world.accepted(cls.world.stations[2], (300, 50, 0, 20, 30, 0))
        cls.world.publication("the third")

    BASE = "/en/artsakh/president/difference"
    CSV = "/data/artsakh/president.difference-2-3.csv"

    def test_sums_first_then_each_station_with_was_is_and_why(self) -> None:
        text = self.text(f"{self.BASE}/2/3/")
        for sentence in (
            "What changed from publication 2 to 3",
            "Polling stations counted: 2 before, 2 after, of 3.",
            "1 polling station newly counted",
            "voters 211 111 \u2212100",
            "votes 2 60 50 \u221210",
            "registered 300 400 +100",
            "1/01 Station 1/01 Corrected: recount (decision 12-A) version 2 of the protocol",
            "version 2 of the protocol invalid: 1 2 votes 1: 40 39",
            "(decision 7) was counted, is annulled the same figures",
        ):
            with self.subTest(sentence):
                self.assertIn(sentence, text)
        self.assertNotIn("2/02", text)

    def test_newly_counted_stations_have_a_page_of_their_own(self) -> None:
        text = self.text(f"{self.BASE}/2/3/newly-counted/")
        self.assertIn("2/02 Station 2/02 50 0 50", text)
        self.assertNotIn("1/01", text)
        empty = self.client.get(f"{self.BASE}/2/3/newly-counted/-/2/")
        self.assertEqual(empty.status_code, 404)

    def test_when_nobody_was_corrected_that_is_said(self) -> None:
        text = self.text(f"{self.BASE}/1/2/")
        self.assertIn(
            "The figures of polling stations that were counted or annulled before have not"
            " changed.",
            text,
        )
        self.assertIn("votes 1 40 140 +100", text)

    def test_a_figure_that_was_not_there_has_no_difference(self) -> None:
        self.assertIn(f"votes 41 {DASH} 5 {DASH}", self.text(f"{self.BASE}/1/2/"))

    def test_more_than_fit_on_a_page_go_on_at_an_address(self) -> None:
        with mock.patch.object(document, "STATIONS_PER_PAGE", 1):
            first = self.text(f"{self.BASE}/2/3/")
            second = self.text(f"{self.BASE}/2/3/-/2/")
            self.assertIn("page 1 of 2", first)
            self.assertIn("Annulled", second)
            self.assertNotIn("Corrected", second)
            for page in (0, 3):
                self.assertEqual(self.client.get(f"{self.BASE}/2/3/-/{page}/").status_code, 404)

    def test_a_reason_with_a_script_stays_text(self) -> None:
        page = self.client.get(f"{self.BASE}/2/3/")
        self.assertContains(page, "&lt;script&gt;alert(1)&lt;/script&gt;")
        self.assertNotContains(page, HOSTILE)

    def test_a_changed_form_is_told(self) -> None:
        Candidate.objects.filter(number=2).update(status="withdrawn", withdrawn_on="2012-07-10")
        self.world.publication()
        self.assertIn(
            "The form of this contest changed between the two publications.",
            self.text(f"{self.BASE}/3/4/"),
        )
        self.assertNotIn("was changed", self.text(f"{self.BASE}/2/3/"))

    def test_csv_has_every_station_that_changed(self) -> None:
        answer = self.client.get(self.CSV)
        self.assertEqual(answer["Cache-Control"], FILE)
        rows = list(csv.DictReader(StringIO(b"".join(answer).decode())))
        self.assertEqual(
            [(row["code"], row["kind"], row["status_was"], row["status_is"]) for row in rows],
            [
                ("1/01", "corrected", "counted", "counted"),
                ("2/01", "annulled", "counted", "annulled"),
                ("2/02", "newly counted", "not counted", "counted"),
            ],
        )
        self.assertEqual((rows[0]["invalid_was"], rows[0]["invalid_is"]), ("1", "2"))
        self.assertEqual((rows[0]["votes_41_was"], rows[0]["votes_41_is"]), ("-", "-"))
        self.assertEqual((rows[2]["voters_was"], rows[2]["voters_is"]), ("", "50"))
        self.assertEqual(rows[0]["decision"], "12-A")

    def test_no_formula_comes_out_of_a_name_or_a_reason(self) -> None:
        world = World("hostile", prefix="=")
        world.accepted(world.stations[0], NORTH)
        world.publication()
        annul(world, "1/01", reason="=1+1")
        world.publication()
        body = b"".join(self.client.get("/data/hostile/president.difference-1-2.csv")).decode()
        self.assertIn(",'=Station 1/01,", body)
        self.assertIn(",'=1+1,7,", body)
        self.assertEqual(statement.safe("=1+1"), "'=1+1")

    def test_a_notice_is_on_the_page_and_in_the_file(self) -> None:
        world = World("sample", kind="sample", notice="Figures are generated.")
        world.publication()
        world.accepted(world.stations[0], NORTH)
        world.publication()
        for path in (
            "/en/sample/president/difference/1/2/",
            "/en/sample/president/difference/1/2/newly-counted/",
            "/data/sample/president.difference-1-2.csv",
        ):
            with self.subTest(path):
                self.assertIn(b"Figures are generated.", b"".join(self.client.get(path)))

    def test_what_is_not_there_is_404(self) -> None:
        for path in (
            f"{self.BASE}/2/2/",
            f"{self.BASE}/3/2/",
            f"{self.BASE}/0/1/",
            f"{self.BASE}/1/4/",
            f"{self.BASE}/1/{2**70}/",
            f"{self.BASE}/1/2/-/{2**70}/",
            "/en/artsakh/mayor/difference/1/2/",
            "/en/nowhere/president/difference/1/2/",
            "/data/artsakh/president.difference-3-2.csv",
            "/data/artsakh/mayor.difference-1-2.csv",
        ):
            with self.subTest(path):
                self.assertEqual(self.client.get(path).status_code, 404)

    def test_queries_do_not_grow_with_what_changed(self) -> None:
        for pair in ("1/2", "2/3", "1/3"):
            # Two savepoints and the planner's switch, on and off, around each of two statements.
            for rest in ("", "newly-counted/"):
                with self.subTest(pair, rest=rest), self.assertNumQueries(19):
                    self.client.get(f"{self.BASE}/{pair}/{rest}")
        for csv_file in (self.CSV, "/data/artsakh/president.difference-1-2.csv"):
            with self.subTest(csv_file), self.assertNumQueries(9):
                b"".join(self.client.get(csv_file))

    def test_each_publication_leads_to_what_it_changed(self) -> None:
        page = self.client.get("/en/artsakh/publications/").content.decode()
        for a, b in ((1, 2), (2, 3)):
            self.assertIn(f'href="{self.BASE}/{a}/{b}/"', page)
        self.assertNotIn(f"{self.BASE}/0/1/", page)

    def test_it_is_served_like_every_public_page(self) -> None:
        for path in (f"{self.BASE}/2/3/", f"{self.BASE}/2/3/newly-counted/", self.CSV):
            with self.subTest(path):
                answer = self.client.get(path)
                self.assertFalse(answer.cookies)
                again = self.client.get(path, headers={"if-none-match": answer["ETag"]})
                self.assertEqual(again.status_code, 304)
                self.assertEqual(self.client.head(path).status_code, 200)
                self.assertEqual(self.client.post(path).status_code, 405)


@slow
class ManyStationsTests(CommittedTestCase):
    """Right after a load, when the planner takes the tables for empty."""

    STATIONS = 100_000

    def tearDown(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")

    def test_a_hundred_thousand_newly_counted(self) -> None:
        world = World()
        with connection.cursor() as cursor:
            # Ten times what it takes on a slow machine; a quadratic plan takes minutes.
            cursor.execute("SET statement_timeout = '20s'")
        make_stations(world, self.STATIONS)
        publish(election=world.election, by=None, at=NOW)
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO tabulation_protocol (contest_id, station_id, version, status, origin,
                     figures, received_at, accepted_at, reason, decision)
                   SELECT contest_id, station_id, 1, 'accepted', 'imported',
                     '{9,5,1,2,2,NULL}', now(), now(), '', '' FROM tabulation_conteststation""",
            )
        ahead = preview_of(world.election)
        self.assertEqual(ahead.contests[0].newly_counted, self.STATIONS + 3)
        publish(election=world.election, by=None, at=NOW)
        page = self.client.get("/en/artsakh/president/difference/1/2/")
        self.assertContains(page, "100,003 polling stations newly counted")
        body = self.client.get("/data/artsakh/president.difference-1-2.csv")
        lines = sum(chunk.count(b"\n") for chunk in body)
        self.assertEqual(lines, self.STATIONS + 4)
        self.assertEqual(Protocol.objects.count(), self.STATIONS + 3)
