"""Customers: to look up. What they said is in their conversations."""

from __future__ import annotations

from django.contrib import admin

from assistant.workspaces.bound import WorkspaceBound, moment
from conversations.models import Contact


@admin.register(Contact)
class ContactAdmin(WorkspaceBound):
    list_display = ("__str__", "workspace", "email", "external_id", "verified", "came")
    list_filter = ("workspace", "verified")
    came = moment("created_at", "First seen")
    search_fields = ("name", "email", "external_id")
    readonly_fields = ("workspace", "name", "email", "external_id", "verified", "attributes", "created_at")
