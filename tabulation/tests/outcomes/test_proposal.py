"""The proposal of a contest from a publication: what is out, inaccuracies, annulled stations."""

from dataclasses import replace

from django.test import TestCase
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from candidates.models import Contest
from tabulation.arithmetic.rules import Term
from tabulation.counting import correction
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.ledger.margins import annulled_stations, inaccuracies_published
from tabulation.ledger.reading import everything, published_contests
from tabulation.models import InaccuracyTerm
from tabulation.outcomes.methods import sentences
from tabulation.outcomes.methods.standing import Verdict
from tabulation.outcomes.methods.terms import LotNeeded, LotNotAskedFor, Outcome, OutcomeKind
from tabulation.outcomes.proposals import objects
from tabulation.outcomes.proposals.proposal import Proposal, added, count_of, propose
from tabulation.tests.support.inaccuracies import inaccuracies
from tabulation.tests.support.nkr_world import ANNULLED, NKR, half_counted
from tabulation.tests.support.publishing import write
from tabulation.tests.support.world import GEORGIA, NORTH, NOW, SOUTH, World

#: Lots, the head with its area, whoever keeps no list, annulled stations; and inaccuracies.
QUERIES = 5


def proposal(publication: object) -> Proposal:
    (pair,) = published_contests(publication)
    return propose(publication, *pair)


class Lists(World):
    RULE = {"rule": "list", "base": "valid", "seats": 3}


class OfBallotsCast(World):
    RULE = {"rule": "majority", "base": "ballots_cast"}


class Divided(World):
    RULE = Lists.RULE | {"outcome": {"method": "dhondt", "threshold": "5 %"}}


class SmallWorldTests(TestCase):
    def setUp(self) -> None:
        self.world = World()

    def count(self, station: int, figures: tuple[int | None, ...]) -> None:
        self.world.accepted(self.world.stations[station], figures)

    def test_before_the_count_there_is_none(self) -> None:
        found = proposal(self.world.publication())
        self.assertIsNone(found.answer.outcome)
        self.assertEqual(found.answer.problem, "Nothing is counted yet.")
        self.assertEqual(found.verdict, Verdict.UNKNOWN)
        self.assertEqual((found.stations_out, found.voters_out), (3, None))
        self.assertIsNone(found.with_annulled)

    def test_a_station_without_a_list_leaves_it_unknown_until_it_is_in(self) -> None:
        self.count(0, NORTH)
        self.count(1, SOUTH)
        found = proposal(self.world.publication())
        self.assertEqual((found.stations_out, found.voters_out), (1, None))
        self.assertEqual(found.verdict, Verdict.UNKNOWN)
        self.count(2, (None, 60, 0, 10, 40, 10))
        found = proposal(self.world.publication())
        self.assertEqual((found.stations_out, found.voters_out), (0, 0))
        self.assertEqual(found.verdict, Verdict.ELECTED)
        self.assertEqual(found.answer.outcome.elected, (1,))

    def test_who_is_out_is_counted_without_the_annulled(self) -> None:
        self.count(1, SOUTH)
        self.count(2, (None, 60, 0, 10, 40, 10))
        correction.annul(
            protocol=self.world.contest.protocols.get(station=self.world.stations[1]),
            reason="The box was opened.", decision="7", by=self.world.mariam, at=NOW,
        )  # fmt: skip
        found = proposal(self.world.publication())
        self.assertEqual((found.stations_out, found.voters_out), (1, 100))

    def test_annulled_stations_and_the_outcome_with_them_back(self) -> None:
        self.count(0, NORTH)
        self.count(1, SOUTH)
        self.count(2, (None, 100, 0, 0, 100, 0))
        self.assertEqual(proposal(self.world.publication()).answer.outcome.elected, (2,))
        correction.annul(
            protocol=self.world.contest.protocols.get(station=self.world.stations[2]),
            reason="The box was opened.", decision="7-A", by=self.world.mariam, at=NOW,
        )  # fmt: skip
        found = proposal(self.world.publication())
        self.assertEqual(found.answer.outcome.elected, (1,))
        (station,) = found.annulled
        self.assertEqual((station.code, station.decision), ("2/02", "7-A"))
        self.assertEqual(found.with_annulled.outcome.elected, (2,))
        self.assertIs(found.annulled_would_change_it, True)

    def test_all_annulled_is_no_count_to_come(self) -> None:
        for station, figures in zip(self.world.stations, (NORTH, SOUTH, SOUTH), strict=True):
            self.world.accepted(station, figures)
            correction.annul(
                protocol=self.world.contest.protocols.get(station=station), reason="The box.",
                decision="7-A", by=self.world.mariam, at=NOW,
            )  # fmt: skip
        found = proposal(self.world.publication())
        self.assertIn("all polling stations here are annulled", str(found.answer.problem))
        self.assertIs(found.annulled_would_change_it, True)

    def test_half_of_a_line_left_blank_decides_nothing(self) -> None:
        for slug, invalid, told in (("whole", 0, "elected"), ("blank", None, "unknown")):
            with self.subTest(slug):
                self.world = OfBallotsCast(slug)
                self.count(2, (None, 5000, invalid, 5000, 0, 0))
                found = proposal(self.world.publication())
                self.assertEqual(found.verdict.value, told)
                self.assertEqual(objects.as_object(found)["can_still_change"], told)

    def test_a_tie_names_who_tied_and_the_lot_ends_it(self) -> None:
        self.count(1, (200, 90, 0, 40, 25, 25))
        publication = self.world.publication()
        (pair,) = published_contests(publication)
        found = propose(publication, *pair)
        self.assertIsInstance(found.answer.outcome, LotNeeded)
        self.assertEqual((found.answer.outcome.among, found.answer.outcome.places), ((2, 41), 1))
        ended = propose(publication, *pair, lots=[(41, 2)])
        self.assertEqual(ended.answer.outcome.advancing, (1, 41))
        with self.assertRaises(LotNotAskedFor):
            propose(publication, *pair, lots=[(1, 2)])

    def test_without_a_formula_there_are_no_inaccuracies(self) -> None:
        self.count(0, NORTH)
        found = proposal(self.world.publication())
        self.assertIsNone(found.found)
        self.assertIsNone(found.reach)

    def test_inaccuracies_as_large_as_the_difference(self) -> None:
        InaccuracyTerm.objects.create(
            contest=self.world.contest, ordinal=1, kind="difference", left=[1], right=[2]
        )
        self.count(0, NORTH)
        found = proposal(self.world.publication())
        # 100 registered, 61 took part; 40 of 60 votes are 10 above half.
        self.assertEqual((found.found.total, found.found.stations), (39, 1))
        self.assertEqual((found.reach.gap.which, found.reach.gap.difference), ("half", 10))
        self.assertIs(found.reach.could_change, True)

    def test_a_list_contest_that_does_not_say_how_has_no_proposal(self) -> None:
        self.world = Lists("lists")
        self.count(0, NORTH)
        found = proposal(self.world.publication())
        self.assertIsNone(found.answer.outcome)
        self.assertIn(
            "The settings of this contest do not name the method for dividing the seats.",
            found.answer.problem,
        )
        self.assertEqual(found.verdict, Verdict.UNKNOWN)

    def test_seats_by_the_details_that_were_published(self) -> None:
        self.world = Divided("lists")
        self.count(1, SOUTH)
        found = proposal(self.world.publication())
        self.assertEqual(found.answer.outcome.seats, ((1, 2), (2, 1)))
        self.assertEqual(found.form.outcome, {"method": "dhondt", "threshold": "5 %"})

    def test_the_queries_are_as_many_whatever_the_stations(self) -> None:
        InaccuracyTerm.objects.create(
            contest=self.world.contest, ordinal=1, kind="difference", left=[1], right=[2]
        )
        self.count(0, NORTH)
        publication = self.world.publication()
        (pair,) = published_contests(publication)
        with self.assertNumQueries(QUERIES + 1):
            propose(publication, *pair)


class NkrTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.election = load_election(NKR, by=None, at=NOW)
        contest = Contest.objects.get()
        load_protocols(contest, NKR / "protocols.csv", by=None, at=NOW)
        cls.publication = write(election=cls.election, by=None, at=NOW)

    def test_elected_on_both_bases(self) -> None:
        (pair,) = published_contests(self.publication)
        contest, form = pair
        for base, percent in (("valid", "66.65%"), ("ballots_cast", "64.65%")):
            with self.subTest(base):
                found = propose(self.publication, contest, replace(form, base=base))
                self.assertEqual(found.answer.outcome.kind, OutcomeKind.ELECTED)
                self.assertEqual(found.answer.outcome.elected, (2,))
                said = [sentences.sentence(s, str) for s in found.answer.outcome.steps]
                # Ballots in the box are a few less than who took part: some kept theirs.
                self.assertIn(f"2 has 47,085 votes, that is {percent}.", said)

    def test_the_inaccuracies_could_not_change_it(self) -> None:
        found = proposal(self.publication)
        expected = [inaccuracies(found.form.terms, u.figures) for u in self.units(found)]
        self.assertEqual(found.found.total, sum(expected))
        self.assertEqual(found.found.stations, 274)
        self.assertIs(found.reach.could_change, False)
        self.assertEqual(found.reach.gap.which, "half")

    def test_the_queries_are_as_many_as_in_the_small_world(self) -> None:
        (pair,) = published_contests(self.publication)
        with self.assertNumQueries(QUERIES + 1):
            propose(self.publication, *pair)

    def units(self, found: Proposal) -> list[object]:
        return list(everything(self.publication, found.contest))


class GeorgiaTests(TestCase):
    def test_elected_with_62_12_percent(self) -> None:
        election = load_election(GEORGIA, by=None, at=NOW)
        contest = Contest.objects.get()
        load_protocols(contest, GEORGIA / "protocols.csv", by=None, at=NOW)
        found = proposal(write(election=election, by=None, at=NOW))
        self.assertEqual(found.answer.outcome.elected, (41,))
        said = [sentences.sentence(s, str) for s in found.answer.outcome.steps]
        self.assertIn("41 has 1,012,569 votes, that is 62.12%.", said)
        self.assertEqual((found.stations_out, found.voters_out), (0, 0))
        expected = [
            inaccuracies(found.form.terms, unit.figures)
            for unit in everything(found.publication, contest)
        ]
        self.assertEqual(found.found.total, sum(one or 0 for one in expected))
        self.assertIs(found.reach.could_change, False)


class SameInSqlTests(HypothesisTestCase):
    """The sum of the database is the sum of `inaccuracies` over the counted stations."""

    @classmethod
    def setUpTestData(cls) -> None:
        contest = half_counted(write)
        cls.publications = list(contest.election.publications.order_by("number"))
        (cls.pair,) = published_contests(cls.publications[-1])
        cls.units = [
            [unit for unit in everything(one, contest) if unit.status == "counted"]
            for one in cls.publications
        ]

    positions = st.lists(st.integers(1, 10), max_size=4, unique=True).map(tuple)
    terms = st.lists(
        st.builds(Term, st.sampled_from(["difference", "excess"]), positions, positions), max_size=3
    )

    @given(terms, st.integers(0, 2))
    @settings(max_examples=40, deadline=None)
    def test_inaccuracies(self, terms: list[Term], which: int) -> None:
        contest, form = self.pair
        found = inaccuracies_published(
            self.publications[which], contest, replace(form, terms=tuple(terms))
        )
        values = [inaccuracies(terms, unit.figures) for unit in self.units[which]]
        there = [value for value in values if value is not None]
        self.assertEqual((found.total, found.stations), (sum(there), len(there)))

    def test_the_annulled_of_each_publication(self) -> None:
        contest, _paper = self.pair
        codes = [[s.code for s in annulled_stations(one, contest)] for one in self.publications]
        self.assertEqual(codes, [[], [], [ANNULLED]])

    def test_with_the_annulled_back_the_sums_are_those_of_before(self) -> None:
        contest, form = self.pair
        (station,) = annulled_stations(self.publications[2], contest)
        found = propose(self.publications[2], contest, form)
        self.assertIsInstance(found.with_annulled.outcome, Outcome)
        back = count_of(form, added(found.head.figures, station.figures))
        before = propose(self.publications[1], contest, form).count
        # One vote less: the correction of another station.
        self.assertEqual(back.valid, before.valid - 1)
        self.assertIs(found.annulled_would_change_it, False)
