"""The interface that packages implement to have their old rows purged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from assistant.workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data of a workspace.

    `count` returns how many rows are older than a time. `purge_some` deletes at most the given number of them in one
    transaction, after checking again under a lock that they are still old, and returns how many; 0 if none are left.
    """

    count: Callable[[Workspace, datetime], int]
    purge_some: Callable[[Workspace, datetime, int], int]


@dataclass(frozen=True, slots=True)
class SharedKind:
    """One kind of data of the whole installation, with its own retention period."""

    count: Callable[[], int]
    purge_some: Callable[[int], int]


def delete_some(rows: QuerySet[Any], most: int) -> int:
    """Delete at most `most` of these rows, except those that are locked by a writer or have changed meanwhile.

    Rows deleted by a cascade are not counted.
    """
    with transaction.atomic():
        model: type[Model] = rows.model
        chosen = (
            rows.order_by("pk").select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:most]
        )
        ids = list(chosen)
        if ids:
            model._default_manager.filter(pk__in=ids).delete()
    return len(ids)


def of_rows(expired: Callable[[Workspace, datetime], QuerySet[Any]]) -> Kind:
    """Return a kind whose rows are deleted without further steps."""
    return Kind(
        count=lambda workspace, before: expired(workspace, before).count(),
        purge_some=lambda workspace, before, most: delete_some(expired(workspace, before), most),
    )


def of_shared_rows(expired: Callable[[], QuerySet[Any]]) -> SharedKind:
    return SharedKind(count=lambda: expired().count(), purge_some=lambda most: delete_some(expired(), most))
