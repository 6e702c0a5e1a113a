"""Customers: to look up. What they said is in their conversations."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from conversations.identity import session_tokens
from conversations.models import Contact
from conversations.privacy import contacts


def end_sessions(request: HttpRequest, contact: Contact) -> str:
    session_tokens.end_all(contact)
    return "Every session of this customer is ended. Open chats close within seconds."


def erase(request: HttpRequest, contact: Contact) -> str | HttpResponse:
    """Asks first: it cannot be undone. What is said afterwards does not name the customer."""
    if request.POST.get("sure") == "yes":
        contacts.erase(contact)
        return "The customer is erased."
    shown = {"title": "Erase a customer", "contact": contact, "conversations": contact.conversations.count()}
    context = {**admin.site.each_context(request), **shown}
    return TemplateResponse(request, "admin/conversations/contact/erase.html", context)


@admin.register(Contact)
class ContactAdmin(WorkspaceBound):
    list_display = ("__str__", "workspace", "email", "external_id", "verified", "came")
    list_filter = ("workspace", "verified")
    came = moment("created_at", "First seen")
    search_fields = ("name", "email", "external_id")
    admin_actions = {
        "end_sessions": AdminAction("End sessions", "logout", Role.AGENT, end_sessions),
        "erase": AdminAction("Erase", "delete", Role.ADMIN, erase),
    }
    exclude = ("sessions_ended_at",)
    readonly_fields = ("workspace", "name", "email", "external_id", "verified", "attributes", "created_at")
