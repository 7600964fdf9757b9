"""A decision is made on what the page showed, or not at all; the refusal says what came between."""

from collections.abc import Callable
from typing import Any

from django.test import Client, TestCase
from django.urls import reverse

from tabulation.counting import correction, entry, verification
from tabulation.models import Entry, Event, Protocol, Seat, User
from tabulation.tests.support.tags import slow
from tabulation.tests.support.threads import together
from tabulation.tests.support.world import NOW, SOUTH, CommittedTestCase, World, add_apps, enrolled

CODE = "2/01"
OTHER = (200, 150, 5, 99, 41, 5)
ERROR = (200, 151, 5, 100, 40, 5)
DECISION: dict[str, Any] = {"reason": "fire", "decision": "7"}


def url(name: str) -> str:
    return reverse(name, args=["artsakh", "president", CODE])


def forms_of(person: User) -> tuple[Client, dict[str, dict[str, Any]]]:
    """What the page of the station sends for each act that it offers to ``person``."""
    client = Client()
    client.force_login(person)
    acts = client.get(url("staff-station")).context["acts"]
    return client, {name: dict(form.initial) for name, form in acts.items()}


class SeenTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.sergey = enrolled("sergey", User.Role.SUPERVISOR)

    def typed(self, first: Any = SOUTH, second: Any = SOUTH) -> Protocol:
        protocol = self.world.received(self.world.stations[1])
        self.world.entered(protocol, first, self.world.alice)
        self.world.entered(protocol, second, self.world.bob)
        return verification.compare(protocol=protocol, at=NOW)

    def seat(self, protocol: Protocol, person: User) -> Seat:
        return protocol.seats.get(person=person)

    def data(self, name: str) -> dict[str, Any]:
        """What a person fills in besides what the page sends."""
        entries = Entry.objects.order_by("pk")
        return {
            "choose": {"entry": entries[0].pk if entries else 0},
            "return": {"reason": "?"},
            "release": {"reason": "?", "seat": Seat.objects.order_by("pk")[0].pk},
            "set_aside": {"reason": "?"},
            "correct": DECISION,
            "annul": DECISION,
            "reinstate": DECISION,
        }.get(name, {})

    def refused(self, person: User, between: Callable[[], object], *told: str) -> None:
        """Every act that the page offers, tried after ``between``: none is done."""
        client, forms = forms_of(person)
        self.assertTrue(forms)
        between()
        before = list(Protocol.objects.order_by("pk").values()), Event.objects.count()
        for name, form in forms.items():
            with self.subTest(name):
                address = url(name.replace("_", "-"))
                answer = client.post(address, {**form, **self.data(name)})
                for text in ("changed after you opened the page", "Nothing was saved.", *told):
                    self.assertContains(answer, text, status_code=409)
                after = list(Protocol.objects.order_by("pk").values()), Event.objects.count()
                self.assertEqual(after, before)


class SeenTests(SeenTestCase):
    def test_annulled_and_then_corrected_from_the_page_before(self) -> None:
        protocol = self.typed()
        verification.accept(protocol=protocol, by=self.world.sona, at=NOW)
        self.refused(
            self.world.mariam,
            lambda: correction.annul(protocol=protocol, by=self.world.mariam, at=NOW, **DECISION),
            "The last action was “annulled” by mariam.",
            "The status is now “annulled”.",
        )

    def test_corrected_and_then_annulled_or_corrected_again(self) -> None:
        protocol = self.typed()
        verification.accept(protocol=protocol, by=self.world.sona, at=NOW)
        self.refused(
            self.world.mariam,
            lambda: correction.correct(
                contest=self.world.contest, station=protocol.station, by=self.world.sona, at=NOW,
                **DECISION,
            ),
            "The last action was “correction opened” by sona.",
        )  # fmt: skip

    def test_reinstated_and_annulled_again_is_not_what_was_seen(self) -> None:
        protocol = self.typed()
        verification.accept(protocol=protocol, by=self.world.sona, at=NOW)

        def there_and_back() -> None:
            for act in (correction.annul, correction.reinstate):
                act(protocol=protocol, by=self.world.mariam, at=NOW, **DECISION)

        self.refused(
            self.world.mariam, there_and_back, "The last action was “reinstated” by mariam."
        )

    def test_a_difference_that_another_resolved(self) -> None:
        protocol = self.typed(SOUTH, OTHER)
        chosen = verification.last_entries(protocol)[1]

        def resolve_otherwise() -> None:
            verification.choose(entry=chosen, by=self.sergey, at=NOW)
            self.world.entered(
                protocol, ERROR[:1] + OTHER[1:], self.world.alice, verification.compare_if_complete
            )

        self.refused(self.world.sona, resolve_otherwise, "“entry submitted” by alice")

    def test_verified_and_meanwhile_returned_and_verified_again(self) -> None:
        protocol = self.typed()

        def again() -> None:
            verification.return_entries(protocol=protocol, reason="?", by=self.sergey, at=NOW)
            for clerk in (self.world.alice, self.world.bob):
                self.world.entered(protocol, OTHER, clerk, verification.compare_if_complete)

        self.refused(self.world.sona, again, "The status is now “verified”.")
        self.refused(
            self.world.mariam,
            lambda: verification.accept(protocol=protocol, by=self.sergey, at=NOW),
            "The last action was “accepted” by sergey.",
        )

    def test_a_seat_whose_clerk_finished_meanwhile(self) -> None:
        protocol = self.world.received(self.world.stations[1])
        seat = entry.take_seat(protocol=protocol, by=self.world.alice, at=NOW)
        self.refused(
            self.world.sona,
            lambda: entry.submit(seat=seat, figures=SOUTH, by=self.world.alice, at=NOW),
            "“entry submitted” by alice",
        )

    def test_set_aside_and_received_again(self) -> None:
        protocol = self.typed(ERROR, ERROR)

        def anew() -> None:
            verification.set_aside(protocol=protocol, reason="?", by=self.sergey, at=NOW)
            self.world.received(self.world.stations[1])

        self.refused(self.world.sona, anew, "The last action was “received” by ina.")

    def test_set_aside_and_not_yet_received_again(self) -> None:
        protocol = self.typed()
        self.refused(
            self.world.sona,
            lambda: verification.set_aside(protocol=protocol, reason="?", by=self.sergey, at=NOW),
            "The last action was “set aside” by sergey.",
        )

    def test_a_draft_changes_nothing_of_what_was_seen(self) -> None:
        protocol = self.world.received(self.world.stations[1])
        seat = entry.take_seat(protocol=protocol, by=self.world.alice, at=NOW)
        client, forms = forms_of(self.world.sona)
        entry.save_draft(seat=seat, figures=SOUTH, revision=0, by=self.world.alice, at=NOW)
        data = {**forms["release"], "seat": seat.pk, "reason": "went home"}
        self.assertEqual(client.post(url("release"), data).status_code, 302)

    def test_every_form_of_the_page_names_what_it_shows(self) -> None:
        self.typed(SOUTH, OTHER)
        client = Client()
        client.force_login(self.world.sona)
        page = client.get(url("staff-station"))
        seen = page.context["acts"]["choose"].initial["seen"]
        forms = page.content.decode().count("<form") - 2  # to sign out, and to stay
        self.assertEqual(page.content.decode().count(f'name="seen" value="{seen}"'), forms)


@slow
class AtOnceTests(CommittedTestCase):
    """Two connections: of two decisions on one page exactly one is made, however they meet."""

    def setUp(self) -> None:
        self.world = World()
        self.noah = enrolled("noah", User.Role.MEMBER)
        add_apps([self.noah])

    def at_once(self, *tried: tuple[User, str, dict[str, Any]]) -> list[int]:
        pages = [(*forms_of(person), name, data) for person, name, data in tried]
        answers: list[int] = []

        def work(client: Client, forms: Any, name: str, data: dict[str, Any]) -> Callable[[], Any]:
            address = url(name.replace("_", "-"))
            return lambda: answers.append(client.post(address, {**forms[name], **data}).status_code)

        self.assertEqual(together(*(work(*page) for page in pages)), [])
        return sorted(answers)

    def test_annul_and_correct(self) -> None:
        for _round in range(5):
            self.world.accepted(self.world.stations[1], SOUTH)
            answers = self.at_once(
                (self.world.mariam, "annul", DECISION), (self.noah, "correct", DECISION)
            )
            self.assertEqual(answers, [302, 409])
            statuses = set(Protocol.objects.values_list("status", flat=True))
            self.assertIn(statuses, ({"annulled"}, {"accepted", "received"}))
            self._fixture_teardown()
            self.setUp()

    def test_accept_and_return(self) -> None:
        for _round in range(5):
            self.world.type_in(self.world.received(self.world.stations[1]), SOUTH)
            answers = self.at_once(
                (self.world.mariam, "accept", {}), (self.world.sona, "return", {"reason": "?"})
            )
            self.assertEqual(answers, [302, 409])
            self._fixture_teardown()
            self.setUp()

    def test_two_who_annul(self) -> None:
        self.world.accepted(self.world.stations[1], SOUTH)
        answers = self.at_once(
            (self.world.mariam, "annul", DECISION), (self.noah, "annul", DECISION)
        )
        self.assertEqual(answers, [302, 409])
        self.assertEqual(Event.objects.filter(act="annulled").count(), 1)
