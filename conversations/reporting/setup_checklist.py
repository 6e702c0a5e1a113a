"""Setup steps that a shop still has to do, for the start page of its admins."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse

from assistant.accounts import second_factor
from assistant.llm import registry
from assistant.staff import permissions
from assistant.staff.permissions import Role
from assistant.usage import mailing
from assistant.workspaces.models import Membership, Widget, Workspace
from knowledge.models import Article


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    title: str
    why: str
    link: str
    is_done: bool
    missing_in: str = ""  # names of workspaces, where somebody has several


def steps(user: Any) -> list[Step]:
    """Return all steps; none if all are done or the member may not set anything up."""
    ids = permissions.workspace_ids(user, Role.ADMIN)
    shops = list(Workspace.objects.filter(pk__in=ids).order_by("name"))
    if not shops:
        return []
    found = [_step(*each, shops, user) for each in STEPS]
    return [] if all(step.is_done for step in found) else found


def _step(
    name: str, title: str, why: str, page: str, has: Callable[[Any, uuid.UUID], bool], shops: Sequence[Any], user: Any
) -> Step:
    lacking = [shop for shop in shops if not has(user, shop.pk)]
    missing = ", ".join(str(shop) for shop in lacking) if len(shops) > 1 and lacking else ""
    return Step(name, title, why, reverse(f"admin:{page}"), not lacking, missing)


def _has_model(user: Any, workspace_id: uuid.UUID) -> bool:
    return registry.has("large", workspace_id)


def _has_widget(user: Any, workspace_id: uuid.UUID) -> bool:
    return Widget.objects.filter(workspace=workspace_id, enabled=True).exclude(origins=[]).exists()


def _has_articles(user: Any, workspace_id: uuid.UUID) -> bool:
    return Article.objects.published().filter(workspace=workspace_id).exists()


def _has_team(user: Any, workspace_id: uuid.UUID) -> bool:
    """Return whether somebody else is a member."""
    members = Membership.objects.filter(workspace=workspace_id, user__is_active=True)
    return members.exclude(user=user).exclude(role=Role.VIEWER).exists()


def _has_mail(user: Any, workspace_id: uuid.UUID) -> bool:
    return bool(settings.EMAIL_HOST and mailing.recipients(workspace_id))


def _is_protected(user: Any, workspace_id: uuid.UUID) -> bool:
    """Return whether second factors are required, or every curator and admin has one anyway."""
    if set(settings.STAFF_MFA_REQUIRED) - {"none"}:
        return True
    editors = Membership.objects.filter(workspace=workspace_id, role__in=[Role.CURATOR, Role.ADMIN])
    people = User.objects.filter(memberships__in=editors, is_active=True)
    return people.exists() and all(second_factor.has_one(person) for person in people)


STEPS = (
    (
        "articles",
        "Publish articles",
        "The assistant answers from them alone.",
        "knowledge_article_changelist",
        _has_articles,
    ),
    (
        "model",
        "Connect a model",
        "Without one, replies are quoted from the articles.",
        "llm_modelconnection_changelist",
        _has_model,
    ),
    (
        "widget",
        "Put the chat on your site",
        "A widget needs the origin of your site, such as https://shop.example.",
        "workspaces_widget_changelist",
        _has_widget,
    ),
    (
        "team",
        "Invite your team",
        "Somebody has to answer when a customer asks for a person.",
        "staff_accounts_invitation_add",
        _has_team,
    ),
    (
        "mail",
        "Set up e-mail",
        "Set EMAIL_HOST, and an address for each admin. Without it, alerts appear only on the page Alerts.",
        "usage_alert_changelist",
        _has_mail,
    ),
    (
        "second_factor",
        "Protect accounts with a second factor",
        "Set STAFF_MFA_REQUIRED=curator,admin, or ask curators and admins to add a passkey under Sign-in and security.",
        "workspaces_membership_changelist",
        _is_protected,
    ),
)
