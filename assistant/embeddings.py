"""Texts to vectors, batched and metered. The only way to the embedder."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from django.conf import settings

from assistant import lineup
from assistant.engines.base import EngineUnavailable, TokenVectors, Usage
from assistant.usage import metering
from assistant.usage.metering import Call, Outcome
from assistant.usage.models import ModelCall

# Few threads: the encoder computes, and more of them than cores make every customer slower.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="embed")


def embedder_name() -> str:
    """What is stored beside every vector. Vectors of two names must never be compared."""
    return lineup.embedder().name


def token_vectors(texts: Sequence[str]) -> list[TokenVectors]:
    """One vector for each wordpiece of each text: see TokenVectors. Raises EngineUnavailable."""
    return lineup.embedder().token_vectors(texts)


def embed(
    texts: Sequence[str],
    *,
    workspace_id: uuid.UUID | None = None,
    purpose: str = ModelCall.Purpose.INDEX,
    progress: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Vectors of unit norm in the order of `texts`, shape (texts, 384), float32.

    `progress` is called with the number of texts done so far. One row is metered for the whole
    call. Texts of like length share a batch, so that short ones are not padded to long ones.

    Raises:
        EngineUnavailable: the embedder is away.
    """
    embedder = lineup.embedder()
    started = time.monotonic()
    vectors = np.zeros((len(texts), embedder.dimensions), dtype=np.float32)
    by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    size = settings.EMBEDDING_BATCH_TEXTS
    for start in range(0, len(texts), size):
        batch = by_length[start : start + size]
        vectors[batch] = embedder.embed([texts[i] for i in batch])
        if progress:
            progress(start + len(batch))
    if texts:
        metering.record(Call(workspace_id, purpose=purpose), _outcome(texts, started))
    return vectors


async def aembed_one(
    text: str,
    *,
    workspace_id: uuid.UUID | None = None,
    conversation_id: uuid.UUID | None = None,
    message_id: uuid.UUID | None = None,
) -> np.ndarray:
    """The vector of one question, shape (384,). Its row is written afterwards, beside the answer.

    Raises:
        EngineUnavailable: the embedder is away; go on without a vector.
    """
    started = time.monotonic()
    call = Call(workspace_id, conversation_id, message_id, ModelCall.Purpose.QUESTION)
    loop = asyncio.get_running_loop()
    try:
        vectors, outcome = await loop.run_in_executor(_threads, _embed_and_measure, text, started)
    except EngineUnavailable as error:
        metering.record_soon(call, _failure(error, started))
        raise
    metering.record_soon(call, outcome)
    return vectors


def _embed_and_measure(text: str, started: float) -> tuple[np.ndarray, Outcome]:
    vector: np.ndarray = lineup.embedder().embed([text])[0]
    return vector, _outcome([text], started)


def _outcome(texts: Sequence[str], started: float) -> Outcome:
    embedder = lineup.embedder()
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
