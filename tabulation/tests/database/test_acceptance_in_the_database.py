"""Who accepts a protocol, asked by the database: of the application's login and of the owner."""

from django.db import IntegrityError, connection, transaction

from candidates.models import Election
from tabulation.models import Protocol, User, record
from tabulation.tests.support.acceptors_world import Count, StrictTestCase, StrictWorld
from tabulation.tests.support.world import NOW, SOUTH, CommittedTestCase, World


def force(protocol: Protocol, by: User | None, *, told: bool = True) -> None:
    """Count it by hand, with the event of an acceptance by ``by``."""
    Protocol.objects.filter(pk=protocol.pk).update(
        status="accepted", figures=list(SOUTH), accepted_at=NOW
    )
    if told:
        record(
            act="accepted", subject=protocol.subject, election=protocol.contest.election, by=by,
            at=NOW, before={"status": "verified"},
            after={"status": "accepted", "figures": list(SOUTH)},
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class DatabaseTests(StrictTestCase):
    """What the application's login cannot do either."""

    def test_the_chooser(self) -> None:
        protocol = self.chosen()
        for by in (self.world.sona, None):
            with self.refused("acceptor_differs"):
                force(protocol, by)
        force(protocol, self.world.mariam)

    def test_who_returned_or_took_one_out(self) -> None:
        for make in (self.returned, lambda: self.released(finished=True)):
            with transaction.atomic():
                protocol = make()
                with self.refused("acceptor_differs"):
                    force(protocol, self.world.sona)
                transaction.set_rollback(True)

    def test_who_freed_an_unfinished_seat_may(self) -> None:
        force(self.released(finished=False), self.world.sona)

    def test_without_an_event(self) -> None:
        with self.refused("acceptance_has_its_event"):
            force(self.chosen(), None, told=False)

    def test_who_typed_it_in_any_election(self) -> None:
        for world in (self.world, World("lenient", prefix="Lenient ")):
            protocol = world.type_in(world.received(world.stations[1]), SOUTH)
            with self.refused("acceptor_did_not_type"):
                force(protocol, world.alice)


class OwnerTests(Count, CommittedTestCase):
    """What the owner of the database cannot do with the triggers on."""

    def setUp(self) -> None:
        self.world = StrictWorld()
        self.station = self.world.stations[1]

    def test_the_chooser(self) -> None:
        with transaction.atomic():
            protocol = self.chosen()
        may_not = "who decided about the entries of a protocol does not accept it"
        with connection.as_owner():
            with self.assertRaisesMessage(IntegrityError, may_not), transaction.atomic():
                force(protocol, self.world.sona)
            # Nor where the event of the decision is gone: the return that it made is evidence.
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE tabulation_event DISABLE TRIGGER USER")
                cursor.execute("DELETE FROM tabulation_event WHERE act = 'entry chosen'")
                cursor.execute("ALTER TABLE tabulation_event ENABLE TRIGGER USER")
            with self.assertRaisesMessage(IntegrityError, may_not), transaction.atomic():
                force(protocol, self.world.sona)

    def test_the_rule_stays_once_a_protocol_is_here(self) -> None:
        elections = Election.objects.filter(pk=self.world.election.pk)
        with connection.as_owner():
            elections.update(acceptor_differs=False)
            elections.update(acceptor_differs=True)
        self.typed()
        with (
            connection.as_owner(),
            self.assertRaisesMessage(IntegrityError, "the rule for acceptance is fixed"),
        ):
            elections.update(acceptor_differs=False)
