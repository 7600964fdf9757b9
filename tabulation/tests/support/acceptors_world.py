"""A small world where who decided about a protocol's entries does not accept it."""

from typing import Any

from tabulation.counting import entry, verification
from tabulation.models import Area, PollingStation, Protocol, User
from tabulation.tests.support.world import NOW, SOUTH, RefusalTestCase, World, add_apps, enrolled

OTHER = (200, 150, 5, 99, 41, 5)
ERROR = (200, 151, 5, 100, 40, 5)


class StrictWorld(World):
    ELECTION = {"acceptor_differs": True}


class AutomaticWorld(StrictWorld):
    def __init__(self) -> None:
        super().__init__(accepts_verified=True)


def person(name: str, role: str, area: Area | None = None) -> User:
    user = enrolled(name, role, area=area)
    add_apps([user])
    return user


class Count:
    """What happens to the protocol of one station before somebody accepts it."""

    world: World
    station: PollingStation

    def typed(self, first: Any = SOUTH, second: Any = SOUTH) -> Protocol:
        protocol = self.world.received(self.station)
        self.world.entered(protocol, first, self.world.alice)
        self.world.entered(protocol, second, self.world.bob)
        return verification.compare(protocol=protocol, at=NOW)

    def again(self, protocol: Protocol, *people: User) -> Protocol:
        for clerk in people:
            self.world.entered(protocol, SOUTH, clerk, verification.compare_if_complete)
        protocol.refresh_from_db()
        return protocol

    def chosen(self, by: User | None = None) -> Protocol:
        """Verified after a supervisor (Sona) chose Alice's entry."""
        protocol = self.typed(SOUTH, OTHER)
        right = verification.last_entries(protocol)[0]
        verification.choose(entry=right, by=by or self.world.sona, at=NOW)
        return self.again(protocol, self.world.bob)

    def returned(self, by: User | None = None, first: Any = SOUTH) -> Protocol:
        protocol = self.typed(first, first)
        verification.return_entries(
            protocol=protocol, reason="?", by=by or self.world.sona, at=NOW, whole=True
        )
        return self.again(protocol, self.world.alice, self.world.bob)

    def released(self, *, finished: bool) -> Protocol:
        """Bob's seat goes to Carl, after he had finished or before."""
        protocol = self.world.received(self.station)
        self.world.entered(protocol, SOUTH, self.world.alice)
        if finished:
            self.world.entered(protocol, OTHER, self.world.bob)
            verification.compare(protocol=protocol, at=NOW)
        else:
            entry.take_seat(protocol=protocol, by=self.world.bob, at=NOW)
        seat = protocol.seats.get(person=self.world.bob)
        verification.release(seat=seat, reason="?", by=self.world.sona, at=NOW)
        return self.again(protocol, self.world.carl)

    def accept(self, protocol: Protocol, by: User | None) -> Protocol:
        return verification.accept(protocol=protocol, by=by, at=NOW)


class StrictTestCase(Count, RefusalTestCase):
    make: type[World] = StrictWorld

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = cls.make()
        cls.station = cls.world.stations[1]
