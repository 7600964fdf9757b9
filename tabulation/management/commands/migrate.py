"""Django's migrate, run as the owner of the tables, then the grants of the application's role."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from tabulation.database import grants
from tabulation.database.cluster import APPLICATION
from tabulation.management.commands._command import DatabaseCommand


class Command(DatabaseCommand, migrate.Command):
    requires_system_checks = "__all__"  # once a release, before it serves

    def handle(self, *args: Any, **options: Any) -> None:
        connection: Any = connections[options["database"]]
        role = APPLICATION
        if connection.settings_dict["OWNER"]:
            role = connection.settings_dict["USER"]
        with connection.as_owner():
            with connection.cursor() as cursor:
                grants.ensure_role(cursor, role)
            super().handle(*args, **options)
            with connection.cursor() as cursor:
                grants.apply_grants(cursor, role, set(connection.introspection.table_names()))
