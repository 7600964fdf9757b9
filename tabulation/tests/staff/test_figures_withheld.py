"""Nobody reads what a clerk typed while another may still type the same protocol blind.

Every address of the staff and of the public is asked, in each role, for figures that stand nowhere
else. Only the clerk who typed them may find them, on the page where they type.
"""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext

from tabulation.counting import correction, entry, verification
from tabulation.models import Event, Protocol, User, record
from tabulation.public.site import DOCUMENTS
from tabulation.tests.support.public_addresses import examples
from tabulation.tests.support.staff_routes import STAFF
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import (
    NORTH,
    NOW,
    SOUTH,
    CommittedTestCase,
    World,
    add_apps,
    enrolled,
)

#: 12774 + 60411 + 5 + 5 = 73195: nothing is wrong with them, except more voters than registered.
FIRST = (70981, 73195, 5, 60411, 12774, 5)
SECOND = (70981, 73195, 5, 60412, 12773, 5)
FIGURES = {str(figure) for figure in (*FIRST, *SECOND) if figure > 9}
#: In each language's own way of writing them, too.
FIGURE = re.compile("|".join(f"{f[:2]}[,.\\s\\xa0\\u202f]?{f[2:]}" for f in sorted(FIGURES)))
REASON = "Seventy-three thousand, see the minutes."
WITHHELD = "withheld until both entries are finished"
LOG, CSV = "/staff/artsakh/events/", "/staff/artsakh/events.csv"


class WithheldTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication()
        cls.station = cls.world.stations[1]
        local = [enrolled(f"{role}-south", role, area=cls.world.south) for role in User.Role.values]
        add_apps(local)
        cls.people = list(User.objects.all())

    def typed(self, protocol: Protocol, figures: Any, person: User, **more: Any) -> None:
        seat = entry.seat_of(protocol, person) or entry.take_seat(
            protocol=protocol, by=person, at=NOW
        )
        entry.submit(
            seat=seat, figures=figures, by=person, at=NOW, reasons={"list": REASON}, **more
        )

    def first(self) -> Protocol:
        protocol = self.world.received(self.station)
        self.typed(protocol, FIRST, self.world.alice)
        return protocol

    def both(self, second: Any = SECOND) -> Protocol:
        protocol = self.first()
        self.typed(protocol, second, self.world.bob, then=verification.compare_if_complete)
        protocol.refresh_from_db()
        return protocol

    def asked_by(self, person: User, *, everywhere: bool) -> dict[str, str]:
        """What each address of the election that can be read, or of all, answers to ``person``."""
        client = Client()
        client.force_login(person)
        answers = {}
        for access in STAFF.values():
            if access.get and (everywhere or access.path.startswith("/staff/artsakh/")):
                path = access.path.replace("PK", str(self.world.alice.pk))
                answer = client.get(path)
                answers[path] = answer.getvalue().decode(errors="replace")
        return answers

    def assert_nowhere(self, *, except_for: str = "", everywhere: bool = False) -> None:
        """No figure of the two entries, no reason, at any address, for anybody."""
        for person in self.people if everywhere else self.people[: len(self.people) // 2]:
            for path, body in self.asked_by(person, everywhere=everywhere).items():
                with self.subTest(path, person=person.username):
                    if person.username == except_for and "/entry/" in path:
                        self.assertRegex(body, FIGURE)
                    else:
                        self.assertNotRegex(body, FIGURE)
                        self.assertNotIn(REASON, body)

    def log(self, **filters: Any) -> str:
        self.client.force_login(User.objects.get(username="otar"))
        return self.client.get(LOG, filters).content.decode()

    def rows(self, **filters: Any) -> list[dict[str, str]]:
        self.client.force_login(User.objects.get(username="otar"))
        body = self.client.get(CSV, filters).getvalue().decode()
        return list(csv.DictReader(io.StringIO(body, newline="")))


class WalkTests(WithheldTestCase):
    @slow
    def test_a_draft(self) -> None:
        protocol = self.world.received(self.station)
        seat = entry.take_seat(protocol=protocol, by=self.world.alice, at=NOW)
        entry.save_draft(seat=seat, figures=FIRST, revision=0, by=self.world.alice, at=NOW)
        self.assert_nowhere(except_for="alice")

    @slow
    def test_the_first_entry(self) -> None:
        self.first()
        self.assert_nowhere(everywhere=True)

    @slow
    def test_the_second_clerk_at_work(self) -> None:
        entry.take_seat(protocol=self.first(), by=self.world.bob, at=NOW)
        self.assert_nowhere()

    def test_one_was_chosen_and_the_other_clerk_enters_lines_again(self) -> None:
        protocol = self.both()
        chosen = verification.last_entries(protocol)[0]
        verification.choose(entry=chosen, by=self.world.sona, at=NOW)
        self.assert_nowhere(except_for="bob")

    @slow
    def test_both_were_returned(self) -> None:
        verification.return_entries(
            protocol=self.both(), reason="?", by=self.world.sona, at=NOW, whole=True
        )
        self.assert_nowhere()

    @slow
    def test_what_was_verified_was_returned(self) -> None:
        protocol = self.both(FIRST)
        self.assertEqual(protocol.status, "verified")
        verification.return_entries(protocol=protocol, reason="?", by=self.world.sona, at=NOW)
        self.assert_nowhere()

    @slow
    def test_one_seat_was_released(self) -> None:
        seat = self.both().seats.get(person=self.world.bob)
        verification.release(seat=seat, reason="?", by=self.world.sona, at=NOW)
        self.assert_nowhere()

    @slow
    def test_set_aside_after_one_entry_and_received_again(self) -> None:
        verification.set_aside(protocol=self.first(), reason="?", by=self.world.sona, at=NOW)
        self.assert_nowhere()
        self.world.received(self.station)
        self.assert_nowhere()

    @slow
    def test_set_aside_after_both_and_received_again(self) -> None:
        verification.set_aside(protocol=self.both(), reason="?", by=self.world.sona, at=NOW)
        self.world.received(self.station)
        self.assert_nowhere()

    @slow
    def test_the_first_entry_of_a_correction(self) -> None:
        self.world.accepted(self.station, SOUTH)
        second = correction.correct(
            contest=self.world.contest, station=self.station, reason="recount", decision="1",
            by=self.world.mariam, at=NOW,
        )  # fmt: skip
        self.typed(second, FIRST, self.world.alice)
        self.assert_nowhere()

    def test_the_public(self) -> None:
        self.first()
        asked = 0
        for declared in DOCUMENTS:
            try:
                paths = examples(declared, slug="artsakh")[:3]
            except (KeyError, AttributeError):  # a page that this small world does not have
                continue
            asked += len(paths)
            for path in paths:
                with self.subTest(path):
                    body = self.client.get(path).getvalue().decode(errors="replace")
                    self.assertNotRegex(body, FIGURE)
        self.assertGreater(asked, 30)


@slow
class AuditTests(CommittedTestCase):
    def test_the_audit_names_events_and_no_figures(self) -> None:
        world = World()
        world.entered(world.received(world.stations[1]), FIRST, world.alice)
        out = io.StringIO()
        call_command("verify_events", stdout=out, stderr=out)
        self.assertIn(f"Events: {Event.objects.count()}.", out.getvalue())
        self.assertNotRegex(out.getvalue(), FIGURE)


class LogTests(WithheldTestCase):
    def assert_log(self, *, shown: bool) -> None:
        log, rows = self.log(), self.rows(act="entry submitted", subject="2/01/v1")
        (self.assertIn if shown else self.assertNotIn)("60411", log)
        (self.assertNotIn if shown else self.assertIn)(WITHHELD, log)
        self.assertTrue(rows)
        for row in rows:
            (self.assertNotIn if shown else self.assertIn)(WITHHELD, row["after"])
            (self.assertRegex if shown else self.assertNotRegex)(row["after"], FIGURE)

    def test_withheld_until_the_entries_agree_and_shown_after_that(self) -> None:
        protocol = self.first()
        self.assert_log(shown=False)
        self.typed(protocol, SECOND, self.world.bob, then=verification.compare_if_complete)
        self.assert_log(shown=False)  # different: one of them is typed again
        chosen = verification.last_entries(protocol)[0]
        verification.choose(entry=chosen, by=self.world.sona, at=NOW)
        self.assert_log(shown=False)
        self.typed(protocol, FIRST, self.world.bob, then=verification.compare_if_complete)
        protocol.refresh_from_db()
        self.assertEqual(protocol.status, "verified")
        self.assert_log(shown=True)
        verification.return_entries(protocol=protocol, reason="?", by=self.world.sona, at=NOW)
        self.assert_log(shown=False)
        for clerk in (self.world.alice, self.world.bob):
            self.typed(protocol, FIRST, clerk, then=verification.compare_if_complete)
        verification.accept(protocol=protocol, by=self.world.mariam, at=NOW)
        self.assert_log(shown=True)

    def test_what_is_open_hides_nothing_of_its_neighbours(self) -> None:
        self.first()
        self.assertIn("100, 61, 1, 40, 20", self.log(subject="1/01"))
        accepted = self.rows(act="accepted")
        self.assertIn("[100,61,1,40,20,null]", accepted[0]["after"])
        self.assertEqual(accepted[0]["hash"], bytes(Event.objects.get(act="accepted").hash).hex())

    def test_the_event_keeps_them(self) -> None:
        self.first()
        event = Event.objects.filter(act="entry submitted").latest("pk")
        self.assertEqual(event.after["figures"], list(FIRST))
        self.assertEqual(event.digest(), bytes(event.hash))

    def test_no_filter_tells_which_figures_they_are(self) -> None:
        self.first()
        for name in ("subject", "person", "act"):
            for figure in ("73195", "73,195", "[70981,73195", REASON):
                with self.subTest(name, figure=figure):
                    self.assertEqual(self.rows(**{name: figure}), [])
        for sort in ("changes", "-changes", "after", "hash"):
            rows = [re.findall(r"<td.*?</td>", self.log(sort=by)) for by in (sort, "")]
            self.assertEqual(*rows)

    def test_no_hash_lets_figures_be_tried_until_one_fits(self) -> None:
        protocol = self.first()
        entry.take_seat(protocol=protocol, by=self.world.bob, at=NOW)
        events = Event.objects.filter(subject=protocol.subject)
        body = str(self.rows())
        for event in events:
            self.assertNotIn(bytes(event.hash).hex(), body)
        self.typed(protocol, FIRST, self.world.bob, then=verification.compare_if_complete)
        body = str(self.rows())
        for event in events:
            self.assertIn(bytes(event.hash).hex(), body)

    def test_an_event_of_a_protocol_that_is_not_here_shows_no_figures(self) -> None:
        record(
            act="entry submitted", subject="protocol artsakh/president/9/99/v1", by=None, at=NOW,
            election=self.world.election, after={"figures": list(FIRST)},
        )  # fmt: skip
        self.assertNotRegex(self.log(), FIGURE)

    def test_in_each_language(self) -> None:
        self.first()
        self.client.force_login(User.objects.get(username="otar"))
        for language in ("hy", "ru", "fil"):
            for path in (LOG, CSV):
                body = self.client.get(f"/{language}{path}").getvalue().decode()
                self.assertNotRegex(body, FIGURE)

    def test_statements_do_not_grow_with_protocols(self) -> None:
        def asked() -> tuple[int, int]:
            self.client.force_login(User.objects.get(username="otar"))
            counts = []
            for path in (LOG, CSV):
                with CaptureQueriesContext(connection) as statements:
                    self.client.get(path).getvalue()
                counts.append(len(statements))
            return counts[0], counts[1]

        self.first()
        before = asked()
        self.typed(self.world.received(self.world.stations[2]), FIRST, self.world.carl)
        self.assertEqual(asked(), before)


class HistoryTests(WithheldTestCase):
    def history(self) -> str:
        self.client.force_login(User.objects.get(username="sona"))
        return self.client.get("/staff/artsakh/president/history/2/01/").content.decode()

    def assert_history(self, make: Callable[[], object], *, shown: bool) -> None:
        make()
        (self.assertRegex if shown else self.assertNotRegex)(self.history(), FIGURE)

    def test_shown_to_who_compares_and_withheld_while_somebody_types(self) -> None:
        self.assert_history(self.first, shown=False)
        self.assertIn(WITHHELD, self.history())
        protocol = Protocol.objects.get(station=self.station)
        self.typed(protocol, SECOND, self.world.bob, then=verification.compare_if_complete)
        self.assert_history(lambda: None, shown=True)
        chosen = verification.last_entries(protocol)[0]
        verification.choose(entry=chosen, by=self.world.sona, at=NOW)
        self.assert_history(lambda: None, shown=False)

    def test_what_was_set_aside_shows_when_the_paper_that_came_again_is_entered(self) -> None:
        verification.set_aside(protocol=self.both(), reason="?", by=self.world.sona, at=NOW)
        self.assert_history(lambda: None, shown=True)
        second = self.world.received(self.station)
        self.assert_history(lambda: None, shown=False)
        self.world.type_in(second, SOUTH)
        self.assert_history(lambda: None, shown=True)
