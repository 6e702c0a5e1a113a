"""Embed texts, in batches and metered. All other modules embed through this one."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.db import connection

from assistant.llm import masking, registry
from assistant.llm.engines.base import EngineRefused, EngineUnavailable, TokenVectors, Usage
from assistant.usage import metering
from assistant.usage.metering import Call, Outcome
from assistant.usage.models import ModelCall

# Few threads, because the encoder is CPU-bound: more threads than cores would slow down every customer.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="embed")
# For articles: these threads wait for the embedder, which limits its own concurrency.
_ahead = ThreadPoolExecutor(max_workers=4, thread_name_prefix="embed-ahead")


class EmbedderRefused(EngineUnavailable):
    """The embedder rejects these texts, or perhaps all, because its key, model or URL is wrong.

    For callers this is the same as an unavailable embedder: search uses keywords only.
    """


def embedder_name() -> str:
    """Return the name of the embedding model, stored with every vector. Never compare vectors of different models."""
    return registry.embedder().name


def token_vectors(texts: Sequence[str]) -> list[TokenVectors]:
    """Return one vector for each wordpiece of each text: see TokenVectors. Raises EngineUnavailable."""
    return registry.embedder().token_vectors(texts)


def embed(
    texts: Sequence[str],
    *,
    workspace_id: uuid.UUID | None = None,
    purpose: str = ModelCall.Purpose.INDEX,
    is_public: bool = False,
) -> np.ndarray:
    """Return vectors of unit norm in the order of `texts`, shape (texts, 384), float32.

    Texts that are not `is_public` are sent to a server on another network without personal data.

    One row is metered for the whole call, even if it fails. Outside a transaction, no database connection is held
    during the call.

    Raises:
        EngineUnavailable: the embedder is unavailable or refuses.
    """
    if not connection.in_atomic_block:
        connection.close()
    started = time.monotonic()
    call = Call(workspace_id, purpose=purpose)
    try:
        vectors, outcome = _embed_and_measure(texts, started, is_public)
    except EngineUnavailable as error:
        metering.record_or_log(call, _failure(error, started))
        raise
    if texts:
        metering.record(call, outcome)
    return vectors


@dataclass(frozen=True, slots=True)
class Underway:
    """Texts that other threads embed while the caller does something else."""

    call: Call
    started: float
    computing: Future[tuple[np.ndarray, Outcome]]

    def vectors(self) -> np.ndarray:
        """Wait for the result of `embed` and meter it, in the caller's thread and transaction.

        Raises:
            EngineUnavailable: the embedder is unavailable or refuses.
        """
        try:
            vectors, outcome = self.computing.result()
        except EngineUnavailable as error:
            metering.record_or_log(self.call, _failure(error, self.started))
            raise
        if len(vectors):
            metering.record(self.call, outcome)
        return vectors


def embed_ahead(texts: Sequence[str], *, workspace_id: uuid.UUID, purpose: str) -> Underway:
    """Start to embed public texts, such as those of articles, in the background."""
    started = time.monotonic()
    computing = _ahead.submit(_embed_and_measure, list(texts), started, True)
    return Underway(Call(workspace_id, purpose=purpose), started, computing)


async def aembed_one(
    text: str,
    *,
    workspace_id: uuid.UUID | None = None,
    conversation_id: uuid.UUID | None = None,
    message_id: uuid.UUID | None = None,
) -> np.ndarray:
    """Return the vector of one question, shape (384,). Its metering row is written later, in the background.

    Raises:
        EngineUnavailable: the embedder is unavailable or refuses; continue without a vector.
    """
    started = time.monotonic()
    call = Call(workspace_id, conversation_id, message_id, ModelCall.Purpose.QUESTION)
    loop = asyncio.get_running_loop()
    try:
        vectors, outcome = await loop.run_in_executor(_threads, _embed_and_measure, [text], started, False)
    except EngineUnavailable as error:
        metering.record_soon(call, _failure(error, started))
        raise
    metering.record_soon(call, outcome)
    vector: np.ndarray = vectors[0]
    return vector


def _embed_and_measure(texts: Sequence[str], started: float, is_public: bool) -> tuple[np.ndarray, Outcome]:
    """Embed the texts in batches and return vectors and outcome.

    Texts of similar length share a batch, so that little padding is needed. The longest come first, so that no thread
    is left with a long one at the end.
    """
    embedder = registry.embedder()
    vectors = np.zeros((len(texts), embedder.dimensions), dtype=np.float32)
    by_length = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    size = settings.EMBEDDING_BATCH_TEXTS
    for start in range(0, len(texts), size):
        batch = by_length[start : start + size]
        try:
            vectors[batch] = embedder.embed(_as_sent([texts[i] for i in batch], is_public))
        except EngineRefused as error:
            raise EmbedderRefused(str(error), reason=error.reason) from error
    return vectors, _outcome(texts, started)


def _as_sent(texts: list[str], is_public: bool) -> list[str]:
    base_url = settings.EMBEDDER.get("OPTIONS", {}).get("base_url", "")
    return masking.for_vectors(texts) if not is_public and masking.applies(settings.MODEL_MASKING, base_url) else texts


def _outcome(texts: Sequence[str], started: float) -> Outcome:
    embedder = registry.embedder()
    return Outcome(
        engine="embedder",
        model=embedder.name,
        usage=Usage(prompt_tokens=sum(embedder.count_tokens(text) for text in texts), counted_locally=True),
        ms_total=round((time.monotonic() - started) * 1000),
        kind=ModelCall.Kind.EMBEDDING,
        texts=len(texts),
    )


def _failure(error: EngineUnavailable, started: float) -> Outcome:
    return Outcome(
        engine="embedder",
        model=settings.EMBEDDING_MODEL,
        usage=Usage(),
        ms_total=round((time.monotonic() - started) * 1000),
        kind=ModelCall.Kind.EMBEDDING,
        status=ModelCall.Status.FAILED,
        reason=error.reason,
    )
