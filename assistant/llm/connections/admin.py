"""Models in the staff admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from unfold.decorators import display

from assistant.llm.connections import current, pages, probing
from assistant.llm.connections.forms import ModelConnectionForm
from assistant.llm.connections.models import ModelConnection
from assistant.staff.base_admin import AdminAction, WorkspaceBound
from assistant.staff.permissions import Role
from assistant.workspaces.models import Membership, Workspace

SHADES = {"Test passed": "success", "Test failed": "danger", "Test running": "info", "Not tested": ""}


def test(request: HttpRequest, row: ModelConnection) -> HttpResponse:
    probing.start(row)
    return redirect("admin:llm_modelconnection_change", row.pk)


@admin.register(ModelConnection)
class ModelConnectionAdmin(WorkspaceBound):
    """Only superusers see and change the models of all workspaces."""

    empty_text = "Connect a model server, and the assistant writes answers instead of quoting articles."
    form = ModelConnectionForm
    view_role = add_role = change_role = delete_role = Role.ADMIN
    list_display = ("name", "shown_tier", "model", "shop", "shown_test", "order", "enabled")
    ordering = ("workspace", "tier", "order", "name")
    list_filter = ("workspace", "tier", "enabled")
    list_select_related = ("workspace",)
    list_before_template = "admin/llm/modelconnection/overview.html"
    change_form_before_template = "admin/llm/modelconnection/test.html"
    change_form_after_template = "admin/llm/modelconnection/try.html"
    fieldsets = (
        (None, {"fields": (("name", "workspace"), ("preset", "base_url"), ("api_key", "model"))}),
        ("Use", {"fields": (("tier", "enabled"), ("order", "weight"), "masking")}),
        (
            "Limits",
            {
                "fields": (
                    ("context_tokens", "max_output_tokens"),
                    ("first_token_timeout_s", "total_timeout_s"),
                    ("reasoning_effort", "price_as"),
                )
            },
        ),
        (None, {"fields": ("test",)}),
    )
    admin_actions = {"test": AdminAction("Test", "network_check", Role.ADMIN, test, variant="primary")}

    class Media:
        js = ("models/models.js",)

    def _may(self, request: HttpRequest, role: Membership.Role | None, row: Any = None) -> bool:
        if isinstance(row, ModelConnection) and row.workspace_id is None and not row._state.adding:
            return bool(role and request.user.is_active and request.user.is_superuser)
        return super()._may(request, role, row)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("try/", wrap(pages.try_page(self)), name="llm_modelconnection_try"),
            path("live/", wrap(pages.live_page(self)), name="llm_modelconnection_live"),
            path("<int:pk>/test/", wrap(pages.test_page(self)), name="llm_modelconnection_test"),
        ]
        return [*own, *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        first, *others = super().get_fieldsets(request, obj)
        if obj is None or not obj.has_key:
            return [first, *others]
        return [(None, {"fields": (*first[1]["fields"], "remove_key")}), *others]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        made = super().get_form(request, obj, change=change, **kwargs)
        made.is_by_superuser = request.user.is_superuser
        return made

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Workspace:
            kwargs["required"] = not request.user.is_superuser
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @method_decorator(sensitive_post_parameters("api_key"))  # keeps the key out of error reports
    def changeform_view(self, *given: Any, **named: Any) -> HttpResponse:
        return super().changeform_view(*given, **named)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, pages.overview(request.user) | (extra_context or {}))

    def page_context(self, request: HttpRequest, row: ModelConnection) -> dict[str, Any]:
        return pages.test_of(row, request.user)

    @display(description="Tier", ordering="tier")
    def shown_tier(self, row: ModelConnection) -> str:
        return str(row.tier).capitalize()

    @display(description="Workspace", ordering="workspace")
    def shop(self, row: ModelConnection) -> str:
        return str(row.workspace or "All workspaces")

    @display(description="Test", label=SHADES, ordering="test_state")
    def shown_test(self, row: ModelConnection) -> str:
        return str(row.get_test_state_display())

    def save_model(self, request: HttpRequest, obj: ModelConnection, form: Any, change: bool) -> None:
        form.apply_key(obj)
        form.apply_server(obj)
        if form.is_another_server:
            obj.forget_test()
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("test"):
            probing.start(obj)
        transaction.on_commit(current.refresh)

    def delete_model(self, request: HttpRequest, obj: ModelConnection) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(current.refresh)

    def response_add(self, request: HttpRequest, obj: ModelConnection, post_url_continue: str | None = None) -> Any:
        """Open the change page, which runs the test."""
        if "_addanother" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        return redirect("admin:llm_modelconnection_change", obj.pk)

    def response_change(self, request: HttpRequest, obj: ModelConnection) -> HttpResponse:
        if obj.test_state == ModelConnection.Test.RUNNING:
            return redirect("admin:llm_modelconnection_change", obj.pk)
        return super().response_change(request, obj)
