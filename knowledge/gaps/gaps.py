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
    """Count the question with those of the same meaning, or open a new gap for it."""
    question = " ".join(question.split())[:QUESTION_MAX_CHARS]
    # One writer a workspace, so that the same question asked twice at once is one gap. No row is locked for that:
    # those of the workspace and of its customers belong to whoever asks meanwhile.
    advisory_locks.hold_in_transaction(f"knowledge.gaps.gaps:{workspace.pk}")
    gap = _held(_alike(workspace, question, vector))
    example = {"question": question, "conversation": conversation_id and str(conversation_id)}
    if gap is None:
        gap = Gap.objects.create(workspace=workspace, question=question, examples=[example], **_embedded(vector))
        outbox.record(workspace.pk, "gap.found", gap=str(gap.pk), **example)
        return gap
    gap.examples = _kept([example, *gap.examples])
    gap.last_asked_at = timezone.now()
    if gap.embedding is None and vector is not None:
        gap.embedding, gap.embedder = _embedded(vector).values()
    gap.count = F("count") + 1
    gap.save(update_fields=["examples", "last_asked_at", "count", "embedding", "embedder"])
    gap.refresh_from_db(fields=["count"])
    return gap


@transaction.atomic
def learn(workspace: Workspace, question: str, vector: np.ndarray | None, conversation_id: UUID, answer: str) -> Gap:
    """Keep what a person answered beside the question, for whoever begins a draft from it."""
    told = {"text": answer[:ANSWER_MAX_CHARS], "conversation": str(conversation_id)}
    known = Gap.objects.filter(workspace=workspace, examples__contains=[{"conversation": told["conversation"]}])
    gap = _held(known.first()) or record(workspace, question, vector, conversation_id)
    if told["conversation"] not in {each["conversation"] for each in gap.answers}:
        gap.answers = [told, *gap.answers][:EXAMPLES_KEPT]
        gap.save(update_fields=["answers"])
    return gap


def has_answer_from(workspace_id: UUID, conversation_id: UUID) -> bool:
    """Whether what was said there was learned already, also where it was dismissed since."""
    told = [{"conversation": str(conversation_id)}]
    return Gap.objects.filter(workspace=workspace_id, answers__contains=told).exists()


@transaction.atomic
def forget(workspace_id: UUID, conversation_ids: Collection[str], said: Collection[str] = ()) -> set[str]:
    """Take what was said in these conversations out of the gaps, and out of drafts begun from them that were never
    published; a gap that nobody else asked goes. Return the questions that were taken out, which may be parts of
    messages.

    `said` are the customer's messages: an old gap may be called by words whose example was dropped long ago.
    """
    words = {" ".join(text.split())[:QUESTION_MAX_CHARS] for text in said}
    gone: set[str] = set()
    for pk in _concerning(workspace_id, conversation_ids, words):
        # Without a join: whoever waited for the lock would read the joined rows as they were before.
        gap = Gap.objects.select_for_update(no_key=True).filter(pk=pk).first()
        if gap is not None:
            gone |= _forget_in(gap, conversation_ids, words)
    return gone


def _forget_in(gap: Gap, conversation_ids: Collection[str], words: Collection[str]) -> set[str]:
    """Return the questions that no longer stand in the gap."""
    others = [example for example in gap.examples if example.get("conversation") not in conversation_ids]
    answers = [answer for answer in gap.answers if answer.get("conversation") not in conversation_ids]
    remaining = [example["question"] for example in others]
    before = {gap.question, *(example["question"] for example in gap.examples)}
    gone = [answer["text"] for answer in gap.answers if answer not in answers]
    if gap.article is not None:
        drafting.take_out(gap.article, {*before} - {*remaining}, gone, remaining[-1] if remaining else "")
    if not others:
        gap.delete()
        return before
    if len(others) < len(gap.examples) or gap.question in words:
        gap.question = remaining[-1]
        gap.embedding, gap.embedder = None, ""  # of the words before; new ones are made within a minute
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


def _kept(examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The latest, and the first one, which the gap is called by: with it the words of the gap are forgotten, too."""
    return examples if len(examples) <= EXAMPLES_KEPT else [*examples[: EXAMPLES_KEPT - 1], examples[-1]]


def _held(gap: Gap | None) -> Gap | None:
    """The gap as it is now, held until the transaction ends: a customer's words may be taken out of it just now."""
    return gap and Gap.objects.select_for_update(no_key=True).filter(pk=gap.pk).first()


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
