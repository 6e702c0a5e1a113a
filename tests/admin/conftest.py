"""Staff of two shops, and a conversation whose customer waits for a person."""

import uuid
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from assistant.accounts.models import Invitation
from assistant.audit import log
from assistant.guidance import versions
from assistant.guidance.content import Content
from assistant.llm.connections.models import ModelConnection
from assistant.retention.models import PurgeRun, RetentionPeriods
from assistant.usage.models import Alert, Budget, ModelCall, PriceRule
from assistant.webhooks.models import Endpoint
from assistant.workspaces.models import ApiKey, Membership, Widget, Workspace
from caching.models import CachedAnswer
from conversations.gate.models import GateModel, GateSettings, HeldMessage
from conversations.helpdesk.models import Connection
from conversations.messaging import store
from conversations.models import Contact, Conversation
from conversations.test_sets import cases
from knowledge.articles import publishing
from knowledge.gaps import gaps
from knowledge.imports.models import Import
from knowledge.models import Article, Gap
from knowledge.search.weights.models import LabelledQuestion, LegWeights

RECEIPT = {
    "source": "semantic_cache",
    "tier": None,
    "why_tier": "answered before",
    "model": None,
    "tokens": {"prompt": 0, "completion": 0},
    "cost_usd": "0.000000",
    "would_have_cost_usd": "0.006120",
    "saved_usd": {"cache": "0.006120"},
    "ms": {"total": 12},
}


@pytest.fixture
def rosa(db: None) -> Any:
    return get_user_model().objects.create_superuser("rosa", password="rosa-works-here", first_name="Rosa")


@pytest.fixture
def other_shop(db: None) -> Workspace:
    return Workspace.objects.create(slug="globex", name="Globex")


@pytest.fixture
def staff(workspace: Workspace) -> Any:
    """Log a member of staff in, with a role in Acme: `staff("agent")` gives a client."""

    def logged_in(role: str) -> Client:
        user = get_user_model().objects.create_user(f"{role}-rosa", is_staff=True, first_name="Rosa")
        Membership.objects.create(user=user, workspace=workspace, role=role)
        client = Client()
        client.force_login(user)
        return client

    return logged_in


@pytest.fixture
def superuser(rosa: Any) -> Client:
    client = Client()
    client.force_login(rosa)
    return client


def article_of(workspace: Workspace, title: str = "Delivery", body: str = "Delivery takes two days.") -> Article:
    return publishing.save_draft(workspace, title=title, body=body)


def conversation_of(workspace: Workspace) -> Conversation:
    """Ana asked once, was answered from the cache, and waits for a person."""
    ana = Contact.objects.create(workspace=workspace, name="Ana")
    conversation = Conversation.objects.create(workspace=workspace, contact=ana, status=Conversation.Status.WAITING)
    store.say_as_person(conversation, "Welcome")
    conversation.messages.create(seq=2, role="assistant", text="Two days **at most**.", receipt=RECEIPT)
    Conversation.objects.filter(pk=conversation.pk).update(last_seq=2)
    return conversation


def cached_answer_of(workspace: Workspace) -> CachedAnswer:
    return CachedAnswer.objects.create(
        workspace=workspace,
        locale="en",
        audience="public",
        release="r1",
        question="How long does delivery take?",
        key=uuid.uuid4().hex,
        answer="Two days.",
        expires_at=timezone.now() + timezone.timedelta(hours=24),
    )


@pytest.fixture
def rows(workspace: Workspace) -> dict[str, Any]:
    """One row of every kind in Acme, by the name of its pages."""
    return rows_of(workspace)


def rows_of(workspace: Workspace) -> dict[str, Any]:
    conversation, article = conversation_of(workspace), article_of(workspace)
    endpoint = Endpoint.objects.create(workspace=workspace, url="https://shop.example/hooks")
    desk = Connection.objects.create(workspace=workspace, kind="zammad", name="Desk", base_url="https://desk.example")
    test_set = workspace.test_sets.create(name="Delivery")
    return {
        "workspaces_workspace": workspace,
        "workspaces_widget": Widget.objects.create(workspace=workspace),
        "workspaces_apikey": ApiKey.issue(workspace, "helpdesk", ["usage:read"])[0],
        "staff_accounts_invitation": Invitation.objects.create(
            workspace=workspace, email="dora@shop.example", hashed=uuid.uuid4().hex, expires_at=timezone.now()
        ),
        "webhooks_endpoint": endpoint,
        "webhooks_delivery": endpoint.deliveries.create(type="webhook.test", payload={}, status="failed"),
        "helpdesk_connection": desk,
        "helpdesk_delivery": desk.deliveries.create(delivery_id="d-1", payload={"ticket": {"id": 10}}),
        "helpdesk_thread": desk.threads.create(external_id="10", conversation=conversation),
        "llm_modelconnection": ModelConnection.objects.create(
            workspace=workspace, name="Ours", preset="custom", base_url="https://models.example/v1", model="m"
        ),
        "usage_modelcall": ModelCall.objects.create(workspace=workspace, engine="scripted", model="m"),
        "usage_budget": Budget.objects.create(workspace=workspace, period="day", cap_usd=20),
        "usage_alert": Alert.objects.create(
            workspace=workspace, kind="budget", starts_on="2026-11-23", threshold=80, sentence="80 % is used."
        ),
        "knowledge_article": article,
        "knowledge_gap": gap_of(workspace),
        "learning_legweights": LegWeights.objects.create(workspace=workspace, state="too_few", labels=3),
        "learning_labelledquestion": LabelledQuestion.objects.create(
            workspace=workspace, article=article, question="How long does it take?", key="k", source="staff"
        ),
        "test_sets_testset": test_set,
        "test_sets_case": cases.add(test_set, [cases.checked({"message": "How long does it take?"})])[0],
        "test_sets_run": test_set.runs.create(total=1, done=1, right=1, state="done", finished_at=timezone.now()),
        "guidance_guidance": versions.save_draft(workspace, Content(tone="warm"), seen=None),
        "imports_import": Import.objects.create(workspace=workspace, name="help.zip"),
        "caching_cachedanswer": cached_answer_of(workspace),
        "audit_event": log.record("workspace.changed", workspace),
        "retention_retentionperiods": RetentionPeriods.objects.create(workspace=workspace),
        "retention_purgerun": PurgeRun.objects.create(workspace=workspace),
        "conversations_conversation": conversation,
        "conversations_contact": conversation.contact,
        "gate_heldmessage": HeldMessage.objects.create(
            message=conversation.messages.first(), workspace=workspace, reason="spam"
        ),
        "gate_gatesettings": GateSettings.objects.create(workspace=workspace),
        "gate_gatemodel": GateModel.objects.create(state="too_few"),
    }


def gap_of(workspace: Workspace) -> Gap:
    return gaps.record(workspace, "Do you sell gnomes?", None)


@pytest.fixture
def price(db: None) -> PriceRule:
    return PriceRule.objects.create(
        model="gpt-test", valid_from="2026-01-01", input_usd=1, cached_input_usd=0, output_usd=2
    )
