"""Routing in the staff admin: a workspace's policy, the reason for each reply's model, replies by tier."""

import pytest
from django.urls import reverse

from assistant.workspaces.models import Workspace
from tests.admin.conftest import RECEIPT, conversation_of

CASCADE = {"tried": "saving", "accepted": False, "why_not": "no_citation", "ms": 640, "cost_usd": "0.000146"}
ROUTED = {
    **RECEIPT,
    "source": "model",
    "tier": "large",
    "engine": "big",
    "model": "big-1",
    "routing": {"tier": "saving", "reason": "simple", "policy": "balanced", "signals": {"confidence": 0.9}},
    "cascade": CASCADE,
}


def replied(workspace: Workspace, receipt: dict) -> str:
    """The address of a conversation with one more reply."""
    conversation = conversation_of(workspace)
    conversation.messages.create(seq=3, role="assistant", text="Two days.", receipt=receipt)
    return reverse("admin:conversations_conversation_change", args=[conversation.pk])


@pytest.mark.django_db
def test_the_admin_of_a_workspace_chooses_its_policy(staff, workspace):
    client, address = staff("admin"), reverse("admin:workspaces_workspace_change", args=[workspace.pk])
    page = client.get(address)
    assert "Thrifty: the small model whenever articles were found" in page.content.decode()
    assert "The server&#x27;s default" in page.content.decode()
    given = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}

    client.post(address, {**given, "settings": "{}", "routing_policy": "thrifty", "routing_confidence_min": "0.4"})

    workspace.refresh_from_db()
    assert (workspace.routing_policy, workspace.routing_confidence_min) == ("thrifty", 0.4)


@pytest.mark.django_db
def test_a_confidence_beyond_one_is_refused(staff, workspace):
    client, address = staff("admin"), reverse("admin:workspaces_workspace_change", args=[workspace.pk])
    initial = client.get(address).context["adminform"].form.initial
    given = {name: value for name, value in initial.items() if value is not None}

    page = client.post(address, {**given, "settings": "{}", "routing_confidence_min": "1.5"})

    assert page.status_code == 200
    workspace.refresh_from_db()
    assert workspace.routing_confidence_min is None


@pytest.mark.django_db
def test_a_viewer_cannot_change_the_policy(staff, workspace):
    address = reverse("admin:workspaces_workspace_change", args=[workspace.pk])

    staff("viewer").post(address, {"slug": "acme", "name": "Acme", "routing_policy": "thrifty", "settings": "{}"})

    workspace.refresh_from_db()
    assert workspace.routing_policy == ""


@pytest.mark.django_db
def test_the_transcript_says_which_model_was_asked_and_why(superuser, workspace):
    page = superuser.get(replied(workspace, ROUTED)).content.decode()

    assert "balanced: simple" in page
    assert "Answer not used: no citation" in page


@pytest.mark.django_db
def test_the_transcript_says_which_model_wrote_a_cached_answer(superuser, workspace):
    page = superuser.get(replied(workspace, {**RECEIPT, "made_by": "saving"})).content.decode()

    assert "<dt>Written by</dt><dd>Small model</dd>" in page


@pytest.mark.django_db
def test_the_usage_page_shows_replies_by_tier(superuser, workspace):
    replied(workspace, ROUTED)
    replied(workspace, {**ROUTED, "tier": "saving", "cascade": {**CASCADE, "accepted": True, "why_not": None}})

    page = superuser.get(reverse("admin:usage_modelcall_report"))

    tiers = {row["label"]: row["count"] for row in page.context["tiers"]}
    assert tiers == {"No model": 2, "Large model": 1, "Small model": 1}
    assert "The small model was asked first 2 times, and its answer was used 1 time." in page.content.decode()
