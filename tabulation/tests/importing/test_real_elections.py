"""Three more real elections, whole: loaded with every check, their breaches known one by one."""

import tempfile
from pathlib import Path

from django.test import TestCase

from candidates.models import Contest
from tabulation.counting.aggregation import LiveSums, broken_relations, sums_by_area
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.models import form_of
from tabulation.tests.support.real_elections import GEORGIA_2016, ROMANIA_2024, RUSSIA_2018, Real
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NOW


class RealTestCase(TestCase):
    def load(self, real: Real) -> Contest:
        if not real.there:
            self.skipTest(real.missing)
        with tempfile.TemporaryDirectory() as folder:
            made = real.make(Path(folder))
            load_election(made, by=None, at=NOW)
            contest = Contest.objects.select_related("election", "constituency__area").get()
            load_protocols(contest, made / "protocols.csv", by=None, at=NOW)
        return contest

    def nation(self, contest: Contest) -> LiveSums:
        """Every area's sums and the nation's, in two statements, joined without nested loops."""
        form = form_of(contest)
        with self.assertNumQueries(6):
            return sums_by_area(contest, form=form)[0]

    def broken(self, real: Real, contest: Contest) -> dict[str, int]:
        relations = broken_relations(contest)
        return {n: broken for n, (broken, _of) in zip(real.relations, relations, strict=True)}

    def assert_known(self, real: Real, stations: int) -> LiveSums:
        contest = self.load(real)
        nation = self.nation(contest)
        self.assertEqual((nation.stations, nation.counted), (stations, stations))
        known = {name: broken for name, (*_sides, broken) in real.relations.items()}
        self.assertEqual(self.broken(real, contest), known)
        return nation


@slow
class RealElectionTests(RealTestCase):
    def test_russia_2018(self) -> None:
        nation = self.assert_known(RUSSIA_2018, 97_699)
        self.assertEqual(nation.figures[0], 109_008_428)
        self.assertEqual(nation.figures[12 + 3], 56_430_712)

    def test_romania_2024(self) -> None:
        nation = self.assert_known(ROMANIA_2024, 19_870)
        self.assertEqual(nation.figures[3], 9_444_894)
        self.assertEqual(nation.figures[9], 8_942_629)

    def test_georgia_2016_dirty_as_it_is(self) -> None:
        nation = self.assert_known(GEORGIA_2016, 3_668)
        self.assertEqual(nation.figures[0], 3_490_608)
        self.assertEqual(nation.figures[3], 1_816_097)
