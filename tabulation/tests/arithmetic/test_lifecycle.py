"""The table of a protocol's life, its picture in the docs, and what the database allows."""

import re
from pathlib import Path
from typing import Any
from unittest import TestCase as PureTestCase

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tabulation.arithmetic import lifecycle
from tabulation.models import Protocol, User
from tabulation.tests.support.world import NORTH, NOW, CommittedTestCase, World

ARROW = re.compile(r"^ {4}(\w+) --> (\w+): ([a-z ]+) \(([a-z, ]+)\)$", re.M)
FIGURES = st.lists(st.none() | st.integers(0, 3), min_size=3, max_size=3)


class TableTests(PureTestCase):
    def test_the_picture_shows_the_table(self) -> None:
        text = (Path(settings.BASE_DIR) / "docs" / "protocol-life.md").read_text("utf-8")
        drawn = {
            (act, before, after, frozenset(roles.split(", ")))
            for before, after, act, roles in ARROW.findall(text)
        }
        table = {(m.act, m.before, m.after, frozenset(m.roles)) for m in lifecycle.MOVES}
        self.assertEqual(drawn, table)

    def test_its_roles_and_statuses_exist(self) -> None:
        statuses = {m.before for m in lifecycle.MOVES} | {m.after for m in lifecycle.MOVES}
        self.assertEqual(statuses, set(Protocol.Status.values) | {lifecycle.EXPECTED})
        roles = {role for m in lifecycle.MOVES for role in m.roles}
        self.assertLessEqual(roles, set(User.Role.values) | {lifecycle.SYSTEM})

    def test_nobody_else_moves_anything(self) -> None:
        """An administrator and an auditor have no power over the count."""
        roles = {role for m in lifecycle.MOVES for role in m.roles}
        self.assertEqual(roles & {"administrator", "auditor"}, set())

    def test_a_move_that_is_not_there_is_our_mistake(self) -> None:
        lifecycle.check("accepted", "verified", "accepted")
        with self.assertRaises(lifecycle.NoSuchMove):
            lifecycle.check("accepted", "different", "accepted")

    def test_a_refused_move_says_from_where_to_where(self) -> None:
        with self.assertRaises(lifecycle.NoSuchMove) as refused:
            lifecycle.check("accepted", "different", "accepted")
        told = "accepted: a protocol does not go from different to accepted"
        self.assertEqual(str(refused.exception), told)
        for act, before, after in (("compared", "entered", "accepted"),
                                   ("annulled", "entered", "verified")):  # fmt: skip
            with self.assertRaises(lifecycle.NoSuchMove):
                lifecycle.check(act, before, after)
        with self.assertRaises(AttributeError):
            lifecycle.MOVES[0].act = "another"  # type: ignore[misc]

    def test_who_may_do_an_act(self) -> None:
        self.assertEqual(lifecycle.roles_of("accepted"), {"supervisor", "member", "system"})
        self.assertEqual(lifecycle.roles_of("annulled"), {"member"})
        self.assertEqual(lifecycle.roles_of("nothing of ours"), set())

    def test_decisions_about_entries_are_a_supervisors_and_lead_back_to_typing(self) -> None:
        moves = [m for m in lifecycle.MOVES if m.act in lifecycle.DECISIONS]
        self.assertEqual({m.act for m in moves}, set(lifecycle.DECISIONS))
        self.assertEqual({role for m in moves for role in m.roles}, {lifecycle.SUPERVISOR})
        self.assertEqual({m.after for m in moves}, set(lifecycle.OPEN))
        back = {m.act for m in lifecycle.MOVES if m.after in lifecycle.OPEN}
        first = {"received", "entry submitted", "correction opened", "annulment corrected"}
        self.assertEqual(back, set(lifecycle.DECISIONS) | first)

    def test_statuses_by_what_may_still_happen(self) -> None:
        self.assertEqual(lifecycle.IN_WORK, (*lifecycle.UNSETTLED, lifecycle.VERIFIED))
        self.assertEqual(lifecycle.UNSETTLED, (*lifecycle.OPEN, "different", "errors"))
        self.assertEqual(lifecycle.typed_so_far(0), "received")
        self.assertEqual(lifecycle.typed_so_far(1), "entered")

    def test_what_entries_come_to(self) -> None:
        self.assertEqual(lifecycle.compared([[1]], errors=True), "errors")
        self.assertEqual(lifecycle.compared([[1], [1]], errors=False), "verified")
        self.assertEqual(lifecycle.compared([[1], [1], [2]], errors=True), "different")
        self.assertEqual(lifecycle.differing([[1, None, 3], [1, 0, 3], [1, 0, 4]]), [2, 3])
        with self.assertRaises(ValueError):
            lifecycle.differing([[1], [1, 2]])

    @given(FIGURES, FIGURES)
    def test_differing_lines_are_those_that_differ(self, one: list, other: list) -> None:
        lines = lifecycle.differing([one, other])
        self.assertEqual(lines, [i + 1 for i in range(3) if one[i] != other[i]])
        status = lifecycle.compared([one, other], errors=False)
        self.assertEqual(status == lifecycle.DIFFERENT, bool(lines))


class Enough(Exception):
    """The statement passed; nothing of it is kept."""


class DatabaseTests(CommittedTestCase):
    """The trigger knows exactly the moves of the table, whoever asks."""

    def test_every_pair_of_statuses(self) -> None:
        world = World(entries=1)
        protocol = world.received(world.stations[0])
        allowed = {(m.before, m.after) for m in lifecycle.MOVES}
        for before in Protocol.Status.values:
            self.put(protocol, before)
            for after in Protocol.Status.values:
                if before != after:
                    with self.subTest(before=before, after=after):
                        self.assertEqual(self.moves(protocol, after), (before, after) in allowed)

    def put(self, protocol: Protocol, status: str) -> None:
        """The protocol in ``status``, by the owner, with the triggers asleep."""
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE tabulation_protocol DISABLE TRIGGER USER")
            Protocol.objects.filter(pk=protocol.pk).update(**self.columns(status))
            cursor.execute("ALTER TABLE tabulation_protocol ENABLE TRIGGER USER")

    def columns(self, status: str) -> dict[str, Any]:
        counted = status in ("accepted", "corrected", "annulled")
        left = status in ("corrected", "annulled", "set_aside")
        return {
            "status": status,
            "figures": list(NORTH) if counted else None,
            "accepted_at": NOW if counted else None,
            "closed_at": NOW if left else None,
            "ruling_reason": "a",
        }

    def moves(self, protocol: Protocol, after: str) -> bool:
        """Whether the trigger lets it pass; what else the database wants is another question."""
        try:
            with transaction.atomic():
                Protocol.objects.filter(pk=protocol.pk).update(**self.columns(after))
                raise Enough
        except IntegrityError as error:
            return "does not go from" not in str(error)
        except Enough:
            return True
