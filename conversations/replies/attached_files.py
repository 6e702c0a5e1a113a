"""Files attached to a message: wait until they are read, decide how each is used, and tell the customer what is not.

Text comes first: if a file's text is enough, only the text goes to a text model. Otherwise a vision model describes the
picture, if the workspace has one. If it has none, the reply asks the customer or offers a person.
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
# A code such as E5, K-200, 48213. In a photo of a display or a label, the line with the code is the important one.
CODE = re.compile(r"\b(?=[A-Z0-9-]{2,20}\b)[A-Z]{0,6}-?\d[\w-]{0,12}\b")
WORD = re.compile(r"\w+")
SEARCHED_CHARS = 5_000  # of each file, from which the search words are taken


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file and how it is used. `reason` is `text_layer` or `clear_text`, or says why the text is not used."""

    name: str
    decision: Decision
    reason: str
    text: str = ""
    confidence: float | None = None
    ms: int | None = None
    vision_tokens: int = 0  # that a vision model would have used for this picture
    left_out: str = ""  # why some pages are missing

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
    """Return the question with the text of its files, and the decision for each. Wait at most FILE_READ_WAIT_S.

    `on_call` gets the record of each call to a vision model.
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
    """Have a vision model describe a picture whose text is not enough."""
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
    """Decide how each file is used, and store the text of the files with their message."""
    files, message = tuple(decided(reading, question.workspace) for reading in readings), question.message
    for message_id in {reading.attachment.message_id for reading in readings}:
        if message_id:
            file_words.store_with_message(message_id)
    stored = Message.objects.filter(pk=message.pk).values_list("files_read", flat=True).first()
    message.files_read = stored or []  # empty if the message was erased meanwhile
    return files


_adecide = database_sync_to_async(_decide, thread_sensitive=False)


def unanswered(files: Iterable[ReadFile]) -> tuple[ReadFile, ...]:
    """Return the files marked as not used, because no answer was found for their text."""
    return tuple(replace(file, decision="ask", reason="no_answer_found") if file.text else file for file in files)


def to_search(question: Question) -> Question:
    """Return the question, with the search words of its files as its text if it has none."""
    return question if question.text.strip() else question.asking(search_words(question.files))


def may_answer(question: Question) -> bool:
    """Return whether a model may answer from the files themselves, as no article covers a question about them."""
    is_asked = bool(question.text.strip() and search_words(question.files))
    return is_asked and router.is_configured("large", question.workspace.id)


def search_words(files: Iterable[FileWords]) -> str:
    """Return the search words, at most FILE_SEARCH_MAX_CHARS. If there are more, lines with a code come first."""
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
    """Return a note that names the file the cited passages are about, if several came without a question.

    Empty if that is not clear.
    """
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
    """Return the significant words: codes, and words of four letters or more."""
    return {word for word in WORD.findall(text.casefold()) if len(word) >= 4 or not word.isalpha()}


def notice(files: Iterable[ReadFile], language: str) -> str:
    """Return a note that names the unreadable files; empty if all were read."""
    by_phrase: dict[str, list[str]] = {}
    for file in files:
        if file.decision == "ask" and file.reason != "no_answer_found":
            by_phrase.setdefault(NOTICES.get(file.reason, "file_unread"), []).append(file.name)
    return " ".join(phrase(name, language, names=", ".join(names)) for name, names in by_phrase.items())


NOTICES = {TOO_SLOW: "file_too_slow", "no_text": "file_without_text", "low_confidence": "file_unclear"}


def vision_avoided(files: Iterable[ReadFile], workspace: Workspace) -> dict[str, Any]:
    """Return how many vision calls the text made unnecessary, and the prompt tokens and US dollars saved.

    The dollars are None if the workspace has no large model, or no price is known for it.
    """
    pictures = [file for file in files if file.decision == "text" and file.vision_tokens]
    count = registry.counter("large", workspace.pk)
    tokens = sum(file.vision_tokens - count(file.text) for file in pictures)
    model = registry.price_name("large", workspace.pk)
    usd = pricing.price_usd(model, Usage(abs(tokens), 0, 0)) if model and pricing.is_priced(model) else None
    if usd is not None and tokens < 0:  # the text of a full page costs more than its picture
        usd = -usd
    return {
        "calls": len(pictures),
        "tokens": tokens,
        "usd": None if usd is None else str(usd.quantize(Decimal("0.000001"))),
    }
