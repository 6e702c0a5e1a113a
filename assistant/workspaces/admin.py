"""Workspaces and API keys in the staff admin. Widgets have their own module."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.module_loading import import_string
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from assistant.workspaces import widget_admin  # noqa: F401  # the admin only discovers this module
from assistant.workspaces.models import ApiKey, Workspace


@admin.register(Workspace)
class WorkspaceAdmin(WorkspaceBound):
    """Superusers create workspaces; the admins of a workspace configure it."""

    workspace_field = "pk"
    change_role = Role.ADMIN
    list_display = ("name", "slug", "locale", "assistant_name", "cache_enabled")
    search_fields = ("name", "slug")
    readonly_fields = ("created_at",)
    fieldsets = (
        ("Shop", {"fields": (("name", "slug"), ("locale", "created_at"), "currency")}),
        ("Assistant", {"fields": ("assistant_name", "notice", "cache_enabled", "confidence_min")}),
        ("Models", {"fields": ("routing_policy", "routing_confidence_min", "vision_enabled")}),
        ("Advanced", {"fields": ("settings",), "classes": ("tab",)}),
    )

    change_form_after_template = "admin/workspaces/workspace/test_sets.html"

    def page_context(self, request: HttpRequest, row: Workspace) -> dict[str, Any]:
        return {"test_sets": import_string(settings.TESTS_BEFORE_A_CHANGE)(row.pk)}

    def save_model(self, request: HttpRequest, obj: Workspace, form: Any, change: bool) -> None:
        """Save only the changed fields, because guidance may go live at the same time."""
        obj.save(update_fields=form.changed_data if change else None)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in ApiKey.SCOPES], widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = ApiKey
        fields = ("workspace", "name", "scopes", "expires_at")


def revoke(request: HttpRequest, key: ApiKey) -> str:
    key.revoke()
    return f"Key “{key.name}” revoked. It can no longer be used."


def rotate(request: HttpRequest, key: ApiKey) -> HttpResponse:
    return issued(request, *key.rotate())


def issued(request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
    """Return the page that shows a new key, once."""
    title = f"API key {key.name}"
    context = {**admin.site.each_context(request), "title": title, "content_title": title, "secret": secret, "key": key}
    # Admin pages are sent with no-store, so no cache stores the secret.
    return TemplateResponse(request, "admin/workspaces/apikey/issued.html", context)


@admin.register(ApiKey)
class ApiKeyAdmin(WorkspaceBound):
    """A key is shown once, right after it is created."""

    empty_text = "An API key lets a helpdesk or a script use the REST API."

    form = ApiKeyForm
    view_role = add_role = Role.ADMIN
    list_display = ("name", "workspace", "shown_prefix", "state", "used", "expires_at")
    list_filter = ("workspace",)
    fields = ("workspace", "name", "scopes", "expires_at")
    admin_actions = {
        "rotate": AdminAction("Replace", "key", Role.ADMIN, rotate, lambda key: key.state() == "live"),
        "revoke": AdminAction("Revoke", "block", Role.ADMIN, revoke, lambda key: key.revoked_at is None, "danger"),
    }

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        issued, request.issued_secret = ApiKey.issue(obj.workspace, obj.name, obj.scopes)  # type: ignore[attr-defined]
        ApiKey.objects.filter(pk=issued.pk).update(expires_at=obj.expires_at)
        obj.pk, obj.prefix, obj.hashed = issued.pk, issued.prefix, issued.hashed

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        return issued(request, obj, request.issued_secret)  # type: ignore[attr-defined]

    used = moment("last_used_at", "Last used")

    @display(description="Key")
    def shown_prefix(self, key: ApiKey) -> str:
        return f"{key.prefix}..."

    @display(description="State", label={"live": "success", "revoked": "danger", "expired": "warning"})
    def state(self, key: ApiKey) -> str:
        return key.state()
