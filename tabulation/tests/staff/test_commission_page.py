"""The page on which the commission's acts are recorded."""

import re
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from candidates.models import Contest
from tabulation.counting import correction
from tabulation.ledger.reading import latest
from tabulation.ledger.writing import Terms
from tabulation.models import Decision, Event, InaccuracyTerm, Lot, Sitting, User
from tabulation.staff.forms.commission import OpinionsField, OrderField
from tabulation.tests.support.commission_world import PAGE, SAID, SITTING, SPLIT, TIED
from tabulation.tests.support.publishing import acts_in_the_test, write
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

#: Of one contest about which nothing is decided; one of them asks what waits for confirmation.
QUERIES = 20
LOT = "/staff/artsakh/president/lot/"
ROUND = "/staff/artsakh/president/second-round/"
DAY = "/staff/artsakh/president-2/polling-day/"
DRAWN = {
    "drawn_at": "2012-07-20T12:00", "drawn_by": "Mariam", "witnesses": "Narine\nVahe",
    "decision": "4-L",
}  # fmt: skip


class Bound(World):
    ELECTION = {"quorum": 3, "inauguration_on": date(2012, 9, 7)}


class CommissionTestCase(TestCase):
    WORLD = World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = cls.WORLD()

    def setUp(self) -> None:
        self.enterContext(acts_in_the_test())
        self.sign_in("mariam")

    def sign_in(self, name: str) -> None:
        self.client.force_login(User.objects.get(username=name))

    def count(self, rows: Any = (NORTH, SOUTH, SOUTH), stations: int = 3) -> None:
        for station, figures in list(zip(self.world.stations, rows, strict=True))[:stations]:
            self.world.accepted(station, figures)
        self.world.publication()

    def post(self, url: str, told: str, status: int = 200, **said: Any) -> Any:
        answer = self.client.post(url, said, follow=True)
        self.assertContains(answer, told, status_code=status)
        return answer

    def sat(
        self, told: str = "The certified results were published", status: int = 200, **said: Any
    ) -> Any:
        on = {"decided_on": latest(self.world.election).number}
        return self.post(SITTING, told, status, **{**on, **SAID, **said})


class ListTests(SimpleTestCase):
    """Lists as people write them, in Armenian too, where : is no colon."""

    def test_an_opinion_begins_with_a_name_and_a_colon_of_any_language(self) -> None:
        for colon in (":", " :", "։", "՝"):
            for blank in ("\n\n", "\r\n\r\n", "\n \n\n"):
                with self.subTest(colon=colon, blank=blank):
                    said = f"Ա. Բաբայան{colon} Դեմ եմ։ Ինչո՞ւ: Ահա՝ թիվը{blank}Otar{colon} No."
                    expected = [("Ա. Բաբայան", "Դեմ եմ։ Ինչո՞ւ: Ահա՝ թիվը"), ("Otar", "No.")]
                    self.assertEqual(OpinionsField().clean(said), expected)
        for said in ("no colon", "։ Դեմ եմ", "Otar՝ "):
            with self.subTest(said), self.assertRaises(ValidationError):
                OpinionsField().clean(said)

    def test_an_order_is_read_with_any_sign_between_the_numbers(self) -> None:
        names = [(number, f"Candidate {number}") for number in (1, 2, 3, 4)]
        for said in (
            "3 1 4 2",
            "3, 1, 4, 2",
            "3,1,4,2",
            "3; 1; 4; 2",
            "3՝ 1, 4, 2։",
            "3\n1\r\n4\n2",
        ):
            with self.subTest(said):
                self.assertEqual(OrderField(names).clean(said), [3, 1, 4, 2])
        for said in ("3 1 4", "3 1 4 2 2", "3.1.4.2", "3 1 4 x"):
            with self.subTest(said), self.assertRaises(ValidationError):
                OrderField(names).clean(said)


class CommissionPageTests(CommissionTestCase):
    def test_before_anything_is_published(self) -> None:
        self.assertContains(self.client.get(PAGE), "No results have been published yet")
        self.post(SITTING, "No results have been published yet", 409, decided_on=1, **SAID)
        self.post(
            LOT,
            "The published figures do not require this drawing of lots.",
            409,
            asked_in=1,
            order="1 2",
            **DRAWN,
        )
        self.post(
            ROUND,
            "The commission has not decided on a second round",
            409,
            order="1 2",
            polling_day="2012-08-02",
            **DRAWN,
        )

    def test_a_sitting_from_the_page_to_the_public(self) -> None:
        self.count()
        page = self.client.get(PAGE)
        self.assertContains(page, "Candidate 1 is elected in the first round.")
        self.assertContains(page, 'name="decided_on" value="1"')
        self.sat()
        sitting = Sitting.objects.get()
        self.assertEqual(sitting.present, ["Mariam", "Narine", "Otar"])
        self.assertEqual(
            sitting.opinions,
            [["Otar", "The box of 2/01 <b>was</b> open.\nTwice."], ["Narine", "So be it."]],
        )
        page = self.client.get(PAGE)
        self.assertContains(page, "Decision 5-A:")
        self.assertContains(page, "Everything counted so far has a decision.")

    def test_sent_twice_it_is_recorded_once(self) -> None:
        self.count()
        said = {"decided_on": 1, **SAID}
        self.post(SITTING, "The certified results were published", **said)
        self.post(SITTING, "came out after you opened this page", 409, **said)
        self.assertEqual(Sitting.objects.count(), 1)

    def test_what_was_typed_stays_when_it_is_refused(self) -> None:
        self.count()
        for said, status, told in (
            ({"decision": " "}, 400, "Enter the number of the decision."),
            (
                {"votes_for": 9},
                409,
                "3. Votes in total: 10.",
            ),
            ({"votes_for": -1}, 400, "greater than or equal to 0"),
            ({"votes_for": "2<script>"}, 400, "Enter a whole number"),
            ({"opinions": "no colon"}, 400, "Begin each opinion with"),
            ({"opinions": "Zara: No."}, 409, "Zara has a separate opinion"),
            ({"present": "x" * 201}, 400, "at most 200 characters"),
            (
                {"kind-president": "invalid"},
                409,
                "The decision differs from the calculated outcome.",
            ),
            ({"kind-president": "elected"}, 400, "Select a valid choice"),
            ({"held_at": "2112-07-21T10:00"}, 409, "The time of the meeting is in the future."),
            (
                {"open-president": "9/99"},
                409,
                "These stations are finished. Remove them from the list. Stations: 9/99",
            ),
            ({"decided_on": "7"}, 409, "came out after you opened this page"),
            ({"decided_on": "x"}, 400, "Record the sitting"),
        ):
            with self.subTest(str(said)):
                answer = self.sat(told, status, **said)
                self.assertContains(answer, "The box of 2/01" if "opinions" not in said else "5-A",
                                    status_code=status)  # fmt: skip
                self.assertNotContains(answer, "<script>", status_code=status)
        self.assertFalse(Sitting.objects.exists())

    def test_open_stations_are_named_and_listed(self) -> None:
        self.count(stations=2)
        page = self.client.get(PAGE)
        self.assertContains(page, "1 station is open")
        self.assertContains(page, "/staff/artsakh/president/station/2/02/")
        self.sat(
            "1 polling station is not finished and is not listed in the decision. Nothing was"
            " saved. Finish or list this station: 2/02.",
            409,
        )
        self.sat(**{"open-president": " 2/02՝ \n", "open_reason": "Burnt."})

    def test_figures_that_wait_are_published_first(self) -> None:
        self.count(stations=2)
        self.world.accepted(self.world.stations[2], SOUTH)
        self.assertContains(self.client.get(PAGE), "Publish that first")
        self.sat("Publish the new figures first", 409)

    def test_no_field_has_the_name_of_another(self) -> None:
        self.count(TIED)
        page = self.client.get(PAGE).content.decode()
        ids = re.findall(r' id="([^"]+)"', page)
        self.assertEqual(len(ids), len(set(ids)), [one for one in ids if ids.count(one) > 1])

    def test_a_lot_is_drawn_recorded_and_the_rule_goes_on(self) -> None:
        self.count(TIED)
        page = self.client.get(PAGE)
        self.assertContains(page, "Lots must be drawn")
        self.assertContains(page, 'value="41 2"')
        self.sat("ends in a tie.", 409)
        for said, status, told in (
            ({"order": "1 2"}, 400, "List every number exactly once"),
            ({"order": "2 x"}, 400, "Enter only digits and spaces."),
            ({"order": ""}, 400, "This field is required"),
            ({"order": "41 2", "witnesses": " \n"}, 400, "This field is required"),
            ({"order": "41 2", "asked_in": "9"}, 409, "came out after you opened this page"),
        ):
            with self.subTest(str(said)):
                self.post(LOT, told, status, **{"asked_in": 1, **DRAWN, **said})
        self.post(LOT, "recorded and published as publication 2", asked_in=1, order="41 2", **DRAWN)
        self.assertEqual(Lot.objects.get().witnesses, ["Narine", "Vahe"])
        self.assertContains(
            self.client.get(PAGE), "second round between Candidate 1 and Candidate 41"
        )

    def test_the_second_round_is_created_once(self) -> None:
        self.count(SPLIT)
        self.sat()
        self.assertContains(self.client.get(PAGE), "Create the second round")
        said = {"asked_in": 2, "order": "2 1", "polling_day": "2012-08-02", **DRAWN}
        self.post(ROUND, "came out after you opened this page", 409, **{**said, "asked_in": 1})
        self.post(ROUND, "after the first", 409, **{**said, "polling_day": "2012-07-01"})
        answer = self.post(ROUND, "The second round was created and published", **said)
        self.assertContains(answer, "/staff/artsakh/president-2/progress/")
        for word in ("certified", "pre-election"):
            self.assertContains(answer, f'class="badge {word}"', 1)
        self.post(
            ROUND,
            "The second round of this contest was created earlier.",
            409,
            **{**said, "asked_in": 3},
        )
        self.assertEqual(Contest.objects.count(), 2)
        self.assertContains(self.client.get("/staff/"), "/staff/artsakh/president-2/")
        self.post(
            LOT.replace("president", "president-2"),
            "The published figures do not require this drawing of lots.",
            409,
        )

    def test_a_contest_is_left_to_another_sitting(self) -> None:
        self.count(SPLIT)
        self.assertNotContains(self.client.get(PAGE), "left to another sitting")
        self.sat()
        said = {"asked_in": 2, "order": "2 1", "polling_day": "2012-08-02", **DRAWN}
        self.post(ROUND, "The second round was created and published", **said)
        first, self.world.contest = self.world.contest, Contest.objects.get(round=2)
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        self.world.contest = first
        self.world.corrected(self.world.stations[1], (200, 79, 0, 19, 30, 30))
        terms, at = Terms(decision="7-A"), timezone.now()
        write(election=self.world.election, by=self.world.mariam, at=at, terms=terms)
        self.assertContains(self.client.get(PAGE), "nothing yet: it is left to another sitting", 2)
        self.sat(**{"decision": "8-A", "kind-president-2": "later"})
        self.assertEqual(Sitting.objects.last().decisions.get().contest, first)

    def test_the_polling_day_of_the_second_round_is_moved(self) -> None:
        self.count(SPLIT)
        self.sat()
        self.assertNotContains(self.client.get(PAGE), "Move the polling day")
        said = {"asked_in": 2, "order": "2 1", "polling_day": "2012-08-03", **DRAWN}
        self.post(ROUND, "The second round was created and published", **said)
        day = {"polling_day": "2012-08-02", "decision": "7-A"}
        self.assertContains(self.client.get(PAGE), "Move the polling day")
        self.post(DAY, "Enter the number of the decision.", 400, **{**day, "decision": " "})
        self.post(DAY, "Enter a valid date", 400, **{**day, "polling_day": "2012-02-31"})
        self.post(DAY, "after the first", 409, **{**day, "polling_day": "2012-07-19"})
        self.post(DAY.replace("-2/", "/"), "in the election&#x27;s folder", 409, **day)
        self.post(DAY, "The polling day was moved.", **day)
        self.assertContains(self.client.get("/en/artsakh/president/outcome/"), "on 2 August 2012")
        event = Event.objects.get(act="polling day moved")
        self.assertEqual((event.before, event.after), (
            {"polling day": "2012-08-03"}, {"polling day": "2012-08-02", "decision": "7-A"}
        ))  # fmt: skip
        self.world.contest = Contest.objects.get(round=2)
        self.world.accepted(self.world.stations[0], (100, 60, 0, 40, 20))
        self.post(
            DAY,
            "Protocols or turnout reports of this round have been received.",
            409,
            **{**day, "polling_day": "2012-08-09"},
        )

    def test_it_is_decided_anew_although_nothing_has_changed(self) -> None:
        self.count()
        self.sat(**{"kind-president": "invalid", "words-president": "The boxes."})
        self.assertContains(self.client.get(PAGE), "anew: as the rule proposes")
        self.sat("Every contest has a decision, and no figures have changed", 409, decision="6-A")
        anew = {"decision": "6-A", "kind-president": "anew"}
        self.sat("Contest president has a decision, and its figures have not changed.", 409, **anew)
        self.sat(**anew, **{"words-president": "The court set 5-A aside."})
        decided = Decision.objects.last()
        self.assertEqual((decided.kind, decided.as_proposed, decided.elected),
                         ("elected", True, [1]))  # fmt: skip
        self.assertContains(self.client.get("/en/artsakh/president/outcome/"), "Decision 6-A:")

    def test_a_departure_in_the_commissions_words(self) -> None:
        self.count()
        self.sat(
            **{"kind-president": "invalid", "words-president": "Too many <i>inaccuracies</i>."}
        )
        self.assertEqual(Decision.objects.get().kind, "invalid")
        page = self.client.get(PAGE)
        self.assertContains(page, "Too many &lt;i&gt;inaccuracies&lt;/i&gt;.")
        self.assertContains(page, "The election is invalid.")

    def test_what_could_change_the_outcome_is_before_the_commission(self) -> None:
        InaccuracyTerm.objects.create(
            contest=self.world.contest, ordinal=1, kind="difference", left=[1], right=[2]
        )
        self.count(((100, 61, 0, 1, 60, None), SOUTH, SOUTH))
        for code in ("2/01", "2/02"):
            correction.annul(
                protocol=self.world.contest.protocols.get(station__code=code), reason="The box.",
                decision="7-A", by=self.world.mariam, at=NOW,
            )  # fmt: skip
        self.world.publication()
        page = self.client.get(PAGE)
        self.assertContains(page, "Candidate 2 is elected in the first round.")
        self.assertContains(
            page, "The inaccuracies reach the deciding margin. They could change the outcome."
        )
        self.assertContains(page, "would be another one.</strong> Annulled stations: 2/01, 2/02")

    def test_an_auditor_looks_on(self) -> None:
        self.count(TIED)
        self.sign_in("otar")
        page = self.client.get(PAGE)
        self.assertContains(page, "Lots must be drawn")
        self.assertNotContains(page, "<textarea")
        for url in (SITTING, LOT, ROUND):
            self.assertEqual(self.client.post(url, SAID).status_code, 403, url)

    def test_wrong_people_methods_and_names(self) -> None:
        for url in (SITTING, LOT, ROUND):
            self.assertEqual(self.client.get(url).status_code, 405, url)
        self.assertEqual(self.client.get("/staff/nowhere/decision/").status_code, 404)
        self.assertEqual(self.client.post("/staff/artsakh/nobody/lot/").status_code, 404)
        for name in ("alice", "sona", "ina", "xenia"):
            self.sign_in(name)
            self.assertEqual(self.client.get(PAGE).status_code, 403, name)
        strict = self.client_class(enforce_csrf_checks=True)
        strict.force_login(User.objects.get(username="mariam"))
        self.assertEqual(strict.post(SITTING, SAID).status_code, 403)

    def test_as_many_queries_whatever_is_open(self) -> None:
        self.count(stations=1)
        self.client.get(PAGE)
        with self.assertNumQueries(QUERIES):
            self.client.get(PAGE)
        self.world.accepted(self.world.stations[1], SOUTH)
        self.world.publication()
        correction.correct(
            contest=self.world.contest, station=self.world.stations[0], reason="recount",
            decision="3-A", by=self.world.mariam, at=NOW,
        )  # fmt: skip
        with self.assertNumQueries(QUERIES):
            self.client.get(PAGE)


class FolderTests(CommissionTestCase):
    """What the election's folder says of the commission's acts."""

    WORLD = Bound

    def test_without_a_quorum_nothing_is_decided(self) -> None:
        self.count()
        two = {"present": "Mariam\nOtar", "votes_for": 2, "votes_against": 0}
        self.sat("2. Members needed: 3. Nothing was recorded.", 409, **two)
        self.assertFalse(Sitting.objects.exists())
        self.sat()

    def test_the_second_round_is_held_before_the_inauguration(self) -> None:
        self.count(SPLIT)
        self.sat()
        said = {"asked_in": 2, "order": "2 1", "polling_day": "2021-08-02", **DRAWN}
        self.post(
            ROUND,
            "This round must be held before the inauguration (7 September 2012).",
            409,
            **said,
        )
        self.assertEqual(Contest.objects.count(), 1)
        self.post(
            ROUND,
            "The second round was created and published",
            **{**said, "polling_day": "2012-09-06"},
        )
