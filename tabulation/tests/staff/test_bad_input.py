"""Bad input at every form of the count: the right status, a sentence, and nothing changed."""

from typing import Any

from django.test import Client, TestCase
from django.urls import reverse

from tabulation.counting import verification
from tabulation.models import (
    Draft,
    Entry,
    EntryReturn,
    Event,
    Protocol,
    Publication,
    Receipt,
    Seat,
    User,
)
from tabulation.tests.support.shown import shown
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World, altered

KEYS = ("registered", "voters", "invalid", "votes_1", "votes_2", "votes_41")
OTHER = (200, 150, 5, 99, 41, 5)
WARNING = (140, 150, 5, 100, 40, 5)
SCRIPT = "<script>alert(1)</script>"
LONG = "x" * 501
TABLES = (Draft, Entry, EntryReturn, Event, Protocol, Publication, Receipt, Seat)


class BadInputTests(TestCase):
    """2/01 differs, 2/02 is being typed by Alice, 1/01 is accepted."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = world = World()
        world.accepted(world.stations[0], NORTH)
        different = world.received(world.stations[1])
        world.entered(different, SOUTH, world.alice)
        world.entered(different, OTHER, world.bob)
        cls.different = verification.compare(protocol=different, at=NOW)
        cls.typing = world.received(world.stations[2])
        cls.seen = shown(cls.different)

    def setUp(self) -> None:
        self.before = self.state()

    def state(self) -> dict[str, Any]:
        statuses = list(Protocol.objects.order_by("pk").values_list("status", flat=True))
        return {"statuses": statuses} | {t.__name__: t.objects.count() for t in TABLES}

    def sign_in(self, name: str) -> None:
        self.client.force_login(User.objects.get(username=name))

    def url(self, name: str, code: str = "") -> str:
        return reverse(name, args=["artsakh", "president", *([code] if code else [])])

    def assert_refused(self, url: str, data: dict[str, Any], status: int, told: str) -> Any:
        answer = self.client.post(url, data)
        self.assertContains(answer, told, status_code=status)
        self.assertNotIn(SCRIPT, answer.content.decode())
        self.assertEqual(self.state(), self.before)
        return answer

    def test_intake(self) -> None:
        self.sign_in("ina")
        url = self.url("intake")
        for data, status, told in (
            ({}, 400, "This field is required"),
            ({"code": "x" * 61, "condition": "good"}, 400, "at most 60 characters"),
            (
                {"code": "9/99", "condition": "good"},
                404,
                "There is no polling station 9/99 in this contest.",
            ),
            ({"code": SCRIPT, "condition": "good"}, 404, "There is no polling station &lt;script"),
            ({"code": "2/01", "condition": "good"}, 409, "was received on"),
            ({"code": "2/01", "condition": "lost"}, 400, "Select a valid choice"),
            ({"code": "2/01", "condition": "good", "remarks": LONG}, 400, "at most 500"),
            ({"code": "2\0", "condition": "good"}, 400, "Null characters"),
        ):
            with self.subTest(data):
                self.assert_refused(url, data, status, told)

    def test_intake_at_the_wrong_commission_says_where_to(self) -> None:
        altered("ina", area=self.world.north)
        self.before = self.state()
        self.sign_in("ina")
        self.assert_refused(
            self.url("intake"),
            {"code": "2/02", "condition": "good"},
            403,
            "to the area “Area S”",
        )

    def test_a_scan_while_another_paper_is_on_the_screen_logs_neither(self) -> None:
        self.sign_in("ina")
        verification.set_aside(protocol=self.typing, reason="?", by=self.world.sona, at=NOW)
        self.before = self.state()
        data = {"code": "2/02", "condition": "good", "again": "1/01"}
        page = self.client.post(self.url("intake"), data, follow=True)
        self.assertContains(
            page,
            "You entered another code, so nothing was registered for polling station 2/02",
            status_code=409,
        )
        self.assertEqual(self.state(), self.before)
        again = self.client.post(self.url("intake"), data | {"again": "2/02"}, follow=True)
        self.assertContains(
            again, "The protocol of polling station 2/02 (Station 2/02) was received."
        )

    def test_a_form_that_did_not_arrive_whole_changes_nothing(self) -> None:
        self.sign_in("alice")
        self.client.post(self.url("entry-start", "2/02"))
        self.client.post(self.url("entry-draft", "2/02"), self.typed())
        self.before = self.state()
        cut = {"revision": 1, "action": "save", "registered": 200}
        self.assert_refused(self.url("entry", "2/02"), cut, 400, "did not reach the server")
        self.assertEqual(Draft.objects.get().figures, list(SOUTH))

    def test_a_remark_with_a_script_is_shown_as_it_was_typed(self) -> None:
        verification.set_aside(protocol=self.typing, reason="?", by=self.world.sona, at=NOW)
        self.sign_in("ina")
        data = {"code": "2/02", "condition": "damaged", "remarks": SCRIPT}
        self.assertEqual(self.client.post(self.url("intake"), data).status_code, 302)
        self.sign_in("sona")
        page = self.client.get(self.url("staff-station", "2/02"))
        self.assertContains(page, "&lt;script&gt;alert(1)&lt;/script&gt;")
        self.assertNotContains(page, SCRIPT)

    def typed(self, **more: Any) -> dict[str, Any]:
        return dict(zip(KEYS, SOUTH, strict=True)) | {"revision": 0, "action": "finish"} | more

    def test_figures(self) -> None:
        self.sign_in("alice")
        self.client.post(self.url("entry-start", "2/02"))
        self.before = self.state()
        for value, told in (
            ("-1", "Digits only"),
            ("1 000", "Digits only"),
            ("1,5", "Digits only"),
            ("+5", "Digits only"),
            ("1e3", "Digits only"),
            ("٣", "Digits only"),
            ("\uff13", "Digits only"),
            ("²", "Digits only"),
            ("2147483648", "at most 9 characters"),
            ("9" * 5000, "at most 9 characters"),
            (SCRIPT, "Digits only"),
        ):
            for name, data in (("entry", {}), ("entry-draft", {})):
                with self.subTest(value[:20], to=name):
                    data = self.typed(voters=value)
                    if name == "entry":
                        self.assert_refused(self.url(name, "2/02"), data, 400, told)
                    else:
                        answer = self.client.post(self.url(name, "2/02"), data)
                        self.assertEqual(answer.status_code, 400)
                        self.assertEqual(self.state(), self.before)

    def test_a_reason_too_long_or_missing(self) -> None:
        self.sign_in("alice")
        self.client.post(self.url("entry-start", "2/02"))
        url = self.url("entry", "2/02")
        typed = self.typed(registered=140)
        self.client.post(url, typed)  # asked for the reason; what is typed is saved
        self.before = self.state()
        shown = {"revision": 1, "shown": ",".join(map(str, WARNING))}
        for reason, told in (
            (
                "",
                "Give a reason. Enter what the paper protocol or the station&#x27;s documents say.",
            ),
            (
                "   ",
                "Give a reason. Enter what the paper protocol or the station&#x27;s documents say.",
            ),
            ("x" * 301, "at most 300 characters"),
        ):
            with self.subTest(reason[:5]):
                self.assert_refused(url, typed | shown | {"reason_list": reason}, 200, told)

    def test_a_stale_page(self) -> None:
        self.sign_in("alice")
        self.client.post(self.url("entry-start", "2/02"))
        url = self.url("entry", "2/02")
        self.client.post(url, self.typed(action="save"))
        self.before = self.state()
        self.assert_refused(url, self.typed(voters=9), 409, "in another tab or window")
        self.assert_refused(url, self.typed(revision="x"), 400, "This page is outdated.")

    def test_decisions(self) -> None:
        seen = {"seen": self.seen}
        entry = verification.last_entries(self.different)[0].pk
        seat = self.different.seats.first().pk
        reason = {"reason": "because"}
        cases: list[tuple[str, str, dict[str, Any], int, str]] = [
            ("choose", "sona", {}, 400, "This page is outdated."),
            ("choose", "sona", seen, 400, "This page is outdated."),
            ("choose", "sona", seen | {"entry": "x"}, 400, "This page is outdated."),
            ("choose", "sona", seen | {"entry": 2**70}, 400, "This page is outdated."),
            ("choose", "sona", seen | {"entry": 999_999}, 409, "This entry is no longer valid."),
            (
                "choose",
                "sona",
                seen | {"entry": entry, "seen": self.seen.replace("1.", "2.", 1)},
                409,
                "changed after you opened the page",
            ),
            (
                "choose",
                "sona",
                seen | {"entry": entry, "seen": "1"},
                409,
                "changed after you opened the page",
            ),
            ("choose", "alice", seen | {"entry": entry}, 403, "not yours"),
            ("choose", "mariam", seen | {"entry": entry}, 403, "not yours"),
            ("return", "sona", seen, 400, "Give a reason."),
            ("return", "sona", seen | {"reason": "  "}, 400, "Give a reason."),
            ("return", "sona", seen | {"reason": LONG}, 400, "at most 500 characters"),
            ("return", "sona", seen | {"reason": "a\0b"}, 400, "Null characters"),
            ("return", "sona", reason | {"seen": "x" * 101}, 400, "This page is outdated."),
            ("release", "sona", seen | reason, 400, "This page is outdated."),
            (
                "release",
                "sona",
                seen | reason | {"seat": 999_999},
                409,
                "This protocol does not have the task that you chose.",
            ),
            ("release", "sona", seen | {"seat": seat}, 400, "Give a reason."),
            ("set-aside", "sona", seen, 400, "Give a reason."),
            ("accept", "sona", seen, 409, "You can accept only a verified protocol."),
            ("accept", "sona", {"seen": " "}, 400, "This page is outdated."),
            (
                "correct",
                "sona",
                seen | reason | {"decision": "1"},
                409,
                "This station has no accepted or annulled protocol to correct.",
            ),
            (
                "annul",
                "mariam",
                seen | reason | {"decision": "1"},
                409,
                "You can annul only an accepted protocol.",
            ),
            (
                "reinstate",
                "mariam",
                seen | reason | {"decision": "1"},
                409,
                "You can reinstate only an annulled protocol.",
            ),
        ]
        for name, who, data, status, told in cases:
            self.sign_in(who)
            with self.subTest(name, data=data):
                self.assert_refused(self.url(name, "2/01"), data, status, told)

    def test_decisions_about_what_is_accepted(self) -> None:
        accepted = Protocol.objects.get(status="accepted")
        seen = {"seen": shown(accepted)}
        for name in ("correct", "annul"):
            for data, told in (
                ({"decision": "1"}, "Give a reason."),
                ({"reason": "fire"}, "Enter the number of the decision."),
                ({"reason": "fire", "decision": "x" * 101}, "at most 100 characters"),
            ):
                self.sign_in("mariam")
                with self.subTest(name, data=data):
                    self.assert_refused(self.url(name, "1/01"), seen | data, 400, told)

    def test_a_reason_with_a_script_is_shown_as_it_was_typed(self) -> None:
        self.sign_in("sona")
        data = {"seen": self.seen, "reason": SCRIPT}
        self.assertEqual(self.client.post(self.url("return", "2/01"), data).status_code, 302)
        for name in ("staff-station", "history"):
            page = self.client.get(self.url(name, "2/01")).content.decode()
            self.assertNotIn(SCRIPT, page)
        self.assertIn("&lt;script&gt;", page)

    def test_no_token_no_change(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        for name, who in (
            ("choose", "sona"), ("return", "sona"), ("release", "sona"), ("set-aside", "sona"),
            ("accept", "sona"), ("correct", "sona"), ("annul", "mariam"), ("reinstate", "mariam"),
            ("entry-start", "carl"), ("entry", "alice"), ("entry-draft", "alice"),
        ):  # fmt: skip
            strict.force_login(User.objects.get(username=who))
            with self.subTest(name):
                answer = strict.post(self.url(name, "2/01"), {})
                self.assertContains(answer, "This page was from another session", status_code=403)
        for name, who in (("intake", "ina"), ("entry-next", "alice"), ("publish", "mariam")):
            strict.force_login(User.objects.get(username=who))
            with self.subTest(name):
                self.assertEqual(strict.post(self.url(name), {}).status_code, 403)
        self.assertEqual(self.state(), self.before)
