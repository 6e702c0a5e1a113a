"""The text of a message's files as used in prompts: as data, never as instructions, and cut to what fits."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction

from assistant.llm import registry
from conversations.gate import rules
from conversations.models import FileReading, Message

BETWEEN_WORDS = re.compile(r"[\W_]+")  # of a file's name
TOO_SLOW = "too_slow"


@dataclass(frozen=True, slots=True)
class FileWords:
    """A file of the message to answer: its text or, if that is not used, why. `says` is data, never instructions."""

    name: str
    says: str = ""
    problem: str = ""

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "says": self.says} if self.says else {"name": self.name, "problem": self.problem}


def words_on_files(message: Message) -> str:
    """Return the text of a message's files, without their names."""
    return "\n".join(file["says"] for file in message.files_read)


def with_files(message: Message) -> str:
    """Return the message for a model, with the files' text as data beside the customer's text."""
    if not message.files_read:
        return message.text
    return json.dumps({"message": message.text, "files": message.files_read}, ensure_ascii=False)


def name_for_model(name: str) -> str:
    """Return the file's name, or only its extension if the name, which the customer chose, may be prompt injection."""
    spoken = BETWEEN_WORDS.sub(" ", name)
    is_doubtful = settings.SCREEN_MESSAGES and rules.gives_orders(spoken)
    return f"file.{name.rpartition('.')[2]}" if is_doubtful else name


def why_not(reading: FileReading) -> str:
    """Return why the text of a file is not used; empty if it is used."""
    if reading.status == FileReading.Status.FAILED:
        return reading.code
    if reading.status != FileReading.Status.READ:
        return TOO_SLOW
    if settings.SCREEN_MESSAGES and rules.gives_orders(reading.text):
        return "doubtful"
    if reading.confidence is not None and reading.confidence < settings.FILE_MIN_CONFIDENCE:
        return "low_confidence"
    return ""


def files_that_fit(files: Sequence[FileWords], count: Callable[[str], int]) -> tuple[FileWords, ...]:
    """Return the files with their text cut to FILE_PROMPT_MAX_TOKENS in all; the beginning of each stays."""
    left = settings.FILE_PROMPT_MAX_TOKENS
    kept = []
    for file in files:
        says = _beginning(file.says, left, count)
        left -= count(says)
        kept.append(replace(file, says=says, problem=file.problem or ("" if says else "no room")))
    return tuple(kept)


def _beginning(text: str, most_tokens: int, count: Callable[[str], int]) -> str:
    while text and (tokens := count(text)) > most_tokens:
        text = text[: min(len(text) * most_tokens // tokens, len(text) - 1)]
    return text


@transaction.atomic
def store_with_message(message_id: uuid.UUID) -> None:
    """Store the text read from a message's files so far with the message, because later questions may refer to it.

    Only the text that fits into a prompt is stored, because later prompts include a message completely or not at all.
    """
    rows = Message.objects.select_related("conversation").select_for_update(of=("self",), no_key=True)
    message = rows.filter(pk=message_id).first()
    if message is None:  # erased meanwhile
        return
    ids = [uuid.UUID(sent["id"]) for sent in message.attachments]
    readings = FileReading.objects.select_related("attachment").in_bulk(ids)
    used = [readings[pk] for pk in ids if pk in readings and not why_not(readings[pk])]
    words = [FileWords(name_for_model(reading.attachment.name), reading.text) for reading in used]
    fitting = files_that_fit(words, registry.counter("large", message.conversation.workspace_id))
    message.files_read = [{"name": file.name, "says": file.says} for file in fitting if file.says]
    message.save(update_fields=["files_read"])
