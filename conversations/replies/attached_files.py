"""The files that come with a message: wait until they are read, decide what is used of each, and say what is not.

Read first, look second: where the text on a file is enough, it alone goes to a text model. Only where it is not does a
model that sees pictures get it, if the workspace has one; else the customer is asked, or offered a person.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from channels.db import database_sync_to_async
from django.conf import settings

from assistant.llm import registry, router
from assistant.llm.router import ModelCallRecord
from assistant.uploads import vision
from assistant.uploads.image_tokens import image_tokens
from assistant.usage import pricing
from assistant.usage.pricing import Usage
from assistant.workspaces.models import Workspace
from conversations.canned_responses import phrase
from conversations.messaging import file_reading, file_words
from conversations.messaging.file_words import TOO_SLOW, FileWords, name_for_model, why_not
from conversations.messaging.question import Question
from conversations.models import FileReading, Message
from conversations.replies import picture_reading
from knowledge.search.search import Passage

Decision = Literal["text", "vision", "ask"]
# A word that names one thing: E5, K-200, 48213. Such a line is what a photo of a display or a label was taken for.
CODE = re.compile(r"\b(?=[A-Z0-9-]{2,20}\b)[A-Z]{0,6}-?\d[\w-]{0,12}\b")
WORD = re.compile(r"\w+")
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
    left_out: str = ""  # why pages are missing

    @property
    def words(self) -> FileWords:
        name = name_for_model(self.name)
        return FileWords(name, self.text) if self.text else FileWords(name, problem=self.reason)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "decision": self.decision,
            "reason": self.reason,
            "chars": len(self.text),
            "confidence": self.confidence,
            "ms": self.ms,
            "left_out": self.left_out or None,
        }


async def read(question: Question, on_call: Callable[[ModelCallRecord], None]) -> tuple[Question, tuple[ReadFile, ...]]:
    """Return the question with the words on its files, and what was decided about each. Waits for FILE_READ_WAIT_S.

    `on_call` gets the record of each call of a model that looked at a picture.
    """
    readings = await file_reading.wait_for(question.file_ids)
    if picture_reading.can_look(question.workspace):
        budget = vision.Budget()
        await asyncio.gather(*(_look(reading, question, budget, on_call) for reading in readings))
    files = await _adecide(question, readings)
    return replace(question, files=tuple(file.words for file in files)), files


async def _look(
    reading: FileReading, question: Question, budget: vision.Budget, on_call: Callable[[ModelCallRecord], None]
) -> None:
    """Have a model describe a picture, if its text is not enough."""
    is_picture = reading.attachment.content_type.startswith("image/")
    if is_picture and why_not(reading) in ("no_text", "low_confidence", "ocr_off"):
        _, record = await picture_reading.describe(reading, question, budget)
        if record:
            on_call(record)


def decided(reading: FileReading, workspace: Workspace) -> ReadFile:
    name, text = reading.attachment.name, reading.text
    known = {"confidence": reading.confidence, "ms": reading.ms}
    if reason := why_not(reading):
        return ReadFile(name, "ask", reason, **known)
    if reading.engine == picture_reading.ENGINE:
        return ReadFile(name, "vision", "described", text, **known)
    tokens = (
        image_tokens(registry.price_name("large", workspace.pk), reading.width, reading.height or 1)
        if reading.width
        else 0
    )
    reason = "text_layer" if reading.engine == "text" else "clear_text"
    return ReadFile(name, "text", reason, text, **known, vision_tokens=tokens, left_out=reading.code)


def _decide(question: Question, readings: Sequence[FileReading]) -> tuple[ReadFile, ...]:
    """Decide, and store with each message what its files say."""
    files, message = tuple(decided(reading, question.workspace) for reading in readings), question.message
    for message_id in {reading.attachment.message_id for reading in readings}:
        if message_id:
            file_words.store_with_message(message_id)
    stored = Message.objects.filter(pk=message.pk).values_list("files_read", flat=True).first()
    message.files_read = stored or []  # none if it was erased meanwhile
    return files


_adecide = database_sync_to_async(_decide, thread_sensitive=False)


def unanswered(files: Iterable[ReadFile]) -> tuple[ReadFile, ...]:
    """The same where nothing was found that answers: the text was not enough after all."""
    return tuple(replace(file, decision="ask", reason="no_answer_found") if file.text else file for file in files)


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


def about(question: Question, passages: Sequence[Passage], cited: Sequence[int]) -> str:
    """Which of several files sent without a question the cited passages are about; empty if that is not clear."""
    files = [file for file in question.files if file.says]
    if question.text.strip() or len(files) < 2 or not cited:
        return ""
    texts = [passages[n - 1] for n in cited if n <= len(passages)]
    in_passages = _words_of(" ".join(f"{text.title} {text.heading_path} {text.text}" for text in texts))
    shared = [len(in_passages & _words_of(file.says[:SEARCHED_CHARS])) for file in files]
    if shared.count(max(shared)) > 1:
        return ""
    return phrase("about_file", question.language, name=files[shared.index(max(shared))].name)


def _words_of(text: str) -> set[str]:
    """The words that say something: codes, and words of four letters or more."""
    return {word for word in WORD.findall(text.casefold()) if len(word) >= 4 or not word.isalpha()}


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
