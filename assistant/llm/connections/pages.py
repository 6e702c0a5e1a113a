"""The parts of the model pages that refresh themselves: the test of one model, and the state of all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from assistant.llm.connections import live, own_calls, probing
from assistant.llm.connections.key_encryption import KeyUnreadable
from assistant.llm.connections.live import Live
from assistant.llm.connections.models import ModelConnection
from assistant.llm.engines.openai_probe import STEPS
from assistant.staff import permissions
from assistant.staff.permissions import Role

SENT_TO_SERVER = ("base_url", "api_key", "model")
View = Callable[..., HttpResponse]
STATES = {  # label and colour
    "idle": ("No calls", ""),
    "working": ("Working", "b-good"),
    "failing": ("Failing", "b-wrong"),
    "half_open": ("Tried again at the next call", "b-warn"),
    "open": ("Paused", "b-wrong"),
}
REASONS = {
    "time_out": "no answer in time",
    "unreachable": "not reached",
    "address_refused": "its address is not allowed: see MODEL_SERVERS_PRIVATE",
    "upstream_cut": "broke off",
    "upstream_invalid": "sent something that is no answer",
    "upstream_error": "said that it failed",
    "weights_missing": "the weights are not there",
    "not_in_this_process": "runs in another process",
    "http_401": "refused the API key (401)",
    "http_403": "refused the API key (403)",
    "http_404": "does not know the model or the address (404)",
    "http_429": "too many requests (429)",
}


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model in the overview. Models from the environment have no page."""

    name: str
    source: str
    tier: str
    model: str
    link: str = ""
    note: str = ""
    is_shared: bool = True
    live: Live | None = None

    @property
    def state(self) -> str:
        return STATES[self.live.state][0] if self.live else "Not known"

    @property
    def colour(self) -> str:
        return STATES[self.live.state][1] if self.live else ""

    @property
    def since(self) -> str:
        return naturaltime(self.live.since) if self.live and self.live.since else ""

    @property
    def why(self) -> str:
        reason = self.live.reason if self.live else ""
        return REASONS.get(reason, f"answered {reason[5:]}" if reason.startswith("http_") else reason.replace("_", " "))


def test_page(model_admin: Any) -> View:
    """Return a view that runs the next step of a test and shows its progress."""

    @require_POST
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        row = model_admin.row_or_404(request, str(pk))
        model_admin.require(request, Role.ADMIN, row)
        if row.test_state == ModelConnection.Test.RUNNING:
            probing.advance(row)
        return render(request, "admin/llm/modelconnection/steps.html", test_of(row, request.user))

    return view


def try_page(model_admin: Any) -> View:
    """Return a view that calls the server entered in a form without saving. It does not return the entered values."""

    @require_POST
    @sensitive_post_parameters("api_key")
    def view(request: HttpRequest) -> HttpResponse:
        row = model_admin.row_or_404(request, pk) if (pk := request.POST.get("row", "")) else None
        may = model_admin.has_change_permission(request, row) if row else model_admin.has_add_permission(request)
        if not may:
            return HttpResponse(status=403)
        form = model_admin.get_form(request, row, change=row is not None)(request.POST, instance=row)
        return render(request, "admin/llm/modelconnection/tried.html", _tried(form, request.user))

    return view


def _tried(form: Any, user: Any) -> dict[str, Any]:
    """Try the server. Only the fields sent to it have to be valid; the rest may be filled in later."""
    form.is_valid()
    problems = [f"{form.fields[name].label}: {error}" for name in SENT_TO_SERVER for error in form.errors.get(name, ())]
    if problems:
        return {"problems": problems}
    given = form.cleaned_data
    try:
        key = form.key
    except KeyUnreadable:
        return {"problems": [probing.KEY_UNREADABLE]}
    steps = probing.tried(given["base_url"], key, given["model"], public_only=form.is_public_only)
    return {"steps": [_shown(step, user) for step in steps], "is_usable": steps[-1]["kind"] != "failed"}


def test_of(row: ModelConnection, user: Any) -> dict[str, Any]:
    """Return the progress of a test for this staff member.

    Text from a server that does not behave like a model server is shown to superusers only.
    """
    return {
        "row": row,
        "steps": [_shown(step, user) for step in row.test_steps],
        "step_count": len(STEPS),
        "next_step": list(probing.LABELS.values())[len(row.test_steps)] if len(row.test_steps) < len(STEPS) else "",
        "tested": naturaltime(row.tested_at) if row.tested_at else "",
        "is_running": row.test_state == ModelConnection.Test.RUNNING,
        "key_warning": "" if row.is_key_readable else probing.KEY_UNREADABLE,
    }


def _shown(step: dict[str, Any], user: Any) -> dict[str, Any]:
    may_read = user.is_superuser or step.get("is_of_model_server")
    return step if may_read else step | {"said": ""}


def live_page(model_admin: Any) -> View:
    @require_GET
    def view(request: HttpRequest) -> HttpResponse:
        if not model_admin.has_view_permission(request):
            return HttpResponse(status=403)
        return render(request, "admin/llm/modelconnection/live.html", overview(request.user))

    return view


def overview(user: Any) -> dict[str, Any]:
    """Return all models that a staff member may see, in the order in which they are tried."""
    lines = [*_connections(user), *_of_environment()]
    states = live.states(name for name, _ in lines)
    if states is not None and not user.is_superuser:
        shared = {name for name, line in lines if line.is_shared}
        states = own_calls.narrowed(states, shared, permissions.workspace_ids(user, Role.ADMIN))
    shown = [_with_live(line, states[name] if states else None) for name, line in lines]
    minutes = round(live.WINDOW_S / 60)
    return {"lines": shown, "minutes": minutes, "is_known": states is not None, "is_of_all": user.is_superuser}


def _with_live(line: ModelLine, state: Live | None) -> ModelLine:
    return replace(line, live=state)


def _connections(user: Any) -> list[tuple[str, ModelLine]]:
    """Return the models of the member's workspaces, and those for all, whose pages only superusers can open."""
    ids = permissions.workspace_ids(user, Role.ADMIN)
    rows = ModelConnection.objects.select_related("workspace").order_by("workspace", "tier", "order", "pk")
    return [
        (row.engine_name, _line(row, user.is_superuser or row.workspace_id is not None))
        for row in rows
        if row.workspace_id is None or row.workspace_id in ids
    ]


def _line(row: ModelConnection, may_open: bool) -> ModelLine:
    return ModelLine(
        row.name,
        str(row.workspace) if row.workspace else "All workspaces",
        row.get_tier_display().partition(":")[0],
        row.model,
        reverse("admin:llm_modelconnection_change", args=[row.pk]) if may_open else "",
        _note(row),
        row.workspace is None,
    )


def _note(row: ModelConnection) -> str:
    if not settings.MODEL_CONNECTIONS:
        return "not used: MODEL_CONNECTIONS is off"
    if not row.enabled:
        return "switched off"
    return "" if row.is_key_readable else "not used: its key cannot be decrypted"


def _of_environment() -> list[tuple[str, ModelLine]]:
    found = []
    for tier in ("large", "small"):
        for name in settings.TIERS.get(tier, []):
            options = settings.ENGINES.get(name, {}).get("OPTIONS", {})
            model = options.get("model") or str(options.get("path", "")).rpartition("/")[2]
            found.append((name, ModelLine(name, "From the environment", tier.capitalize(), model)))
    return found
