"""Webhooks and their deliveries in the staff admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminURLInputWidget

from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from assistant.webhooks import delivery as webhooks_delivery
from assistant.webhooks import outbox, tasks
from assistant.webhooks.http_client import AddressRefused, check_url
from assistant.webhooks.models import EVENTS, Delivery, Endpoint

SHADES = {"delivered": "success", "failed": "danger", "pending": "warning"}


class EndpointForm(forms.ModelForm):
    url = forms.URLField(label="URL", max_length=1000, assume_scheme="https", widget=UnfoldAdminURLInputWidget)
    events = forms.MultipleChoiceField(
        choices=[(kind, kind) for kind in EVENTS],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Leave empty for all events.",
    )

    class Meta:
        model = Endpoint
        fields = ("workspace", "url", "description", "events", "enabled")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            return check_url(url)
        except AddressRefused as error:
            raise forms.ValidationError(str(error), code="invalid_url") from error


def rotate(request: HttpRequest, endpoint: Endpoint) -> str:
    endpoint.rotate()
    return (
        f"New secret: {endpoint.secret}. Copy it now, it won't be shown again. The old secret stays valid for one day."
    )


def send_test(request: HttpRequest, endpoint: Endpoint) -> str:
    outbox.record_test(endpoint)
    return "A webhook.test event is on its way. See Deliveries for the result."


def send_again(request: HttpRequest, delivery: Delivery) -> str:
    webhooks_delivery.redeliver(delivery.endpoint, [delivery.pk])
    tasks.deliver_due.delay()
    return "Sending again, with the same message id."


@admin.register(Endpoint)
class EndpointAdmin(WorkspaceBound):
    empty_text = "A webhook sends events, such as new messages, to your server."
    form = EndpointForm
    view_role = add_role = change_role = delete_role = Role.ADMIN
    list_display = ("url", "workspace", "enabled", "failures", "disabled_reason")
    list_filter = ("workspace", "enabled")
    readonly_fields = ("disabled_reason", "failures")
    admin_actions = {
        "test": AdminAction("Send test event", "send", Role.ADMIN, send_test),
        "rotate": AdminAction("New secret", "key", Role.ADMIN, rotate),
    }

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        obj.change()
        if not change:
            messages.success(request, f"Secret: {obj.secret}. Copy it now, it won't be shown again.")


@admin.register(Delivery)
class DeliveryAdmin(WorkspaceBound):
    empty_text = "Every event sent to a webhook appears here."
    workspace_field = "endpoint__workspace"
    view_role = Role.ADMIN
    list_display = ("type", "endpoint", "shown_status", "attempts", "created")
    list_filter = ("status", "type")
    fields = ("endpoint", "message_id", "type", "payload", "status", "attempts", "next_attempt_at", "log")
    readonly_fields = fields
    created = moment("created_at", "Created")

    @display(description="Status", ordering="status", label=SHADES)
    def shown_status(self, delivery: Delivery) -> str:
        return delivery.status

    admin_actions = {
        "redeliver": AdminAction(
            "Send again", "replay", Role.ADMIN, send_again, when=lambda row: row.status != Delivery.Status.PENDING
        )
    }

    def workspace_id_of(self, row: Delivery) -> Any:
        return row.endpoint.workspace_id
