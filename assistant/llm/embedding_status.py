"""Whether the embedding model works, as shown by `manage.py doctor` and in the staff admin."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from assistant.usage.models import ModelCall

SHOWN_FOR = timedelta(hours=1)
_CURES = {
    "http_400": "Check EMBEDDING_MODEL and EMBEDDING_URL.",
    "http_401": "Check EMBEDDING_KEY.",
    "http_403": "Check EMBEDDING_KEY.",
    "http_404": "Check EMBEDDING_MODEL, and EMBEDDING_URL: it ends before /embeddings, often in /v1.",
    "http_429": "The rate limit of the server is reached. Check your plan with the provider.",
    "dimensions": "Choose an EMBEDDING_MODEL with 384 dimensions, or one that can shorten its vectors to 384.",
}
_MEANINGS = {
    "dimensions": "returns vectors of a different size",
    "time_out": "doesn't respond in time",
    "unreachable": "can't be reached",
    "upstream_invalid": "doesn't return a list of vectors",
}


def meaning(reason: str) -> str:
    """Return the meaning of a failed call, as the rest of a sentence that begins with "the embedder"."""
    if reason.startswith("http_"):
        return f"answers {reason.removeprefix('http_')}"
    return _MEANINGS.get(reason, "returns no vectors")


def cure(reason: str) -> str:
    return _CURES.get(reason, "Check EMBEDDING_URL and the network.")


def warning(workspace_ids: Iterable[uuid.UUID]) -> str:
    """Return a warning for staff; empty if the last embedding call of these workspaces succeeded."""
    recent = ModelCall.objects.filter(workspace__in=list(workspace_ids), at__gte=timezone.now() - SHOWN_FOR)
    last = recent.filter(kind=ModelCall.Kind.EMBEDDING).order_by("-at", "-pk").values_list("status", "reason").first()
    if last is None or last[0] != ModelCall.Status.FAILED:
        return ""
    return (
        f"Search uses keywords only and finds less: the embedding model {meaning(last[1])}. "
        f"{cure(last[1])} Semantic search is back a few minutes after that."
    )
