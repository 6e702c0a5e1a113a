"""Questions that found no answer, grouped by meaning, so that staff see what to write next."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np
from channels.db import database_sync_to_async
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from pgvector import HalfVector
from pgvector.django import CosineDistance

from assistant import embeddings
from assistant.webhooks import outbox
from assistant.workspaces.models import Workspace
from knowledge.models import Gap

SAME_MEANING_COSINE = 0.75
EXAMPLES_KEPT = 10
QUESTION_MAX_CHARS = 1_000


@transaction.atomic
def record(workspace: Workspace, question: str, vector: np.ndarray | None, conversation_id: UUID | None = None) -> Gap:
    """Count the question with those of the same meaning, or open a new gap for it."""
    question = " ".join(question.split())[:QUESTION_MAX_CHARS]
    # Held by one writer a workspace, so that the same question asked twice at once is one gap.
    Workspace.objects.select_for_update(of=("self",)).get(pk=workspace.pk)
    gap = _alike(workspace, question, vector)
    example = {"question": question, "conversation": conversation_id and str(conversation_id)}
    if gap is None:
        gap = Gap.objects.create(workspace=workspace, question=question, examples=[example], **_embedded(vector))
        outbox.record(workspace.pk, "gap.found", gap=str(gap.pk), **example)
        return gap
    gap.examples = [example, *gap.examples][:EXAMPLES_KEPT]
    gap.last_asked_at = timezone.now()
    if gap.embedding is None and vector is not None:
        gap.embedding, gap.embedder = _embedded(vector).values()
    gap.count = F("count") + 1
    gap.save(update_fields=["examples", "last_asked_at", "count", "embedding", "embedder"])
    gap.refresh_from_db(fields=["count"])
    return gap


arecord = database_sync_to_async(record, thread_sensitive=False)


def _embedded(vector: np.ndarray | None) -> dict[str, Any]:
    if vector is None:
        return {}
    return {"embedding": HalfVector(vector), "embedder": embeddings.embedder_name()}


def _alike(workspace: Workspace, question: str, vector: np.ndarray | None) -> Gap | None:
    gaps = Gap.objects.filter(workspace=workspace).exclude(status=Gap.Status.DISMISSED)
    if same := gaps.filter(question__iexact=question).first():
        return same
    if vector is None:
        return None
    near = gaps.filter(embedder=embeddings.embedder_name()).annotate(
        distance=CosineDistance("embedding", HalfVector(vector))
    )
    return near.filter(distance__lte=1 - SAME_MEANING_COSINE).order_by("distance").first()
