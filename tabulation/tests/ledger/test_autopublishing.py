"""Publishing without a person: only by decision, only in its period, only part of a count."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from candidates.models import Election
from tabulation.ledger import autopublishing
from tabulation.ledger.auditing import Audit
from tabulation.ledger.autopublishing import (
    ALONE,
    AutopublishRefused,
    NotDue,
    allow_period,
    end_period,
    publish_due,
)
from tabulation.ledger.filelists import unlisted_elections
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.writing import publish
from tabulation.management.commands import _beside, publisher
from tabulation.models import AutopublishPeriod, Event, FileList, NotYours, Publication, User
from tabulation.tests.support.threads import held
from tabulation.tests.support.waiting import eventually
from tabulation.tests.support.world import (
    NORTH,
    NOW,
    SOUTH,
    CommittedTestCase,
    RefusalTestCase,
    World,
    decided,
    enrolled,
)

HOUR, HALF_A_MINUTE = timedelta(hours=1), timedelta(seconds=30)


class DecisionTests(RefusalTestCase):
    def test_recorded_and_ended_with_events(self) -> None:
        made = decided(self.world)
        ended = end_period(period=made, by=self.world.mariam, at=NOW)
        self.assertEqual((ended.ended_by, ended.ended_at), (self.world.mariam, NOW))
        events = Event.objects.filter(subject=made.subject).order_by("number")
        self.assertEqual([e.act for e in events], ["autopublish allowed", "autopublish ended"])
        self.assertEqual(events[0].after["until"], (NOW + HOUR).isoformat())
        with self.assertRaisesMessage(AutopublishRefused, "was ended earlier."):
            end_period(period=made, by=self.world.mariam, at=NOW)

    def test_only_a_member_for_the_whole_country(self) -> None:
        made = decided(self.world)
        strangers = [self.world.sona, self.world.alice, User.objects.get(username="xenia")]
        strangers.append(enrolled("m", "member", area=self.world.south))
        for by in strangers:
            with self.subTest(by.username):
                with self.assertRaises(NotYours):
                    allow_period(
                        election=self.world.election, decision="1", from_at=NOW + 2 * HOUR,
                        until_at=NOW + 3 * HOUR, by=by, at=NOW,
                    )  # fmt: skip
                with self.assertRaises(NotYours):
                    end_period(period=made, by=by, at=NOW)

    def test_periods(self) -> None:
        for from_at, until_at, told in (
            (NOW + HOUR, NOW, "The end of the period is not after its beginning."),
            (NOW, NOW, "The end of the period is not after its beginning."),
            (NOW - 2 * HOUR, NOW - HOUR, "This period has passed."),
        ):
            with self.subTest(until_at), self.assertRaisesMessage(AutopublishRefused, told):
                decided(self.world, from_at=from_at, until_at=until_at)
        first = decided(self.world)
        with self.assertRaisesMessage(AutopublishRefused, "Another decision covers"):
            decided(self.world, from_at=NOW + HOUR / 2, until_at=NOW + 2 * HOUR)
        decided(self.world, from_at=NOW + HOUR, until_at=NOW + 2 * HOUR)
        decided(World("other"))
        end_period(period=first, by=self.world.mariam, at=NOW)
        decided(self.world)

    def test_in_force_from_until_and_not_after_its_end(self) -> None:
        made = decided(self.world)
        for at, expected in (
            (NOW - timedelta(seconds=1), False),
            (NOW, True),
            (NOW + HOUR - timedelta(seconds=1), True),
            (NOW + HOUR, False),
        ):
            with self.subTest(at):
                found = AutopublishPeriod.objects.in_force(at)
                self.assertEqual(found.exists(), expected)
        end_period(period=made, by=self.world.mariam, at=NOW)
        self.assertFalse(AutopublishPeriod.objects.in_force(NOW).exists())

    def test_the_database_refuses_what_no_member_recorded(self) -> None:
        row = {
            "election": self.world.election, "decision": "1", "from_at": NOW,
            "until_at": NOW + HOUR, "by": self.world.mariam, "at": NOW,
        }  # fmt: skip
        for change, constraint in (
            ({"by": self.world.sona}, "autopublish_is_a_members"),
            ({"until_at": NOW}, "autopublish_ends_after_it_begins"),
            ({"decision": " "}, "autopublish_has_its_decision"),
            ({"ended_at": NOW}, "autopublish_is_ended_by_somebody"),
        ):
            with self.subTest(constraint), self.refused(constraint):
                AutopublishPeriod.objects.create(**{**row, **change})
        made = AutopublishPeriod.objects.filter(pk=decided(self.world).pk)
        with self.refused("autopublish_one_at_a_time"):
            AutopublishPeriod.objects.create(**row)
        with self.refused("autopublish_is_a_members"):
            made.update(ended_at=NOW, ended_by=self.world.sona)
        made.update(ended_at=NOW, ended_by=self.world.mariam)
        for change in ({"ended_at": None, "ended_by": None}, {"ended_at": NOW + HOUR}):
            with self.subTest(change), self.refused("autopublish_ends_once"):
                made.update(**change)


class DueTests(CommittedTestCase):
    def setUp(self) -> None:
        self.world = World()
        self.world.accepted(self.world.stations[0], NORTH)

    def due(self, at: datetime = NOW, every: timedelta = HALF_A_MINUTE) -> Publication:
        return publish_due(election=self.world.election, every=every, clock=lambda: at)

    def assert_not_due(self, told: str, at: datetime = NOW) -> None:
        before = Publication.objects.count()
        with self.assertRaises(NotDue) as raised:
            self.due(at)
        self.assertIn(told, str(raised.exception))
        self.assertEqual(bool(told), bool(str(raised.exception)))
        self.assertEqual(Publication.objects.count(), before)

    def test_it_carries_the_decision_and_no_person(self) -> None:
        decided(self.world)
        made = self.due()
        self.assertEqual(
            (made.number, made.status, made.decision, made.by, made.published_at),
            (1, "unofficial-partial", "9-A", None, NOW),
        )
        event = Event.objects.get(act="published")
        self.assertEqual((event.by, event.by_name), (None, "autopublish"))

    def test_never_without_a_decision_nor_outside_its_period(self) -> None:
        self.assert_not_due("no decision")
        made = decided(self.world)
        self.assert_not_due("no decision", NOW - HALF_A_MINUTE)
        self.assert_not_due("no decision", NOW + HOUR)
        end_period(period=made, by=self.world.mariam, at=NOW)
        self.assert_not_due("no decision")

    def test_only_when_something_changed_and_at_most_so_often(self) -> None:
        decided(self.world)
        self.due()
        later = NOW + HALF_A_MINUTE
        self.assert_not_due("", later)
        self.world.accepted(self.world.stations[1], SOUTH)
        self.assert_not_due("", later - timedelta(seconds=1))
        self.assertEqual(self.due(later).number, 2)

    def test_the_complete_count_is_left_to_a_person(self) -> None:
        decided(self.world)
        self.due()
        for station in self.world.stations[1:]:
            self.world.accepted(station, SOUTH)
        later = NOW + HALF_A_MINUTE
        self.assert_not_due("made by a person", later)
        publish(election=self.world.election, by=self.world.mariam, at=later)
        self.assertEqual(Publication.objects.last().status, "unofficial-complete")
        self.assert_not_due("", later + HALF_A_MINUTE)

    def test_even_where_the_check_before_it_fails(self) -> None:
        """Whatever is asked for, the publisher itself issues nothing but part of a count."""
        decided(self.world)
        for station in self.world.stations[1:]:
            self.world.accepted(station, SOUTH)
        with (
            mock.patch.object(autopublishing, "_all_is_counted", return_value=""),
            self.assertRaisesMessage(Exception, "a person publishes it"),
        ):
            self.due()
        self.assertEqual(Publication.objects.count(), 0)

    def test_ending_waits_for_what_is_being_published_and_nothing_follows(self) -> None:
        made = decided(self.world)
        ended = threading.Event()

        def end_it() -> None:
            end_period(period=made, by=self.world.mariam, at=NOW)
            ended.set()
            connection.close()

        def slow_clock() -> datetime:
            """Somebody ends it at this moment, and has to wait."""
            self.thread = threading.Thread(target=end_it)
            self.thread.start()
            self.assertFalse(ended.wait(0.3))
            return NOW

        made_one = publish_due(election=self.world.election, every=HALF_A_MINUTE, clock=slow_clock)
        self.thread.join(10)
        self.assertEqual((made_one.number, ended.is_set()), (1, True))
        self.world.accepted(self.world.stations[1], SOUTH)
        self.assert_not_due("no decision", NOW + HALF_A_MINUTE)


class CommandTests(CommittedTestCase):
    """The loop: each test ends it by a signal, as systemd or Ctrl-C do."""

    def setUp(self) -> None:
        self.world = World()
        self.world.accepted(self.world.stations[0], NORTH)
        self.out, self.err = StringIO(), StringIO()
        for name in ("LOOK", "NAP"):
            self.enterContext(mock.patch.object(publisher, name, 0.02))
        # Making the files takes longer than publishing them.
        self.enterContext(mock.patch.object(_beside, "unlisted_elections", return_value=[]))

    def decide_now(self, world: World | None = None) -> AutopublishPeriod:
        now = timezone.now()
        return decided(world or self.world, from_at=now - HOUR, until_at=now + HOUR, at=now)

    def run_until(self, done: Callable[[], bool], *args: str, number: int = signal.SIGTERM) -> str:
        """Run the command until ``done`` (asked in a thread, at most 20 s), then end it."""

        def watch() -> None:
            # Before the command listens, the signal would end the tests.
            eventually(lambda: listens() and done(), 20)
            connection.close()
            os.kill(os.getpid(), number)

        before = signal.getsignal(number)

        def listens() -> bool:
            return signal.getsignal(number) is not before

        thread = threading.Thread(target=watch)
        thread.start()
        call_command("publisher", *args, stdout=self.out, stderr=self.err)
        thread.join(30)
        return self.out.getvalue()

    def lines(self) -> list[str]:
        """What it said of its own work, not of what it does beside."""
        beside = ("Seal", "Everything sealed")
        return [line for line in self.out.getvalue().splitlines() if not line.startswith(beside)]

    def test_it_publishes_says_one_line_and_stops_at_a_signal(self) -> None:
        self.decide_now()
        for number in (signal.SIGTERM, signal.SIGINT):
            self.run_until(Publication.objects.exists, number=number)
        lines = self.lines()
        self.assertEqual(len(lines), 3)
        self.assertIn("artsakh: publication 1 (unofficial-partial), decision 9-A", lines[0])
        self.assertEqual(lines[1:], ["Stopped.", "Stopped."])

    def test_no_decision_no_publication_and_one_sentence(self) -> None:
        self.run_until(lambda: "No decision" in self.out.getvalue())
        self.assertEqual(
            self.lines(),
            ["No decision is in force, and nothing is published automatically.", "Stopped."],
        )
        self.assertEqual(Publication.objects.count(), 0)

    def test_all_elections_or_one(self) -> None:
        other = World("other")
        other.accepted(other.stations[0], NORTH)
        for world in (self.world, other):
            self.decide_now(world)
        call_command("publisher", "other", once=True, stdout=self.out)
        self.assertEqual(Publication.objects.get().election, other.election)
        call_command("publisher", once=True, stdout=self.out)
        self.assertEqual(Publication.objects.count(), 2)
        with self.assertRaisesMessage(CommandError, "There is no election 'x'"):
            call_command("publisher", "x", once=True)

    def test_what_cannot_be_released_is_told_once_and_keeps_nobody(self) -> None:
        self.decide_now()
        refusal = PublicationRefused("Publication 9 of other was altered.")
        with mock.patch.object(publisher, "release_all", side_effect=refusal) as release:
            said = self.run_until(lambda: Publication.objects.exists() and release.call_count > 2)
        self.assertEqual(said.count("Publication 9 of other was altered."), 1)

    def test_it_signs_the_files_of_the_newest_publication(self) -> None:
        publish(election=self.world.election, by=self.world.mariam, at=NOW)
        with mock.patch.object(_beside, "unlisted_elections", unlisted_elections):
            self.run_until(FileList.objects.exists)
        self.assertEqual(FileList.objects.get().publication.number, 1)
        self.assertIn("The files of publication 1 of artsakh are signed.", self.out.getvalue())

    def test_at_its_start_it_checks_everything_and_names_what_is_wrong(self) -> None:
        publish(election=self.world.election, by=self.world.mariam, at=NOW)
        checked = "Everything sealed and published was checked. Findings: {}."
        said = self.run_until(lambda: checked.format(0) in self.out.getvalue())
        self.assertEqual(said.count("Everything sealed"), 1)
        self.assertEqual(self.err.getvalue(), "")
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE tabulation_publishedfigures DISABLE TRIGGER USER")
            cursor.execute(
                "UPDATE tabulation_publishedfigures SET figures[4] = figures[4] + 1"
                " WHERE station_id IS NOT NULL AND counted = 1"
            )
            cursor.execute("ALTER TABLE tabulation_publishedfigures ENABLE TRIGGER USER")
        self.run_until(lambda: "Findings: " in self.out.getvalue().rpartition("Stopped.")[2])
        self.assertIn(
            "ALARM: The row of polling station 1/01 in publication 1 has a record",
            self.err.getvalue(),
        )
        self.assertNotIn(checked.format(0), self.out.getvalue().rpartition("Everything")[2])

    def test_it_stops_while_it_checks_everything(self) -> None:
        asked = threading.Event()

        def sleep(_audit: Audit) -> Iterator[str]:
            asked.set()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(60)")
            yield "never"

        with mock.patch.object(Audit, "findings", sleep):
            begun = time.monotonic()
            self.run_until(asked.is_set)
        self.assertLess(time.monotonic() - begun, 30)
        self.assertEqual(self.lines()[-1], "Stopped.")
        self.assertNotIn("did not come to its end", self.out.getvalue())

    def test_when_all_is_counted_it_says_who_publishes_the_last(self) -> None:
        self.decide_now()
        for station in self.world.stations[1:]:
            self.world.accepted(station, SOUTH)
        said = self.run_until(lambda: "person" in self.out.getvalue())
        self.assertEqual(said.count("is made by a person."), 1)
        self.assertEqual(Publication.objects.count(), 0)

    def taken_over(self, free: threading.Event) -> bool:
        if "waits to take over" in self.out.getvalue():
            if not free.is_set():
                self.assertEqual(Publication.objects.count(), 0)
            free.set()
        return Publication.objects.exists()

    def test_a_second_one_waits_and_takes_over(self) -> None:
        self.decide_now()
        with held(ALONE) as free:
            said = self.run_until(lambda: self.taken_over(free))
        self.assertIn("Another publisher is at work, and this one waits to take over.", said)
        self.assertEqual(Publication.objects.count(), 1)

    def test_it_outlives_a_database_that_goes_away(self) -> None:
        self.decide_now()
        tries = iter([True, True])

        def look(command: Any) -> None:
            """Twice its session is ended by the server under its hands; then as always."""
            if next(tries, False):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            real(command)

        real = publisher.Command._look
        with (
            mock.patch.object(publisher.Command, "_look", look),
            mock.patch.object(publisher, "BACKOFF", (0.01, 0.02)),
        ):
            said = self.run_until(Publication.objects.exists)
        self.assertIn("The database cannot be reached: terminating connection", said)
        self.assertIn("publication 1 (unofficial-partial)", said)
        self.assertEqual(Publication.objects.count(), 1)

    def test_looked_at_once_an_unreachable_database_is_an_error(self) -> None:
        with (
            mock.patch.object(publisher.Command, "_look", side_effect=OperationalError("gone")),
            self.assertRaisesMessage(CommandError, "The database cannot be used: gone"),
        ):
            call_command("publisher", once=True, stdout=self.out)

    def test_a_signal_waits_for_what_is_being_published(self) -> None:
        self.decide_now()
        begun, came = threading.Event(), threading.Event()

        def slowly(**said: Any) -> Publication:
            stop: Any = signal.getsignal(signal.SIGTERM)
            signal.signal(signal.SIGTERM, lambda *seen: (stop(*seen), came.set()))
            begun.set()
            # Another thread may have got the signal: Python runs its handler in this one, when
            # this one runs.
            self.assertTrue(eventually(came.is_set, 20))
            return publish(**said)

        with mock.patch.object(autopublishing, "publish", slowly):
            said = self.run_until(begun.is_set)
        self.assertIn("publication 1", said)
        self.assertEqual(Publication.objects.count(), 1)


class PageTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.url = reverse("autopublish", args=["artsakh"])
        cls.end_url = reverse("autopublish-end", args=["artsakh"])

    def setUp(self) -> None:
        self.client.force_login(self.world.mariam)
        self.until = timezone.now().astimezone(UTC) + 2 * HOUR

    def said(self, **change: str) -> dict[str, str]:
        from_at = self.until - 3 * HOUR
        return {
            "decision": "9-A",
            "from_at": f"{from_at:%Y-%m-%dT%H:%M}",
            "until_at": f"{self.until:%Y-%m-%dT%H:%M}",
            **change,
        }

    def test_record_see_and_end(self) -> None:
        empty = self.client.get(self.url)
        self.assertContains(empty, "The commission has decided nothing of the kind")
        page = self.client.post(self.url, self.said(), follow=True)
        self.assertContains(page, "The decision was recorded.")
        self.assertContains(page, "<strong>in force</strong>")
        made = AutopublishPeriod.objects.get()
        self.assertEqual((made.decision, made.by), ("9-A", self.world.mariam))
        page = self.client.post(self.end_url, {"end": made.pk}, follow=True)
        self.assertContains(page, "Automatic publication under this decision has ended.")
        self.assertContains(page, "ended by mariam")
        again = self.client.post(self.end_url, {"end": made.pk})
        self.assertContains(again, "was ended earlier.", status_code=409)

    def test_times_are_those_of_the_election(self) -> None:
        Election.objects.create(
            slug="yerevan", name="Yerevan", kind="rehearsal", polling_days=[date(2012, 7, 19)],
            time_zone="Asia/Yerevan", confirmations=0,
        )  # fmt: skip
        data = self.said(until_at="2100-01-01T04:00")
        self.client.post("/staff/yerevan/autopublish/", data)
        made = AutopublishPeriod.objects.get()
        self.assertEqual(made.until_at, datetime(2100, 1, 1, 0, 0, tzinfo=UTC))
        page = self.client.get("/staff/yerevan/autopublish/")
        self.assertContains(page, "1 Jan 2100, 04:00")

    def test_bad_input(self) -> None:
        for change, status, told in (
            ({"decision": ""}, 400, "Enter the number of the decision."),
            ({"decision": "  "}, 400, "Enter the number of the decision."),
            ({"decision": "x" * 101}, 400, "at most 100 characters"),
            ({"decision": "a\0"}, 400, "Null characters"),
            ({"from_at": "now"}, 400, "Enter a valid date/time."),
            ({"until_at": ""}, 400, "This field is required."),
            (
                {"until_at": "2012-07-19T20:00"},
                409,
                "The end of the period is not after its beginning.",
            ),
            (
                {"from_at": "2012-07-19T20:00", "until_at": "2012-07-19T21:00"},
                409,
                "This period has passed.",
            ),
        ):
            with self.subTest(change):
                answer = self.client.post(self.url, self.said(**change))
                self.assertContains(answer, told, status_code=status)
        self.assertEqual(AutopublishPeriod.objects.count(), 0)
        self.assertEqual(Event.objects.filter(act__startswith="autopublish").count(), 0)

    def test_an_overlap_is_told_and_the_form_kept(self) -> None:
        self.client.post(self.url, self.said())
        answer = self.client.post(self.url, self.said(decision="10-A"))
        self.assertContains(answer, "Another decision covers part", status_code=409)
        self.assertContains(answer, 'value="10-A"', status_code=409)

    def test_ending_what_is_not_there(self) -> None:
        other = decided(World("other"))
        for pk, status in (("", 400), ("x", 400), (2**70, 400), (999_999, 404), (other.pk, 404)):
            with self.subTest(pk):
                answer = self.client.post(self.end_url, {"end": pk})
                self.assertEqual(answer.status_code, status)
        self.assertIsNone(AutopublishPeriod.objects.get().ended_at)
        self.assertEqual(self.client.get("/staff/nowhere/autopublish/").status_code, 404)

    def test_a_decision_with_a_script_stays_text(self) -> None:
        page = self.client.post(self.url, self.said(decision="<script>x</script>"), follow=True)
        self.assertContains(page, "&lt;script&gt;x")
        self.assertNotContains(page, "<script>x")

    def test_queries_do_not_grow_with_the_decisions(self) -> None:
        self.client.get(self.url)
        for number in range(3):
            with self.assertNumQueries(4):
                self.client.get(self.url)
            from_at = NOW + number * HOUR
            decided(self.world, from_at=from_at, until_at=from_at + HOUR)
