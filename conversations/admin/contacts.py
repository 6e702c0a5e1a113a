"""Customers in the staff admin: their details, ending their sessions, and erasing them."""

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
    return "All sessions of this customer ended. Open chats close within seconds."


def erase(request: HttpRequest, contact: Contact) -> str | HttpResponse:
    """Ask for confirmation, then erase. The message afterwards does not name the customer."""
    if request.POST.get("sure") == "yes":
        contacts.erase(contact)
        return "Customer erased."
    title, count = "Erase customer", contact.conversations.count()
    context = admin.site.each_context(request) | {"title": title, "content_title": title}
    context |= {"contact": contact, "conversations": count}
    return TemplateResponse(request, "admin/conversations/contact/erase.html", context)


@admin.register(Contact)
class ContactAdmin(WorkspaceBound):
    empty_text = "Customers appear here when they write to you."
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
