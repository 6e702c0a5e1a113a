"""Mask personal data before a prompt is sent to another machine, and restore it in the answer.

The router sends every prompt through `aprotect`, so no model call can bypass it. `is_masked` decides for which engines
prompts are masked. If the analysis fails, the engine is not called.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings

from assistant.llm.connections import current
from assistant.llm.connections.models import ModelConnection
from assistant.llm.engines.base import Delta, EngineRefused, Message, Prompt
from assistant.llm.locality import is_local
from assistant.usage.metering import Call
from language.identifiers import find
from language.placeholders import Placeholders, PublicText, Restorer

logger = logging.getLogger(__name__)
ON, OFF = ModelConnection.Masking.ON, ModelConnection.Masking.OFF
# Added to every prompt for a masked engine, so that the prompts of a conversation keep the same beginning.
NOTE = (
    "Words such as <EMAIL_0000> or <NAME_0000> stand in place of personal data. Where your answer needs one, write it "
    "exactly as it is, with its brackets."
)


class MaskingFailed(EngineRefused):
    """The prompt could not be analysed, so it is not sent."""


@dataclass(frozen=True, slots=True)
class Protected:
    """A prompt as it may be sent, and the values of its placeholders."""

    prompt: Prompt
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    counts: Mapping[str, int] = field(default_factory=dict)

    async def restored(self, deltas: AsyncGenerator[Delta, None]) -> AsyncGenerator[Delta, None]:
        """Yield an answer with placeholders replaced by their values. A possible placeholder is held until complete."""
        restorer, structured = Restorer(self.values), False
        async with aclosing(deltas):
            try:
                async for delta in deltas:
                    structured = structured or delta.structured
                    if text := restorer.feed(delta.text):
                        yield replace(delta, text=text, structured=structured)
            except Exception:
                if rest := restorer.close():
                    yield Delta(rest, structured=structured)
                raise
        if rest := restorer.close():
            yield Delta(rest, structured=structured)


def is_masked(name: str) -> bool:
    """Return whether prompts for this engine are masked: as chosen for it, otherwise if its server is remote."""
    if row := current.find(name):
        return applies(row.masking, row.base_url)
    entry = settings.ENGINES.get(name)
    if entry is None:  # a connection that staff have removed since the engines were listed
        return True
    return applies(entry.get("MASKING", settings.MODEL_MASKING), entry.get("OPTIONS", {}).get("base_url", ""))


def applies(choice: str, base_url: str) -> bool:
    return choice == ON or (choice != OFF and bool(base_url) and not is_local(base_url))


async def aprotect(prompt: Prompt, name: str, call: Call) -> Protected:
    """Return the prompt as this engine may read it.

    Raises:
        MaskingFailed: the analysis failed. Do not ask this engine.
    """
    if not is_masked(name):
        return Protected(prompt)
    try:
        return await asyncio.to_thread(protect, prompt, call)
    except Exception as error:  # whatever the reason, nothing may be sent
        logger.error("a prompt could not be masked, so %s is not asked: %s", name, type(error).__name__)
        raise MaskingFailed("the prompt could not be masked", reason="masking_failed") from None


def protect(prompt: Prompt, call: Call) -> Protected:
    """Mask everything except the shop's instructions and the public fields of messages."""
    messages = prompt.messages
    public = PublicText(text for message in messages for text in _public_texts(message))
    placeholders = Placeholders(_key(call), public, literals=[message.content for message in messages])
    placeholders.learn([*prompt.said, *(text for message in messages for text in _private_texts(message))])
    first, *others = [_masked(message, placeholders) for message in messages]
    masked = (_with_note(first), *others)
    return Protected(replace(prompt, messages=masked, said=()), placeholders.values, placeholders.counts())


def _with_note(first: Message) -> Message:
    return replace(first, content=f"{first.content}\n\n{NOTE}") if first.role == "system" else first


def for_vectors(texts: Sequence[str]) -> list[str]:
    """Return texts for an embedding server on another machine, with each value replaced by its kind.

    Raises:
        MaskingFailed
    """
    try:
        return [_kinds_alone(text) for text in texts]
    except Exception as error:
        logger.error("texts could not be masked, so they are not embedded: %s", type(error).__name__)
        raise MaskingFailed("the texts could not be masked", reason="masking_failed") from None


def _kinds_alone(text: str) -> str:
    pieces, at = [], 0
    for found in find(text):
        pieces += [text[at : found.start], found.kind.value.lower()]
        at = found.end
    return "".join([*pieces, text[at:]])


def _key(call: Call) -> bytes:
    """Return a key that is the same for a whole conversation, and differs between conversations."""
    return f"{settings.SECRET_KEY}/masking/{call.conversation_id or call.workspace_id}".encode()


def _masked(message: Message, placeholders: Placeholders) -> Message:
    if message.role == "system":
        return message
    if message.public is None:
        return replace(message, content=placeholders.mask(message.content))
    fields: dict[str, Any] = json.loads(message.content)
    masked = {name: each if name in message.public else _in(each, placeholders) for name, each in fields.items()}
    return message if masked == fields else replace(message, content=json.dumps(masked, ensure_ascii=False))


def _in(value: Any, placeholders: Placeholders) -> Any:
    if isinstance(value, str):
        return placeholders.mask(value)
    if isinstance(value, list):
        return [_in(each, placeholders) for each in value]
    if isinstance(value, dict):
        return {name: _in(each, placeholders) for name, each in value.items()}
    return value


def _public_texts(message: Message) -> list[str]:
    if message.role == "system":
        return [message.content]
    if not message.public:
        return []
    fields = json.loads(message.content)
    return [text for name in message.public for text in _texts_in(fields.get(name))]


def _private_texts(message: Message) -> list[str]:
    if message.role == "system":
        return []
    if message.public is None:
        return [message.content]
    return [
        text
        for name, each in json.loads(message.content).items()
        if name not in message.public
        for text in _texts_in(each)
    ]


def _texts_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    nested = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in nested for text in _texts_in(each)]
