"""Staff manage the cache: pin, ban and judge answers, decide doubtful hits, and add answers."""

from typing import Any

import pytest
from django.urls import reverse

from assistant.workspaces.models import Workspace
from caching import feedback
from caching.models import CachedAnswer
from tests.admin.conftest import cached_answer_of

State = CachedAnswer.State


def admin_action(entry: CachedAnswer, name: str) -> str:
    return reverse("admin:caching_cachedanswer_admin_action", args=[entry.pk, name])


def test_an_answer_is_pinned_and_banned(staff: Any, workspace: Workspace):
    entry, client = cached_answer_of(workspace), staff("curator")

    client.post(admin_action(entry, "pin"))
    entry.refresh_from_db()
    pinned = entry.pinned
    client.post(admin_action(entry, "ban"))
    entry.refresh_from_db()

    assert pinned
    assert entry.state == State.BANNED


def test_two_wrong_verdicts_take_an_answer_out_of_service(staff: Any, workspace: Workspace):
    entry, client = cached_answer_of(workspace), staff("agent")

    for _ in range(2):
        client.post(admin_action(entry, "judge"), {"opinion": "wrong", "note": "old price"})

    entry.refresh_from_db()
    assert entry.state == State.QUARANTINED
    assert entry.verdicts.first().by.username == "agent-rosa"


def test_what_waits_for_a_person_is_in_the_queue_until_it_is_settled(staff: Any, workspace: Workspace):
    entry, client = cached_answer_of(workspace), staff("curator")
    said = feedback.verdict(entry.pk, "undecided", source="near_miss", asked="When does delivery arrive?")
    queue = reverse("admin:caching_cachedanswer_changelist") + "?queue=review"

    before = list(client.get(queue).context["cl"].queryset)
    client.post(admin_action(entry, "settle"), {"verdict": said.pk, "opinion": "right"})
    after = list(client.get(queue).context["cl"].queryset)

    assert (before, after) == ([entry], [])
    assert entry.wordings.filter(text="When does delivery arrive?", is_alias=True).exists()


def test_a_wording_is_taught_once(staff: Any, workspace: Workspace):
    entry, client = cached_answer_of(workspace), staff("curator")

    client.post(admin_action(entry, "alias"), {"text": "Delivery time?"})
    again = client.post(admin_action(entry, "alias"), {"text": "delivery time"}, follow=True)

    assert entry.wordings.count() == 1
    assert "already exists" in again.content.decode()


def test_a_deleted_answer_leads_back_to_the_list(staff: Any, workspace: Workspace):
    entry = cached_answer_of(workspace)

    page = staff("curator").post(admin_action(entry, "delete"), follow=True)

    assert page.request["PATH_INFO"] == reverse("admin:caching_cachedanswer_changelist")
    assert not CachedAnswer.objects.exists()


@pytest.mark.parametrize(("role", "name"), [("viewer", "judge"), ("agent", "ban"), ("agent", "delete")])
def test_roles_bound_what_one_does_to_the_cache(staff: Any, workspace: Workspace, role: str, name: str):
    entry = cached_answer_of(workspace)

    page = staff(role).post(admin_action(entry, name), {"opinion": "wrong"})

    entry.refresh_from_db()
    assert page.status_code == 403
    assert (entry.state, entry.judged) == (State.LIVE, 0)
