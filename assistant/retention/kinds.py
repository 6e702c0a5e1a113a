"""What a package gives so that its old rows are purged."""

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

    `count` returns how many rows are older than a time. `purge_some` deletes at most so many of them in one
    transaction, re-reading under a lock what is still old, and returns how many; 0 when nothing is left to delete.
    """

    count: Callable[[Workspace, datetime], int]
    purge_some: Callable[[Workspace, datetime, int], int]


@dataclass(frozen=True, slots=True)
class SharedKind:
    """One kind of data of the whole installation, with a period of its own."""

    count: Callable[[], int]
    purge_some: Callable[[int], int]


def delete_some(rows: QuerySet[Any], most: int) -> int:
    """Delete at most so many of these rows, except those that are locked by a writer or have changed meanwhile.

    Rows that Postgres deletes along with them are not counted.
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
    """Return the kind of rows that are simply deleted."""
    return Kind(
        count=lambda workspace, before: expired(workspace, before).count(),
        purge_some=lambda workspace, before, most: delete_some(expired(workspace, before), most),
    )


def of_shared_rows(expired: Callable[[], QuerySet[Any]]) -> SharedKind:
    return SharedKind(count=lambda: expired().count(), purge_some=lambda most: delete_some(expired(), most))
