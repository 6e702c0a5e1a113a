"""The audit log cannot be changed, and a change made by force is found (P8)."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from assistant.audit import log, roles, verify
from assistant.audit.models import Event, Seal
from assistant.retention import audit_entries
from assistant.workspaces.models import Workspace

ROLE, PASSWORD = "brevity_app_of_a_test", "only-for-this-test"


def recorded(count: int, age_days: float = 0) -> list[Event]:
    events = []
    for number in range(count):
        event = Event(
            actor="rosa", action=f"thing.{number}", at=timezone.now() - timedelta(days=age_days), ip="203.0.113.77"
        )
        event.save(force_insert=True)
        events.append(event)
    return events


def by_force(statement: str, *values: Any) -> None:
    """As a superuser who switches the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)


def found() -> list[tuple[int, str]]:
    return [(each.event_id, each.what) for each in verify.problems()]


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("table", ["audit_event", "audit_seal"])
@pytest.mark.parametrize("what", ["UPDATE {} SET {} = '0'", "DELETE FROM {}"])
def test_postgres_refuses_to_change_an_entry(table: str, what: str):
    recorded(1)
    column = "actor" if table == "audit_event" else "digest"

    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(what.format(table, column))

    assert found() == []


def test_each_entry_is_sealed_at_the_commit_and_the_chain_holds():
    with transaction.atomic():
        recorded(2)
        assert not Seal.objects.exists()
    recorded(1)

    assert [seal.position for seal in Seal.objects.order_by("position")] == [1, 2, 3]
    assert found() == []


def test_what_was_rolled_back_leaves_no_gap():
    recorded(1)
    with transaction.atomic():
        recorded(1)
        transaction.set_rollback(True)
    recorded(1)

    assert Event.objects.count() == 2
    assert found() == []


@pytest.mark.parametrize(
    ("statement", "which", "what"),
    [
        ("UPDATE audit_event SET actor = 'nobody' WHERE id = %s", 1, "it was changed"),
        ("UPDATE audit_event SET detail = '{\"a\": 1}' WHERE id = %s", 1, "it was changed"),
        ("UPDATE audit_event SET at = at + interval '1 microsecond' WHERE id = %s", 1, "it was changed"),
        ("DELETE FROM audit_event WHERE id = %s", 1, "it is missing"),
        ("DELETE FROM audit_event WHERE id = %s", 0, "it is missing"),
        ("DELETE FROM audit_seal WHERE event_id = %s", 0, "entries before it are missing"),
    ],
)
def test_a_change_by_force_is_found(statement: str, which: int, what: str):
    events = recorded(3)

    by_force(statement, events[which].pk)

    named = events[which].pk if "audit_event" in statement else events[which + 1].pk
    assert (named, what) in found()


def test_the_first_entry_deleted_with_its_seal_is_found():
    events = recorded(3)

    by_force("DELETE FROM audit_event WHERE id = %s", events[0].pk)
    by_force("DELETE FROM audit_seal WHERE event_id = %s", events[0].pk)

    assert (events[1].pk, "entries before it are missing") in found()


def test_an_entry_that_was_slipped_in_is_found():
    recorded(1)

    by_force(
        "INSERT INTO audit_event (at, actor, actor_id, action, object_type, object_id, subject, detail, request_id) "
        "VALUES (now(), 'rosa', '', 'x', '', '', '', '{}', '')"
    )

    (problem,) = found()
    assert "no seal" in problem[1]


def test_the_command_names_what_was_changed_and_a_digest_kept_elsewhere_shows_what_was_cut_off():
    events, printed = recorded(3), StringIO()
    call_command("audit_verify", stdout=printed)
    digest = printed.getvalue().split()[-1]
    call_command("audit_verify", contains=digest, stdout=printed)
    by_force("DELETE FROM audit_event WHERE id = %s", events[2].pk)
    by_force("DELETE FROM audit_seal WHERE event_id = %s", events[2].pk)

    call_command("audit_verify", stdout=printed)
    with pytest.raises(CommandError, match=digest):
        call_command("audit_verify", contains=digest)
    by_force("UPDATE audit_event SET actor = 'nobody' WHERE id = %s", events[0].pk)
    with pytest.raises(CommandError, match=f"Entry {events[0].pk}: it was changed"):
        call_command("audit_verify")


def test_old_entries_are_purged_in_batches_and_the_chain_still_holds():
    recorded(5, age_days=400)
    young = recorded(2)

    assert audit_entries.ENTRIES.count() == 5
    batches = []
    while done := audit_entries.ENTRIES.purge_some(3):
        batches.append(done)

    assert sum(batches) == 5
    assert max(batches) <= 3
    assert {event.pk for event in young} <= set(Event.objects.values_list("pk", flat=True))
    assert Event.objects.filter(action="audit.purged").count() == len(batches)
    assert found() == []


def test_the_purge_refuses_to_delete_what_is_young():
    recorded(1, age_days=31)

    with pytest.raises(DatabaseError, match="at least 30 days"), connection.cursor() as cursor:
        cursor.execute("SELECT audit_purge(29, 100)")

    assert Event.objects.count() == 1


def test_addresses_are_cut_after_a_week_and_the_chain_still_holds():
    (old,), (young,) = recorded(1, age_days=8), recorded(1)

    assert audit_entries.ADDRESSES.count() == 1
    assert audit_entries.ADDRESSES.purge_some(100) == 1
    assert audit_entries.ADDRESSES.purge_some(100) == 0
    old.refresh_from_db()
    young.refresh_from_db()

    assert (old.ip, young.ip) == ("203.0.113.0", "203.0.113.77")
    assert found() == []


@pytest.fixture
def application() -> Iterator[psycopg.Connection]:
    """A connection of the application's own role, as `create_app_role` makes it."""
    with connection.cursor() as cursor:
        for statement in roles.statements(ROLE, PASSWORD):
            cursor.execute(statement)
    known = connection.get_connection_params()
    named = {name: known[name] for name in ("host", "port") if name in known}
    with psycopg.connect(dbname=known["dbname"], user=ROLE, password=PASSWORD, autocommit=True, **named) as session:
        yield session
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {ROLE}")
        cursor.execute(f"DROP ROLE {ROLE}")


INSERT = (
    "INSERT INTO audit_event (at, actor, actor_id, action, object_type, object_id, subject, detail, request_id) "
    "VALUES (now(), 'rosa', '', 'x', '', '', '', '{}', '')"
)


def test_the_role_of_the_application_adds_entries_and_cannot_change_them(application: psycopg.Connection):
    recorded(1, age_days=400)
    application.execute(INSERT)
    application.execute("SET brevity.audit_maintenance = 'on'")  # what the triggers look at does not help it

    for statement in (
        "UPDATE audit_event SET actor = 'nobody'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "INSERT INTO audit_seal VALUES (99, 99, 'x')",
        "DELETE FROM audit_seal",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TABLE audit_event",
        "SET session_replication_role = replica",
        "CREATE TABLE more (id int)",
    ):
        with pytest.raises(psycopg.Error) as refused:
            application.execute(statement)
        assert refused.value.sqlstate == "42501", statement  # insufficient_privilege

    assert application.execute("SELECT count(*) FROM audit_seal").fetchone() == (2,)
    assert application.execute("SELECT audit_purge(365, 100)").fetchone() == (1,)
    assert found() == []


def test_the_role_of_the_application_works_with_all_other_tables(application: psycopg.Connection, workspace: Workspace):
    application.execute("UPDATE workspaces_workspace SET name = 'Ours'")
    application.execute(
        "INSERT INTO caching_tally (workspace_id, day, reason, count) VALUES (%s, now(), 'x', 1)", [workspace.pk]
    )

    workspace.refresh_from_db()
    assert workspace.name == "Ours"


def test_the_command_prints_statements_without_a_password_and_needs_one_to_run_them():
    printed = StringIO()

    call_command("create_app_role", ROLE, print=True, stdout=printed)

    assert f'CREATE ROLE "{ROLE}"' in printed.getvalue()
    with pytest.raises(CommandError, match="APP_ROLE_PASSWORD"):
        call_command("create_app_role", ROLE)


def test_entries_outlive_the_workspace_that_they_are_about(workspace: Workspace):
    log.record("workspace.changed", workspace)

    workspace.delete()

    assert Event.objects.filter(action="workspace.changed").count() == 1
    assert found() == []
