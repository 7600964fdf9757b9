"""A database is wiped by dropping it whole, and only while no real election is in it."""

from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError, connection
from psycopg.errors import ObjectInUse

from candidates.models import Election


def drop_database() -> None:
    """Drop the database and make it anew, empty. Raises CommandError for one that holds a real
    election, is in use, or is not ours to drop.
    """
    if real := _real_elections():
        raise CommandError(
            f"This database holds a real election ({', '.join(real)}): it is never wiped."
        )
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    connection.close()
    try:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
    except OperationalError as error:
        if not isinstance(error.__cause__, ObjectInUse):
            raise
        raise CommandError(
            "The data is in use: stop the server or the other demonstration first."
        ) from error
    except ProgrammingError as error:
        raise CommandError(
            f"This login may not drop the database: its owner does, with DROP DATABASE {name}."
        ) from error


def _real_elections() -> list[str]:
    if Election._meta.db_table not in connection.introspection.table_names():
        return []
    elections = Election.objects.filter(kind=Election.Kind.REAL)
    return list(elections.order_by("slug").values_list("slug", flat=True))
