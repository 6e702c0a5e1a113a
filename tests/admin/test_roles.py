"""The permissions of each role: one table, checked against every page of the staff admin."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory
from django.urls import reverse

from assistant.staff.base_admin import WorkspaceBound
from assistant.workspaces.models import Membership, Workspace
from tests.admin.conftest import rows_of

ROLES = ("viewer", "agent", "curator", "admin")
# The least role that may; what is not named, nobody but a superuser does. `do:` is a button.
LEAST: dict[str, dict[str, str | None]] = {
    "workspaces_workspace": {"view": "viewer", "change": "admin"},
    "workspaces_widget": {"view": "admin", "add": "admin", "change": "admin", "delete": "admin"},
    "workspaces_apikey": {"view": "admin", "add": "admin", "do:revoke": "admin", "do:rotate": "admin"},
    "workspaces_membership": {**dict.fromkeys(("view", "add", "change", "delete", "do:end_sessions"), "admin")},
    "staff_accounts_invitation": {**dict.fromkeys(("view", "add", "do:send_again", "do:revoke"), "admin")},
    "webhooks_endpoint": {
        **{"view": "admin", "add": "admin", "change": "admin", "delete": "admin"},
        **{"do:test": "admin", "do:rotate": "admin"},
    },
    "webhooks_delivery": {"view": "admin", "do:redeliver": "admin"},
    "helpdesk_connection": {"view": "admin", "add": "admin", "change": "admin", "delete": "admin", "do:test": "admin"},
    "helpdesk_delivery": {"view": "admin"},
    "helpdesk_thread": {"view": "admin"},
    "llm_modelconnection": {**dict.fromkeys(("view", "add", "change", "delete", "do:test"), "admin")},
    "usage_modelcall": {"view": "viewer"},
    "usage_budget": {"view": "viewer", "add": "admin", "change": "admin", "delete": "admin"},
    "usage_alert": {"view": "viewer"},
    "knowledge_article": {
        **{"view": "viewer", "add": "curator", "change": "curator", "delete": "curator"},
        **{"do:unpublish": "curator", "do:archive": "curator", "do:translate": "curator"},
    },
    "knowledge_gap": {"view": "viewer", "do:draft": "curator", "do:dismiss": "curator"},
    "learning_legweights": {"view": "viewer", "do:learn": "curator", "do:reset": "curator"},
    "learning_labelledquestion": {"view": "viewer", "delete": "curator"},
    "imports_import": {"view": "viewer", "add": "curator", "do:repeat": "curator"},
    "test_sets_testset": {
        **{"view": "viewer", "add": "curator", "change": "curator", "delete": "curator"},
        **{"do:run": "curator"},
    },
    "test_sets_case": {"view": "viewer", "add": "curator", "change": "curator", "delete": "curator"},
    "test_sets_run": {"view": "viewer", "delete": "curator", "do:cancel": "curator", "do:again": "curator"},
    "guidance_guidance": {
        **{"view": "viewer", "add": "curator"},
        **{"do:go_live": "admin", "do:roll_back": "admin"},
    },
    "caching_cachedanswer": {
        **{"view": "viewer", "do:judge": "agent"},
        **{
            f"do:{admin_action}": "curator"
            for admin_action in ("pin", "unpin", "restore", "ban", "delete", "settle", "alias")
        },
    },
    "audit_event": {"view": "admin"},
    "retention_retentionperiods": {"view": "admin", "change": "admin", "do:try": "admin", "do:purge": "admin"},
    "retention_purgerun": {"view": "admin"},
    "conversations_contact": {
        "view": "viewer",
        **{"do:unmute": "agent", "do:end_sessions": "agent", "do:erase": "admin", "do:export": "admin"},
    },
    "gate_heldmessage": {"view": "agent", "do:release": "agent", "do:spam": "agent"},
    "gate_gatesettings": dict.fromkeys(("view", "add", "change", "delete"), "admin"),
    "gate_gatemodel": {"do:learn": None, "do:roll_back": None},  # of the installation: superusers alone
    "conversations_conversation": {
        "view": "viewer",
        **{f"do:{admin_action}": "agent" for admin_action in ("answer", "summary", "handoff", "back", "resolve")},
    },
}


def pages() -> dict[str, WorkspaceBound]:
    """Every kind of page that belongs to workspaces, by the name of its addresses."""
    found = [page for page in admin.site._registry.values() if isinstance(page, WorkspaceBound)]
    return {f"{page.opts.app_label}_{page.opts.model_name}": page for page in found}


def reaches(role: str, least: str | None) -> bool:
    return least is not None and ROLES.index(role) >= ROLES.index(least)


@pytest.fixture
def all_rows(workspace: Workspace) -> dict[str, Any]:
    rosa = get_user_model().objects.create_user("another-rosa", is_staff=True)
    membership = Membership.objects.create(user=rosa, workspace=workspace, role="viewer")
    return {**rows_of(workspace), "workspaces_membership": membership}


def test_the_table_names_every_page_and_every_button():
    assert set(LEAST) == set(pages())
    for kind, page in pages().items():
        assert {name for name in LEAST[kind] if name.startswith("do:")} == {
            f"do:{admin_action}" for admin_action in page.admin_actions
        }


@pytest.mark.parametrize("role", ROLES)
def test_a_member_may_what_the_table_says_in_their_own_shop_alone(
    role: str, all_rows: Any, other_shop: Any, staff: Any
):
    foreign = rows_of(other_shop)
    request = RequestFactory().get("/")
    staff(role)
    request.user = get_user_model().objects.get(username=f"{role}-rosa")

    for kind, page in pages().items():
        least = LEAST[kind]
        for what in ("view", "change", "delete"):
            allowed = getattr(page, f"has_{what}_permission")
            assert allowed(request, all_rows[kind]) is reaches(role, least.get(what)), (kind, what)
            if kind in foreign:
                assert allowed(request, foreign[kind]) is False, (kind, what)
        assert page.has_add_permission(request) is reaches(role, least.get("add")), kind
        for name, admin_action in page.admin_actions.items():
            assert page._may(request, admin_action.role, all_rows[kind]) is reaches(role, least[f"do:{name}"]), (
                kind,
                name,
            )


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_is_refused_at_the_door(role: str, all_rows: Any, staff: Any):
    client = staff(role)
    tried = 0

    for kind, row in all_rows.items():
        for what, address in doors(kind, row.pk).items():
            least = LEAST[kind].get(what)
            if not reaches(role, least):
                answer = client.post(address) if what != "view" else client.get(address)
                # Who may not even see a row is told that it is not there.
                assert answer.status_code in (403, 404), (kind, what, answer.status_code)
                tried += 1

    assert tried >= 15


def doors(kind: str, pk: Any) -> dict[str, str]:
    """The address of everything that can be done to a row."""
    admin_actions = {
        f"do:{admin_action}": reverse(f"admin:{kind}_admin_action", args=[pk, admin_action])
        for admin_action in pages()[kind].admin_actions
    }
    return {
        "view": reverse(f"admin:{kind}_change", args=[pk]),
        "change": reverse(f"admin:{kind}_change", args=[pk]),
        "delete": reverse(f"admin:{kind}_delete", args=[pk]),
        "add": reverse(f"admin:{kind}_add"),
        **admin_actions,
    }


@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_another_shop_can_be_done(role: str, staff: Any, other_shop: Workspace):
    client: Client = staff(role)

    for kind, row in rows_of(other_shop).items():
        for what, address in doors(kind, row.pk).items():
            if what != "add":
                assert client.post(address).status_code in (302, 403, 404), (kind, what)
        assert type(row)._default_manager.filter(pk=row.pk).exists(), kind


def test_no_filter_of_a_list_names_another_shop(all_rows: Any, other_shop: Any, staff: Any):
    Workspace.objects.create(slug="initech", name="Initech")
    desk = rows_of(other_shop)["helpdesk_connection"]
    type(desk).objects.filter(pk=desk.pk).update(name="Their desk")
    client = staff("admin")

    for kind in pages():
        listed = client.get(reverse(f"admin:{kind}_changelist")).content.decode()
        for name in ("Globex", "Initech", "Their desk"):
            assert name not in listed, (kind, name)
