"""How far a contest is, in a publication of several."""

import json

from tabulation.ledger.reading import latest
from tabulation.ledger.status import status_of
from tabulation.ledger.writing import Terms
from tabulation.models import Publication
from tabulation.outcomes.certification.sittings import LATER, Choice
from tabulation.tests.support.commission_world import SPLIT, Stage
from tabulation.tests.support.publishing import write
from tabulation.tests.support.world import NOW

SECOND = (100, 60, 0, 40, 20)


class StatusTests(Stage):
    def two_rounds(self) -> Publication:
        """The first is certified, the second has not begun."""
        self.count(SPLIT)
        self.certify()
        self.first, self.world.contest = self.world.contest, self.second_round(1, 2)
        self.second = self.world.contest
        return latest(self.world.election)

    def assert_words(self, published: Publication, first: str, second: str) -> None:
        words = [status_of(published, contest) for contest in (self.first, self.second)]
        self.assertEqual(words, [first, second])

    def correct_first(self, status: str = "") -> Publication:
        self.world.contest = self.first
        self.world.corrected(self.world.stations[0], (100, 61, 1, 40, 20, None))
        return write(
            election=self.world.election, by=self.world.mariam, at=NOW,
            terms=Terms(decision="7-A", status=status),
        )  # fmt: skip

    def test_the_first_round_stays_certified_while_the_second_is_counted(self) -> None:
        published = self.two_rounds()
        self.assertEqual(published.status, "pre-election")
        self.assert_words(published, "certified", "pre-election")
        self.world.accepted(self.world.stations[0], SECOND)
        self.assert_words(self.world.publication(), "certified", "unofficial-partial")
        for station in self.world.stations[1:]:
            self.world.accepted(station, (90, 30, 0, 20, 10))
        self.assert_words(self.world.publication(), "certified", "unofficial-complete")
        self.assert_words(self.certify(decision="9-A"), "certified", "certified")
        self.assert_words(published, "certified", "pre-election")

    def test_a_correction_is_of_the_contest_that_changed(self) -> None:
        self.two_rounds()
        self.world.accepted(self.world.stations[0], SECOND)
        published = self.correct_first()
        self.assertEqual(published.status, "correction")
        self.assert_words(published, "correction", "unofficial-partial")
        decided = self.certify(decision="8-A", choices={self.second.code: Choice(kind=LATER)})
        self.assertEqual(decided.status, "certified")
        self.assert_words(decided, "certified", "unofficial-partial")

    def test_a_recount_is_of_the_contest_that_changed(self) -> None:
        self.two_rounds()
        published = self.correct_first("recount")
        self.assert_words(published, "recount", "pre-election")
        self.world.contest = self.second
        self.world.accepted(self.world.stations[0], SECOND)
        self.assert_words(self.world.publication(), "correction", "unofficial-partial")

    def test_pages_and_files_say_each_contest_its_own(self) -> None:
        number = self.two_rounds().number
        first, second = '"badge certified"', '"badge pre-election"'
        for path, there in (
            ("", (first, second)),
            (f"publications/{number}/", (first, second)),
            ("screen/", (first, second)),
            (f"{self.first.code}/outcome/", (first,)),
            (f"{self.second.code}/outcome/", (second,)),
        ):
            with self.subTest(path):
                page = self.client.get(f"/en/artsakh/{path}").content.decode()
                found = {word for word in (first, second) if word in page}
                self.assertEqual(found, set(there))
        for contest, word in ((self.first, "certified"), (self.second, "pre-election")):
            with self.subTest(contest.code):
                at = f"/data/artsakh/{number}/{contest.code}"
                for kind, key in (("json", "status"), ("nist.json", "Status")):
                    said = json.loads(b"".join(self.client.get(f"{at}.{kind}")))
                    self.assertEqual(said[key], word)
        eml = b"".join(self.client.get(f"/data/artsakh/{number}/{self.first.code}.eml.xml"))
        self.assertIn(b"<Final>yes</Final>", eml)
