"""The vectors of the guidance's topics, cached in this process for each version of the guidance that is in use.

A version is embedded once. Beyond MOST_BYTES, the least recently used one is dropped first. That is enough for about
1,200 workspaces with seven topics of four examples each.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from channels.db import database_sync_to_async

from assistant.guidance.content import Content, Topic
from assistant.llm import embeddings

MOST_BYTES = 64 * 1024 * 1024
Vectors = tuple[np.ndarray, ...]  # of each topic: of its name and its examples
Key = tuple[uuid.UUID, str, str]  # workspace, texts of the version, embedder


class Kept:
    """A thread-safe LRU cache bounded by bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._vectors: OrderedDict[Key, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._vectors)

    def get(self, key: Key) -> Vectors | None:
        with self._lock:
            if key in self._vectors:
                self._vectors.move_to_end(key)
            return self._vectors.get(key)

    def put(self, key: Key, vectors: Vectors) -> None:
        with self._lock:
            self.bytes += _bytes(vectors) - _bytes(self._vectors.pop(key, ()))
            self._vectors[key] = vectors
            while self.bytes > self.most_bytes:
                _, dropped = self._vectors.popitem(last=False)
                self.bytes -= _bytes(dropped)


_kept = Kept()


def vectors_of(guidance: Content, topics: Sequence[Topic], workspace_id: uuid.UUID) -> Vectors:
    """Return, for each topic of this version, the vectors of its name and examples.

    Raises:
        EngineUnavailable
    """
    key = (workspace_id, guidance.digest, embeddings.embedder_name())
    if (known := _kept.get(key)) is not None:
        return known
    texts = [[topic.name, *topic.examples] for topic in topics]
    embedded = embeddings.embed([text for each in texts for text in each], workspace_id=workspace_id, is_public=True)
    vectors = tuple(np.split(embedded, np.cumsum([len(each) for each in texts])[:-1]))
    _kept.put(key, vectors)
    return vectors


def _bytes(vectors: Vectors) -> int:
    return sum(each.nbytes for each in vectors)


avectors_of = database_sync_to_async(vectors_of, thread_sensitive=False)
