"""A test of a connection, step by step: its page asks for one step after the other and shows what was found.

It runs in the web process, for that is where customers' questions are sent from: a worker may reach other servers.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from django.conf import settings
from django.utils import timezone

from assistant.llm.connections import current
from assistant.llm.connections.key_encryption import KeyUnreadable
from assistant.llm.connections.models import ModelConnection
from assistant.llm.engines.openai_failures import Failure
from assistant.llm.engines.openai_probe import STEPS, Finding, Probe

LABELS = {
    "models": "List of models",
    "answer": "Answer",
    "stream": "Streaming",
    "limit": "Limit on length",
    "instructions": "Instructions",
    "temperature": "Temperature",
    "structured": "Structured answers",
    "tools": "Tools",
    "vision": "Pictures",
    "cached": "Cached tokens",
}
KEY_UNREADABLE = (
    "The stored API key cannot be decrypted with MODEL_KEYS_SECRET. Enter it again. Until then the model is not used."
)
State = ModelConnection.Test


def start(row: ModelConnection) -> None:
    """Begin a test; what an earlier one found out stays until this one passes."""
    row.test_state, row.test_steps, row.tested_at = State.RUNNING, [], timezone.now()
    ModelConnection.objects.filter(pk=row.pk).update(
        test_state=row.test_state, test_steps=row.test_steps, tested_at=row.tested_at
    )


def advance(row: ModelConnection) -> None:
    """Do the next step, and store what it found; not where somebody else did it, or the connection has changed."""
    done: list[dict[str, Any]] = row.test_steps
    name = list(STEPS)[len(done)]
    known: dict[str, Any] = {}
    for step in done:
        known |= step["known"]
    finding = _step(row, name, known)
    kind = "failed" if finding.failure else "ok" if finding.has else "missing"
    code = finding.failure.code if finding.failure else ""
    told = {"name": name, "label": LABELS[name], "kind": kind, "code": code, "sentence": finding.sentence}
    changes: dict[str, Any] = {"test_steps": [*done, {**told, **_said(finding), "known": finding.known}]}
    if finding.failure:
        changes |= {"test_state": State.FAILED}
    elif len(done) + 1 == len(STEPS):
        capabilities = {key: value for key, value in (known | finding.known).items() if key != "names"}
        changes |= {"test_state": State.PASSED, "capabilities": capabilities, "updated_at": timezone.now()}
    same = ModelConnection.objects.filter(
        pk=row.pk, test_state=State.RUNNING, tested_at=row.tested_at, test_steps=done, updated_at=row.updated_at
    )
    same.update(**changes)
    row.refresh_from_db()
    if row.test_state == State.PASSED:
        current.refresh()


def _said(finding: Finding) -> dict[str, Any]:
    """What the server wrote, and whether a server of models did: past the first steps, it is one."""
    if failure := finding.failure:
        return {"said": failure.said, "is_of_model_server": failure.is_of_model_server}
    return {"said": finding.said, "is_of_model_server": True}


def _step(row: ModelConnection, name: str, known: dict[str, Any]) -> Finding:
    try:
        key = row.key()
    except KeyUnreadable:
        return Finding(KEY_UNREADABLE, has=False, failure=Failure("key_unreadable", KEY_UNREADABLE))
    limits: dict[str, Any] = {
        "timeout_s": settings.MODEL_TEST_TIMEOUT_S,
        "proxy_url": settings.MODEL_PROXY_URL,
        "public_only": row.is_public_only,
    }

    async def done() -> Finding:
        async with aclosing(Probe(row.base_url, key, row.model, **limits)) as probe:
            return await probe.step(name, known)

    return asyncio.run(done())  # in the thread of this request, with a loop of its own
