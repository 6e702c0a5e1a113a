"""Admins set how long their workspace keeps data, count what would go, and delete it now."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assistant.retention.models import PurgeRun, RetentionPeriods
from assistant.workspaces.models import Workspace
from conversations.models import Conversation
from tests.admin.conftest import conversation_of

pytestmark = pytest.mark.django_db
LIST, CHANGE = "admin:retention_retentionperiods_changelist", "admin:retention_retentionperiods_change"


@pytest.fixture
def old(workspace: Workspace) -> Conversation:
    talk = conversation_of(workspace)
    Conversation.objects.filter(pk=talk.pk).update(status="resolved", updated_at=timezone.now() - timedelta(days=40))
    return talk


def opened(client: Any) -> RetentionPeriods:
    client.get(reverse(LIST))
    return RetentionPeriods.objects.get()


def test_every_workspace_has_a_page_with_the_defaults(staff: Any, workspace: Workspace, other_shop: Workspace):
    client = staff("admin")

    page = client.get(reverse(LIST))
    row = RetentionPeriods.objects.get()

    assert page.status_code == 200
    assert (row.workspace, row.conversations_days, row.cache_days) == (workspace, 180, 7)
    assert "Globex" not in page.content.decode()


def test_an_empty_field_keeps_the_data_and_a_number_deletes_it(staff: Any, workspace: Workspace, old: Conversation):
    client = staff("admin")
    row = opened(client)
    button = reverse("admin:retention_retentionperiods_admin_action", args=[row.pk, "purge"])

    client.post(reverse(CHANGE, args=[row.pk]), {"attachments_days": 30})
    client.post(button)
    assert Conversation.objects.exists()
    client.post(reverse(CHANGE, args=[row.pk]), {"conversations_days": 30})
    page = client.post(button, follow=True)

    assert not Conversation.objects.exists()
    assert PurgeRun.objects.filter(by__username="admin-rosa", dry_run=False).count() == 2
    assert "1 conversations" in page.content.decode()


def test_the_dry_run_says_what_would_go_and_deletes_nothing(staff: Any, workspace: Workspace, old: Conversation):
    client = staff("admin")
    row = opened(client)
    RetentionPeriods.objects.update(conversations_days=30, traces_days=None)

    page = client.post(reverse("admin:retention_retentionperiods_admin_action", args=[row.pk, "try"]), follow=True)

    assert "this would be deleted now: 1 conversations" in page.content.decode()
    assert Conversation.objects.exists()


@pytest.mark.parametrize("days", ["0", "-1", "4000", "x"])
def test_a_period_is_between_a_day_and_ten_years(staff: Any, workspace: Workspace, days: str):
    client = staff("admin")
    row = opened(client)

    page = client.post(reverse(CHANGE, args=[row.pk]), {"conversations_days": days})

    assert "conversations_days" in page.context["adminform"].form.errors
