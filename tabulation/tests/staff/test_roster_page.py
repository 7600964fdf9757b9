"""The roster of a commission: who is on it, who proposes and confirms, and who was present."""

import re
from datetime import timedelta
from typing import Any

from django.db import ProgrammingError, connection
from django.test.utils import CaptureQueriesContext

from tabulation.ledger.autopublishing import end_period
from tabulation.ledger.preview import preview_of
from tabulation.ledger.writing import Terms
from tabulation.models import (
    AutopublishPeriod,
    Event,
    Membership,
    Motion,
    NotYours,
    Publication,
    Sitting,
    User,
)
from tabulation.outcomes.certification import roster
from tabulation.outcomes.certification.acts import ActRefused
from tabulation.outcomes.certification.carrying import MotionChanged
from tabulation.outcomes.certification.roster import sitting_now
from tabulation.outcomes.certification.sittings import Vote
from tabulation.tests.support.motion_pages import ACTS, SITTING, PageTestCase
from tabulation.tests.support.motion_world import Several
from tabulation.tests.support.publishing import write
from tabulation.tests.support.roster_world import Real, founded
from tabulation.tests.support.shown import shown
from tabulation.tests.support.world import NORTH, NOW, altered

ROSTER = "/staff/artsakh/roster/"
CHANGE = f"{ROSTER}change/"
EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)


class RosterTestCase(PageTestCase):
    """Mariam, Narine and Tigran sit on the commission; Zara is a member and does not."""

    WORLD = Real

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.tigran, cls.zara = cls.member("tigran"), cls.member("zara")
        founded(cls.world.election, "mariam", "narine", "tigran", at=EARLIER)

    def changed(self, change: str, member: str, **more: Any) -> Motion:
        said = {"change": change, "member": member, "decision": "8-A"}
        taken_on = {"roster": sitting_now(self.world.election)}
        return self.by_several(self.drafted("roster", taken_on, **{**said, **more}))

    def on_it(self) -> list[str]:
        return sitting_now(self.world.election)


class WhoActsTests(RosterTestCase):
    """Only those on the roster propose and confirm, whatever other accounts there are."""

    def setUp(self) -> None:
        super().setUp()
        self.protocol = self.world.accepted(self.world.stations[0], NORTH)

    def test_those_on_the_roster(self) -> None:
        self.assertEqual(self.by_several(self.annulment(self.protocol)).state, "confirmed")

    def test_another_member_neither_proposes_nor_confirms(self) -> None:
        told = "Members on the roster of this election's commission act for it."
        with self.assertRaisesMessage(NotYours, told):
            self.proposed(self.annulment(self.protocol), by=self.zara)
        motion = self.proposed(self.annulment(self.protocol))
        with self.assertRaisesMessage(NotYours, told):
            self.confirmed(motion, by=self.zara)
        self.sign_in("zara")
        page = self.client.get(f"{ACTS}1/")
        self.assertNotContains(page, "Confirm this act")
        self.by_code(f"{ACTS}1/confirm/", "Members on the roster of this", 403)
        self.assertEqual(Motion.objects.get().state, "waiting")

    def test_the_database_asks_too(self) -> None:
        motion = self.proposed(self.annulment(self.protocol))
        row = {
            "election": motion.election, "number": 2, "act": "publish", "arguments": {},
            "taken_on": {}, "needed": 1, "at": NOW, "expires_at": LATER,
        }  # fmt: skip
        with self.refused("motion_is_a_members"):
            Motion.objects.create(**row, by=self.zara)
        with self.refused("motion_is_a_members"):
            motion.confirmations.create(by=self.zara, at=NOW)
        sat = {
            "election": self.world.election, "decision": "1", "held_at": NOW, "decided_on": 1,
            "published_in": 2, "present": ["mariam", "narine"], "votes_for": 2,
            "votes_against": 0, "at": NOW,
        }  # fmt: skip
        with self.refused("act_is_recorded_by_a_member"):
            Sitting.objects.create(**sat, by=self.zara)

    def test_a_member_of_a_territorial_commission_acts_on_its_stations(self) -> None:
        north = self.member("nver", area=self.world.north)
        motion = self.proposed(self.annulment(self.protocol), by=north)
        self.assertEqual(self.confirmed(motion).state, "confirmed")

    def test_whoever_left_in_between_stands_for_nothing(self) -> None:
        motion = self.proposed(self.annulment(self.protocol), by=self.tigran)
        self.changed("end", "tigran")
        ended = self.confirmed(motion)
        self.assertEqual(ended.state, "refused")
        self.assertIn("Members on the roster of this", ended.refusal)


class PublishTests(RosterTestCase):
    """What one member does alone, a member on the roster does."""

    def test_another_member_publishes_nothing(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        said = {"after": 0, "seen": preview_of(self.world.election).fingerprint}
        self.sign_in("zara")
        self.send("/staff/artsakh/president/publish/", "Members on the roster of this", 403, **said)
        self.assertFalse(Publication.objects.exists())
        with self.refused("publication_is_the_commissions"):
            terms = Terms(note="mine")
            write(election=self.world.election, by=self.zara, at=NOW, terms=terms)
        self.assertEqual(self.world.publication().by, self.mariam)

    def test_another_member_ends_no_automatic_publication(self) -> None:
        said = {"decision": "9-A", "from_at": NOW, "until_at": LATER}
        self.by_several(self.drafted("autopublish", {}, **said))
        period = AutopublishPeriod.objects.get()
        with self.assertRaises(NotYours):
            end_period(period=period, by=self.zara, at=NOW)
        with self.refused("autopublish_is_a_members"):
            AutopublishPeriod.objects.update(ended_at=NOW, ended_by=self.zara)
        self.assertEqual(end_period(period=period, by=self.narine, at=NOW).ended_at, NOW)


class ChangeTests(RosterTestCase):
    def test_a_member_joins_and_another_leaves(self) -> None:
        self.changed("add", "zara")
        self.assertEqual(self.on_it(), ["mariam", "narine", "tigran", "zara"])
        self.changed("end", "narine", decision="9-A")
        self.assertEqual(self.on_it(), ["mariam", "tigran", "zara"])
        ended = Membership.objects.get(user=self.narine)
        said = (ended.from_at, ended.until_at, ended.decision, ended.end_decision)
        self.assertEqual(said, (EARLIER, NOW, "2-A", "9-A"))
        events = Event.objects.filter(subject="commission of artsakh").order_by("number")
        self.assertEqual(
            list(events.values_list("act", "by_name")),
            [("commission enrolled", "xenia"), ("member added", "mariam"),
             ("membership ended", "mariam")],
        )  # fmt: skip

    def test_whoever_left_comes_back_by_another_decision(self) -> None:
        self.changed("end", "tigran")
        self.changed("add", "tigran", decision="9-A")
        rows = Membership.objects.filter(user=self.tigran).order_by("id")
        self.assertEqual([row.until_at for row in rows], [NOW, None])

    def test_what_is_refused(self) -> None:
        self.member("nver", area=self.world.north)
        for change, member, told in (
            ("add", "mariam", "The account mariam cannot join the roster."),
            ("add", "nver", "The account nver cannot join the roster."),
            ("add", "sona", "The account sona cannot join the roster."),
            ("add", "nobody", "The account nobody cannot join the roster."),
            ("end", "zara", "The account zara is not on the roster."),
        ):
            with self.subTest(change, member=member), self.assertRaisesMessage(ActRefused, told):
                self.changed(change, member)
        self.assertFalse(Motion.objects.exists())

    def test_enough_are_left_to_confirm(self) -> None:
        self.changed("end", "tigran")
        with self.assertRaisesMessage(ActRefused, "Too few members would be left"):
            self.changed("end", "narine")
        self.assertEqual(self.on_it(), ["mariam", "narine"])

    def test_a_roster_that_changed_is_looked_at_again(self) -> None:
        said = {"change": "end", "member": "tigran", "decision": "8-A"}
        motion = self.proposed(self.drafted("roster", {"roster": self.on_it()}, **said))
        self.changed("add", "zara")
        ended = self.confirmed(motion)
        self.assertEqual(ended.state, "refused")
        self.assertIn("The roster changed after the act was proposed.", ended.refusal)
        with self.assertRaises(MotionChanged):
            self.proposed(self.drafted("roster", {"roster": ["mariam"]}, **said))


class DatabaseTests(RosterTestCase):
    """Whoever writes to the database neither adds nor ends anything by themselves."""

    def row(self, **more: Any) -> Membership:
        given = {"election": self.world.election, "from_at": NOW, "decision": "8-A"}
        return Membership(**{**given, "user": self.zara, "by": self.mariam, **more})

    def test_nobody_joins_without_a_confirmed_act(self) -> None:
        with self.refused("membership_is_decided"):
            self.row().save()
            self.at_the_commit()

    def test_the_act_is_about_this_member(self) -> None:
        other = self.member("vahe")
        with self.refused("membership_is_decided"):
            self.changed("add", "zara")
            self.row(user=other).save()
            self.at_the_commit()

    def test_nobody_joins_before_it_was_confirmed(self) -> None:
        said = {"change": "add", "member": "zara", "decision": "8-A"}
        motion = self.proposed(self.drafted("roster", {"roster": self.on_it()}, **said))
        motion.confirmations.create(by=self.narine, at=NOW)
        with self.refused("membership_is_decided"):
            Motion.objects.update(state="confirmed", ended_at=NOW)
            self.row(from_at=EARLIER).save()
            self.at_the_commit()
        Motion.objects.update(state="confirmed", ended_at=NOW)
        self.row().save()
        self.at_the_commit()

    def test_nobody_is_ended_without_a_confirmed_act(self) -> None:
        ended = {"until_at": NOW, "ended_by": self.mariam, "end_decision": "8-A"}
        with self.refused("membership_is_decided"):
            Membership.objects.filter(user=self.tigran).update(**ended)
            self.at_the_commit()

    def test_an_interval_closes_once_and_stays(self) -> None:
        self.changed("end", "tigran")
        tigran = Membership.objects.filter(user=self.tigran)
        for changes in (
            {"until_at": LATER}, {"end_decision": "x"}, {"ended_by": self.narine},
            {"until_at": None, "ended_by": None, "end_decision": ""},
        ):  # fmt: skip
            with self.subTest(str(changes)), self.refused("membership_ends_once"):
                tigran.update(**changes)
        for changes in ({"from_at": NOW}, {"user": self.zara}, {"decision": "x"}):
            with self.subTest(str(changes)), self.refused("permission denied", ProgrammingError):
                tigran.update(**changes)
        with self.refused("permission denied", ProgrammingError):
            tigran.delete()

    def test_a_founding_member_comes_from_the_folder_and_once(self) -> None:
        xenia, yana = User.objects.get(username="xenia"), User.objects.get(username="yana")
        founding = {"by": xenia, "enrolled_with": yana, "decision": "2-A", "from_at": EARLIER}
        with self.refused("membership_is_in_the_folder"):
            self.row(**founding).save()
            self.at_the_commit()
        with self.refused("membership_is_founded_once"):
            self.row(**{**founding, "from_at": NOW}).save()
        with self.refused("membership_is_enrolled_by_two"):
            self.row(**{**founding, "enrolled_with": self.mariam}).save()
        with self.refused("membership_is_enrolled_by_two"):
            self.row(**{**founding, "enrolled_with": xenia}).save()

    def test_only_members_for_the_whole_country(self) -> None:
        nver = self.member("nver", area=self.world.north)
        waiting = self.member("vahe", changed_by=User.objects.get(username="xenia"))
        for user in (nver, waiting, self.world.sona):
            with self.subTest(user.username), self.refused("membership_is_a_members"):
                self.row(user=user).save()
        with self.refused("membership_open_once"):
            self.row(user=self.tigran).save()


class PresentTests(RosterTestCase):
    def sat(self, told: str, status: int = 200, **said: Any) -> Any:
        sat = {
            "decision": "5-A", "held_at": "2012-07-19T19:30", "votes_for": 2, "votes_against": 0,
            "abstained": 0, "decided_on": 1,
        }  # fmt: skip
        return self.send(SITTING, told, status, **{**sat, **said})

    def test_those_present_are_on_the_roster(self) -> None:
        self.count()
        altered("mariam", real_name="Mariam Petrosyan")
        page = self.client.get("/staff/artsakh/decision/").content.decode()
        for name in ("Mariam Petrosyan", "narine", "tigran"):
            self.assertIn(f'type="checkbox" name="present" value="{name}"', page)
        for name in ("zara", "otar", "sona"):
            self.assertNotIn(f'value="{name}"', page)
        self.sat("Select a valid choice", 400, present=["narine", "zara"])
        self.sat("There was no quorum.", 409, present=["narine"], votes_for=1)
        again = self.sat("Votes in total: 1.", 409, present=["narine", "Mariam Petrosyan"],
                         votes_for=1)  # fmt: skip
        self.assertContains(again, " checked>\n", 3, status_code=409)  # and the radio
        self.sat("Propose this act", present=["narine", "Mariam Petrosyan"])

    def test_who_is_not_on_the_roster_records_no_meeting(self) -> None:
        self.count()
        button = "Record the sitting and certify"
        self.assertContains(self.client.get("/staff/artsakh/decision/"), button)
        self.sign_in("zara")
        page = self.client.get("/staff/artsakh/decision/")
        self.assertNotContains(page, button)
        self.sat("Members on the roster of this", 403, present=["narine", "mariam"])

    def test_they_sat_when_the_meeting_was_held(self) -> None:
        self.count()
        self.changed("end", "tigran")
        self.changed("add", "zara")
        both = ["mariam", "narine"]
        before, after = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
        for present, held_at, stranger in (
            ([*both, "zara"], before, "zara"),
            ([*both, "tigran"], after, "tigran"),
            (both, EARLIER - timedelta(minutes=1), "mariam"),
            ([*both, "Otar"], before, "Otar"),
        ):
            told = f"{stranger} was not on the roster of the commission at the time"
            said = {"vote": Vote(present, len(present), 0), "held_at": held_at}
            with self.subTest(present), self.assertRaisesMessage(ActRefused, told):
                self.proposed(self.certification(**said), at=LATER)
            row = {
                "election": self.world.election, "decision": "1", "held_at": held_at,
                "decided_on": 1, "published_in": 2, "votes_against": 0, "by": self.mariam,
                "at": NOW,
            }  # fmt: skip
            with self.subTest(present), self.refused("present_are_members"):
                Sitting.objects.create(**row, present=present, votes_for=len(present))
        said = {"vote": Vote([*both, "tigran"], 3, 0), "held_at": before}
        self.by_several(self.certification(**said))
        self.assertEqual(Sitting.objects.get().present, [*both, "tigran"])

    def test_two_of_one_name_are_told_apart(self) -> None:
        for name in ("mariam", "narine"):
            altered(name, real_name="Mariam P.")
        self.assertEqual(
            roster.roster_of(self.world.election),
            ["tigran", "Mariam P. (mariam)", "Mariam P. (narine)"],
        )


class PageTests(RosterTestCase):
    def hidden(self, text: str, change: str) -> dict[str, str]:
        """What the form for ``change`` sends besides what a person fills in."""
        form = re.search(rf'aria-labelledby="roster-{change}".*?</form>', text, re.S)
        assert form is not None
        return dict(re.findall(r'type="hidden" name="(change|seen)" value="([^"]*)"', form[0]))

    def test_a_member_proposes_and_another_confirms(self) -> None:
        page = self.client.get(ROSTER).content.decode()
        said = {**self.hidden(page, "add"), "member": "zara", "decision": "8-A"}
        self.assertEqual(said["seen"], "mariam,narine,tigran")
        back = self.send(CHANGE, "What will happen", **said)
        self.assertContains(back, "Adds to the roster")
        self.assertContains(back, "zara")
        self.by_code(CHANGE, "You proposed the act.", **said)
        self.assertContains(self.client.get(ROSTER), "Acts waiting for confirmation")
        self.sign_in("tigran")
        self.by_code(f"{ACTS}1/confirm/", "It was carried out.")
        self.at_the_commit()
        self.assertEqual(self.on_it(), ["mariam", "narine", "tigran", "zara"])
        self.assertContains(self.client.get("/staff/artsakh/events/"), "member added")

    def test_what_is_wrong_is_told_on_the_page(self) -> None:
        seen = ",".join(self.on_it())
        for said, told, status in (
            ({"change": "add", "member": "mariam"}, "Select a valid choice", 400),
            ({"change": "end", "member": "zara"}, "Select a valid choice", 400),
            ({"change": "x", "member": "zara"}, "Add a member to the roster", 400),
            ({"change": "add", "member": ""}, "This field is required", 400),
            ({"change": "end", "decision": " "}, "Enter the number of the decision.", 400),
            ({"change": "end", "seen": "mariam"}, "The roster changed after", 409),
        ):
            given = {"member": "tigran", "decision": "8-A", "seen": seen, **said}
            with self.subTest(str(said)):
                self.send(CHANGE, told, status, **given)
        self.assertFalse(Motion.objects.exists())

    def test_after_a_change_the_page_sends_the_roster_that_it_shows(self) -> None:
        given = {"change": "end", "member": "tigran", "decision": "8-A", "seen": "mariam"}
        page = self.send(CHANGE, "The roster changed after", 409, **given).content.decode()
        self.assertEqual(self.hidden(page, "end")["seen"], "mariam,narine,tigran")

    def test_who_is_not_on_it_sees_it_and_changes_nothing(self) -> None:
        self.sign_in("zara")
        page = self.client.get(ROSTER)
        self.assertContains(page, "mariam")
        self.assertNotContains(page, "Add a member to the roster")
        said = {"change": "add", "member": "zara", "decision": "8-A", "seen": "mariam"}
        self.send(CHANGE, "Members on the roster of this", 403, **said)
        self.sign_in("otar")
        self.assertNotContains(self.client.get(ROSTER), "Add a member to the roster")

    def test_it_is_sorted_by_its_address_with_the_same_queries(self) -> None:
        self.changed("end", "tigran")
        counted = []
        for member in ("zara", "tigran"):
            with CaptureQueriesContext(connection) as queries:
                page = self.client.get(f"{ROSTER}?sort=user").content.decode()
            counted.append(len(queries))
            self.assertLess(page.index(">narine<"), page.index(">tigran<"))
            self.changed("add", member)
        self.assertEqual(counted[0], counted[1])
        for order in ("from_at", "until_at", "decision", "end_decision", "methods", "x"):
            self.assertEqual(self.client.get(f"{ROSTER}?sort=-{order}").status_code, 200)

    def test_how_many_are_ready(self) -> None:
        page = self.client.get(ROSTER)
        self.assertContains(page, "Members needed: 3.")
        self.assertContains(page, "Members who are ready: 3.")
        altered("tigran", is_active=False)
        self.assertContains(self.client.get(ROSTER), "Members who are ready: 2.")


class WithoutRosterTests(PageTestCase):
    """An exercise without a roster: every member for the whole country takes part."""

    WORLD = Several

    def test_every_member_is_shown_and_acts(self) -> None:
        page = self.client.get(ROSTER)
        self.assertContains(page, "This election has no roster.")
        for name in ("mariam", "narine"):
            self.assertContains(page, name)
        self.assertNotContains(page, "Add a member to the roster")
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        now = {"version": protocol.version, "seen": shown(protocol)}
        self.by_several(self.drafted("annul", now, protocol, reason="fire", decision="7-A"))

    def test_no_roster_is_begun_by_a_change(self) -> None:
        self.member("zara")
        said = {"change": "add", "member": "zara", "decision": "8-A", "seen": ""}
        self.send(CHANGE, "This election has no roster.", 409, **said)

    def test_one_that_was_enrolled_is_a_roster(self) -> None:
        self.member("zara")
        founded(self.world.election, "mariam", "narine", at=EARLIER)
        with self.assertRaisesMessage(NotYours, "Members on the roster of this"):
            protocol = self.world.accepted(self.world.stations[0], NORTH)
            self.proposed(self.annulment(protocol), by=User.objects.get(username="zara"))


class AloneTests(PageTestCase):
    """Where nobody has to confirm, one member changes the roster of an exercise."""

    class WORLD(Several):
        ELECTION = {"confirmations": 0}

    def test_at_once(self) -> None:
        self.member("zara")
        founded(self.world.election, "mariam", "narine", at=EARLIER)
        said = {"change": "add", "member": "zara", "decision": "8-A", "seen": "mariam,narine"}
        self.send(CHANGE, "You changed the roster.", **said)
        self.at_the_commit()
        self.assertEqual(sitting_now(self.world.election), ["mariam", "narine", "zara"])
        self.assertFalse(Motion.objects.exists())
