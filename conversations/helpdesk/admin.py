"""Connections to helpdesks in the staff admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminURLInputWidget

from assistant.errors import Conflict
from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from assistant.webhooks.http_client import AddressRefused, CallFailed
from conversations.helpdesk.adapters.registry import adapter_of
from conversations.helpdesk.events import HelpdeskRefused
from conversations.helpdesk.models import Connection, Delivery, Thread

SHADES = {"done": "success", "failed": "danger", "pending": "warning"}


class ConnectionForm(forms.ModelForm):
    """Secrets can be set but are never shown. An empty field keeps the current one."""

    base_url = forms.URLField(
        label="Base URL",
        max_length=500,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget,
        help_text=Connection._meta.get_field("base_url").help_text,
    )
    token = forms.CharField(
        required=False,
        widget=UnfoldAdminPasswordWidget,
        help_text="API token for this helpdesk. Leave empty to keep the current one.",
    )
    secret = forms.CharField(
        required=False,
        widget=UnfoldAdminPasswordWidget,
        help_text="Signing secret of incoming webhooks. Leave empty to keep it; generated for new connections.",
    )

    class Meta:
        model = Connection
        fields = ("workspace", "kind", "name", "base_url", "token", "secret", "options", "enabled")

    def clean_token(self) -> str:
        return self.cleaned_data["token"] or self.instance.token

    def clean_secret(self) -> str:
        return self.cleaned_data["secret"] or self.instance.secret


def send_test(request: HttpRequest, connection: Connection) -> str:
    try:
        adapter_of(connection).check(connection)
    except (HelpdeskRefused, AddressRefused, CallFailed) as error:
        raise Conflict(f"Test failed: {error}") from error
    return "Test passed. The helpdesk accepts the token."


@admin.register(Connection)
class ConnectionAdmin(WorkspaceBound):
    empty_text = "Connect a helpdesk so that your team answers from there."
    form = ConnectionForm
    view_role = add_role = change_role = delete_role = Role.ADMIN
    list_display = ("name", "kind", "workspace", "base_url", "enabled")
    list_filter = ("workspace", "kind", "enabled")
    readonly_fields = ("webhook_address",)
    admin_actions = {"test": AdminAction("Test connection", "send", Role.ADMIN, send_test)}

    @admin.display(description="Webhook URL")
    def webhook_address(self, connection: Connection) -> str:
        if connection._state.adding:
            return "Shown after saving"
        address = f"{settings.PUBLIC_URL}/api/v1/helpdesk/{connection.kind}/{connection.pk}/"
        return format_html('<code style="overflow-wrap: anywhere">{}</code>', address)

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and not form.data.get("secret"):
            messages.success(request, f"Secret: {obj.secret}. Copy it now, it won't be shown again.")


class OfConnection(WorkspaceBound):
    workspace_field = "connection__workspace"
    view_role = Role.ADMIN

    def workspace_id_of(self, row: Any) -> Any:
        return row.connection.workspace_id


@admin.register(Delivery)
class DeliveryAdmin(OfConnection):
    list_display = ("delivery_id", "connection", "shown_status", "error", "received")
    list_filter = ("status", "connection")
    received = moment("received_at", "Received")

    @display(description="Status", ordering="status", label=SHADES)
    def shown_status(self, delivery: Delivery) -> str:
        return delivery.status


@admin.register(Thread)
class ThreadAdmin(OfConnection):
    list_display = ("external_id", "connection", "told_status", "attempts", "error")
    list_filter = ("connection",)
