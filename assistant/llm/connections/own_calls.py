"""What the workspaces of a member of staff asked of models that they share with others.

`live` counts what all workspaces asked. Of a shared model, a member sees whether it is paused, which concerns them, and
the calls of their own workspaces.
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
    """The same states, with the calls of these workspaces alone for the engines that are `shared`."""
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
