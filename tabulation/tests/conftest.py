"""What holds for every test, and which of them depend on the database server."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import override_settings

from tabulation.tests.support import processes

# Hundreds of passwords are hashed and checked, and none of them keeps anything safe.
PBKDF2PasswordHasher.iterations = 1

#: Folders and modules that get the marker "server"; each must be there.
SERVER = [
    Path(__file__).parent.joinpath(name).resolve(strict=True)
    for name in (
        # Our SQL, triggers, grants, locks and plans: the ledger, the counting, loading, the acts.
        "database", "ledger", "counting", "importing", "outcomes", "management/test_commands.py",
        # One election from its folder to the public's page; every address, asked by everybody.
        "test_road.py", "staff/test_access.py",
        # Pages that search, list, compare and add up in SQL.
        "public/test_find.py", "public/test_station_list.py", "public/test_differences.py",
        "public/test_public_pages.py", "public/test_candidate_page.py",
        "public/test_turnout_page.py", "staff/test_aggregation.py", "staff/test_progress.py",
        "staff/test_events_page.py",
        # Pages that write: what the database refuses, somebody is told.
        "staff/test_entry.py", "staff/test_publishing_page.py", "staff/test_reporting_page.py",
        "staff/test_commission_page.py", "staff/test_people.py",
        "staff/test_people_confirming.py", "staff/test_accounts_follow_events.py",
        "staff/test_throttling.py", "staff/test_roster_page.py",
        "staff/test_enrolling_the_commission.py",
    )
]  # fmt: skip


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    for item in items:
        if any(item.path.is_relative_to(place) for place in SERVER):
            item.add_marker("server")
    yield
    # The longest tests stand alone in their classes. Begun first, they let nobody wait at the end.
    tests = Counter(item.parent for item in items)
    items.sort(key=lambda item: tests[item.parent] > 1)


@pytest.fixture(autouse=True, scope="session")
def _roles_of_processes() -> Iterator[None]:
    """A page runs with the rights of pages, and the publisher is at hand as if it were at work. It
    remembers nothing of what tests publish and undo.
    """
    with processes.apart(), override_settings(PUBLISHER_STATE=None):
        yield
