"""A small world for tests: a country of two regions, three stations, and the cast.

Ina logs papers; Alice, Bob and Carl are clerks, Sona is a supervisor, Mariam sits on the
commission, Otar watches and Xenia is a stranger to the count.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import encrypt
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management.color import no_style
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test import TestCase, TransactionTestCase

from candidates.models import Candidate, Contest, Election
from tabulation.counting import correction, entry, intake, verification
from tabulation.ledger import signing
from tabulation.ledger.auditing import Audit
from tabulation.ledger.autopublishing import allow_period
from tabulation.ledger.reading import latest
from tabulation.ledger.writing import Papers, Terms
from tabulation.management.commands._demo_staff import let_stand
from tabulation.models import (
    Area,
    AutopublishPeriod,
    BallotScope,
    Constituency,
    ContestStation,
    ControlRelation,
    Decision,
    Entry,
    PollingStation,
    Protocol,
    ProtocolLine,
    Publication,
    Sitting,
    User,
)
from tabulation.staff.accounts import confirming, managing, records
from tabulation.tests.support.publishing import write
from tabulation.tests.support.waiting import eventually

NOW = datetime(2012, 7, 19, 20, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
#: Of that password, in one round: tests sign in often.
HASH = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1)
#: By which the cast is enrolled.
DECISION = "1-A"
#: Of everybody's authenticator app, in base 32.
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
GEORGIA = Path(settings.BASE_DIR) / "elections" / "georgia-2013"

#: Lines 1-3 of the form, then the votes of candidates 1, 2 and 41 (who stands in the south only).
KEYS = ("registered", "voters", "invalid", "votes_1", "votes_2", "votes_41")
ROLES = ("registered", "voters", "invalid", "votes", "votes", "votes")
NORTH = (100, 61, 1, 40, 20, None)
SOUTH = (200, 150, 5, 100, 40, 5)


class World:
    """The rows of the small world; make it in ``setUpTestData`` or ``setUp``."""

    RULE = {"rule": "majority", "base": "valid"}
    #: What else the election's folder says of the election.
    ELECTION: dict[str, object] = {}

    def __init__(
        self,
        slug: str = "artsakh",
        *,
        kind: str = "rehearsal",
        entries: int = 2,
        accepts_verified: bool = False,
        notice: str = "",
        prefix: str = "",
        registered: Sequence[int | None] = (100, 200, None),
    ) -> None:
        self.prefix, self.registered = prefix, registered
        self.election = Election.objects.create(
            slug=slug,
            name=f"{prefix}Election of the small world",
            notice=notice,
            kind=kind,
            polling_days=[date(2012, 7, 19)],
            entries_required=entries,
            accepts_verified=accepts_verified,
            **{"confirmations": 0 if kind in ("rehearsal", "sample") else 1, **self.ELECTION},
        )
        self.country = self.area("AM", None)
        self.north = self.area("N", self.country)
        self.south = self.area("S", self.country)
        self.stations = [
            self.station("1/01", self.north),
            self.station("2/01", self.south),
            self.station("2/02", self.south),
        ]
        self.contest = self.make_contest()
        people = {user.username: user for user in User.objects.all()} or cast()
        self.alice, self.bob = people["alice"], people["bob"]
        self.sona, self.mariam = people["sona"], people["mariam"]
        self.ina, self.carl = people["ina"], people["carl"]

    def area(self, code: str, parent: Area | None) -> Area:
        area = Area.objects.create(
            election=self.election, code=code, name=f"{self.prefix}Area {code}", parent=parent
        )
        area.refresh_from_db()
        return area

    def station(self, code: str, area: Area) -> PollingStation:
        return PollingStation.objects.create(
            election=self.election, code=code, name=f"{self.prefix}Station {code}", area=area
        )

    def make_contest(self) -> Contest:
        contest = Contest.objects.create(
            election=self.election, code="president", office=f"{self.prefix}President",
            **self.RULE,
        )  # fmt: skip
        Constituency.objects.create(contest=contest, area=self.country)
        for station, registered in zip(self.stations, self.registered, strict=True):
            ContestStation.objects.create(contest=contest, station=station, registered=registered)
        candidates = [
            Candidate.objects.create(
                contest=contest, number=number, name=f"{self.prefix}Candidate {number}"
            )
            for number in (1, 2, 41)
        ]
        lines = ProtocolLine.objects.bulk_create(
            ProtocolLine(
                contest=contest,
                position=i,
                key=key,
                number=str(i),
                name=key.replace("_", " "),
                role=role,
                candidate=candidates[i - 4] if i > 3 else None,
            )
            for i, (key, role) in enumerate(zip(KEYS, ROLES, strict=True), 1)
        )
        BallotScope.objects.create(line=lines[5], area=self.south)
        ControlRelation.objects.create(
            contest=contest, ordinal=1, code="balance", name="voters = votes + invalid",
            left=[2], operator="==", right=[3, 4, 5, 6], severity="error",
        )  # fmt: skip
        ControlRelation.objects.create(
            contest=contest, ordinal=2, code="list", name="registered >= voters",
            left=[1], operator=">=", right=[2], severity="warning",
        )  # fmt: skip
        return contest

    def received(self, station: PollingStation) -> Protocol:
        return intake.receive(contest=self.contest, station=station, by=self.ina, at=NOW)

    def type_in(self, protocol: Protocol, figures: Sequence[int | None], *people: User) -> Protocol:
        """Let each of ``people`` (Alice and Bob) type ``figures``, and compare."""
        for person in people or (self.alice, self.bob):
            self.entered(protocol, figures, person)
        return verification.compare(protocol=protocol, at=NOW)

    def entered(
        self,
        protocol: Protocol,
        figures: Sequence[int | None],
        person: User,
        then: Callable[[Protocol, datetime], object] | None = None,
    ) -> Entry:
        """One person's entry, each broken warning explained."""
        seat = entry.seat_of(protocol, person) or entry.take_seat(
            protocol=protocol, by=person, at=NOW
        )
        reasons = {"list": "Voters of the supplementary list, see the minutes."}
        return entry.submit(
            seat=seat, figures=figures, by=person, at=NOW, reasons=reasons, then=then
        )

    def accepted(self, station: PollingStation, figures: Sequence[int | None]) -> Protocol:
        """A station's first protocol, all the way."""
        protocol = self.type_in(self.received(station), figures)
        return verification.accept(protocol=protocol, by=self.sona, at=NOW)

    def corrected(self, station: PollingStation, figures: Sequence[int | None]) -> Protocol:
        protocol = correction.correct(
            contest=self.contest, station=station, reason="recount", decision="12-A",
            by=self.mariam, at=NOW,
        )  # fmt: skip
        protocol = self.type_in(protocol, figures)
        return verification.accept(protocol=protocol, by=self.sona, at=NOW)

    def publication(self, note: str = "", papers: Papers | None = None) -> Publication:
        """The next publication, inside the test's own transaction."""
        terms = Terms(note=note, papers=papers)
        return write(election=self.election, by=self.mariam, at=NOW, terms=terms)

    def certified(self, decision: str = "5-A") -> Publication:
        """The next publication, certified by a sitting that asked no rule: for what follows it."""
        last = latest(self.election) or self.publication()
        sitting = Sitting.objects.create(
            election=self.election, decision=decision, held_at=NOW, decided_on=last.number,
            published_in=last.number + 1, present=["Mariam"], votes_for=1, votes_against=0,
            by=self.mariam, at=NOW,
        )  # fmt: skip
        for contest in self.election.contests.all():
            Decision.objects.create(
                sitting=sitting, contest=contest, kind="otherwise", as_proposed=False,
                words="As it was.",
            )  # fmt: skip
        return write(
            election=self.election, by=self.mariam, at=NOW,
            terms=Terms(status="certified", decision=decision, act=True),
        )  # fmt: skip


def cast() -> dict[str, User]:
    roles = {
        "ina": User.Role.INTAKE,
        "alice": User.Role.CLERK,
        "bob": User.Role.CLERK,
        "carl": User.Role.CLERK,
        "sona": User.Role.SUPERVISOR,
        "mariam": User.Role.MEMBER,
        "otar": User.Role.AUDITOR,
        "xenia": User.Role.ADMINISTRATOR,
    }
    users = [User(username=name, role=role, password=HASH) for name, role in roles.items()]
    managing.add(users, by=None, at=NOW, decision=DECISION)
    add_apps(users)
    return {user.username: user for user in users}


def enrolled(
    username: str,
    role: str,
    changed_by: User | None = None,
    is_active: bool = True,
    **fields: Any,
) -> User:
    """Somebody whose account stands: by a decision on paper, or confirmed by two members.

    With ``changed_by`` it was made by this person, and waits.
    """
    user = User(username=username, role=role, **{"password": HASH, **fields})
    if changed_by is None:
        user = let_stand(user, NOW)
        return user if is_active else altered(user, is_active=False)
    managing.add([user], by=changed_by, at=NOW)
    return user


@transaction.atomic
def altered(user: User | str, **changes: Any) -> User:
    """The account made something else with its event, as whoever writes to the database can."""
    name = user if isinstance(user, str) else user.username
    found = User.objects.select_related("area__election").get(username=name)
    for column, value in changes.items():
        setattr(found, column, value)
    act = "account enrolled" if found.enrolled_by_decision else "account changed"
    records.record_change(act, found, by=None, at=NOW)
    found.save(update_fields=[*changes, "event_number"])
    return found


def confirmed(user: User, *by: User) -> User:
    """``user`` as it is now, with each of ``by`` standing for it."""
    for person in by:
        confirming.confirm(account=User.objects.get(pk=user.pk), by=person, at=NOW)
    return User.objects.get(pk=user.pk)


def add_apps(users: Sequence[User]) -> None:
    """An authenticator app for each of ``users`` whose role needs a second factor."""
    Authenticator.objects.bulk_create(
        Authenticator(user=user, type=Authenticator.Type.TOTP, data={"secret": encrypt(SECRET)})
        for user in users
        if user.needs_second_factor
    )


def totp(secret: str = SECRET) -> str:
    """The six digits that an app shows now, and for two more seconds at least."""
    eventually(lambda: time.time() % 30 <= 28)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


class CommittedTestCase(TransactionTestCase):
    """For what needs real transactions: publishing, concurrency. Tables are emptied after each."""

    def _fixture_teardown(self) -> None:
        # Django's own flush writes content types and permissions anew, which nothing here uses.
        kept = {"django_content_type", "auth_permission"}
        tables = set(connection.introspection.django_table_names(only_existing=True)) - kept
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), sorted(tables)))


LATER = NOW + timedelta(hours=1)


class RefusalTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()

    @contextmanager
    def refused(
        self, constraint: str, error: type[DatabaseError] = IntegrityError
    ) -> Iterator[None]:
        """The database refuses the block, and names ``constraint`` as the reason."""
        with self.assertRaises(error) as raised, transaction.atomic():
            yield
        diagnostics: Any = raised.exception.__cause__
        named = diagnostics.diag.constraint_name or diagnostics.diag.message_primary
        self.assertIn(constraint, named)


def make_stations(world: World, number: int) -> None:
    """More stations in the south than anybody would make one by one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO tabulation_pollingstation
                 (election_id, area_id, code, name, names, address)
               SELECT %s, %s, 'x/' || i, 'Station', '{}', '' FROM generate_series(1, %s) i""",
            [world.election.pk, world.south.pk, number],
        )
        cursor.execute(
            """INSERT INTO tabulation_conteststation (contest_id, station_id, registered)
               SELECT %s, id, 9 FROM tabulation_pollingstation WHERE code LIKE 'x/%%'""",
            [world.contest.pk],
        )


def audit(**options: Any) -> Audit:
    signer = signing.signer()
    return Audit({signer.key_id: signer.public}, **options)


def decided(world: World, **more: Any) -> AutopublishPeriod:
    said = {
        "decision": "9-A",
        "from_at": NOW,
        "until_at": NOW + timedelta(hours=1),
        "at": NOW,
        **more,
    }
    return allow_period(election=world.election, by=world.mariam, **said)
