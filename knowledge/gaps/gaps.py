"""Collect questions without an answer and group them by meaning."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from pgvector import HalfVector
from pgvector.django import CosineDistance

from assistant.llm import embeddings
from assistant.postgres import advisory_locks
from assistant.webhooks import outbox
from assistant.workspaces.models import Workspace
from knowledge.gaps import drafting
from knowledge.models import Gap

SAME_MEANING_COSINE = 0.75
EXAMPLES_KEPT = 10
QUESTION_MAX_CHARS = 1_000
ANSWER_MAX_CHARS = 4_000


@transaction.atomic
def record(workspace: Workspace, question: str, vector: np.ndarray | None, conversation_id: UUID | None = None) -> Gap:
    """Add the question to the gap with the same meaning, or open a new gap."""
    question = " ".join(question.split())[:QUESTION_MAX_CHARS]
    # One writer per workspace, so that two concurrent identical questions form one gap. An advisory lock, because row
    # locks would block replies to customers of the workspace.
    advisory_locks.hold_in_transaction(f"knowledge.gaps.gaps:{workspace.pk}")
    gap = _locked(_similar_gap(workspace, question, vector))
    example = {"question": question, "conversation": conversation_id and str(conversation_id)}
    if gap is None:
        gap = Gap.objects.create(workspace=workspace, question=question, examples=[example], **_embedded(vector))
        outbox.record(workspace.pk, "gap.found", gap=str(gap.pk), **example)
        return gap
    gap.examples = _trimmed([example, *gap.examples])
    gap.last_asked_at = timezone.now()
    if gap.embedding is None and vector is not None:
        gap.embedding, gap.embedder = _embedded(vector).values()
    gap.count = F("count") + 1
    gap.save(update_fields=["examples", "last_asked_at", "count", "embedding", "embedder"])
    gap.refresh_from_db(fields=["count"])
    return gap


@transaction.atomic
def learn(workspace: Workspace, question: str, vector: np.ndarray | None, conversation_id: UUID, answer: str) -> Gap:
    """Store an answer given by staff with the question, for drafting an article."""
    entry = {"text": answer[:ANSWER_MAX_CHARS], "conversation": str(conversation_id)}
    earlier = Gap.objects.filter(workspace=workspace, examples__contains=[{"conversation": entry["conversation"]}])
    gap = _locked(earlier.first()) or record(workspace, question, vector, conversation_id)
    if entry["conversation"] not in {each["conversation"] for each in gap.answers}:
        gap.answers = [entry, *gap.answers][:EXAMPLES_KEPT]
        gap.save(update_fields=["answers"])
    return gap


def has_answer_from(workspace_id: UUID, conversation_id: UUID) -> bool:
    """Return whether an answer from this conversation is stored already, also in a dismissed gap."""
    entry = [{"conversation": str(conversation_id)}]
    return Gap.objects.filter(workspace=workspace_id, answers__contains=entry).exists()


@transaction.atomic
def forget(workspace_id: UUID, conversation_ids: Collection[str], texts: Collection[str] = ()) -> set[str]:
    """Delete a customer's words from gaps and from their unpublished drafts; delete gaps that nobody else asked.

    Returns the deleted questions, which may be parts of messages. `texts` are the customer's messages: the title of an
    old gap may come from an example that was removed long ago.
    """
    words = {" ".join(text.split())[:QUESTION_MAX_CHARS] for text in texts}
    removed: set[str] = set()
    for pk in _concerning(workspace_id, conversation_ids, words):
        # No join: after waiting for the lock, joined rows would have their old values.
        gap = Gap.objects.select_for_update(no_key=True).filter(pk=pk).first()
        if gap is not None:
            removed |= _forget_in(gap, conversation_ids, words)
    return removed


def _forget_in(gap: Gap, conversation_ids: Collection[str], words: Collection[str]) -> set[str]:
    """Return the questions that were removed from the gap."""
    others = [example for example in gap.examples if example.get("conversation") not in conversation_ids]
    answers = [answer for answer in gap.answers if answer.get("conversation") not in conversation_ids]
    remaining = [example["question"] for example in others]
    before = {gap.question, *(example["question"] for example in gap.examples)}
    removed = [answer["text"] for answer in gap.answers if answer not in answers]
    if gap.article is not None:
        drafting.take_out(gap.article, {*before} - {*remaining}, removed, remaining[-1] if remaining else "")
    if not others:
        gap.delete()
        return before
    if len(others) < len(gap.examples) or gap.question in words:
        gap.question = remaining[-1]
        gap.embedding, gap.embedder = None, ""  # they belong to the old words; new ones are computed within a minute
    gap.examples, gap.answers = others, answers
    gap.save(update_fields=["examples", "answers", "question", "embedding", "embedder"])
    return before - {gap.question, *remaining}


def _concerning(workspace_id: UUID, conversation_ids: Collection[str], words: Collection[str]) -> list[UUID]:
    rows = Gap.objects.filter(workspace=workspace_id).order_by("pk")
    return [
        pk
        for pk, question, examples, answers in rows.values_list("pk", "question", "examples", "answers")
        if question in words or any(each.get("conversation") in conversation_ids for each in (*examples, *answers))
    ]


def _trimmed(examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the latest examples, and the first one, which gives the gap its title, so that both are erased together."""
    return examples if len(examples) <= EXAMPLES_KEPT else [*examples[: EXAMPLES_KEPT - 1], examples[-1]]


def _locked(gap: Gap | None) -> Gap | None:
    """Re-read the gap and lock it until the transaction ends: an erasure may be changing it."""
    return gap and Gap.objects.select_for_update(no_key=True).filter(pk=gap.pk).first()


def _embedded(vector: np.ndarray | None) -> dict[str, Any]:
    if vector is None:
        return {}
    return {"embedding": HalfVector(vector), "embedder": embeddings.embedder_name()}


def _similar_gap(workspace: Workspace, question: str, vector: np.ndarray | None) -> Gap | None:
    gaps = Gap.objects.filter(workspace=workspace).exclude(status=Gap.Status.DISMISSED)
    if same := gaps.filter(question__iexact=question).first():
        return same
    if vector is None:
        return None
    near = gaps.filter(embedder=embeddings.embedder_name()).annotate(
        distance=CosineDistance("embedding", HalfVector(vector))
    )
    return near.filter(distance__lte=1 - SAME_MEANING_COSINE).order_by("distance").first()
