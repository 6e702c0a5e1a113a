"""What is purged in the whole installation: addresses, sessions, stored answers; and how a run is reported."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from assistant.accounts.models import Invitation
from assistant.postgres import advisory_locks
from assistant.rest.models import IdempotentRequest
from assistant.retention import logins, purge, tasks
from assistant.retention.models import PurgeRun
from assistant.workspaces.models import Workspace

pytestmark = pytest.mark.django_db


def days_ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def login(address: str, days: float, model: Any = AccessLog) -> Any:
    row = model.objects.create(
        username="rosa", ip_address=address, **({"failures_since_start": 1} if model is AccessAttempt else {})
    )
    model.objects.filter(pk=row.pk).update(attempt_time=days_ago(days))
    return row


def test_addresses_are_cut_to_their_network_after_a_week():
    old = [login("203.0.113.77", 8), login("2001:db8:1:2::77", 8), login("203.0.113.77", 8, AccessAttempt)]
    young = login("203.0.113.77", 6)

    purge.run_all()
    for row in (*old, young):
        row.refresh_from_db()

    assert [row.ip_address for row in old] == ["203.0.113.0", "2001:db8:1::", "203.0.113.0"]
    assert young.ip_address == "203.0.113.77"
    assert logins.ADDRESSES.count() == 0


def test_the_address_of_a_session_that_was_not_used_for_a_week_is_cut(django_user_model: Any):
    rosa = django_user_model.objects.create_user("rosa")
    old, young = (
        UserSession.objects.create(
            user=rosa, ip="203.0.113.77", session_key=key, user_agent="Firefox", last_seen_at=days_ago(days)
        )
        for key, days in (("old", 8), ("young", 6))
    )

    purge.run_all()
    old.refresh_from_db()
    young.refresh_from_db()

    assert (old.ip, young.ip) == ("203.0.113.0", "203.0.113.77")


def test_records_of_logins_sessions_and_stored_answers_go():
    login("203.0.113.77", 366)
    Session.objects.create(session_key="a", session_data="", expire_date=days_ago(1))
    stays = Session.objects.create(session_key="b", session_data="", expire_date=days_ago(-1))
    IdempotentRequest.objects.create(caller="a", key="b", fingerprint="c", status=201, begun_at=days_ago(1.1))

    purge.run_all()

    assert not AccessLog.objects.exists()
    assert not IdempotentRequest.objects.exists()
    assert list(Session.objects.all()) == [stays]


def test_a_run_that_deletes_something_leaves_a_report_and_another_none(workspace: Workspace):
    login("203.0.113.77", 8)

    purge.run_all()
    purge.run_all()

    report = PurgeRun.objects.get()
    assert report.lines == [("Login addresses", 1)]
    assert report.is_complete
    assert report.workspace is None


def test_a_run_that_has_no_time_left_says_so_and_the_next_one_goes_on(settings: Any):
    login("203.0.113.77", 8)
    settings.PURGE_TIME_LIMIT_S = 0.0

    assert purge.run_all() == []
    settings.PURGE_TIME_LIMIT_S = 60.0
    (run,) = purge.run_all()

    assert run.counts["login_addresses"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_are_one():
    login("203.0.113.77", 8)
    with advisory_locks.hold_if_free(purge.LOCK) as ours:
        assert ours
        tasks.purge_expired()
        with pytest.raises(CommandError, match="being deleted right now"):
            call_command("purge_expired")

    assert not PurgeRun.objects.exists()


def test_the_command_prints_what_it_counted(workspace: Workspace):
    login("203.0.113.77", 8)
    printed = StringIO()

    call_command("purge_expired", "--dry-run", stdout=printed)

    assert "Dry run of what workspaces share: 1 rows\n  Login addresses: 1" in printed.getvalue()
    assert AccessLog.objects.get().ip_address == "203.0.113.77"


def test_old_reports_are_deleted(settings: Any):
    old = PurgeRun.objects.create(started_at=days_ago(settings.PURGE_REPORTS_KEPT_DAYS + 1))
    stays = PurgeRun.objects.create()

    purge.run_all()

    assert PurgeRun.objects.filter(pk=stays.pk).exists()
    assert not PurgeRun.objects.filter(pk=old.pk).exists()


@pytest.mark.parametrize("how", ["accepted_at", "revoked_at", "expires_at"])
def test_invitations_are_deleted_90_days_after_they_are_over(workspace: Workspace, how: str):
    now = timezone.now()
    for name, days in (("old", 91), ("young", 89)):
        times = {"expires_at": now + timedelta(days=1)} | {how: days_ago(days)}
        Invitation.objects.create(workspace=workspace, email=f"{name}@shop.example", hashed=name, **times)

    (run,) = purge.run_all()

    assert run.counts["invitations"] == 1
    assert [each.email for each in Invitation.objects.all()] == ["young@shop.example"]
