"""The sidebar of the staff admin."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpRequest
from django.urls import reverse

from assistant.staff import permissions
from assistant.staff.permissions import Role
from conversations.reporting import dashboard

Item = dict[str, Any]


def sidebar(request: HttpRequest) -> list[Item]:
    """Return the links that this member of staff can open, grouped by task."""
    user = request.user
    ids = permissions.workspace_ids(user)
    groups = [
        ("", [_item("Today", "monitoring", "index"), *_support(ids)], Role.VIEWER),
        ("Knowledge", _knowledge(ids), Role.VIEWER),
        ("Costs", _costs(), Role.VIEWER),
        ("Setup", _setup(), Role.ADMIN),
    ]
    visible = [{"title": title, "items": items} for title, items, role in groups if permissions.may(user, role)]
    if user.is_superuser:
        visible[-1]["items"] += [
            _item("Users", "group", "auth_user_changelist"),
            _item("Gate models", "model_training", "gate_gatemodel_changelist"),
            _item("Prices", "sell", "usage_pricerule_changelist"),
            _item("Exchange rates", "currency_exchange", "usage_exchangerate_changelist"),
        ]
    _mark_active(request, [item for group in visible for item in group["items"]])
    return visible


def _mark_active(request: HttpRequest, items: list[Item]) -> None:
    """Mark the link that best matches this page: by its path, then by its query."""

    def match_length(item: Item) -> tuple[int, int]:
        link = urlsplit(item["link"])
        query = dict(parse_qsl(link.query))
        is_start = link.path == reverse("admin:index")
        matches = request.path == link.path if is_start else request.path.startswith(link.path)
        if not matches or any(request.GET.get(name) != value for name, value in query.items()):
            return (0, 0)
        return (len(link.path), len(query))

    best = max(items, key=match_length, default=None)
    for item in items:
        item["active"] = item is best and match_length(item) > (0, 0)


def _support(ids: list[uuid.UUID]) -> list[Item]:
    waiting = _item("Waiting for a person", "front_hand", "conversations_conversation_changelist", "?queue=waiting")
    _count(waiting, dashboard.waiting_in(ids).count())
    review = _item("Held messages", "shield", "gate_heldmessage_changelist")
    _count(review, dashboard.held_in(ids).count())
    return [waiting, review, _item("Conversations", "forum", "conversations_conversation_changelist")]


def _knowledge(ids: list[uuid.UUID]) -> list[Item]:
    review = _item("Cache to review", "rule", "caching_cachedanswer_changelist", "?queue=review")
    _count(review, dashboard.to_review(ids).count())
    return [
        _item("Articles", "article", "knowledge_article_changelist"),
        _item("Open questions", "help", "knowledge_gap_changelist"),
        _item("Try a question", "experiment", "knowledge_article_try"),
        _item("Search weights", "tune", "learning_legweights_changelist"),
        _item("Labelled questions", "label", "learning_labelledquestion_changelist"),
        _item("Guidance", "record_voice_over", "guidance_guidance_changelist"),
        _item("Test sets", "fact_check", "test_sets_testset_changelist"),
        _item("Imports", "upload_file", "imports_import_changelist"),
        _item("Cached answers", "bolt", "caching_cachedanswer_changelist"),
        review,
    ]


def _costs() -> list[Item]:
    return [
        _item("Usage", "bar_chart", "usage_modelcall_report"),
        _item("Budgets", "savings", "usage_budget_changelist"),
        _item("Alerts", "notifications", "usage_alert_changelist"),
        _item("Model calls", "receipt_long", "usage_modelcall_changelist"),
    ]


def _setup() -> list[Item]:
    return [
        _item("Workspaces", "storefront", "workspaces_workspace_changelist"),
        _item("Models", "smart_toy", "llm_modelconnection_changelist"),
        _item("Widgets", "widgets", "workspaces_widget_changelist"),
        _item("API keys", "key", "workspaces_apikey_changelist"),
        _item("Webhooks", "webhook", "webhooks_endpoint_changelist"),
        _item("Helpdesks", "support_agent", "helpdesk_connection_changelist"),
        _item("Gate settings", "shield_person", "gate_gatesettings_changelist"),
        _item("Members", "badge", "workspaces_membership_changelist"),
        _item("Invitations", "person_add", "staff_accounts_invitation_changelist"),
        _item("Data retention", "auto_delete", "retention_retentionperiods_changelist"),
        _item("Audit log", "policy", "audit_event_changelist"),
    ]


def _item(title: str, icon: str, name: str, query: str = "") -> Item:
    return {"title": title, "icon": icon, "link": reverse(f"admin:{name}") + query}


def _count(item: Item, number: int) -> None:
    """Show a badge only if the number is not zero."""
    if number:
        item["badge"] = str(number)
