"""A scope, a source and an answer to keep: what most tests of the cache begin with."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from assistant.workspaces.models import Workspace
from caching import answers
from caching.answers import Source
from caching.models import CachedAnswer
from caching.scope import Scope

ANSWER = "You can return an item within 30 days of delivery. [1]"
RETURNS = Source("article:returns", 1, "hash-returns-1", "You can return an item within 30 days of delivery, unworn.")
QUESTION = "What is your returns policy?"


@pytest.fixture
def scope(workspace: Workspace) -> Scope:
    return Scope(workspace.pk, "en", "public", "release-1")


def direction(*weights: float) -> np.ndarray:
    """A unit vector along the first axes."""
    vector = np.zeros(384, dtype=np.float32)
    vector[: len(weights)] = weights
    return vector / np.linalg.norm(vector)


@pytest.fixture
def remember(scope: Scope) -> Callable[..., CachedAnswer | None]:
    """Keep an answer as the reply does, with whatever differs."""

    def keep(question: str = QUESTION, **changes: Any) -> CachedAnswer | None:
        said: dict[str, Any] = {
            "scope": scope,
            "question": question,
            "vector": direction(1.0),
            "answer": ANSWER,
            "citations": [{"n": 1, "title": "Returns"}],
            # The passage speaks of whatever is asked: a question's names and numbers have to stand there, too.
            "sources": [replace(RETURNS, labels=question)],
            "contributor": "ana",
        }
        return answers.remember(**said | changes)

    return keep
