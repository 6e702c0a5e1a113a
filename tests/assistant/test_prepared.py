"""What is asked with every message is planned once in a connection; behind a pooler it is planned each time."""

import os
import subprocess
import sys
import uuid

import pytest
from django.conf import settings
from django.db import DatabaseError, connection

from assistant.compiled_queries import CompiledQuery
from assistant.database import prepared
from assistant.workspaces.models import Workspace

pytestmark = pytest.mark.django_db
PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
ASKED_OF_THE_PRODUCT = """
import django
django.setup()
from assistant.database import prepared
with prepared.cursor() as cursor:
    print(cursor.execute("SELECT 7").fetchone()[0])
    print(cursor.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0])
"""


def kept(part: str) -> int:
    """How many statements with these words in them this connection has prepared."""
    with connection.cursor() as cursor:
        return cursor.execute(PREPARED, [f"%{part}%"]).fetchone()[0]


def test_a_compiled_query_is_planned_once_in_a_connection(workspace: Workspace) -> None:
    as_named = f"slug_{uuid.uuid4().hex}"
    by_slug = CompiledQuery(
        lambda slug: Workspace.objects.filter(slug=slug).extra(select={as_named: "1"}).values_list("pk", as_named),
        slug="acme",
    )

    found = [by_slug.first(slug=slug) for slug in (workspace.slug, "nobody", workspace.slug)]

    assert found == [(workspace.pk, 1), None, (workspace.pk, 1)]
    assert kept(as_named) == 1


def test_other_statements_are_not_kept(workspace: Workspace) -> None:
    list(Workspace.objects.extra(select={"asked_once": "1"}).values_list("asked_once"))
    assert kept("asked_once") == 0


def test_a_prepared_statement_that_fails_fails_as_any_other() -> None:
    with pytest.raises(DatabaseError, match="no_such_table"), prepared.cursor() as cursor:
        cursor.execute("SELECT 1 FROM no_such_table")


def test_nothing_is_prepared_where_it_is_switched_off() -> None:
    told = subprocess.run(
        [sys.executable, "-c", ASKED_OF_THE_PRODUCT],
        env={**os.environ, "DATABASE_PREPARE": "false", "DJANGO_SETTINGS_MODULE": "assistant.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["7", "0"]
