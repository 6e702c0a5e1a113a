"""The files that come with a message: wait until they are read, decide what is used of each, and say what is not.

Read first, look second: where the text on a file is enough, it alone goes to a text model. Only where it is not does a
model that sees pictures get it, if the workspace has one; else the customer is asked, or offered a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from channels.db import database_sync_to_async
from django.conf import settings

from assistant.llm import registry, router
from assistant.usage import pricing
from assistant.usage.image_tokens import image_tokens
from assistant.usage.pricing import Usage
from assistant.workspaces.models import Workspace
from conversations.canned_responses import phrase
from conversations.messaging import file_reading, moderation
from conversations.messaging.file_reading import FileWords
from conversations.messaging.question import Question
from conversations.models import FileReading, Message

Decision = Literal["text", "vision", "ask"]
Status = FileReading.Status
# A word that names one thing: E5, K-200, 48213. Such a line is what a photo of a display or a label was taken for.
CODE = re.compile(r"\b(?=[A-Z0-9-]{2,20}\b)[A-Z]{0,6}-?\d[\w-]{0,12}\b")
TOO_SLOW = "too_slow"
SEARCHED_CHARS = 5_000  # of each file, in which the words to search with are looked for


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file, and what is done with it. `reason` is why: `text_layer` or `clear_text`, or what was wrong."""

    name: str
    decision: Decision
    reason: str
    text: str = ""
    confidence: float | None = None
    ms: int | None = None
    vision_tokens: int = 0  # that a picture would have cost, had a model looked at it

    @property
    def words(self) -> FileWords:
        return FileWords(self.name, self.text) if self.decision == "text" else FileWords(self.name, problem=self.reason)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "decision": self.decision,
            "reason": self.reason,
            "chars": len(self.text),
            "confidence": self.confidence,
            "ms": self.ms,
        }


def vision_tier(workspace: Workspace) -> str | None:
    """The tier of models that may look at this workspace's pictures; None where there is none, as everywhere so far."""
    return None


async def read(question: Question) -> tuple[Question, tuple[ReadFile, ...]]:
    """The question with the words on its files, and what was decided about each. Waits for FILE_READ_WAIT_S."""
    readings = await file_reading.wait_for(question.file_ids)
    files = await _adecide(question, readings)
    return replace(question, files=tuple(file.words for file in files)), files


def decided(reading: FileReading, workspace: Workspace) -> ReadFile:
    name, text = reading.attachment.name, reading.text
    known = {"confidence": reading.confidence, "ms": reading.ms}
    if reason := _why_not(reading):
        is_picture = reading.attachment.content_type.startswith("image/")
        looks = is_picture and reason in ("no_text", "low_confidence") and vision_tier(workspace)
        return ReadFile(name, "vision" if looks else "ask", reason, **known)
    tokens = (
        image_tokens(registry.price_name("large", workspace.pk), reading.width, reading.height or 1)
        if reading.width
        else 0
    )
    reason = "text_layer" if reading.engine == "text" else "clear_text"
    return ReadFile(name, "text", reason, text, **known, vision_tokens=tokens)


def _why_not(reading: FileReading) -> str:
    """Why the text of a file is not used; empty where it is."""
    if reading.status == Status.FAILED:
        return reading.code
    if reading.status != Status.READ:
        return TOO_SLOW
    if settings.SCREEN_MESSAGES and moderation.gives_orders(reading.text):
        return "doubtful"
    if reading.confidence is not None and reading.confidence < settings.FILE_MIN_CONFIDENCE:
        return "low_confidence"
    return ""


def _decide(question: Question, readings: Sequence[FileReading]) -> tuple[ReadFile, ...]:
    """Decide, and store with the message what its files say: later questions are about it too."""
    files, message = tuple(decided(reading, question.workspace) for reading in readings), question.message
    message.files_read = [{"name": file.name, "says": file.text} for file in files if file.decision == "text"]
    Message.objects.filter(pk=message.pk).update(files_read=message.files_read)
    return files


_adecide = database_sync_to_async(_decide, thread_sensitive=False)


def unanswered(files: Iterable[ReadFile], workspace: Workspace) -> tuple[ReadFile, ...]:
    """The same where nothing was found that answers: the text was not enough after all."""
    decision: Decision = "vision" if vision_tier(workspace) else "ask"
    return tuple(
        replace(file, decision=decision, reason="no_answer_found") if file.decision == "text" else file
        for file in files
    )


def to_search(question: Question) -> Question:
    """The question, or what its files say where it has no text."""
    return question if question.text.strip() else question.asking(search_words(question.files))


def may_answer(question: Question) -> bool:
    """Whether a model is to look for the answer on the files themselves: what is asked about them, no article says."""
    is_asked = bool(question.text.strip() and search_words(question.files))
    return is_asked and router.is_configured("large", question.workspace.id)


def search_words(files: Iterable[FileWords]) -> str:
    """The words to search with, at most FILE_SEARCH_MAX_CHARS: lines that name something by a code come first."""
    lines = list(
        dict.fromkeys(" ".join(line.split()) for file in files for line in file.says[:SEARCHED_CHARS].splitlines())
    )
    named = [line for line in lines if CODE.search(line)] if len("\n".join(lines)) > _most() else []
    chosen = ""
    for line in dict.fromkeys([*named, *lines]):
        if len(chosen) + len(line) >= _most():
            break
        chosen = f"{chosen} {line}".strip()
    return chosen or " ".join(lines)[: _most()]


def _most() -> int:
    return int(settings.FILE_SEARCH_MAX_CHARS)


def notice(files: Iterable[ReadFile], language: str) -> str:
    """What was not read, in words; empty where all was."""
    by_phrase: dict[str, list[str]] = {}
    for file in files:
        if file.decision == "ask" and file.reason != "no_answer_found":
            by_phrase.setdefault(NOTICES.get(file.reason, "file_unread"), []).append(file.name)
    return " ".join(phrase(name, language, names=", ".join(names)) for name, names in by_phrase.items())


NOTICES = {TOO_SLOW: "file_too_slow", "no_text": "file_without_text", "low_confidence": "file_unclear"}


def vision_avoided(files: Iterable[ReadFile], workspace: Workspace) -> dict[str, Any]:
    """How many pictures no model looked at, and the prompt tokens and US dollars that took less: text beside picture.

    The money is None if the workspace has no large model, or no price is known for it.
    """
    pictures = [file for file in files if file.decision == "text" and file.vision_tokens]
    count = registry.counter("large", workspace.pk)
    tokens = sum(file.vision_tokens - count(file.text) for file in pictures)
    model = registry.price_name("large", workspace.pk)
    usd = pricing.price_usd(model, Usage(abs(tokens), 0, 0)) if model and pricing.is_priced(model) else None
    if usd is not None and tokens < 0:  # a page full of words costs more than its picture
        usd = -usd
    return {
        "calls": len(pictures),
        "tokens": tokens,
        "usd": None if usd is None else str(usd.quantize(Decimal("0.000001"))),
    }
