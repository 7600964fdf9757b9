"""What our commands share: the database told in plain words, and names found or listed."""

import signal
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection
from psycopg.errors import UndefinedTable

from candidates.models import Contest, Election
from tabulation.database import faults
from tabulation.database.places import LauncherError
from tabulation.ledger import reading
from tabulation.models import Publication


def seconds(text: str) -> float:
    """An argument of a command: how often something is looked at, or how long waited for."""
    if not 0.1 <= float(text) <= 3_600:
        raise ArgumentTypeError("between 0.1 and 3600 seconds")
    return float(text)


class PlainCommand(BaseCommand):
    """A command that tells what is refused in its own words, with exit status 1."""

    # Django's checks import every page, the typesetter and the passkeys: as long as all the rest of
    # a start, each minute for what runs by the clock. `check` and `migrate` make them.
    requires_system_checks: tuple[str, ...] | Literal["__all__"] = ()
    #: What the work may raise whose message is for the person who asked.
    refusals: tuple[type[Exception], ...] = ()

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except self.refusals as refused:
            raise CommandError(str(refused)) from refused
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def say(self, what: str) -> None:
        """A line at once, for work that goes on."""
        self.stdout.write(what)
        self.stdout.flush()


class DatabaseCommand(PlainCommand):
    """A command that needs the database, and says what to do when it is not there, or refuses."""

    #: Whether it writes the ledger: then it needs the publisher's login.
    publishes = False

    def execute(self, *args: Any, **options: Any) -> str | None:
        if self.publishes:
            # Of this thread, and of those to come.
            connection.publishes = True  # type: ignore[attr-defined]  # of our backend (database/base.py)
            connection.settings_dict["PUBLISHES"] = True
        try:
            return super().execute(*args, **options)
        except LauncherError as error:
            raise CommandError(str(error)) from error
        except (DatabaseError, InterfaceError) as error:
            if isinstance(error.__cause__, UndefinedTable):
                raise CommandError(
                    "The database has no tables yet. Make them with: manage.py migrate"
                ) from error
            raise CommandError(faults.told(error)) from error


@contextmanager
def handling(
    signals: Iterable[signal.Signals], handler: Callable[..., object] | signal.Handlers
) -> Iterator[None]:
    """The ``signals`` call ``handler`` during the block, and afterwards what they called before."""
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def interrupt(_signal: int, _frame: object) -> None:
    """End this process as Ctrl-C does: children first."""
    raise KeyboardInterrupt


def election_named(slug: str) -> Election:
    """Raises CommandError with the slugs that exist."""
    try:
        return Election.objects.get(slug=slug)
    except Election.DoesNotExist:
        known = ", ".join(Election.objects.values_list("slug", flat=True)) or "none is loaded"
        raise CommandError(f"There is no election {slug!r}. Elections: {known}.") from None


def contest_named(election: Election, code: str | None) -> Contest:
    """The contest ``code``, or the only one. Raises CommandError with the codes that exist."""
    contests = list(election.contests.select_related("election"))
    if code is None and len(contests) == 1:
        return contests[0]
    for contest in contests:
        if contest.code == code:
            return contest
    codes = ", ".join(contest.code for contest in contests)
    problem = f"has no contest {code!r}" if code else "has several contests: name one"
    raise CommandError(f"{election.slug} {problem} with --contest. Contests: {codes}.")


def publication_of(election: Election, number: int | None) -> Publication:
    """The publication ``number``, or the newest. Raises CommandError."""
    found = (
        reading.latest(election)
        if number is None
        else reading.publication_or_none(election, number)
    )
    if found is None:
        wanted = "Nothing" if number is None else f"No publication {number}"
        raise CommandError(f"{wanted} of {election.slug} is published yet.")
    return found
