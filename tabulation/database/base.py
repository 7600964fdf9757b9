"""The database backend: Django's PostgreSQL, with a lazy embedded server and two roles.

Everything runs as the application's role. `as_owner()` is for `migrate` and for what only tests
do: creating, emptying and dropping a database.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base, creation, operations
from django.db.transaction import TransactionManagementError

from tabulation.database import cluster, launcher


class DatabaseOperations(operations.DatabaseOperations):
    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        """TRUNCATE is the owner's: the application's role may not empty a table."""
        with self.connection.as_owner():  # type: ignore[attr-defined]  # our wrapper, below
            super().execute_sql_flush(sql_list)


class DatabaseCreation(creation.DatabaseCreation):
    def create_test_db(self, *args: Any, **kwargs: Any) -> str:
        """Tests have a server of their own, which trades durability for speed."""
        self.connection.settings_dict["CLUSTER"] = "test"
        return super().create_test_db(*args, **kwargs)


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = False

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """Reconnect as the owner of the tables for the block; never inside a transaction."""
        if self.in_atomic_block:
            raise TransactionManagementError("The owner's role needs a connection of its own.")
        self.close()
        self.owner = True
        try:
            yield
        finally:
            self.close()
            self.owner = False

    def get_connection_params(self) -> dict[str, Any]:
        """Where and as whom to connect; the embedded server is started or joined here."""
        settings = self.settings_dict
        # A connection to no database in particular is made only to create or drop one.
        owner = self.owner or settings["NAME"] is None
        params: dict[str, Any] = super().get_connection_params()
        if settings["EMBEDDED"]:
            socket = launcher.join(Path(settings["EMBEDDED"]), settings.get("CLUSTER", "main"))
            params.update(cluster.CONNECTION, host=socket)
            params["user"] = cluster.OWNER if owner else cluster.APPLICATION
        elif settings["OWNER"]:
            if owner:
                params.update(settings["OWNER"])
        elif not owner:
            # One login for both: the session gives up the owner's rights as it begins.
            params["options"] = f"{params.get('options', '')} -c role={cluster.APPLICATION}".strip()
        return params
