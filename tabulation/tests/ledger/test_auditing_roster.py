"""The audit replays rosters: what the owner of the database changed is named."""

from django.db import connection, transaction

from tabulation.ledger.auditing_roster import examine
from tabulation.models import Membership, User
from tabulation.outcomes.certification.roster import change
from tabulation.tests.support.roster_world import founded
from tabulation.tests.support.world import NOW, CommittedTestCase, World, enrolled


def zara() -> int:
    return User.objects.get(username="zara").pk


class Alone(World):
    ELECTION = {"confirmations": 0}


class RosterAuditTests(CommittedTestCase):
    def setUp(self) -> None:
        self.world = Alone()
        for name in ("narine", "zara"):
            enrolled(name, "member")
        with transaction.atomic():
            founded(self.world.election, "mariam", "narine")
        for kind, member in (("add", "zara"), ("end", "narine"), ("add", "narine")):
            change(
                election=self.world.election, change=kind, member=member, decision="8-A",
                by=self.world.mariam, at=NOW,
            )  # fmt: skip

    def as_owner(self, statement: str) -> list[str]:
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE tabulation_membership DISABLE TRIGGER USER")
            cursor.execute(statement)
            cursor.execute("ALTER TABLE tabulation_membership ENABLE TRIGGER USER")
        return list(examine())

    def test_nothing_is_found_where_all_follows(self) -> None:
        self.assertEqual(Membership.objects.count(), 4)
        self.assertEqual(list(examine()), [])

    def test_somebody_who_was_slipped_in(self) -> None:
        found = self.as_owner(
            "INSERT INTO tabulation_membership (election_id, user_id, from_at, decision,"
            f" end_decision, by_id) SELECT {self.world.election.pk}, id, now(), 'x', '',"
            f" {self.world.mariam.pk} FROM tabulation_user WHERE username = 'sona'"
        )
        self.assertEqual(len(found), 1)
        self.assertIn("The roster of artsakh lists sona", found[0])

    def test_somebody_who_was_taken_away(self) -> None:
        found = self.as_owner(f"DELETE FROM tabulation_membership WHERE user_id = {zara()}")
        self.assertEqual(len(found), 1)
        self.assertIn("The events of artsakh list zara", found[0])

    def test_an_end_or_a_decision_that_was_altered(self) -> None:
        for changes in (
            "until_at = now(), end_decision = 'x', ended_by_id = by_id",
            "decision = 'x'",
        ):
            with self.subTest(changes):
                found = self.as_owner(
                    f"UPDATE tabulation_membership SET {changes} WHERE user_id = {zara()}"
                )
                self.assertEqual(len(found), 2)
