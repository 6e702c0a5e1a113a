"""The instructions of the assistant: read from templates/prompts/, the same bytes for every message of a workspace."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings

from assistant.llm.connections import current
from assistant.llm.streaming_json import ACTIONS
from assistant.workspaces.models import Workspace

# Raise it when the way answers are made changes in a way that no text below shows: cached answers then start anew.
POLICY = 3
DEFAULT_TONE = "friendly, plain, exact"

REPLY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "action": {"anyOf": [{"type": "null"}, {"type": "string", "enum": list(ACTIONS)}]},
    },
    "required": ["text", "action"],
    "additionalProperties": False,
}


@functools.cache
def template() -> dict[str, Any]:
    path = Path(settings.BASE_DIR) / "templates" / "prompts" / "reply.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def reply_instructions(workspace: Workspace) -> str:
    """The system prompt of a workspace, as JSON. Nothing in it changes from message to message."""
    return _instructions(workspace.assistant_name, workspace.name, workspace.tone or DEFAULT_TONE)


@functools.lru_cache(maxsize=256)
def _instructions(assistant_name: str, shop: str, tone: str) -> str:
    filled = {"{assistant_name}": assistant_name, "{shop}": shop, "{tone}": tone}
    return json.dumps(_filled(template(), filled), ensure_ascii=False, indent=1)


def _filled(value: Any, words: dict[str, str]) -> Any:
    """Put the words in after parsing, so that a quote in a shop's name cannot break out of its place."""
    if isinstance(value, dict):
        return {key: _filled(each, words) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, words) for each in value]
    return words.get(value, value) if isinstance(value, str) else value


def release(workspace: Workspace) -> str:
    """Names what an answer was made with: instructions, schema, model, policy, embedder. Part of the cache's scope."""
    made_of = [
        POLICY,
        reply_instructions(workspace),
        REPLY_SCHEMA,
        settings.LARGE_MODEL_URL,
        settings.LARGE_MODEL,
        settings.TIERS,
        settings.EMBEDDER["BACKEND"],
        settings.EMBEDDING_MODEL,
    ]
    if connected := current.fingerprint(workspace.pk):
        made_of.append(connected)
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]
