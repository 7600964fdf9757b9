"""Honest people of a small world, who go on with their work whatever somebody else does."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tabulation.counting import correction, entry, intake, verification
from tabulation.counting.acceptors import deciders
from tabulation.ledger.reading import latest
from tabulation.ledger.refusals import PublicationRefused
from tabulation.models import Motion, NotYours, Protocol, ProtocolRefused, Seat, User
from tabulation.outcomes.certification import motions
from tabulation.outcomes.certification.acts import ActRefused
from tabulation.outcomes.certification.carrying import plain
from tabulation.staff.accounts import confirming, managing
from tabulation.staff.accounts.records import AccountRefused
from tabulation.tests.support.commission_world import VOTE
from tabulation.tests.support.publishing import write
from tabulation.tests.support.shown import shown
from tabulation.tests.support.world import World, add_apps, enrolled

ROLES = tuple(User.Role.values)
#: Of the app of each corrupt person.
OWN_SECRET = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
#: What the paper of each station says.
PAPERS = {
    "1/01": (100, 61, 1, 40, 20, None),
    "2/01": (200, 150, 5, 100, 40, 5),
    "2/02": (None, 120, 5, 70, 40, 5),
}
AREAS = {"AM": ("1/01", "2/01", "2/02"), "N": ("1/01",), "S": ("2/01", "2/02")}
CLERKS = ("alice", "bob", "carl", "dora")
SUPERVISORS = ("sona", "sergey")
MEMBERS = ("mariam", "narine", "nune")
ADMINISTRATORS = ("xenia", "yeva")
#: How a stage function refuses.
REFUSALS = (
    *(ProtocolRefused, NotYours, entry.EntryRefused, intake.IntakeRefused),
    *(ActRefused, PublicationRefused, AccountRefused, IntegrityError),
)
Figures = tuple[int | None, ...]


class Crowd(World):
    """Two or more honest people of each role, and of each role two corrupt ones: of the whole
    country, and of the south.
    """

    ELECTION = {"confirmations": 1, "acceptor_differs": True}

    def __init__(self, *, by_itself: bool = False, entries: int = 2) -> None:
        """``by_itself``: what two people typed alike counts without a supervisor."""
        super().__init__(accepts_verified=by_itself, entries=entries)
        honest = {"dora": "clerk", "sergey": "supervisor", "narine": "member", "nune": "member"}
        for name, role in {**honest, "yeva": "administrator"}.items():
            add_apps([enrolled(name, role)])
        for role in ROLES:
            for area in (None, self.south):
                user = enrolled(corrupt_name(role, area is not None), role, area=area)
                if user.needs_second_factor:
                    Authenticator.objects.create(
                        user=user,
                        type=Authenticator.Type.TOTP,
                        data={"secret": encrypt(OWN_SECRET)},
                    )


def corrupt_name(role: str, in_south: bool) -> str:
    return f"mal-{role}-south" if in_south else f"mal-{role}"


def at_the_commit() -> None:
    """What the database asks at the end of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class Honest:
    """What the honest people do, and what they know to be true."""

    #: Whether they confirm accounts without looking at who made them.
    is_careless = False

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = {user.username: user for user in User.objects.all()}
        self.stations = {station.code: station for station in world.stations}
        self.paper: dict[str, Figures] = dict(PAPERS)
        #: What each version of a station's protocol says on paper.
        self.papers: dict[tuple[str, int], Figures] = {}
        #: Of each account, as what an administrator meant it.
        self.meant: dict[str, set[tuple[str, int | None]]] = {}
        self.made = 0
        #: Accounts as an honest member looked at them.
        self.looked_at: dict[int, Any] = {}

    def try_to(self, act: Callable[[], Any]) -> bool:
        """Whether it was done, as a transaction of its own would have."""
        try:
            with transaction.atomic():
                act()
                at_the_commit()
        except REFUSALS:
            return False
        return True

    def newest(self, code: str) -> Protocol | None:
        versions = Protocol.objects.filter(station__code=code).exclude(status="set_aside")
        return versions.select_related("contest__election", "station").newest_first().first()

    def paper_of(self, protocol: Protocol) -> Figures:
        return self.paper_at(protocol.station.code, protocol.version)

    def paper_at(self, code: str, version: int) -> Figures:
        return self.papers.setdefault((code, version), self.paper[code])

    # The count

    def work_on(self, code: str, who: int) -> bool:
        """The next useful thing about a station."""
        protocol = self.newest(code)
        if protocol is None:
            world, station = self.world, self.stations[code]
            return self.try_to(
                lambda: intake.receive(
                    contest=world.contest, station=station, by=world.ina, at=timezone.now()
                )
            )
        if protocol.status in ("received", "entered"):
            return self.type_in(protocol, who)
        if protocol.status in ("different", "errors", "verified"):
            return self.decide(protocol, self.people[SUPERVISORS[who % 2]])
        return False

    def type_in(self, protocol: Protocol, who: int) -> bool:
        seats = {seat.person.username: seat for seat in protocol.seats.select_related("person")}
        waiting = [s for s in seats.values() if s.released_at is None and not _has_typed(s)]
        for seat in waiting:
            if seat.person.username in CLERKS:
                return self.submit(protocol, seat)
        if waiting:  # somebody who is not honest keeps it
            return self.release(waiting[0])
        free = [name for name in CLERKS if name not in seats]
        if not free:
            by = self.people[SUPERVISORS[who % 2]]
            return self.try_to(
                lambda: verification.set_aside(
                    protocol=protocol, reason="?", by=by, at=timezone.now()
                )
            )
        by = self.people[free[who % len(free)]]
        return self.try_to(lambda: entry.take_seat(protocol=protocol, by=by, at=timezone.now()))

    def submit(self, protocol: Protocol, seat: Seat) -> bool:
        figures = self.paper_of(protocol)
        return self.try_to(
            lambda: entry.submit(
                seat=seat, figures=figures, by=seat.person, at=timezone.now(),
                reasons={"list": "See the minutes."}, then=verification.compare_if_complete,
            )
        )  # fmt: skip

    def release(self, seat: Seat) -> bool:
        by = self.people["sona"]
        return self.try_to(
            lambda: verification.release(seat=seat, reason="?", by=by, at=timezone.now())
        )

    def decide(self, protocol: Protocol, by: User) -> bool:
        """With the paper in the hand, and with the page that shows what is so now."""
        said = {"by": by, "at": timezone.now(), "seen": shown(protocol)}
        paper, entries = self.paper_of(protocol), verification.last_entries(protocol)
        right = [one for one in entries if tuple(one.figures) == paper]
        if protocol.status == "verified" and right:
            if by.pk in deciders(protocol):
                said["by"] = self.people["mariam"]
            return self.try_to(lambda: verification.accept(protocol=protocol, **said))
        if protocol.status == "different" and right:
            wrong = next(one for one in entries if one not in right)
            if wrong.seat.person.username not in CLERKS:
                return self.release(wrong.seat)
            return self.try_to(lambda: verification.choose(entry=right[0], **said))
        return self.try_to(
            lambda: verification.return_entries(protocol=protocol, reason="?", whole=True, **said)
        )

    def recount(self, code: str) -> bool:
        """The chair of a station corrects the paper; a supervisor opens the next version."""
        protocol = self.newest(code)
        if protocol is None or protocol.status != "accepted":
            return False
        old = self.paper[code]
        new = (*old[:3], (old[3] or 0) - 1, (old[4] or 0) + 1, *old[5:])
        self.paper_of(protocol)
        done = self.try_to(
            lambda: correction.correct(
                contest=self.world.contest, station=protocol.station, reason="recount",
                decision="12-A", by=self.people["sona"], at=timezone.now(),
                seen=shown(protocol),
            )
        )  # fmt: skip
        if done:
            self.paper[code] = new
        return done

    def publish(self) -> bool:
        said = {"election": self.world.election, "by": self.people["mariam"]}
        return self.try_to(lambda: write(**said, at=timezone.now()))

    # The commission

    def propose(self, act: str, code: str) -> bool:
        drafted = self.certification() if act == "certify" else self.about(act, code)
        if drafted is None:
            return False
        return self.try_to(
            lambda: motions.propose(drafted=drafted, by=self.people["mariam"], at=timezone.now())
        )

    def about(self, act: str, code: str) -> Motion | None:
        protocol = self.newest(code)
        if protocol is None:
            return None
        return Motion(
            election=self.world.election, act=act, contest=protocol.contest,
            station=protocol.station, arguments={"reason": "A box was open.", "decision": "7-A"},
            taken_on={"version": protocol.version, "seen": shown(protocol)},
        )  # fmt: skip

    def certification(self) -> Motion | None:
        last = latest(self.world.election)
        said = {
            "decision": "5-A", "held_at": timezone.now(), "vote": VOTE, "choices": {},
            "open_reason": "",
        }  # fmt: skip
        return last and Motion(
            election=self.world.election, act="certify", taken_on={"publication": last.number},
            arguments=plain(said),
        )  # fmt: skip

    def confirm(self, who: str) -> bool:
        """Of what waits, only what another honest member proposed."""
        waiting = Motion.objects.filter(state="waiting", by__username__in=MEMBERS)
        motion = waiting.exclude(by=self.people[who]).select_related("election").first()
        return motion is not None and self.try_to(
            lambda: motions.confirm(motion=motion, by=self.people[who], at=timezone.now())
        )

    def let_expire(self) -> bool:
        """What nobody honest proposed is not confirmed in time."""
        late = Motion.objects.filter(state="waiting").exclude(by__username__in=MEMBERS)
        ended = [self.try_to(lambda one=one: self.expire(one)) for one in late]
        return any(ended)

    def expire(self, motion: Motion) -> None:
        motions.expire_due(at=motion.expires_at, election=self.world.election)

    # Accounts

    def manage(self, name: str, role: str, in_south: bool, who: str) -> bool:
        """A new account, or another role of somebody: of ``name``, if that is nobody yet."""
        area = self.world.south if in_south else None
        found = User.objects.filter(username=name).first()
        by, said = self.people[who], {"role": role, "area": area, "at": timezone.now()}
        if found is None:
            self.made += 1
            name = f"new-{self.made:03}"
            done = self.try_to(lambda: managing.create_account(username=name, by=by, **said))
        else:
            done = self.try_to(
                lambda: managing.change_account(account=found, is_active=True, by=by, **said)
            )
        if done:
            self.meant.setdefault(name, set()).add((role, area.pk if area else None))
        return done

    def look_at_accounts(self) -> None:
        """Those that honest administrators made, as they are now."""
        rows = User.objects.filter(confirmed_by=None, enrolled_by_decision="")
        if not self.is_careless:
            rows = rows.filter(changed_by__username__in=ADMINISTRATORS)
        self.looked_at = dict(rows.values_list("pk", "changed_at"))

    def confirm_accounts(self, who: str) -> bool:
        """Those that are theirs, as they were looked at before; then they are looked at anew."""
        by = self.people[who]
        theirs = set(confirming.waiting_for(by).values_list("pk", flat=True))
        shown_ = {pk: at for pk, at in self.looked_at.items() if pk in theirs}
        done = bool(shown_) and self.try_to(
            lambda: confirming.confirm_many(shown=shown_, by=by, at=timezone.now())
        )
        self.look_at_accounts()
        return done


def _has_typed(seat: Seat) -> bool:
    return seat.entries.standing().exists()
