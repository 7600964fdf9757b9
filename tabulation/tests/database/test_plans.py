"""How the server means to read a nation: the plans of every staff page, and of publishing.

A nested loop that cannot be avoided where they are switched off (`database.plans`) adds 1e10 to the
cost of a plan, and what a stock server compiles before it reads (JIT) takes many times as long as
the reading. A small world shows neither, and a server that does not compile never does: so the
plans themselves are looked at.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import connection
from django.test import SimpleTestCase, TestCase

from tabulation.counting import entry, progress
from tabulation.counting.aggregation import broken_relations, sums_by_area
from tabulation.counting.progress import stages_by_area
from tabulation.counting.turnout import reported_by_area
from tabulation.ledger.writing import publish
from tabulation.models import Area, User, form_of
from tabulation.tests.support.staff_routes import PUBLIC, STAFF, routes
from tabulation.tests.support.tags import slow
from tabulation.tests.support.turnout_world import AT_FIVE, HourWorld
from tabulation.tests.support.world import NOW, CommittedTestCase

STATIONS = 20_000
DISTRICTS = 500
#: Far above what reading a nation costs (1e4 to 1e5), far below what a forbidden loop does.
MOST = 1e9
#: What has a plan. What moves a cursor or a setting has none.
PLANNED = re.compile(
    r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE|CREATE TEMPORARY TABLE \w+ .*AS)\b", re.S
)

C, P = "staff/<slug:slug>/<slug:contest>/", "/staff/artsakh/president/"
#: What else is asked of a page that reads much, by its route. D7 is a district of forty stations.
FURTHER = {
    f"{C}stations/": (
        f"{P}stations/?sort=status",
        f"{P}stations/?sort=-name&page=300",
        f"{P}stations/?status=accepted&area=S",
        f"{P}stations/?status=expected&q=Station",
        f"{P}stations/?q=x/19",
    ),
    f"{C}area/<code:code>/": (f"{P}area/D7/",),
    f"{C}progress/<code:code>/": (f"{P}progress/D7/",),
    f"{C}turnout/<code:code>/": (
        f"{P}turnout/AM/?hour=11:00",
        f"{P}turnout/AM/?hour=14:00&missing=on&page=200",
        f"{P}turnout/S/?hour=11:00&q=x/1",
        f"{P}turnout/D7/?hour=11:00",
    ),
    "staff/<slug:slug>/events/": ("/staff/artsakh/events/?q=x/1",),
}


class Plans:
    """The bad plans among all that is executed meanwhile, a line each."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()
        self.bad: list[str] = []
        self.loops: list[str] = []
        self.where = ""

    @contextmanager
    def of(self, where: str) -> Iterator[None]:
        self.where = where
        with connection.execute_wrapper(self):
            yield

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not many and PLANNED.match(sql) and (sql, self.where) not in self.seen:
            self.seen.add((sql, self.where))
            self.look(sql, params)
        return execute(sql, params, many, context)

    def look(self, sql: str, params: Any) -> None:
        """As it is about to be executed: with the same values, settings and temporary tables."""
        with connection.connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            (found,) = cursor.fetchone()[0]
        if "'Nested Loop'" in str(found):
            self.loops.append(self.where)
        cost = found["Plan"]["Total Cost"]
        if cost >= MOST or "JIT" in found:
            compiled = ", compiled" if "JIT" in found else ""
            self.bad.append(f"{self.where}: cost {cost:.3g}{compiled}: {' '.join(sql.split())}")


class Nation(HourWorld):
    """The small world with 20,000 stations more, in 500 districts of the south.

    Of three in four the protocol is accepted; all but every tenth reported by 11:00.
    """

    def __init__(self) -> None:
        super().__init__()
        keys = {
            "election": self.election.pk,
            "contest": self.contest.pk,
            "south": self.south.pk,
            "districts": DISTRICTS,
            "stations": STATIONS,
        }
        with connection.cursor() as cursor:
            for statement in NATION:
                cursor.execute(statement, keys)
        first = self.received(self.stations[1])
        entry.take_seat(protocol=first, by=self.alice, at=NOW)
        self.received(self.stations[2])

    def accept(self, every: int) -> None:
        """Accept the protocols of the further stations, but for one of ``every``."""
        with connection.cursor() as cursor:
            cursor.execute(ACCEPT, {"contest": self.contest.pk, "every": every})


NATION = (
    """INSERT INTO tabulation_area (election_id, parent_id, code, name, names, level, levels)
       SELECT %(election)s, %(south)s, 'D' || i, 'District', '{}', '', '{}'
       FROM generate_series(1, %(districts)s) i""",
    """INSERT INTO tabulation_pollingstation (election_id, area_id, code, name, names, address)
       SELECT %(election)s, a.id, 'x/' || i, 'Station ' || i, '{}', ''
       FROM generate_series(1, %(stations)s) i
       JOIN tabulation_area a ON a.code = 'D' || (i %% %(districts)s + 1)""",
    """INSERT INTO tabulation_conteststation (contest_id, station_id, registered)
       SELECT %(contest)s, id, 9 FROM tabulation_pollingstation WHERE code LIKE 'x/%%'""",
    """INSERT INTO tabulation_timedturnout (contest_id, station_id, hour, voters)
       SELECT %(contest)s, id, '11:00', 3 FROM tabulation_pollingstation
       WHERE code LIKE 'x/%%' AND id %% 10 <> 0""",
)
ACCEPT = """
INSERT INTO tabulation_protocol (contest_id, station_id, version, status, origin, figures,
  received_at, accepted_at, reason, decision)
SELECT cs.contest_id, cs.station_id, 1, 'accepted', 'imported', '{9,5,1,2,2,NULL}',
  now(), now(), '', ''
FROM tabulation_conteststation cs
JOIN tabulation_pollingstation s ON s.id = cs.station_id AND s.code LIKE 'x/%%'
WHERE cs.contest_id = %(contest)s AND s.id %% %(every)s <> 0 AND NOT EXISTS (
  SELECT FROM tabulation_protocol p
  WHERE p.contest_id = cs.contest_id AND p.station_id = cs.station_id)"""


def addresses() -> dict[str, list[str]]:
    """The addresses of each staff route that is read; `test_access` has one of every route."""
    found = {route: [access.path] for route, access in STAFF.items() if access.get}
    found |= {route: [f"/{route}"] for route in PUBLIC if route.startswith("staff/")}
    for route, paths in FURTHER.items():
        found[route] += paths
    return found


class AddressesTests(SimpleTestCase):
    def test_every_page_of_the_staff_is_among_them(self) -> None:
        read = {route for route in routes() if route.startswith("staff/")}
        read -= {route for route, access in STAFF.items() if not access.get}
        self.assertEqual(set(addresses()), read)
        self.assertFalse([path for paths in addresses().values() for path in paths if "<" in path])


class SmallWorldTests(TestCase):
    """Where each table is a handful of rows, as the planner believes it to be after a load."""

    def test_what_reads_a_nation_for_staff_compares_no_row_with_each(self) -> None:
        world = HourWorld()
        world.accepted(world.stations[0], (100, 61, 1, 40, 20, None))
        contest, form, plans = world.contest, form_of(world.contest), Plans()
        reads: dict[str, Callable[[Area], object]] = {
            "sums": lambda area: sums_by_area(contest, inside=area, form=form),
            "relations": lambda area: broken_relations(contest, inside=area, form=form),
            "stages": lambda area: stages_by_area(contest, area, NOW),
            "turnout": lambda area: reported_by_area(contest, area),
        }
        for area, name in itertools.product((world.country, world.south), reads):
            with plans.of(f"{name} of {area}"):
                self.assertTrue(reads[name](area))
        self.assertGreaterEqual(len(plans.seen), 10)
        self.assertEqual(plans.loops, [])


@slow
class PlansTests(CommittedTestCase):
    def setUp(self) -> None:
        progress.forget()
        self.world = Nation()
        self.plans = Plans()
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as the server does by itself within a minute
        # Every hour has come; the sessions go on by the real clock.
        clock = mock.patch("tabulation.staff.views.turnout.timezone")
        clock.start().now.return_value = AT_FIVE + timedelta(hours=2)
        self.addCleanup(clock.stop)
        self.addCleanup(connection.close)  # with what is set in it

    def test_every_page_of_the_staff_and_every_publication(self) -> None:
        self.publish("the first publication")
        self.world.accept(every=4)
        self.read_every_page("15,000 to be published", everybody=True)
        self.publish("a large publication")
        self.world.accept(every=8)
        self.publish("a middling publication")
        self.world.accepted(self.world.stations[0], (100, 61, 1, 40, 20, None))
        self.read_every_page("one to be published", everybody=False)
        self.publish("a small publication")
        self.assertEqual([bad[:300] for bad in self.plans.bad], [])
        self.assertGreater(len(self.plans.seen), 500)

    def publish(self, what: str) -> None:
        with self.plans.of(what):
            publish(election=self.world.election, by=None, at=NOW)

    def read_every_page(self, state: str, *, everybody: bool) -> None:
        """As everybody who may, or as the first of them: a member, if members may."""
        cast = (self.world.mariam, self.world.sona, self.world.ina, self.world.alice)
        others = User.objects.exclude(role__in=[person.role for person in cast])
        people = {person.role: person for person in (*cast, *others)}
        with connection.cursor() as cursor:
            # Ten times what it takes on a slow machine; what was just accepted is not analysed yet.
            cursor.execute("SET statement_timeout = '20s'")
        for route, paths in addresses().items():
            may = STAFF[route].get if route in STAFF else {"member"}
            roles = sorted(may, key=list(people).index)[: None if everybody else 1]
            for path, role in itertools.product(paths, roles):
                self.read(path.replace("PK", str(self.world.bob.pk)), people[role], state)
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")

    def read(self, path: str, person: User, state: str) -> None:
        self.client.force_login(person)
        progress.forget()
        with self.plans.of(f"{path} ({person.role}; {state})"):
            answer = self.client.get(path)
            self.assertLess(answer.status_code, 405, path)
            b"".join(answer) if answer.streaming else answer.content
