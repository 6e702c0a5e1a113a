from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from assistant.audit import roles


class Command(BaseCommand):
    help = (
        "Create a database role for Brevity's processes that cannot change the audit log, its triggers or any other "
        "part of the schema. Run it as the owner of the database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--print", action="store_true", help="print the statements instead of running them")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("APP_ROLE_PASSWORD", "")
        if options["print"]:
            self.stdout.write(";\n".join(roles.statements(options["name"], "…")) + ";")
            return
        if not password:
            raise CommandError("Set APP_ROLE_PASSWORD to the password of the new role.")
        with connection.cursor() as cursor:
            for statement in roles.statements(options["name"], password):
                cursor.execute(statement)
        self.stdout.write(f"Run Brevity with DATABASE_URL as {options['name']}, and migrations as the owner.")
