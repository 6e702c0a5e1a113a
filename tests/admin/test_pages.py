"""Every page of the staff admin opens for the roles that may see it, and for no others."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assistant.usage.models import Budget, BudgetPeriod, ModelCall
from assistant.workspaces.models import Widget, Workspace
from conversations.models import Conversation, Message
from tests.admin.conftest import RECEIPT, rows_of

KINDS = (
    "workspaces_workspace",
    "workspaces_widget",
    "workspaces_apikey",
    "webhooks_endpoint",
    "webhooks_delivery",
    "helpdesk_connection",
    "helpdesk_delivery",
    "helpdesk_thread",
    "llm_modelconnection",
    "usage_modelcall",
    "usage_budget",
    "usage_alert",
    "knowledge_article",
    "knowledge_gap",
    "imports_import",
    "test_sets_testset",
    "test_sets_case",
    "test_sets_run",
    "caching_cachedanswer",
    "conversations_conversation",
    "conversations_contact",
    "audit_event",
    "retention_retentionperiods",
    "retention_purgerun",
)
# What somebody needs to be to see the pages of a kind at all.
FOR_ADMINS = (
    "llm_modelconnection",
    "workspaces_widget",
    "workspaces_apikey",
    "webhooks_endpoint",
    "webhooks_delivery",
    "helpdesk_connection",
    "helpdesk_delivery",
    "helpdesk_thread",
    "audit_event",
    "retention_retentionperiods",
    "retention_purgerun",
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_superuser_opens_every_list_and_every_row(superuser: Client, rows: dict[str, Any], kind: str):
    listed = superuser.get(reverse(f"admin:{kind}_changelist"))
    opened = superuser.get(reverse(f"admin:{kind}_change", args=[rows[kind].pk]))

    assert listed.status_code == opened.status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "index",
        "usage_modelcall_report",
        "knowledge_article_try",
        "knowledge_article_add",
        "imports_import_add",
        "test_sets_testset_add",
        "test_sets_case_add",
        "auth_user_changelist",
    ],
)
def test_a_superuser_opens_the_other_pages(superuser: Client, rows: dict[str, Any], name: str):
    assert superuser.get(reverse(f"admin:{name}")).status_code == 200


def test_the_start_page_tells_who_waits_and_what_was_saved(superuser: Client, rows: dict[str, Any]):
    page = superuser.get(reverse("admin:index"))

    assert page.context["waiting_count"] == 1
    assert page.context["today"]["count"] == 1
    assert str(page.context["today"]["saved_usd"]) == "0.006120"
    assert page.context["sources_today"] == [{"label": "Cache (similar question)", "count": 1, "percent": 100}]


def test_savings_that_are_not_known_are_not_claimed(superuser: Client, rows: dict[str, Any], workspace: Workspace):
    """findings.md F: no large model, nothing saved against one."""
    unknown = {"would_have_cost_usd": None, "saved_usd": {"summary": None, "cache": None, "tier": None}}
    Message.objects.filter(role="assistant").update(receipt=RECEIPT | unknown)

    start = superuser.get(reverse("admin:index"))
    usage = superuser.get(reverse("admin:usage_modelcall_report"))

    assert start.context["today"]["saved_usd"] is None
    assert "not known saved" not in start.content.decode()
    assert "not known" in usage.content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_another_shop_is_not_there(staff: Any, other_shop: Any, kind: str):
    foreign = rows_of(other_shop)[kind]
    client = staff("admin")

    listed = client.get(reverse(f"admin:{kind}_changelist"))
    opened = client.get(reverse(f"admin:{kind}_change", args=[foreign.pk]))

    assert foreign not in listed.context["cl"].queryset
    assert opened.status_code == 302  # the theme leads back to the start, as for what never was
    assert opened.url == reverse("admin:index")


def test_the_start_page_counts_only_the_members_own_shops(staff: Any, other_shop: Any):
    rows_of(other_shop)

    page = staff("viewer").get(reverse("admin:index"))

    assert page.context["waiting_count"] == page.context["gap_count"] == page.context["today"]["count"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_viewer_reads_what_is_not_for_admins_and_changes_nothing(staff: Any, rows: dict[str, Any], kind: str):
    client = staff("viewer")
    address = reverse(f"admin:{kind}_change", args=[rows[kind].pk])

    assert client.get(address).status_code == (403 if kind in FOR_ADMINS else 200)
    assert client.post(address, {"name": "x", "title": "x"}).status_code == 403


def test_a_stranger_is_asked_to_log_in(client: Client, db: None):
    page = client.get(reverse("admin:knowledge_article_changelist"))

    assert page.status_code == 302
    assert page.url.startswith(reverse("admin:login"))


def test_staff_without_a_shop_see_nothing(client: Client, rows: dict[str, Any], django_user_model: Any):
    client.force_login(django_user_model.objects.create_user("bob", is_staff=True))

    assert client.get(reverse("admin:index")).status_code == 200
    assert client.get(reverse("admin:knowledge_article_changelist")).status_code == 403
    assert client.get(reverse("admin:usage_modelcall_report")).status_code == 404


def test_only_the_admin_loosens_the_policy_and_never_for_frames(superuser: Client):
    admin = superuser.get(reverse("admin:index"))["Content-Security-Policy"]
    public = superuser.get("/")["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval'" in admin
    assert "frame-ancestors 'none'" in admin
    assert "unsafe" not in public


def test_prices_are_for_superusers_alone(staff: Any, superuser: Client, price: Any):
    address = reverse("admin:usage_pricerule_change", args=[price.pk])

    assert superuser.get(address).status_code == 200
    assert staff("admin").get(address).status_code == 403


def test_the_usage_page_tells_what_a_resolved_conversation_costs_and_how_far_budgets_are_used(
    superuser: Client, rows: dict[str, Any]
):
    Conversation.objects.update(status="resolved")
    BudgetPeriod.objects.create(budget=rows["usage_budget"], starts_on=timezone.now().date(), spent_usd=17)

    page = superuser.get(reverse("admin:usage_modelcall_report"), {"workspace": "acme"})

    assert page.context["rollups"]["per_resolved_conversation"]["conversations"] == 1
    assert str(page.context["rollups"]["by_cause"]["cache"]) == "0.006120"
    assert "US$20 per day" in page.text
    assert "85%" in page.text
    assert "80 % is used." in page.text


def test_money_is_shown_without_the_zeros_of_its_column(staff: Any, rows: dict[str, Any]):
    budget, call = rows["usage_budget"], rows["usage_modelcall"]
    ModelCall.objects.filter(pk=call.pk).update(cost_usd="0.00041200")
    client = staff("admin")

    budget_page = client.get(reverse("admin:usage_budget_change", args=[budget.pk])).content.decode()
    calls_page = client.get(reverse("admin:usage_modelcall_changelist")).content.decode()

    assert 'value="20"' in budget_page
    assert "0.000412<" in calls_page


def test_an_admin_sets_a_budget_for_widgets_of_their_own_shop_alone(staff: Any, other_shop: Any, workspace: Any):
    own, foreign = (Widget.objects.create(workspace=shop) for shop in (workspace, other_shop))
    client, address = staff("admin"), reverse("admin:usage_budget_add")
    given = {"workspace": str(workspace.pk), "period": "month", "cap_usd": "50", "cap_tokens": "", "enabled": "on"}

    refused = client.post(address, given | {"widget": str(foreign.pk)})
    set_up = client.post(address, given | {"widget": str(own.pk)})

    assert (refused.status_code, set_up.status_code) == (200, 302)
    assert [budget.widget for budget in Budget.objects.all()] == [own]
