"""A commission that decides on the small world: its votes, its sums, its acts."""

from datetime import date
from typing import Any

from django.db import transaction

from candidates.models import Contest
from tabulation.ledger.reading import latest
from tabulation.models import Publication, PublishedFile
from tabulation.outcomes.certification import lots, rounds, sittings
from tabulation.outcomes.certification.sittings import Vote
from tabulation.tests.support.publishing import acts_in_the_test
from tabulation.tests.support.world import NORTH, NOW, SOUTH, RefusalTestCase

#: The commission's page.
PAGE = "/staff/artsakh/decision/"
SITTING = f"{PAGE}sitting/"
#: What a member fills in about a sitting.
SAID = {
    "decision": "5-A", "held_at": "2012-07-21T10:00", "present": "Mariam\n Narine \n\nOtar",
    "votes_for": 2, "votes_against": 1, "abstained": 0,
    "opinions": "Otar: The box of 2/01 <b>was</b> open.\nTwice.\n\nNarine: So be it.",
}  # fmt: skip
VOTE = Vote(present=("Mariam", "Narine", "Otar"), votes_for=2, votes_against=1)
#: 2 and 41 tie for the second place: 30 each, before them 1 with 40.
TIED = ((100, 50, 0, 30, 20, None), (200, 50, 0, 10, 10, 30), (None, 0, 0, 0, 0, 0))
#: Nobody above half, and no tie.
SPLIT = ((100, 60, 0, 40, 20, None), (200, 80, 0, 20, 30, 30), (None, 0, 0, 0, 0, 0))


class Stage(RefusalTestCase):
    """Acts inside the test's own transaction."""

    def setUp(self) -> None:
        self.enterContext(acts_in_the_test())

    def count(self, rows: Any = (NORTH, SOUTH, SOUTH), stations: int = 3) -> Publication:
        for station, figures in list(zip(self.world.stations, rows, strict=True))[:stations]:
            self.world.accepted(station, figures)
        return self.world.publication()

    def certify(self, **said: Any) -> Publication:
        last = latest(self.world.election)
        given: dict[str, Any] = {
            "election": self.world.election, "decided_on": last.number if last else 1,
            "decision": "5-A", "held_at": NOW, "vote": VOTE, "choices": {},
            "by": self.world.mariam, "at": NOW,
        }  # fmt: skip
        with transaction.atomic():
            return sittings.certify(**{**given, **said})

    def draw(self, *drawn: int, **said: Any) -> Publication:
        given: dict[str, Any] = {
            "contest": self.world.contest, "asked_in": latest(self.world.election).number,
            "drawn": drawn, "drawn_at": NOW, "drawn_by": "Mariam", "witnesses": ["Narine"],
            "decision": "4-L", "by": self.world.mariam, "at": NOW,
        }  # fmt: skip
        with transaction.atomic():
            return lots.record_lot(**{**given, **said})

    def second_round(self, *order: int, **said: Any) -> Contest:
        last = latest(self.world.election)
        given: dict[str, Any] = {
            "first": self.world.contest, "asked_in": last.number, "order": order,
            "polling_day": date(2012, 8, 2),
            "drawn_at": NOW, "drawn_by": "Mariam", "witnesses": ["Narine"], "decision": "6-A",
            "by": self.world.mariam, "at": NOW,
        }  # fmt: skip
        with transaction.atomic():
            return rounds.create_second_round(**{**given, **said}).second

    def nothing_came_of_it(self, number: int) -> None:
        self.assertEqual(latest(self.world.election).number, number)
        self.assertFalse(PublishedFile.objects.filter(published_in__gt=number).exists())
