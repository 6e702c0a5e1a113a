"""Frequent queries are planned once per connection; behind a pooler, each time."""

import os
import subprocess
import sys
import uuid

import pytest
from django.conf import settings
from django.db import connection

from assistant.workspaces.models import Workspace

pytestmark = pytest.mark.django_db
PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
OFTEN = 10
ASKED_OF_THE_PRODUCT = f"""
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    for _ in range({OFTEN}):
        cursor.execute("SELECT %s::int", [7])
    print(cursor.fetchone()[0])
    print(cursor.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0])
"""


def kept(part: str) -> int:
    """How many statements with these words in them this connection has prepared."""
    with connection.cursor() as cursor:
        return cursor.execute(PREPARED, [f"%{part}%"]).fetchone()[0]


def test_what_is_asked_often_is_planned_once_in_a_connection(workspace: Workspace) -> None:
    as_named = f"slug_{uuid.uuid4().hex}"
    by_slug = Workspace.objects.extra(select={as_named: "1"}).values_list("pk", as_named)

    found = [by_slug.filter(slug=slug).first() for slug in [workspace.slug, "nobody"] * OFTEN]

    assert found == [(workspace.pk, 1), None] * OFTEN
    assert kept(as_named) == 1


def test_what_is_asked_once_is_not_kept(workspace: Workspace) -> None:
    list(Workspace.objects.extra(select={"asked_once": "1"}).values_list("asked_once"))
    assert kept("asked_once") == 0


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
