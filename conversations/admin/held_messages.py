"""The review queue in the staff admin: messages that the gate holds, oldest first, decided with a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from assistant.errors import ServiceError
from assistant.staff import permissions
from assistant.staff.base_admin import AdminAction, WorkspaceBound
from assistant.staff.permissions import Role
from conversations.gate.models import GateSettings, HeldMessage
from conversations.replies import held_messages

SHOWN = 50
QUEUE = "admin:gate_heldmessage_changelist"


def release(held: HeldMessage, by: AbstractBaseUser) -> str:
    reply = held_messages.release(held, by, by.get_username())
    return "Released. The assistant is answering." if reply else "Released. The assistant does not answer it."


def spam(held: HeldMessage, by: AbstractBaseUser) -> str:
    held_messages.mark_spam(held, by, by.get_username())
    hours = GateSettings.of(held.workspace_id).muted_hours
    return f"Refused. The visitor can't write for {hours} hours." if hours else "Refused."


def decided(act: Callable[[HeldMessage, AbstractBaseUser], str]) -> Callable[[HttpRequest, Any], HttpResponse]:
    """Decide, and come back to the queue, also where somebody else was first."""

    def view(request: HttpRequest, held: HeldMessage) -> HttpResponse:
        try:
            messages.success(request, act(held, permissions.member(request)))
        except ServiceError as error:
            WorkspaceBound.refuse(request, error)
        return redirect(QUEUE)

    return view


@admin.register(HeldMessage)
class HeldMessageAdmin(WorkspaceBound):
    list_select_related = ("message__conversation__contact", "workspace")
    view_role = Role.AGENT
    looks_are_audited = True
    fields = ("workspace", "message", "reason", "chances", "verdict", "decided_by_name", "decided_at", "created_at")
    readonly_fields = fields
    admin_actions = {
        "release": AdminAction("Release", "check", Role.AGENT, decided(release), lambda held: held.is_pending),
        "spam": AdminAction("Spam", "block", Role.AGENT, decided(spam), lambda held: held.is_pending),
    }

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        pending = self.get_queryset(request).filter(verdict=HeldMessage.Verdict.PENDING)
        newest = self.get_queryset(request).exclude(verdict=HeldMessage.Verdict.PENDING).order_by("-decided_at")
        shown = {
            "title": "Held messages",
            "content_title": "Held messages",
            "rows": pending.select_related(*self.list_select_related)[:SHOWN],
            "total": pending.count(),
            "reviewed": newest.select_related("message", "workspace")[:10],
            "admin_action_view": f"admin:{self.admin_action_view_name()}",
            "opts": self.opts,
        }
        return render(request, "admin/gate/heldmessage/queue.html", {**admin.site.each_context(request), **shown})
