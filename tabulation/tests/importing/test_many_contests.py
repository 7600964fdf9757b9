"""An election of several contests: each has its own stations and candidates."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from candidates.models import Election, Party
from tabulation.importing.problems import ImportRefused
from tabulation.tests.support.folder_case import FolderTestCase
from tabulation.tests.support.small_folder import FOLDER

CONTEST = """
[[contest]]
code = "{code}"
office = "Seat"
rule = "plurality"
base = "valid"
area = "{area}"
line = [{{ key = "votes_{{number}}", number = "{{number}}", name = "{{name}}", role = "votes" }}]
"""


class ManyContestsTests(FolderTestCase):
    def write_contests(self, **areas: str) -> None:
        head = FOLDER["election.toml"].partition("[[contest]]")[0]
        contests = "".join(CONTEST.format(code=code, area=area) for code, area in areas.items())
        self.write("election.toml", head + contests)
        for name in ("scope", "turnout"):
            (self.folder / f"{name}.csv").unlink()
        rows = "".join(
            f"{code},1,Ann,P,Party P\n{code},2,Ben,{code.upper()},Party {code}\n" for code in areas
        )
        self.write("candidates.csv", f"contest,number,name,party_code,party\n{rows}")

    def test_each_has_the_stations_under_its_area(self) -> None:
        self.write_contests(whole="AM", north="N", south="S")
        with CaptureQueriesContext(connection) as asked:
            election = self.load()
        stations = {
            contest.code: sorted(cs.station.code for cs in contest.stations.all())
            for contest in election.contests.all()
        }
        self.assertEqual(
            stations, {"whole": ["01.009", "4/13"], "north": ["01.009"], "south": ["4/13"]}
        )
        registered = {cs.station.code: cs.registered for cs in election.contests.get(
            code="whole").stations.all()}  # fmt: skip
        self.assertEqual(registered, {"01.009": 100, "4/13": None})
        into = [q for q in asked if "INSERT INTO tabulation_conteststation" in q["sql"]]
        self.assertEqual(len(into), 1)

    def test_a_party_in_several_is_one(self) -> None:
        self.write_contests(whole="AM", north="N")
        election = self.load()
        self.assertEqual(
            dict(Party.objects.values_list("code", "name")),
            {"P": "Party P", "WHOLE": "Party whole", "NORTH": "Party north"},
        )
        ann = {contest.candidates.get(number=1).party.code for contest in election.contests.all()}
        self.assertEqual(ann, {"P"})

    def test_those_without_stations_are_told_together(self) -> None:
        areas = "code,parent_code,name\nAM,,C\nN,AM,N\nS,AM,S\nE,AM,E\nW,AM,W\n"
        self.write("areas.csv", areas)
        self.write_contests(whole="AM", east="E", west="W")
        with self.assertRaises(ImportRefused) as refused:
            self.load()
        problems = [str(problem) for problem in refused.exception.problems]
        self.assertEqual(len(problems), 2)
        for code, problem in zip(("east", "west"), problems, strict=True):
            self.assertIn(f"no station votes in the contest {code}", problem)
        self.assertEqual(Election.objects.count(), 0)
