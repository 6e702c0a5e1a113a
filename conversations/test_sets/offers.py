"""Test sets offered on pages where staff change the assistant's answers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from conversations.test_sets.models import Run, TestSet

OFFERED_MAX = 5


@dataclass(frozen=True, slots=True)
class Offer:
    """A test set that may be run; `last` is its newest finished run."""

    pk: uuid.UUID
    name: str
    url: str
    last: Run | None
    is_running: bool


def before_a_change(workspace_id: uuid.UUID) -> list[Offer]:
    """The workspace's test sets that have cases."""
    sets = TestSet.objects.filter(workspace=workspace_id).annotate(size=Count("cases")).filter(size__gt=0)
    return [_offer(test_set) for test_set in sets[:OFFERED_MAX]]


def _offer(test_set: TestSet) -> Offer:
    return Offer(
        pk=test_set.pk,
        name=test_set.name,
        url=reverse("admin:test_sets_testset_change", args=[test_set.pk]),
        last=test_set.runs.done().first(),
        is_running=test_set.runs.unfinished().exists(),
    )
