"""The database backend: Django's PostgreSQL, with a lazy embedded server and three roles.

Pages run as the application's role, commands that publish as the publisher's (`publishes`).
`as_owner()` is for `migrate` and for what only tests do: creating, emptying and dropping a
database.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base, creation, operations
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from django.db.transaction import TransactionManagementError

from tabulation.database import cluster, launcher, limits


class DatabaseOperations(operations.DatabaseOperations):
    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        """TRUNCATE is the owner's: the application's role may not empty a table."""
        with self.connection.as_owner():  # type: ignore[attr-defined]  # our wrapper, below
            super().execute_sql_flush(sql_list)


class DatabaseCreation(creation.DatabaseCreation):
    connection: "DatabaseWrapper"

    def create_test_db(self, *args: Any, **kwargs: Any) -> str:
        """Tests have a server of their own, which trades durability for speed."""
        self.connection.settings_dict.update(CLUSTER="test", PUBLISHES=True)
        self.connection.publishes = True
        return super().create_test_db(*args, **kwargs)


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = False
        #: Whether this process, or this thread, publishes: then it connects as who may.
        self.publishes: bool = self.settings_dict.get("PUBLISHES", False)
        self._patience: limits.Patience | None = None

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

    @property
    def role(self) -> str:
        """Whose rights this connection has, where the server lets us choose."""
        return cluster.PUBLISHER if self.publishes else cluster.APPLICATION

    @property
    def patience(self) -> limits.Patience | None:
        """How long this process waits for the database; `None`: as long as the work takes."""
        return self._patience or self.settings_dict.get("PATIENCE")

    @contextmanager
    def waiting(self, patience: limits.Patience) -> Iterator[None]:
        """In the block a connection that is made waits no longer."""
        before, self._patience = self._patience, patience
        try:
            yield
        finally:
            self._patience = before

    def get_new_connection(self, conn_params: dict[str, Any]) -> limits.Bounded:
        """As Django's, whose further options no DATABASE_URL can have."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return limits.connected(self.patience, conn_params)

    def is_usable(self) -> bool:
        """Whether a connection that was kept is alive; one that hangs is not."""
        raw, patience = self.connection, self.patience
        if raw is not None and patience is not None:
            raw.patience = patience.probe
        usable: bool = super().is_usable()
        if usable and patience is not None:
            raw.patience = patience.answer
        return usable

    def get_connection_params(self) -> dict[str, Any]:
        """Where and as whom to connect; the embedded server is started or joined here."""
        settings = self.settings_dict
        # A connection to no database in particular is made only to create or drop one.
        owner = self.owner or settings["NAME"] is None
        params: dict[str, Any] = super().get_connection_params()
        if settings["EMBEDDED"]:
            socket = launcher.join(Path(settings["EMBEDDED"]), settings.get("CLUSTER", "main"))
            params.update(cluster.CONNECTION, host=socket)
            params["user"] = cluster.OWNER if owner else self.role
        elif settings["OWNER"]:
            if owner:
                params.update(settings["OWNER"])
        elif not owner:
            # One login for both: the session gives up the owner's rights as it begins.
            params["options"] = f"{params.get('options', '')} -c role={self.role}".strip()
        return self._limited(params)

    def _limited(self, params: dict[str, Any]) -> dict[str, Any]:
        """With our limits; what DATABASE_URL says of one holds instead."""
        network: dict[str, Any] = dict(limits.NETWORK)
        if (patience := self.patience) is not None:
            network["connect_timeout"] = patience.connect
            params["options"] = f"{patience.options} {params.get('options', '')}".strip()
        return network | params
