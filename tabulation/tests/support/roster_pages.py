"""A real election with a roster, on its pages and in the database."""

from datetime import timedelta
from typing import Any

from tabulation.models import Motion
from tabulation.outcomes.certification.roster import sitting_now
from tabulation.tests.support.motion_pages import PageTestCase
from tabulation.tests.support.roster_world import Real, founded
from tabulation.tests.support.world import NOW

ROSTER = "/staff/artsakh/roster/"
CHANGE = f"{ROSTER}change/"
#: The commission is enrolled an hour before now.
EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)


class RosterTestCase(PageTestCase):
    """Mariam, Narine and Tigran sit on the commission; Zara is a member and does not."""

    WORLD = Real

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.tigran, cls.zara = cls.member("tigran"), cls.member("zara")
        founded(cls.world.election, "mariam", "narine", "tigran", at=EARLIER)

    def changed(self, change: str, member: str, **more: Any) -> Motion:
        said = {"change": change, "member": member, "decision": "8-A"}
        taken_on = {"roster": sitting_now(self.world.election)}
        return self.by_several(self.drafted("roster", taken_on, **{**said, **more}))

    def on_it(self) -> list[str]:
        return sitting_now(self.world.election)
