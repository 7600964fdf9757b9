"""commission.csv: whom the folder of a real election names as founding members."""

from django.db import connection

from tabulation.counting.intake import IntakeRefused, receive
from tabulation.models import Event, PollingStation, Protocol
from tabulation.staff.accounts.founding import enrol_commission, listed_in_folder
from tabulation.tests.support.folder_case import FolderTestCase
from tabulation.tests.support.roster_world import add_passkeys, two_administrators
from tabulation.tests.support.small_folder import COMMISSION
from tabulation.tests.support.world import NOW, add_apps, cast, enrolled

REAL = (
    ('kind = "rehearsal"', 'kind = "real"\nquorum = 3'),
    ("entries_required = 1", "entries_required = 2"),
)


class CommissionTests(FolderTestCase):
    def real(self) -> None:
        for old, new in REAL:
            self.change("election.toml", old, new)

    def test_the_event_of_the_load_keeps_whom_the_folder_names(self) -> None:
        self.real()
        self.write("commission.csv", COMMISSION)
        election = self.load()
        named = [("mariam", "Mariam Petrosyan"), ("narine", "Narine"), ("tigran", "Tigran")]
        self.assertEqual(listed_in_folder(election), named)
        self.assertIn("commission.csv", Event.objects.get(act="election loaded").after["files"])

    def test_a_real_election_names_enough_members(self) -> None:
        self.real()
        self.assertEqual(self.problems(self.load), [(0, "", "")])
        self.write("commission.csv", COMMISSION.replace("tigran,Tigran\n", ""))
        self.assertEqual(self.problems(self.load), [(0, "", "")])
        self.change("election.toml", "quorum = 3", "quorum = 3\nconfirmations = 2")
        self.write("commission.csv", COMMISSION)
        self.assertEqual(self.problems(self.load), [(0, "", "")])
        self.change("election.toml", "confirmations = 2", "confirmations = 1")
        self.change("election.toml", "quorum = 3", "quorum = 4")
        self.assertEqual(self.problems(self.load), [(0, "", "")])
        self.write("commission.csv", f"{COMMISSION}vahe,Vahe\n")
        self.load(dry_run=True)

    def test_from_the_folder_to_the_first_paper(self) -> None:
        people = cast()
        self.real()
        self.write("commission.csv", COMMISSION)
        election = self.load()
        station = PollingStation.objects.get(code="01.009")

        def receive_it() -> Protocol:
            return receive(contest=self.contest(), station=station, by=people["ina"], at=NOW)

        two = two_administrators()
        slips = enrol_commission(election=election, administrators=two, decision="7-A", at=NOW)
        self.assertEqual([slip.user.username for slip in slips], ["narine", "tigran"])
        with self.assertRaisesMessage(IntakeRefused, "Too few commission members can act"):
            receive_it()
        add_apps([slip.user for slip in slips])
        add_passkeys([people["mariam"], *(slip.user for slip in slips)])
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.assertEqual(receive_it().version, 1)

    def test_other_elections_name_nobody_or_some(self) -> None:
        self.load(dry_run=True)
        self.write("commission.csv", "username,name\nmariam,Mariam\n")
        self.assertEqual(listed_in_folder(self.load()), [("mariam", "Mariam")])

    def test_each_fault_is_told_with_its_place(self) -> None:
        enrolled("sona", "supervisor")
        enrolled("vahe", "member")
        for row, told in (
            (",Vahe", (3, "username", "")),
            ("narine,", (3, "name", "")),
            ("a b,Vahe", (3, "username", "a b")),
            ("MARIAM,Vahe", (3, "username", "MARIAM")),
            ("mariam,Vahe", (3, "username", "mariam")),
            ("sona,Sona", (3, "username", "sona")),
            ("va-he,Vahe", (3, "username", "va-he")),
            (f"{'x' * 151},Vahe", (3, "username", "x" * 151)),
        ):
            self.write("commission.csv", f"username,name\nmariam,Mariam\n{row}\n")
            with self.subTest(row[:20]):
                self.assertEqual(self.problems(self.load), [told])
        self.write("commission.csv", "username,name\nvahe,Vahe\n")
        self.load(dry_run=True)
