"""Base classes of the staff admin: titles, empty lists, access to rows, and actions by POST."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import ForeignKey, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.text import capfirst
from unfold.admin import ModelAdmin
from unfold.decorators import display

from assistant.audit import log as audit_log
from assistant.errors import ServiceError
from assistant.staff import permissions
from assistant.staff.permissions import Role
from assistant.workspaces.models import Membership, Workspace


@dataclass(frozen=True, slots=True)
class AdminAction:
    """An action on a row. `act` performs it and returns a message for the next page, or a response.

    Actions are forms, not links, because a GET must not change anything.
    """

    label: str
    icon: str
    role: Membership.Role
    act: Callable[[HttpRequest, Any], str | HttpResponse]
    when: Callable[[Any], bool] = lambda row: True
    variant: str = "default"
    asks: bool = False  # the form has its own fields, so the page draws it elsewhere


def moment(field: str, description: str) -> Callable[[Any, Any], str]:
    """A column that shows a time relative to now: "3 minutes ago"."""

    @display(description=description, ordering=field)
    def relative_time(self: Any, row: Any) -> str:
        value = getattr(row, field)
        return str(naturaltime(value)) if value else "–"

    return relative_time


class OwnWorkspacesFilter(admin.RelatedFieldListFilter):
    """Offers only workspaces, or rows of workspaces, that the member belongs to."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        ids = permissions.workspace_ids(request.user, model_admin.view_role)
        allowed = {"pk__in" if field.related_model is Workspace else "workspace__in": ids}
        ordering = self.field_admin_ordering(field, request, model_admin)
        choices: list[tuple[str, str]] = field.get_choices(
            include_blank=False, ordering=ordering, limit_choices_to=allowed
        )
        return choices


class StaffAdmin(ModelAdmin):
    """An admin whose list has the same title as the menu, and explains an empty list."""

    empty_text = "Nothing here yet."

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    # Whatever Django notes in its own log is in the audit log too, in the same transaction.

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._audit("added", request, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._audit("changed", request, obj, **audit_log.changes_in(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for row in queryset:
            self._audit("deleted", request, row)
        return super().log_deletions(request, queryset)

    def _audit(self, verb: str, request: HttpRequest, row: Model, **detail: Any) -> None:
        told = {**audit_log.name_of(row), **detail, "workspace_id": self.audited_workspace_of(row)}
        audit_log.record(f"{self.opts.model_name}.{verb}", row, request=request, **told)

    def audited_workspace_of(self, row: Model) -> Any:
        """Return the workspace whose admins see in the audit log what was done to this row."""
        return None


class WorkspaceBound(StaffAdmin):
    """An admin whose rows belong to workspaces. A role of `None` forbids the action for everyone."""

    workspace_field = "workspace"
    view_role: Membership.Role = Role.VIEWER
    add_role: Membership.Role | None = None
    change_role: Membership.Role | None = None
    delete_role: Membership.Role | None = None
    admin_actions: dict[str, AdminAction] = {}
    looks_are_audited = False  # True: opening the page of a row is in the audit log
    change_form_outer_before_template = "admin/admin_actions.html"
    list_filter_submit = False
    compressed_fields = True
    list_per_page = 50

    # --- rows ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if request.user.is_superuser:
            return rows
        return rows.filter(**{f"{self.workspace_field}__in": permissions.workspace_ids(request.user, self.view_role)})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Workspace:
            ids = permissions.workspace_ids(request.user, self.add_role or self.change_role or Role.ADMIN)
            kwargs["queryset"] = Workspace.objects.filter(pk__in=ids)
            if len(ids) == 1:
                kwargs["initial"] = ids[0]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [
            (each, OwnWorkspacesFilter) if self._is_foreign_key(each) else each
            for each in super().get_list_filter(request)
        ]

    def _is_foreign_key(self, name: Any) -> bool:
        try:
            return isinstance(name, str) and isinstance(self.opts.get_field(name), ForeignKey)
        except FieldDoesNotExist:
            return False

    def workspace_id_of(self, row: Any) -> Any:
        return row.pk if isinstance(row, Workspace) else row.workspace_id

    def audited_workspace_of(self, row: Model) -> Any:
        return self.workspace_id_of(row)

    # --- permissions ---

    def _may(self, request: HttpRequest, role: Membership.Role | None, row: Any = None) -> bool:
        if role is None:
            return False
        return permissions.may(request.user, role, self.workspace_id_of(row) if isinstance(row, Model) else None)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.view_role)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.view_role, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.add_role)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.change_role, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.delete_role, obj)

    # --- actions ---

    def get_urls(self) -> list[URLPattern]:
        name = self.admin_action_view_name()
        view = self.admin_site.admin_view(self.admin_action_view)
        return [path("<path:object_id>/admin_action/<slug:admin_action>/", view, name=name), *super().get_urls()]

    def admin_action_view_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_admin_action"

    def row_or_404(self, request: HttpRequest, object_id: str) -> Any:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def require(self, request: HttpRequest, role: Membership.Role, row: Any) -> None:
        if not self._may(request, role, row):
            raise PermissionDenied

    @staticmethod
    def refuse(request: HttpRequest, error: ServiceError) -> None:
        """Show why nothing was done, and keep the audit log from saying that something was."""
        messages.error(request, error.sentence)
        request.is_refused = True  # type: ignore[attr-defined]

    def admin_actions_for(self, request: HttpRequest, row: Any) -> dict[str, AdminAction]:
        """Return the actions that this staff member may perform on this row now."""
        return {
            name: admin_action
            for name, admin_action in self.admin_actions.items()
            if self._may(request, admin_action.role, row) and admin_action.when(row)
        }

    def admin_action_view(self, request: HttpRequest, object_id: str, admin_action: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.row_or_404(request, object_id)
        if admin_action not in self.admin_actions:
            raise Http404
        self.require(request, self.admin_actions[admin_action].role, row)
        try:
            result = self.admin_actions[admin_action].act(request, row)
        except ServiceError as error:
            self.refuse(request, error)
        else:
            if not (getattr(result, "is_question", False) or getattr(request, "is_refused", False)):
                name = f"{self.opts.model_name}.{admin_action}"
                audit_log.note_once(name, row, request, self.audited_workspace_of(row))
            if isinstance(result, HttpResponse):
                return result
            messages.success(request, result)
        still_exists = type(row)._default_manager.filter(pk=row.pk).exists()
        return HttpResponseRedirect("../../" if still_exists else "../../../")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is not None and self.looks_are_audited and request.method == "GET":
            audit_log.note(f"{self.opts.model_name}.viewed", row, request=request)
        admin_actions = self.admin_actions_for(request, row) if row is not None else {}
        buttons = {name: admin_action for name, admin_action in admin_actions.items() if not admin_action.asks}
        context = {
            "admin_actions": buttons,
            "may": list(admin_actions),
            "row": row,
            "admin_action_view": f"admin:{self.admin_action_view_name()}",
        }
        context |= extra_context or {}
        if row is not None:
            context |= self.page_context(request, row)
        return super().change_view(request, object_id, form_url, context)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return the context of the page of one row besides its fields."""
        return {}
