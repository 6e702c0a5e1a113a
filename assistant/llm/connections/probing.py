"""Test a connection step by step: its page requests one step after another and shows the results.

The test runs in the web process, because that process calls the models for customers; a worker may reach other servers.
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
from assistant.llm.engines.openai_probe import NEEDED, STEPS, Finding, Probe

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
    """Start a test. The results of an earlier one stay valid until this one passes."""
    row.test_state, row.test_steps, row.tested_at = State.RUNNING, [], timezone.now()
    ModelConnection.objects.filter(pk=row.pk).update(
        test_state=row.test_state, test_steps=row.test_steps, tested_at=row.tested_at
    )


def advance(row: ModelConnection) -> None:
    """Run the next step and store its result, unless another request did so or the connection has changed."""
    done: list[dict[str, Any]] = row.test_steps
    name = list(STEPS)[len(done)]
    known: dict[str, Any] = {}
    for step in done:
        known |= step["known"]
    finding = _step(row, name, known)
    changes: dict[str, Any] = {"test_steps": [*done, {**_as_step(name, finding), "known": finding.known}]}
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


def tried(base_url: str, key: str, model: str, *, public_only: bool) -> list[dict[str, Any]]:
    """Run the steps that a model must pass, up to the first failure, and return their results. Store nothing."""

    async def found() -> list[dict[str, Any]]:
        steps, known = [], dict[str, Any]()
        async with aclosing(_probe(base_url, key, model, public_only=public_only)) as probe:
            for name in NEEDED:
                finding = await probe.step(name, known)
                known |= finding.known
                steps.append(_as_step(name, finding))
                if finding.failure:
                    break
        return steps

    return asyncio.run(found())


def _as_step(name: str, finding: Finding) -> dict[str, Any]:
    kind = "failed" if finding.failure else "ok" if finding.has else "missing"
    code = finding.failure.code if finding.failure else ""
    told = {"name": name, "label": LABELS[name], "kind": kind, "code": code, "sentence": finding.sentence}
    return told | _said(finding)


def _said(finding: Finding) -> dict[str, Any]:
    """Return the server's text, and whether it is a model server: after the first steps, it is known to be one."""
    if failure := finding.failure:
        return {"said": failure.said, "is_of_model_server": failure.is_of_model_server}
    return {"said": finding.said, "is_of_model_server": True}


def _step(row: ModelConnection, name: str, known: dict[str, Any]) -> Finding:
    try:
        key = row.key()
    except KeyUnreadable:
        return Finding(KEY_UNREADABLE, has=False, failure=Failure("key_unreadable", KEY_UNREADABLE))

    async def done() -> Finding:
        async with aclosing(_probe(row.base_url, key, row.model, public_only=row.is_public_only)) as probe:
            return await probe.step(name, known)

    return asyncio.run(done())  # in this request's thread, with its own event loop


def _probe(base_url: str, key: str, model: str, *, public_only: bool) -> Probe:
    timeout_s, proxy_url = settings.MODEL_TEST_TIMEOUT_S, settings.MODEL_PROXY_URL
    return Probe(base_url, key, model, timeout_s=timeout_s, proxy_url=proxy_url, public_only=public_only)
