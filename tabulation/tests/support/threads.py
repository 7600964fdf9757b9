"""Several at once, each in a thread and with a connection of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


def together(*works: Callable[[], Any]) -> list[BaseException]:
    """Run all at once, each in a thread of its own; what any of them raised."""
    raised: list[BaseException] = []
    begin = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> None:
        try:
            begin.wait(30)
            work()
        except BaseException as error:  # reported by the test
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return raised


@contextmanager
def held(lock: tuple[int, int]) -> Iterator[threading.Event]:
    """Another session has the advisory ``lock`` during the block, or until the event is set."""
    has, free = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", lock)
        has.set()
        free.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert has.wait(10), "nobody gave the lock away"
    try:
        yield free
    finally:
        free.set()
        thread.join(10)
