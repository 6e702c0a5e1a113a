"""Limit the live figures of shared models to the calls of a staff member's own workspaces.

`live` counts the calls of all workspaces. For a shared model, a member sees only whether it is paused and the calls of
their own workspaces.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from assistant.llm.connections import live
from assistant.llm.connections.live import Live
from assistant.workspaces.models import Workspace

PAUSED = ("open", "half_open")
NOTHING = {"calls": 0, "failures": 0, "tokens": 0}


def narrowed(states: Mapping[str, Live], shared: Collection[str], workspace_ids: Collection[UUID]) -> dict[str, Live]:
    """Return the states, counting only the calls of these workspaces for engines that are `shared`."""
    counts = _counts(shared, workspace_ids)
    return {name: _of(state, counts.get(name, NOTHING)) if name in shared else state for name, state in states.items()}


def _of(state: Live, counts: Mapping[str, int]) -> Live:
    own = replace(state, **counts)
    if state.state in PAUSED:
        return own
    name = live.state_of(own.calls, own.failures)
    return replace(own, state=name) if own.failures else replace(own, state=name, reason="", since=None)


def _counts(engines: Collection[str], workspace_ids: Collection[UUID]) -> dict[str, dict[str, Any]]:
    since = timezone.now() - timedelta(seconds=live.WINDOW_S)
    calls = Workspace.objects.filter(
        pk__in=workspace_ids, model_calls__at__gte=since, model_calls__engine__in=list(engines)
    )
    rows = calls.values(engine=F("model_calls__engine")).annotate(
        calls=Count("model_calls"),
        failures=Count("model_calls", filter=Q(model_calls__status="failed")),
        tokens=Sum(F("model_calls__prompt_tokens") + F("model_calls__completion_tokens")),
    )
    return {row.pop("engine"): row for row in rows.order_by("engine")}
