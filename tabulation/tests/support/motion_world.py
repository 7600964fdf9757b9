"""A commission of several: what one member proposes, another confirms."""

from typing import Any

from django.db import connection

from tabulation.ledger.reading import latest
from tabulation.models import Motion, Protocol, User
from tabulation.outcomes.certification import motions
from tabulation.outcomes.certification.carrying import plain
from tabulation.tests.support.commission_world import VOTE, Stage
from tabulation.tests.support.shown import shown
from tabulation.tests.support.world import NOW, World, add_apps, enrolled


class Several(World):
    ELECTION = {"confirmations": 1}


class MotionTestCase(Stage):
    WORLD: type[World] = Several

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = cls.WORLD()
        cls.narine = cls.member("narine")
        cls.mariam = cls.world.mariam

    @classmethod
    def member(cls, name: str, **more: Any) -> User:
        user = enrolled(name, "member", **more)
        add_apps([user])
        return user

    def drafted(self, act: str, taken_on: Any, about: Any = None, **said: Any) -> Motion:
        """Of a contest or a protocol, or of the whole election."""
        station = about.station if isinstance(about, Protocol) else None
        return Motion(
            election=self.world.election, act=act, taken_on=taken_on, arguments=plain(said),
            contest=about.contest if station else about, station=station,
        )  # fmt: skip

    def certification(self, **said: Any) -> Motion:
        given = {"decision": "5-A", "held_at": NOW, "vote": VOTE, "choices": {}, "open_reason": ""}
        on = {"publication": latest(self.world.election).number}
        return self.drafted("certify", on, **{**given, **said})

    def by_several(self, drafted: Motion) -> Motion:
        """Proposed and confirmed; the database's last questions are asked."""
        motion = self.confirmed(self.proposed(drafted))
        self.assertEqual((motion.state, motion.refusal), ("confirmed", ""))
        self.at_the_commit()
        return motion

    def annulment(self, protocol: Protocol) -> Motion:
        now = {"version": protocol.version, "seen": shown(protocol)}
        return self.drafted("annul", now, protocol, reason="fire", decision="7-A")

    def proposed(self, drafted: Motion, **more: Any) -> Motion:
        return motions.propose(drafted=drafted, **{"by": self.mariam, "at": NOW, **more})

    def confirmed(self, motion: Motion, **more: Any) -> Motion:
        return motions.confirm(motion=motion, **{"by": self.narine, "at": NOW, **more})

    def at_the_commit(self) -> None:
        """What the database asks at the end of a transaction."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
