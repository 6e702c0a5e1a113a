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
    """Secrets are written and never shown: an empty field keeps what is there."""

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
        help_text="By which we call it. Left empty, it stays as it is.",
    )
    secret = forms.CharField(
        required=False,
        widget=UnfoldAdminPasswordWidget,
        help_text="With which it signs what it sends. Left empty, it stays as it is; of a new connection, one is made.",
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
        raise Conflict(f"It does not work yet: {error}") from error
    return "It answered, and accepts our token."


@admin.register(Connection)
class ConnectionAdmin(WorkspaceBound):
    form = ConnectionForm
    view_role = add_role = change_role = delete_role = Role.ADMIN
    list_display = ("name", "kind", "workspace", "base_url", "enabled")
    list_filter = ("workspace", "kind", "enabled")
    readonly_fields = ("webhook_address",)
    admin_actions = {"test": AdminAction("Send a test", "send", Role.ADMIN, send_test)}

    @admin.display(description="Its webhook calls")
    def webhook_address(self, connection: Connection) -> str:
        if connection._state.adding:
            return "Its address is here once it is saved."
        address = f"{settings.PUBLIC_URL}/api/v1/helpdesk/{connection.kind}/{connection.pk}/"
        return format_html('<code style="overflow-wrap: anywhere">{}</code>', address)

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and not form.data.get("secret"):
            messages.success(request, f"Its secret is {obj.secret} - it is not shown again.")


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
