"""The gate in the staff admin: how careful it is in a workspace, and the weights it learned from verdicts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from assistant.staff import permissions
from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from assistant.workspaces.models import Membership
from conversations.gate import retraining
from conversations.gate.models import GateModel, GateSettings

FIGURES = {
    "stopped": "Unwanted messages stopped",
    "passed": "Harmless messages let through",
    "control_stopped": "Control set: unwanted stopped",
    "control_passed": "Control set: harmless let through",
}
State = GateModel.State
COLOURS = {"In use": "success", "Rolled back": "warning"}


@admin.register(GateSettings)
class GateSettingsAdmin(WorkspaceBound):
    empty_text = "Every workspace follows the default thresholds. Add a row to choose others for one of them."
    view_role = add_role = change_role = delete_role = Role.ADMIN
    list_display = ("workspace", "spam_from", "injection_from", "abuse_from", "refuse_from", "mute_hours")
    list_display_links = ("workspace",)
    fields = ("workspace", "spam_from", "injection_from", "abuse_from", "refuse_from", "mute_hours")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Show the default that an empty field follows."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        default = getattr(settings, f"GATE_{db_field.name.upper()}", None)
        if field and default is not None:
            field.widget.attrs["placeholder"] = default
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("workspace",) if obj else ()


def learn(request: HttpRequest, model: GateModel) -> str:
    learned = retraining.retrain()
    return f"Learned from {learned.labels} verdicts: {learned.get_state_display()}."


def roll_back(request: HttpRequest, model: GateModel) -> str:
    before = retraining.roll_back(model)
    return f"Rolled back to {before}." if before else "Rolled back to the shipped weights."


@admin.register(GateModel)
class GateModelAdmin(WorkspaceBound):
    """Belongs to the whole installation, so superusers alone see it."""

    empty_text = "Brevity tries to improve the gate every night once your team has reviewed enough held messages."
    list_display = ("learned", "shown_state", "labels", "shown_stopped", "shown_passed")
    fields = ("learned_at", "shown_state", "labels", *(f"shown_{name}" for name in FIGURES))
    readonly_fields = fields
    admin_actions = {
        "learn": AdminAction("Learn now", "school", Role.ADMIN, learn),
        "roll_back": AdminAction("Roll back", "undo", Role.ADMIN, roll_back, lambda row: row.state == State.IN_USE),
    }

    def _may(self, request: HttpRequest, role: Membership.Role | None, row: Any = None) -> bool:
        return role in (Role.ADMIN, self.view_role) and permissions.member(request).is_superuser

    def workspace_id_of(self, row: GateModel) -> None:
        return None

    def get_queryset(self, request: HttpRequest) -> QuerySet[GateModel]:
        return admin.ModelAdmin.get_queryset(self, request)

    learned = moment("learned_at", "Learned")

    @display(description="State", ordering="state", label=COLOURS)
    def shown_state(self, row: GateModel) -> str:
        return row.get_state_display()

    @display(description=FIGURES["stopped"])
    def shown_stopped(self, row: GateModel) -> str:
        return before_and_after(row, "stopped")

    @display(description=FIGURES["passed"])
    def shown_passed(self, row: GateModel) -> str:
        return before_and_after(row, "passed")

    @display(description=FIGURES["control_stopped"])
    def shown_control_stopped(self, row: GateModel) -> str:
        return before_and_after(row, "control_stopped")

    @display(description=FIGURES["control_passed"])
    def shown_control_passed(self, row: GateModel) -> str:
        return before_and_after(row, "control_passed")


def before_and_after(row: GateModel, name: str) -> str:
    if name not in row.figures:
        return "–"
    before, after = row.figures[name]
    return f"{before:.1%} before, {after:.1%} after"
