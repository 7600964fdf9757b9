"""Nobody joins a roster or leaves it but by what was decided, whoever writes to the database."""

from datetime import timedelta
from typing import Any

from django.db import ProgrammingError

from tabulation.models import Membership, Motion, User
from tabulation.tests.support.roster_pages import EARLIER, LATER, RosterTestCase
from tabulation.tests.support.roster_world import Real, loaded, two_administrators
from tabulation.tests.support.world import NOW

BEFORE = EARLIER - timedelta(hours=1)


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

    def test_founding_members_have_the_event_of_their_enrolment(self) -> None:
        other = Real("other").election
        loaded(other, "mariam")
        xenia, yana = two_administrators()
        with self.refused("membership_has_its_event"):
            self.row(
                election=other, user=self.mariam, by=xenia, enrolled_with=yana, from_at=NOW
            ).save()
            self.at_the_commit()

    def test_it_begins_and_ends_by_a_decision(self) -> None:
        with self.refused("membership_has_its_decision"):
            self.row(decision=" ").save()
        tigran = Membership.objects.filter(user=self.tigran)
        for changes in (
            {"until_at": NOW},
            {"until_at": NOW, "ended_by": self.mariam},
            {
                "until_at": EARLIER - timedelta(hours=1),
                "ended_by": self.mariam,
                "end_decision": "x",
            },
        ):
            with self.subTest(str(changes)), self.refused("membership_ends_by_a_decision"):
                tigran.update(**changes)

    def test_only_members_for_the_whole_country(self) -> None:
        nver = self.member("nver", area=self.world.north)
        waiting = self.member("vahe", changed_by=User.objects.get(username="xenia"))
        for user in (nver, waiting, self.world.sona):
            with self.subTest(user.username), self.refused("membership_is_a_members"):
                self.row(user=user).save()
        with self.refused("membership_open_once"):
            self.row(user=self.tigran).save()
