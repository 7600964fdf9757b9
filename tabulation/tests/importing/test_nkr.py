"""The case itself: Nagorno-Karabakh 2012, whose generated stations add up to what was reported."""

import json
import tempfile
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase
from hypothesis import given
from hypothesis import strategies as st

from candidates.models import Contest
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.importing.synthesis import CannotAddUp, spread
from tabulation.ledger.reading import everything
from tabulation.management.commands.demo import Command
from tabulation.models import Protocol, TimedTurnout, User
from tabulation.tests.support.publishing import write
from tabulation.tests.support.world import NOW, cast

NKR = Path(settings.BASE_DIR) / "elections" / "nkr-2012"
MADE = ("stations.csv", "turnout.csv", "protocols.csv")


class NkrTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.election = load_election(NKR, by=None, at=NOW)
        cls.contest = Contest.objects.get()
        load_protocols(cls.contest, NKR / "protocols.csv", by=None, at=NOW)
        cls.publication = write(election=cls.election, by=None, at=NOW)

    def test_fully_counted_it_gives_the_reported_result(self) -> None:
        out = StringIO()
        call_command("results", "nkr-2012", stdout=out)
        results = json.loads(out.getvalue())
        self.assertEqual(results["stations"], {"expected": 274, "reported": 274, "annulled": 0})
        self.assertEqual(results["voters"], 72_833)
        self.assertEqual(results["votes"], {"1": 22_966, "2": 47_085, "3": 594})
        self.assertEqual(results["invalid"], 2_188)
        self.assertEqual(results["registered"], 98_909)

    def test_no_error_and_a_few_warnings(self) -> None:
        out = StringIO()
        call_command("results", "nkr-2012", stdout=out)
        broken = {r["code"]: r["broken"] for r in json.loads(out.getvalue())["relations"]}
        self.assertEqual(
            broken,
            {
                "box-equals-votes": 0,
                "voters-equal-box": 10,
                "lists-cover-voters": 0,
                "received-equals-used": 3,
            },
        )

    def test_the_timed_turnout_adds_up_too(self) -> None:
        for hour, voters in (("15:00", 49_468), ("18:00", 62_765)):
            rows = TimedTurnout.objects.filter(hour=hour).values_list("voters", flat=True)
            self.assertEqual(sum(rows), voters)

    def test_every_page_and_every_file_says_generated(self) -> None:
        paths = [
            "/en/nkr-2012/",
            "/en/nkr-2012/publications/",
            "/en/nkr-2012/publications/1/",
            "/en/nkr-2012/president/area/1/",
            "/en/nkr-2012/president/station/1/01/",
            "/data/nkr-2012/1/president.json",
        ]
        for path in paths:
            with self.subTest(path):
                self.assertIn(b"Generated: the figures", b"".join(self.client.get(path)))
        cast()
        self.client.force_login(User.objects.get(username="mariam"))
        for path in ("", "area/1/", "stations/", "station/1/01/"):
            with self.subTest(path):
                page = self.client.get(f"/staff/nkr-2012/president/{path}")
                self.assertContains(page, "Generated: the figures")
        lines = b"".join(self.client.get("/data/nkr-2012/1/president.csv")).decode().splitlines()
        self.assertEqual(len(lines), 275)
        for line in lines[1:]:
            self.assertIn("Generated: the figures", line)

    def test_the_withdrawn_candidate_is_named_and_has_no_line(self) -> None:
        self.assertContains(self.client.get("/en/nkr-2012/"), "Valery Khachatryan")
        self.assertNotContains(
            self.client.get("/en/nkr-2012/president/station/1/01/"), "Khachatryan"
        )

    def test_places_have_names_in_every_language(self) -> None:
        for unit in everything(self.publication, self.contest, kind="area"):
            self.assertEqual(set(unit.names), {"hy", "ru", "fil"})


class GeneratorTests(SimpleTestCase):
    def test_the_files_in_the_folder_are_what_the_seed_makes(self) -> None:
        with tempfile.TemporaryDirectory() as into:
            call_command("generate_sample", str(NKR), into=Path(into), stdout=StringIO())
            for name in MADE:
                self.assertEqual((Path(into) / name).read_bytes(), (NKR / name).read_bytes(), name)

    def test_figures_that_contradict_each_other_are_refused(self) -> None:
        content = (NKR / "generated.toml").read_text(encoding="utf-8")
        for old, new, message in (
            ("voters = 72_833", "voters = 72_834", "Votes and invalid ballots are 72833"),
            ("registered = 98_909", "registered = 98_908", "The areas have 98909"),
            ('"18:00" = 62_765', '"18:00" = 9', "Turnout falls"),
            ("seed = ", "seeds = ", "seed"),
            ("[totals]", "[totals", "generated.toml"),
        ):
            with self.subTest(new), tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "generated.toml").write_text(content.replace(old, new))
                with self.assertRaisesMessage(CommandError, message):
                    call_command("generate_sample", folder, stdout=StringIO())
                self.assertEqual([p.name for p in Path(folder).iterdir()], ["generated.toml"])

    @given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 30)), max_size=8), st.data())
    def test_a_spread_adds_up_and_keeps_below_its_caps(
        self, places: list[tuple[int, int]], data: st.DataObject
    ) -> None:
        weights, caps = [w for w, _ in places], [c for _, c in places]
        total = data.draw(st.integers(0, sum(caps)))
        shares = spread(total, weights, caps)
        self.assertEqual(sum(shares), total)
        for share, cap in zip(shares, caps, strict=True):
            self.assertTrue(0 <= share <= cap)
        with self.assertRaises(CannotAddUp):
            spread(sum(caps) + 1, weights, caps)


class RehearsalTests(TestCase):
    def test_the_demonstration_s_rehearsal_has_papers_to_type(self) -> None:
        election = load_election(NKR, by=None, at=NOW)
        Command()._load_rehearsal(NKR, election)
        papers = Protocol.objects.filter(contest__election__slug="nkr-2012-rehearsal")
        self.assertEqual(papers.filter(status="received").count(), papers.count())
        self.assertEqual(papers.count(), 40)
        Command()._load_rehearsal(NKR, election)
        self.assertEqual(papers.count(), 40)
