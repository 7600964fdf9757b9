"""A contest of 22 lists for 100 seats by d'Hondt, and its figures: the longest of outcomes."""

from candidates.models import Candidate, Contest
from tabulation.models import Constituency, ContestStation, ProtocolLine
from tabulation.tests.support.world import World

LISTS = 22


class ManyLists(World):
    """Each list has fewer votes than the one before, and the last ones less than 3 %; list 5 is an
    alliance, and 22 an independent who reaches a seat.
    """

    RULE = {
        "rule": "list", "base": "valid", "seats": 100,
        "outcome": {
            "method": "dhondt", "threshold": "3 %", "alliance_threshold": "5 %",
            "alliances": [5], "independents": [LISTS],
        },
    }  # fmt: skip
    votes = (*(9_067 // i for i in range(1, LISTS)), 463)
    figures = (50_000, sum(votes) + 250, 250, *votes)

    def make_contest(self) -> Contest:
        contest = Contest.objects.create(
            election=self.election, code="president", office=f"{self.prefix}Assembly", **self.RULE
        )
        Constituency.objects.create(contest=contest, area=self.country)
        for station, registered in zip(self.stations, self.registered, strict=True):
            ContestStation.objects.create(contest=contest, station=station, registered=registered)
        lines = [("registered", None), ("voters", None), ("invalid", None)]
        for number in range(1, LISTS + 1):
            name = f"{self.prefix}List of a rather long name {number}"
            one = Candidate.objects.create(contest=contest, number=number, name=name)
            lines.append(("votes", one))
        ProtocolLine.objects.bulk_create(
            ProtocolLine(
                contest=contest, position=i, key=f"line_{i}", number=str(i), name=f"Line {i}",
                role=role, candidate=one,
            )
            for i, (role, one) in enumerate(lines, 1)
        )  # fmt: skip
        return contest
