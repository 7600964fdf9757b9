"""Reporting turnout by the hour: who may, when, which figures want a reason, and what stays."""

from datetime import time, timedelta
from typing import Any

from django.db import connection, transaction
from django.test import TestCase

from tabulation.counting import turnout
from tabulation.counting.turnout import Typed
from tabulation.ledger.autopublishing import NotDue, publish_due
from tabulation.ledger.refusals import NothingToPublish
from tabulation.models import (
    Event,
    NotYours,
    PublishedTurnout,
    TimedTurnout,
    TurnoutQueue,
    TurnoutReport,
    User,
)
from tabulation.tests.support.threads import together
from tabulation.tests.support.turnout_world import (
    AT_ELEVEN,
    AT_FIVE,
    AT_TWO,
    ELEVEN,
    FIVE,
    TWO,
    HourWorld,
    report_one,
)
from tabulation.tests.support.world import (
    NOW,
    CommittedTestCase,
    RefusalTestCase,
    World,
    audit,
    decided,
    make_stations,
)


class ReportingTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = HourWorld()

    def test_a_report_is_a_figure_an_event_and_work_for_the_next_publication(self) -> None:
        self.world.report(1, ELEVEN, 30)
        self.assertEqual(self.world.standing(), [("2/01", "11:00", 30)])
        self.assertEqual(self.world.reports(), [("2/01", 1, None, 30, "")])
        event = Event.objects.get(act="turnout reported")
        self.assertEqual(event.subject, "turnout artsakh/president/2/01")
        self.assertEqual((event.by, event.at, event.before), (self.world.ina, AT_FIVE, None))
        self.assertEqual(event.after, {"hour": "11:00", "voters": 30})
        self.assertEqual(TurnoutQueue.objects.count(), 1)

    def test_the_same_once_more_is_nothing_new(self) -> None:
        self.world.report(1, ELEVEN, 30)
        self.world.report(1, ELEVEN, 30, by=self.world.sona)
        self.assertEqual(len(self.world.reports()), 1)
        self.assertEqual(Event.objects.filter(act__startswith="turnout").count(), 1)

    def test_a_correction_keeps_what_was(self) -> None:
        self.world.report(1, ELEVEN, 30)
        self.world.correct(1, ELEVEN, 33, seen=30)
        self.world.correct(1, ELEVEN, 32, seen=33, by=self.world.sona, reason="by telephone")
        self.assertEqual(self.world.standing(), [("2/01", "11:00", 32)])
        self.assertEqual(
            self.world.reports(),
            [
                ("2/01", 1, None, 30, ""),
                ("2/01", 2, 30, 33, "misread"),
                ("2/01", 3, 33, 32, "by telephone"),
            ],
        )
        event = Event.objects.latest("pk")
        self.assertEqual(
            (event.act, event.number, event.by), ("turnout corrected", 3, self.world.sona)
        )
        self.assertEqual(event.before, {"hour": "11:00", "voters": 33})
        self.assertEqual(event.after, {"hour": "11:00", "voters": 32, "reason": "by telephone"})

    def test_what_a_file_said_is_corrected_like_a_report(self) -> None:
        TimedTurnout.objects.create(
            contest=self.world.contest, station=self.world.stations[0], hour=ELEVEN, voters=20
        )
        with self.assertRaisesMessage(turnout.SomebodyReported, "20"):
            self.world.report(0, ELEVEN, 21)
        self.world.correct(0, ELEVEN, 21, seen=20)
        self.assertEqual(self.world.reports(), [("1/01", 1, 20, 21, "misread")])

    def test_somebody_was_first(self) -> None:
        self.world.report(1, ELEVEN, 30)
        with self.assertRaisesMessage(
            turnout.SomebodyReported, "ina reported 30 on 19 Jul 2012, 17:15."
        ):
            self.world.report(1, ELEVEN, 31, by=self.world.sona)
        with self.assertRaisesMessage(turnout.SomebodyReported, "ina reported 30"):
            self.world.correct(1, ELEVEN, 31, seen=29)
        with self.assertRaises(turnout.SomebodyReported):
            self.world.correct(1, TWO, 31, seen=29)
        self.assertEqual(self.world.standing(), [("2/01", "11:00", 30)])

    def test_what_wants_a_reason(self) -> None:
        self.world.report(1, ELEVEN, 50)
        self.world.report(1, FIVE, 90)
        for hour, voters, seen, told in (
            (TWO, 49, None, "The figure for 11:00 is 50, which is higher."),
            (TWO, 91, None, "The figure for 17:00 is 90, which is lower."),
            (FIVE, 201, 90, "the registered voters of this polling station: 200."),
            (FIVE, 201, 90, "The saved figure is 90."),
            (FIVE, 91, 90, "The saved figure is 90. If your figure is correct, give a reason."),
        ):
            for reason in ("", " \t"):
                with self.subTest(told, reason=reason):
                    typed = Typed(self.world.stations[1], voters, seen, reason)
                    with self.assertRaises(turnout.FiguresRefused) as refused:
                        turnout.report_all(
                            contest=self.world.contest, hour=hour, figures=[typed],
                            by=self.world.ina, at=AT_FIVE,
                        )  # fmt: skip
                    (problem,) = refused.exception.problems.values()
                    self.assertIs(type(problem), turnout.WantsReason)
                    self.assertIn(told, str(problem))
        self.world.report(1, TWO, 49, reason="the morning's figure was another station's")
        self.assertIn(("2/01", "14:00", 49), self.world.standing())
        after = Event.objects.latest("pk").after
        self.assertEqual(after["reason"], "the morning's figure was another station's")

    def test_as_many_as_before_and_as_many_as_are_listed_want_none(self) -> None:
        self.world.report(1, ELEVEN, 200)
        self.world.report(1, TWO, 200)
        self.world.report(2, ELEVEN, 5000)  # no list is kept there
        self.assertEqual(len(self.world.standing()), 3)

    def test_refusals(self) -> None:
        for told, changed in (
            ("This contest has no turnout report for 12:00", {"hour": time(12)}),
            ("It is not yet 17:00", {"hour": FIVE, "at": AT_FIVE - timedelta(minutes=16)}),
            ("Enter a number from 0 to 999999999.", {"voters": -1}),
            ("Enter a number from 0 to 999999999.", {"voters": 10**9}),
        ):
            with (
                self.subTest(str(changed)),
                self.assertRaisesMessage(turnout.TurnoutRefused, told),
            ):
                self.world.report(1, **{"hour": TWO, "voters": 7, **changed})
        self.assertEqual(self.world.standing(), [])

    def test_the_hour_is_that_of_the_election_s_clocks_on_the_day_of_the_round(self) -> None:
        self.world.election.time_zone = "Asia/Yerevan"
        self.world.contest.election = self.world.election
        at = turnout.comes_at(self.world.contest, FIVE)
        self.assertEqual(at.isoformat(), "2012-07-19T17:00:00+04:00")
        self.world.election.polling_days.append(at.date() + timedelta(days=14))
        self.world.contest.round = 2
        self.assertEqual(turnout.comes_at(self.world.contest, TWO).day, 2)

    def test_hours_that_the_figures_have_where_none_are_named(self) -> None:
        world = World("plain")
        self.assertEqual(turnout.hours_of(world.contest), [])
        for hour in (FIVE, ELEVEN):
            TimedTurnout.objects.create(
                contest=world.contest, station=world.stations[0], hour=hour, voters=1
            )
        self.assertEqual(turnout.hours_of(world.contest), [ELEVEN, FIVE])
        known = {"contest": world.contest, "by": world.ina, "at": AT_FIVE, "voters": 7}
        report_one(station=world.stations[1], hour=FIVE, **known)
        with self.assertRaisesMessage(turnout.TurnoutRefused, "no turnout report for"):
            report_one(station=world.stations[1], hour=TWO, **known)

    def test_a_station_of_another_contest(self) -> None:
        other = self.world.station("9/01", self.world.south)
        with self.assertRaisesMessage(
            turnout.TurnoutRefused, "This polling station does not take part in this contest."
        ):
            report_one(
                contest=self.world.contest, station=other, hour=TWO, voters=1,
                by=self.world.ina, at=AT_FIVE,
            )  # fmt: skip

    def test_who_reports(self) -> None:
        world = self.world
        for number, role in enumerate(User.Role.values):
            person = world.person(f"new-{role}", role)
            with self.subTest(role):
                if role in ("intake", "supervisor", "member"):
                    world.report(1, TWO, 40, by=person)
                    self.assertTrue(person.may_report_turnout)
                else:
                    with self.assertRaises(NotYours):
                        world.report(1, TWO, 50 + number, by=person)
                    self.assertFalse(person.may_report_turnout)
        southern = world.person("southern", "intake", area=world.south)
        world.report(2, TWO, 7, by=southern)
        for reason, person in (
            ("area", southern),
            ("closed", world.person("closed", "intake", is_active=False)),
            ("waits", world.person("waits", "intake", changed_by=world.sona)),
        ):
            with self.subTest(reason), self.assertRaises(NotYours):
                world.report(0, TWO, 7, by=person)
        self.assertNotIn("1/01", [code for code, _hour, _voters in world.standing()])

    def test_a_page_is_taken_whole_or_not_at_all(self) -> None:
        first, second, third = self.world.stations
        self.world.report(1, ELEVEN, 30)
        said: dict[str, Any] = {
            "contest": self.world.contest, "hour": TWO, "by": self.world.ina, "at": AT_FIVE
        }  # fmt: skip
        with self.assertRaises(turnout.FiguresRefused) as refused:
            turnout.report_all(
                figures=[Typed(first, 20), Typed(second, 29), Typed(third, -1)], **said
            )
        self.assertEqual(
            {pk: str(problem) for pk, problem in refused.exception.problems.items()},
            {
                second.pk: "The figure for 11:00 is 30, which is higher."
                " If your figure is correct, give a reason.",
                third.pk: "Enter a number from 0 to 999999999.",
            },
        )
        self.assertEqual(len(self.world.standing()), 1)
        figures = [Typed(third, 5), Typed(first, 20), Typed(second, 29, reason="left")]
        self.assertEqual(turnout.report_all(figures=figures, **said), 3)
        self.assertEqual(turnout.report_all(figures=figures, **said), 0)
        self.assertEqual(len(self.world.standing()), 4)

    def test_statements_of_a_page_grow_with_what_is_written_alone(self) -> None:
        make_stations(self.world, 300)
        stations = self.world.election.stations.filter(code__startswith="x/")
        stations = list(stations.select_related("area").order_by("code"))
        for number in (1, 10):
            typed = [Typed(station, 3) for station in stations[:number]]
            # The savepoint, one lock, three to read, the reports at once, and two for each event.
            with self.subTest(str(number)), self.assertNumQueries(7 + 2 * number):
                turnout.report_all(
                    contest=self.world.contest, hour=(ELEVEN if number == 1 else TWO),
                    figures=typed, by=self.world.ina, at=AT_FIVE,
                )  # fmt: skip

    def test_how_many_reported_by_area(self) -> None:
        self.world.report(0, ELEVEN, 1)
        self.world.report(1, ELEVEN, 1)
        self.world.report(1, TWO, 1)
        rows = turnout.reported_by_area(self.world.contest, self.world.country)
        self.assertEqual(
            [(row.code, row.stations, row.by_hour) for row in rows],
            [
                ("AM", 3, {ELEVEN: 2, TWO: 1}),
                ("N", 1, {ELEVEN: 1}),
                ("S", 2, {ELEVEN: 1, TWO: 1}),
            ],
        )
        rows = turnout.reported_by_area(self.world.contest, self.world.south)
        self.assertEqual([(row.code, row.stations) for row in rows], [("S", 2)])


class PublishedTests(TestCase):
    """From a report to the public page."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = HourWorld()
        cls.world.publication()

    def page(self) -> str:
        return self.client.get("/en/artsakh/president/turnout/").content.decode()

    def test_the_next_publication_has_it_and_no_reason(self) -> None:
        with self.assertRaises(NothingToPublish):
            self.world.publication()
        self.world.report(0, ELEVEN, 61, at=AT_ELEVEN)
        self.assertNotIn("61.00%", self.page())
        self.world.publication()
        self.assertIn("61.00%", self.page())
        self.world.correct(0, ELEVEN, 62, seen=61, reason="a secret of the staff")
        self.assertIn("61.00%", self.page())
        self.world.publication()
        self.assertIn("62.00%", self.page())
        body = b"".join(self.client.get("/data/artsakh/3/president.turnout.csv")).decode()
        self.assertIn("station,1/01,11:00,62,1,100,0,1\n", body)
        self.assertNotIn("secret", body + self.page())
        standing = PublishedTurnout.objects.filter(superseded_in=None, station__isnull=False)
        self.assertEqual([(row.voters, row.published_in) for row in standing], [([62], 3)])


class PublishedByItselfTests(CommittedTestCase):
    """Where the commission has decided it, nobody has to press a button for an hour's turnout."""

    def test_a_report_and_its_correction_are_each_due(self) -> None:
        world = HourWorld()
        decided(world)
        said: dict[str, Any] = {
            "election": world.election, "every": timedelta(0), "clock": lambda: NOW
        }  # fmt: skip
        world.report(0, ELEVEN, 61)
        self.assertEqual(publish_due(**said).number, 1)
        with self.assertRaises(NotDue):
            publish_due(**said)
        world.correct(0, ELEVEN, 62, seen=61)
        self.assertEqual(publish_due(**said).number, 2)
        page = self.client.get("/en/artsakh/president/turnout/N/").content.decode()
        self.assertIn("62.00%", page)


class AuditedTests(CommittedTestCase):
    """Who owns the database can switch the triggers off; the audit compares with the events."""

    def found(self, *statements: str) -> list[str]:
        with connection.as_owner(), transaction.atomic():
            with connection.cursor() as cursor:
                for table in ("timedturnout", "turnoutreport"):
                    cursor.execute(f"ALTER TABLE tabulation_{table} DISABLE TRIGGER USER")
                for statement in statements:
                    cursor.execute(statement)
            found = list(audit().examine())
            transaction.set_rollback(True)
        return found

    def test_a_figure_that_no_event_knows_is_named(self) -> None:
        world = HourWorld()
        world.report(1, ELEVEN, 30)
        world.correct(1, ELEVEN, 33, seen=30)
        world.report(1, TWO, 40)
        self.assertEqual(self.found(), [])
        told = "The turnout artsakh/president/2/01 by 11:00 is"
        for statement, sentence in (
            (
                "UPDATE tabulation_timedturnout SET voters = 34 WHERE hour = '11:00'",
                f"{told} 34, its last report says 33 and its last event 33.",
            ),
            (
                "UPDATE tabulation_turnoutreport SET voters = 34 WHERE number = 2",
                f"{told} 33, its last report says 34 and its last event 33.",
            ),
            (
                "DELETE FROM tabulation_timedturnout WHERE hour = '11:00'",
                f"{told} None, its last report says 33 and its last event 33.",
            ),
            (
                "DELETE FROM tabulation_turnoutreport WHERE number = 2",
                f"{told} 33, its last report says 30 and its last event 33.",
            ),
        ):
            with self.subTest(statement):
                self.assertEqual(self.found(statement), [sentence])


class RefusedByTheDatabaseTests(RefusalTestCase):
    """What no program of ours may store, whoever it works for."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = HourWorld()
        cls.world.report(1, ELEVEN, 30)
        cls.world.report(1, FIVE, 90)

    def row(self, **changed: Any) -> TurnoutReport:
        world = self.world
        right: dict[str, Any] = {
            "contest": world.contest, "station": world.stations[1], "hour": TWO, "voters": 60,
            "by": world.ina, "at": AT_TWO,
        }  # fmt: skip
        return TurnoutReport.objects.create(**{**right, **changed})

    def test_a_right_one_is_taken_and_counts(self) -> None:
        self.row()
        self.assertIn(("2/01", "14:00", 60), self.world.standing())

    def test_anything_else_is_refused(self) -> None:
        world = self.world
        far = world.person("far", "intake", area=world.north)
        first = {"hour": ELEVEN, "number": 2, "voters": 31, "reason": "?"}
        for constraint, changed in (
            ("turnout_is_of_an_hour", {"hour": time(12)}),
            ("turnout_hour_has_come", {"at": AT_TWO - timedelta(minutes=16)}),
            ("turnout_report_follows", {"number": 2, "was": 1, "reason": "?"}),
            ("turnout_report_follows", {"was": 1, "reason": "?"}),
            ("turnout_report_follows", {**first, "was": 29}),
            ("turnout_report_follows", {**first, "number": 3, "was": 30}),
            ("turnout_report_follows", {"number": 2}),
            ("turnout_corrected_for_a_reason", {**first, "was": 30, "reason": " "}),
            ("turnout_odd_for_a_reason", {"voters": 29}),
            ("turnout_odd_for_a_reason", {"voters": 91}),
            ("turnout_odd_for_a_reason", {"voters": 201, "hour": TWO, "reason": "\n"}),
            ("turnout_report_in_nine_digits", {"voters": 10**9, "reason": "?"}),
            ("turnout_report_is_a_persons", {"by": world.alice}),
            (
                "turnout_report_is_a_persons",
                {"by": far},
            ),
            ("turnout_report_is_a_persons", {"by": world.person("out", "intake", is_active=False)}),
            (
                "turnout_report_is_a_persons",
                {"by": world.person("new", "intake", changed_by=world.sona)},
            ),
            (
                "turnout_report_station_votes_in_contest",
                {"station": world.station("9/01", world.south)},
            ),
        ):
            with self.subTest(str(changed)), self.refused(constraint):
                self.row(**changed)
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_the_figure_is_that_of_the_newest_report(self) -> None:
        standing = TimedTurnout.objects.filter(hour=ELEVEN)
        with self.refused("turnout_is_what_was_reported"):
            standing.update(voters=31)
        standing.update(voters=30)

    def test_once_people_report_no_figure_comes_from_elsewhere(self) -> None:
        with self.refused("turnout_comes_from_people"):
            TimedTurnout.objects.create(
                contest=self.world.contest, station=self.world.stations[0], hour=TWO, voters=1
            )
        other = World("other")
        TimedTurnout.objects.create(
            contest=other.contest, station=other.stations[0], hour=TWO, voters=1
        )

    def test_hours_follow_each_other(self) -> None:
        for hours in ([TWO, ELEVEN], [TWO, TWO]):
            with self.subTest(str(hours)), self.refused("contest_turnout_hours_in_order"):
                type(self.world.contest).objects.create(
                    election=self.world.election, code="other", office="x", turnout_hours=hours,
                    rule="majority", base="valid",
                )  # fmt: skip


class TogetherTests(CommittedTestCase):
    """Several clerks at once, a connection each."""

    def setUp(self) -> None:
        self.world = HourWorld()
        self.clerks = [self.world.person(f"clerk-{i}", "intake") for i in range(6)]

    def test_one_of_many_is_first_and_nobody_is_overwritten(self) -> None:
        told: list[str] = []

        def work(voters: int, by: User) -> Any:
            def run() -> None:
                try:
                    self.world.report(1, TWO, voters, by=by)
                except turnout.SomebodyReported as refused:
                    told.append(str(refused))

            return run

        works = [work(40 + number, clerk) for number, clerk in enumerate(self.clerks)]
        self.assertEqual(together(*works), [])
        self.assertEqual(len(told), len(self.clerks) - 1)
        ((_code, _hour, voters),) = self.world.standing()
        winner = self.clerks[voters - 40]
        self.assertTrue(all(f"{winner} reported {voters}" in text for text in told), told)
        self.assertEqual(Event.objects.filter(act="turnout reported").count(), 1)

    def test_corrections_of_what_was_seen_are_never_lost(self) -> None:
        """Each adds to what it saw, and looks again when somebody else was first."""
        self.world.report(1, TWO, 40)

        def work(more: int, by: User) -> Any:
            def run() -> None:
                while True:
                    seen = TimedTurnout.objects.get(hour=TWO).voters
                    try:
                        return self.world.correct(1, TWO, seen + more, seen=seen, by=by)
                    except turnout.SomebodyReported:
                        continue

            return run

        works = [work(2**number, clerk) for number, clerk in enumerate(self.clerks)]
        self.assertEqual(together(*works), [])
        self.assertEqual(self.world.standing(), [("2/01", "14:00", 40 + 63)])
        reports = list(TurnoutReport.objects.order_by("number"))
        self.assertEqual([report.number for report in reports], [1, 2, 3, 4, 5, 6, 7])
        self.assertEqual([r.was for r in reports[1:]], [r.voters for r in reports[:-1]])

    def test_two_hours_of_one_station_at_once_are_compared(self) -> None:
        """Whoever comes second knows of the other: never both without a reason."""
        refused: list[BaseException] = []

        def work(hour: time, voters: int, by: User) -> Any:
            def run() -> None:
                try:
                    self.world.report(1, hour, voters, by=by)
                except turnout.WantsReason as error:
                    refused.append(error)

            return run

        raised = together(work(ELEVEN, 50, self.clerks[0]), work(TWO, 40, self.clerks[1]))
        self.assertEqual(raised, [])
        self.assertEqual((len(refused), len(self.world.standing())), (1, 1))

    def test_pages_that_share_stations_do_not_wait_in_a_circle(self) -> None:
        def work(order: int, by: User) -> Any:
            figures = [Typed(station, 7) for station in self.world.stations[::order]]

            def run() -> None:
                turnout.report_all(
                    contest=self.world.contest, hour=TWO, figures=figures, by=by, at=NOW
                )

            return run

        works = [work((1, -1)[number % 2], clerk) for number, clerk in enumerate(self.clerks)]
        self.assertEqual(together(*works), [])
        self.assertEqual(len(self.world.reports()), 3)
