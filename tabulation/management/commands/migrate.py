"""Django's migrate, run as the owner of the tables, then the grants of the other two roles."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from tabulation.database import grants
from tabulation.database.cluster import APPLICATION, PUBLISHER
from tabulation.management.commands._command import DatabaseCommand


class Command(DatabaseCommand, migrate.Command):
    requires_system_checks = "__all__"  # once a release, before it serves

    def handle(self, *args: Any, **options: Any) -> None:
        connection: Any = connections[options["database"]]
        role = APPLICATION
        if connection.settings_dict["OWNER"] and connection.settings_dict["USER"] != PUBLISHER:
            role = connection.settings_dict["USER"]
        roles = {role: grants.GRANTS, PUBLISHER: grants.PUBLISHER_GRANTS}
        with connection.as_owner():
            with connection.cursor() as cursor:
                for role in roles:
                    grants.ensure_role(cursor, role)
            super().handle(*args, **options)
            with connection.cursor() as cursor:
                tables = set(connection.introspection.table_names())
                for role, listed in roles.items():
                    grants.apply_grants(cursor, role, tables, listed)
