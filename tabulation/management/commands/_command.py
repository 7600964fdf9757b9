"""What our commands share: the database told in plain words, and names found or listed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from psycopg.errors import UndefinedTable

from candidates.models import Contest, Election
from tabulation.database.places import LauncherError
from tabulation.ledger import reading
from tabulation.models import Publication


class DatabaseCommand(BaseCommand):
    """A command that needs the database, and says what to do when it is not there."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except LauncherError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            raise CommandError(
                f"The database cannot be used: {reason}. Is it running, and is DATABASE_URL right?"
            ) from error
        except ProgrammingError as error:
            if not isinstance(error.__cause__, UndefinedTable):
                raise
            raise CommandError(
                "The database has no tables yet. Make them with: manage.py migrate"
            ) from error


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
