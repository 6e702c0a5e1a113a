"""Customers in the staff admin: their details, ending their sessions, and erasing them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from assistant.audit import log as audit_log
from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from conversations.identity import session_tokens
from conversations.models import Contact
from conversations.privacy import archive, contacts

REASON_MAX_CHARS = 200


def end_sessions(request: HttpRequest, contact: Contact) -> str:
    session_tokens.end_all(contact)
    return "All sessions of this customer ended. Open chats close within seconds."


def unmute(request: HttpRequest, contact: Contact) -> str:
    Contact.objects.filter(pk=contact.pk).update(muted_until=None)
    return "This customer can write again."


def erase(request: HttpRequest, contact: Contact) -> str | HttpResponse:
    """Ask for confirmation, then erase. The message afterwards does not name the customer."""
    if request.POST.get("sure") == "yes":
        contacts.erase(contact)
        return "Customer erased."
    shown = {"title": "Erase customer", "contact": contact, "conversations": contact.conversations.count()}
    context = {**admin.site.each_context(request), **shown, "content_title": shown["title"]}
    question = TemplateResponse(request, "admin/conversations/contact/erase.html", context)
    question.is_question = True  # type: ignore[attr-defined]  # nothing was done yet
    return question


def export(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Ask for the reason, which goes into the audit log, then show a link that works once."""
    reason = " ".join(request.POST.get("reason", "").split())[:REASON_MAX_CHARS]
    shown: dict[str, Any] = {"title": "Export customer", "content_title": "Export customer", "contact": contact}
    if reason:
        audit_log.record("contact.export", contact, request=request, reason=reason)
        link, secret = archive.new_link(contact)
        shown |= {"address": reverse("export", args=[secret]), "valid_until": link.valid_until}
    context = {**admin.site.each_context(request), **shown, "is_asked_again": request.POST.get("reason") is not None}
    page = TemplateResponse(request, "admin/conversations/contact/export.html", context)
    page.is_question = not reason  # type: ignore[attr-defined]
    return page


@admin.register(Contact)
class ContactAdmin(WorkspaceBound):
    empty_text = "Customers appear here when they write to you."
    list_display = ("__str__", "workspace", "email", "external_id", "verified", "came")
    list_filter = ("workspace", "verified")
    came = moment("created_at", "First seen")
    search_fields = ("name", "email", "external_id")
    looks_are_audited = True
    admin_actions = {
        "unmute": AdminAction("Lift the mute", "volume_up", Role.AGENT, unmute, lambda contact: contact.is_muted),
        "end_sessions": AdminAction("End sessions", "logout", Role.AGENT, end_sessions),
        "export": AdminAction("Export", "download", Role.ADMIN, export),
        "erase": AdminAction("Erase", "delete", Role.ADMIN, erase),
    }
    exclude = ("sessions_ended_at",)
    readonly_fields = (
        "workspace",
        "name",
        "email",
        "external_id",
        "verified",
        "attributes",
        "muted_until",
        "created_at",
    )
