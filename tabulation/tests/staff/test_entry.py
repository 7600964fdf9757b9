"""The clerk's pages: the list of stations, a station, and the page that mirrors the paper."""

import re
from typing import Any

from django.test import TestCase
from django.urls import reverse

from tabulation.counting import entry, intake, verification
from tabulation.models import Draft, Entry, Event, Protocol, ProtocolRefused, Seat, User
from tabulation.tests.support.shown import shown
from tabulation.tests.support.world import NOW, SOUTH, World, altered

KEYS = ("registered", "voters", "invalid", "votes_1", "votes_2", "votes_41")
CODE = "2/01"


def plain(body: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


class StaffTestCase(TestCase):
    entries = 2

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World(entries=cls.entries)

    def setUp(self) -> None:
        self.sign_in("alice")

    def sign_in(self, name: str) -> None:
        self.client.force_login(User.objects.get(username=name))

    def url(self, name: str, code: str = CODE) -> str:
        return reverse(name, args=["artsakh", "president", code])

    def receive(self, code: str = CODE) -> None:
        station = next(s for s in self.world.stations if s.code == code)
        try:
            self.world.received(station)
        except intake.IntakeRefused:
            return

    def start(self, code: str = CODE) -> Any:
        self.receive(code)
        return self.client.post(self.url("entry-start", code))

    def typed(self, figures: Any = SOUTH, revision: int = 0, **more: Any) -> dict[str, Any]:
        values = zip(KEYS, figures, strict=True)
        return {"revision": revision, **more} | {
            key: "" if value is None else value for key, value in values
        }

    def finish(self, figures: Any = SOUTH, **more: Any) -> Any:
        return self.client.post(self.url("entry"), self.typed(figures, action="finish", **more))

    def finish_anyway(self, figures: Any) -> Any:
        """Finish, and after the second look again."""
        self.finish(figures)
        shown = ",".join("" if figure is None else str(figure) for figure in figures)
        return self.finish(figures, revision=1, checked="on", shown=shown)

    def protocol(self) -> Protocol:
        return Protocol.objects.select_related("contest__election").get(station__code=CODE)

    def seen(self) -> str:
        return shown(self.protocol())


class StationListTests(StaffTestCase):
    def listed(self, query: str = "") -> list[str]:
        page = self.client.get(f"/staff/artsakh/president/stations/{query}")
        self.assertEqual(page.status_code, 200)
        return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page.content.decode())

    def test_all_of_them_with_their_status(self) -> None:
        self.world.accepted(self.world.stations[1], SOUTH)
        self.assertEqual(self.listed(), ["1/01", "2/01", "2/02"])
        text = plain(self.client.get("/staff/artsakh/president/stations/").content.decode())
        self.assertIn("2/01 Station 2/01 Area S accepted", text)
        self.assertIn("2/02 Station 2/02 Area S expected", text)

    def test_search_status_sort_and_pages_are_in_the_address(self) -> None:
        self.world.accepted(self.world.stations[1], SOUTH)
        self.assertEqual(self.listed("?q=2/"), ["2/01", "2/02"])
        self.assertEqual(self.listed("?q=station 1"), ["1/01"])
        self.assertEqual(self.listed("?status=expected"), ["1/01", "2/02"])
        self.assertEqual(self.listed("?status=accepted&q=2"), ["2/01"])
        self.assertEqual(self.listed("?sort=-code"), ["2/02", "2/01", "1/01"])
        self.assertEqual(self.listed("?area=N"), ["1/01"])
        self.assertEqual(self.listed("?q=nothing"), [])
        self.assertEqual(self.listed("?page=99"), ["1/01", "2/01", "2/02"])

    def test_odd_addresses_are_answered(self) -> None:
        for query in ("?page=0", "?page=-1", "?page=x", "?sort=bogus", "?sort=", "?sort=-,code"):
            with self.subTest(query):
                self.assertEqual(self.listed(query)[:1], ["1/01"])
        for query in ("?per_page=0", "?per_page=-5", "?per_page=x", "?per_page=999999999999"):
            with self.subTest(query):
                self.listed(query)
        page = self.client.get("/staff/artsakh/president/stations/?q=%00")
        self.assertEqual(page.status_code, 400)

    def test_a_wrong_status_is_told(self) -> None:
        page = self.client.get("/staff/artsakh/president/stations/?status=lost")
        self.assertContains(page, "Select a valid choice", status_code=400)

    def test_a_person_sees_their_own_area(self) -> None:
        altered("alice", area=self.world.south)
        self.client.force_login(User.objects.get(username="alice"))
        self.assertEqual(self.listed(), ["2/01", "2/02"])
        self.assertEqual(self.client.get(self.url("staff-station", "1/01")).status_code, 403)
        self.assertEqual(self.start("1/01").status_code, 403)
        self.assertEqual(self.client.get(self.url("staff-station", "9/99")).status_code, 404)

    def test_queries_do_not_grow_with_stations(self) -> None:
        # Session, user, contest, count and rows; a savepoint around, and twice how to join.
        with self.assertNumQueries(9):
            self.listed()


class SeatTests(StaffTestCase):
    def test_what_has_not_come_in_is_not_typed(self) -> None:
        page = self.client.post(self.url("entry-start"))
        self.assertContains(page, "An intake clerk must register it first.", status_code=409)
        self.assertEqual(Protocol.objects.count(), 0)

    def test_start_seats_and_opens_the_page(self) -> None:
        self.receive()
        self.assertContains(self.client.get(self.url("staff-station")), "Start typing")
        self.assertRedirects(self.start(), self.url("entry"))
        seat = Seat.objects.get()
        self.assertEqual((seat.person.username, seat.slot), ("alice", 1))
        acts = list(Event.objects.exclude(election=None).values_list("act", "by_name"))
        self.assertEqual(acts, [("received", "ina"), ("seat taken", "alice")])
        self.assertContains(self.client.get(self.url("staff-station")), "Go on typing")

    def test_starting_again_changes_nothing(self) -> None:
        self.start()
        self.assertRedirects(self.start(), self.url("entry"))
        self.assertEqual(Seat.objects.count(), 1)

    def test_only_clerks_type(self) -> None:
        for name in ("sona", "mariam", "otar", "xenia"):
            self.sign_in(name)
            self.assertNotContains(self.client.get(self.url("staff-station")), "Start typing")
            self.assertEqual(self.start().status_code, 403, name)
        self.assertEqual(Seat.objects.count(), 0)

    def test_a_third_finds_no_seat(self) -> None:
        for name in ("alice", "bob"):
            self.sign_in(name)
            self.start()
        self.sign_in("carl")
        page = self.client.post(self.url("entry-start"))
        self.assertContains(page, "Enough clerks are entering this protocol.", status_code=409)
        self.assertNotContains(self.client.get(self.url("staff-station")), "Start typing")

    def test_getting_never_starts_anything(self) -> None:
        for name in ("entry-start", "entry-draft", "accept"):
            self.assertEqual(self.client.get(self.url(name)).status_code, 405)
        self.assertRedirects(self.client.get(self.url("entry")), self.url("staff-station"))
        self.assertEqual(Protocol.objects.count(), 0)


class TypingTests(StaffTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.start()

    def save(self, figures: Any = SOUTH, revision: int = 0) -> Any:
        return self.client.post(self.url("entry-draft"), self.typed(figures, revision))

    def test_the_page_mirrors_the_paper(self) -> None:
        page = self.client.get(self.url("entry")).content.decode()
        names = re.findall(r'<input type="text" name="([^"]+)"', page)
        self.assertEqual(names, list(KEYS))
        self.sign_in("bob")
        self.start("1/01")
        north = self.client.get(self.url("entry", "1/01"))
        self.assertContains(north, "not on the ballot here")
        self.assertNotContains(north, 'name="votes_41"')

    def test_a_draft_is_kept_and_comes_back_blank_as_blank(self) -> None:
        answer = self.save((200, 0, None, None, None, None))
        self.assertEqual(answer.json()["revision"], 1)
        self.assertEqual(Draft.objects.get().figures, [200, 0, None, None, None, None])
        page = self.client.get(self.url("entry")).content.decode()
        self.assertIn('name="voters" value="0"', page)
        self.assertNotIn('name="invalid" value', page)
        self.assertIn('name="revision" value="1"', page)

    def test_the_checks_are_said_beside_their_lines(self) -> None:
        said = self.save((200, 151, 5, 100, 40, 5)).json()["said"]
        self.assertEqual(
            said,
            {key: ["Check these lines against the paper: 2, 3, 4, 5, 6."] for key in KEYS[1:3]},
        )
        self.assertEqual(self.save((200, 150, 5, 100, 40, 5), 1).json()["said"], {})

    def test_an_older_tab_is_told_and_not_obeyed(self) -> None:
        self.save()
        older = self.save((1, 1, 1, 1, 1, 1))
        self.assertEqual(older.status_code, 409)
        self.assertIn("another tab", older.json()["problem"])
        late = self.client.post(self.url("entry"), self.typed((1,) * 6, 0, action="save"))
        self.assertContains(late, "another tab", status_code=409)
        finished = self.finish((200, 150, 5, 99, 41, 5), revision=0)
        self.assertEqual(finished.status_code, 409)
        self.assertEqual(Draft.objects.get().figures, list(SOUTH))
        self.assertEqual(Entry.objects.count(), 0)

    def test_what_is_not_a_number_is_refused_and_nothing_is_changed(self) -> None:
        self.save()
        for value in ("12x", "-1", "+1", "1.5", "1 000", "१२", "1234567890", "=1", "<b>"):
            with self.subTest(value):
                data = self.typed(revision=1) | {"voters": value}
                self.assertEqual(self.client.post(self.url("entry-draft"), data).status_code, 400)
                page = self.client.post(self.url("entry"), data | {"action": "finish"})
                self.assertEqual(page.status_code, 400)
        self.assertContains(
            self.client.post(self.url("entry"), self.typed(revision=1) | {"voters": "12x"}),
            "Digits only",
            status_code=400,
        )
        self.assertEqual(Draft.objects.get().figures, list(SOUTH))
        self.assertEqual(Entry.objects.count(), 0)

    def test_a_figure_for_who_is_not_on_the_ballot_is_not_read(self) -> None:
        self.start("1/01")
        url = self.url("entry-draft", "1/01")
        self.client.post(url, self.typed((100, 61, 1, 40, 20, 7)))
        self.assertEqual(Draft.objects.get().figures, [100, 61, 1, 40, 20, None])

    def test_saved_without_javascript(self) -> None:
        page = self.client.post(self.url("entry"), self.typed(action="save"), follow=True)
        self.assertContains(page, "Your figures are saved. You can continue at any time.")
        self.assertEqual(Draft.objects.get().figures, list(SOUTH))

    def test_finished_it_is_an_entry_and_an_event(self) -> None:
        page = self.finish()
        self.assertRedirects(page, "/staff/artsakh/president/desk/")
        self.assertEqual(Entry.objects.get().figures, list(SOUTH))
        self.assertEqual(Draft.objects.count(), 0)
        event = Event.objects.get(act="entry submitted")
        self.assertEqual((event.by_name, event.after["figures"]), ("alice", list(SOUTH)))
        self.assertEqual(self.protocol().status, "entered")
        self.assertEqual(self.finish().status_code, 302)
        self.assertEqual(Entry.objects.count(), 1)

    def test_what_looks_wrong_wants_a_second_look_and_stops_nobody(self) -> None:
        wrong = (200, 151, 5, 100, 40, None)
        page = self.finish(wrong)
        self.assertContains(page, "Check these lines against the paper: 2, 3, 4, 5, 6.")
        self.assertContains(page, "Blank. Is it blank on the paper?")
        self.assertContains(page, "I have checked these lines against the paper")
        self.assertEqual(Entry.objects.count(), 0)
        self.assertEqual(Draft.objects.get().figures, list(wrong))
        self.finish_anyway(wrong)
        self.assertEqual(Entry.objects.get().figures, list(wrong))

    def test_the_second_look_is_at_these_very_figures(self) -> None:
        self.finish((200, 151, 5, 100, 40, 5))
        other = (200, 999, 5, 100, 40, 5)
        page = self.finish(other, revision=1, checked="on", shown="200,151,5,100,40,5")
        self.assertContains(page, "I have checked these lines against the paper.")
        first = self.finish(other, revision=2, checked="on", reason_list="the minutes say so")
        self.assertContains(first, "I have checked these lines against the paper.")
        self.assertEqual(Entry.objects.count(), 0)

    def test_an_answer_that_got_lost_is_given_again(self) -> None:
        self.save()
        again = self.save()
        self.assertEqual((again.status_code, again.json()["revision"]), (200, 1))
        stale = self.save((1, 1, 1, 1, 1, 1)).json()
        self.assertEqual((stale["revision"], stale["figures"]["voters"]), (1, "150"))

    def test_an_odd_revision_and_missing_lines_are_told(self) -> None:
        self.save()
        for revision in ("", "x", "-1"):
            page = self.client.post(self.url("entry"), self.typed() | {"revision": revision})
            self.assertContains(page, "This page is outdated.", status_code=400)
        answer = self.client.post(self.url("entry-draft"), {"revision": 1})
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.finish(revision=7).status_code, 302)
        self.assertEqual(Draft.objects.count(), 0)

    def test_while_typing_only_whole_relations_are_said(self) -> None:
        self.assertEqual(self.save((200, 150, 5, None, None, None)).json()["said"], {})

    def test_nothing_typed_is_no_entry(self) -> None:
        page = self.finish((None,) * 6, checked="on", shown=",,,,,")
        self.assertContains(page, "Every line is blank", status_code=409)
        self.assertEqual(Entry.objects.count(), 0)

    def test_the_second_sees_nothing_of_the_first(self) -> None:
        self.finish()
        self.sign_in("bob")
        self.start()
        page = self.client.get(self.url("entry")).content.decode()
        self.assertNotIn('value="150"', page)
        self.assertNotIn("150", plain(self.client.get(self.url("staff-station")).content.decode()))

    def test_another_clerk_cannot_type_in_this_seat(self) -> None:
        self.sign_in("bob")
        self.assertRedirects(self.client.get(self.url("entry")), self.url("staff-station"))
        self.assertEqual(self.save().status_code, 409)
        seat = Seat.objects.get()
        with self.assertRaisesMessage(entry.EntryRefused, "Another clerk has this entry."):
            entry.submit(seat=seat, figures=SOUTH, by=self.world.bob, at=NOW)


class TwoEntriesTests(StaffTestCase):
    def both(self, first: Any, second: Any) -> None:
        for name, figures in (("alice", first), ("bob", second)):
            self.sign_in(name)
            self.start()
            self.finish_anyway(figures)

    def test_one_waits_for_the_other(self) -> None:
        self.start()
        self.finish()
        with self.assertRaisesMessage(
            ProtocolRefused, "The entries of this protocol are not all finished."
        ):
            verification.compare(protocol=self.protocol(), at=NOW)
        self.sign_in("sona")
        answer = self.client.post(self.url("accept"), {"seen": self.seen()})
        self.assertContains(answer, "You can accept only a verified protocol.", status_code=409)
        self.assertEqual(self.protocol().status, "entered")

    def test_two_who_agree_are_verified_and_a_supervisor_accepts(self) -> None:
        self.both(SOUTH, SOUTH)
        self.assertEqual(self.protocol().status, "verified")
        self.sign_in("alice")
        self.assertEqual(self.client.post(self.url("accept")).status_code, 403)
        self.sign_in("sona")
        self.assertContains(self.client.get(self.url("staff-station")), "Typed alike")
        seen = {"seen": self.seen()}
        page = self.client.post(self.url("accept"), seen, follow=True)
        self.assertContains(
            page, "The protocol of polling station 2/01 is accepted and counts now."
        )
        self.assertEqual(self.protocol().figures, list(SOUTH))
        again = self.client.post(self.url("accept"), seen)
        told = "The last action was “accepted” by sona. The status is now “accepted”."
        self.assertContains(again, told, status_code=409)

    def test_two_who_differ_and_an_error_do_not_get_on(self) -> None:
        self.both(SOUTH, (200, 150, 5, 99, 41, 5))
        self.assertEqual(self.protocol().status, "different")


class OneEntryTests(StaffTestCase):
    entries = 1

    def test_a_single_entry_may_be_accepted_in_a_rehearsal(self) -> None:
        self.start()
        self.finish()
        self.assertEqual(self.protocol().status, "verified")
        self.sign_in("sona")
        for seen in (self.seen().replace("1.", "2.", 1), "7"):
            other = self.client.post(self.url("accept"), {"seen": seen})
            self.assertContains(
                other, "This protocol changed after you opened the page", status_code=409
            )
        self.client.post(self.url("accept"), {"seen": self.seen()})
        self.assertEqual(self.protocol().status, "accepted")

    def test_and_nobody_else_is_asked_to_type_it(self) -> None:
        self.start()
        self.sign_in("bob")
        self.assertNotContains(self.client.get(self.url("staff-station")), "Start typing")
        self.start()
        self.assertEqual(Seat.objects.count(), 1)

    def test_an_error_stops_progress_and_not_typing(self) -> None:
        self.start()
        self.finish_anyway((200, 151, 5, 100, 40, 5))
        self.assertEqual(self.protocol().status, "errors")
