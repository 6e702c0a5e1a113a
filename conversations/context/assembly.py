"""Assemble the prompt: instructions, summary, recent messages, passages, question.

Stable text comes first, so that the provider's prefix cache works: the workspace's instructions, then the summary, then
the messages since, verbatim, at least the last three. What changes with every question comes last: recalled older
messages, passages, the question.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from channels.db import database_sync_to_async
from django.conf import settings

from assistant.llm import prompts, registry, tiers
from assistant.llm.engines.base import Message as Turn
from assistant.llm.engines.base import Prompt
from conversations.context import memory, prefix_cache
from conversations.context.memory import Remembered
from conversations.context.prefix_cache import Epoch
from conversations.context.summaries import Summary
from conversations.messaging.file_words import FileWords, files_that_fit, with_files, words_on_files
from conversations.messaging.question import Question
from conversations.models import Message
from knowledge.search.search import Passage

Count = Callable[[str], int]
NOTHING, PASSAGES = frozenset[str](), frozenset({"passages"})  # what everybody may read in a message
MARKUP_TOKENS = 32  # of the field names around question and passages, where a context leaves no more than needed
SUMMARY_MOST_TOKENS = 300  # reserved beside the verbatim messages


class Room(NamedTuple):
    """Tokens that a prompt and its answer may have."""

    prompt: int
    answer: int


@dataclass(frozen=True, slots=True)
class Background:
    """The parts of a conversation in a prompt, cut to the budget; empty if the answer is for everyone."""

    summary: str = ""
    recent: tuple[Message, ...] = ()
    remembered: tuple[Remembered, ...] = ()
    tokens: Mapping[str, int] = field(default_factory=lambda: {"summary": 0, "memory": 0, "recent": 0})
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of one prompt, cut to the token budget.

    `tokens` has the size of each part by the engine's own tokenizer, and `dropped` what did not fit; receipts show
    both.
    """

    instructions: str
    summary: str
    recent: tuple[Message, ...]
    passages: tuple[Passage, ...]
    question: str
    tokens: Mapping[str, int]
    dropped: tuple[str, ...] = field(default=())
    remembered: tuple[Remembered, ...] = ()
    max_tokens: int | None = None  # of the answer; None for REPLY_MAX_TOKENS
    files: tuple[FileWords, ...] = ()
    said: tuple[str, ...] = field(default=(), repr=False)  # all of the conversation, of which the prompt has a part

    def as_prompt(self) -> Prompt:
        turns = [Turn("system", self.instructions)]
        if self.summary:
            turns.append(Turn("user", _data({"summary_of_earlier_messages": self.summary}), public=NOTHING))
        turns += [
            Turn(_speaker(message), with_files(message), public=NOTHING if message.files_read else None)
            for message in self.recent
        ]
        turns.append(Turn("user", self._asked(), public=PASSAGES))
        return Prompt(
            messages=tuple(turns),
            max_tokens=self.max_tokens or settings.REPLY_MAX_TOKENS,
            temperature=0.0,
            schema=prompts.REPLY_SCHEMA,
            said=self.said,
        )

    def _asked(self) -> str:
        passages = [_as_data(number, passage) for number, passage in enumerate(self.passages, start=1)]
        lines = [f"{remembered.role}, message {remembered.seq}: {remembered.text}" for remembered in self.remembered]
        beside: dict[str, object] = {"earlier_messages": lines} if lines else {}
        if self.files:
            beside["files"] = [file.as_json() for file in self.files]
        return _data(beside | {"passages": passages, "question": self.question})


def assemble(
    question: Question,
    passages: tuple[Passage, ...],
    vector: np.ndarray | None = None,
    searched_text: str = "",
    tier: str = tiers.LARGE,
) -> Context:
    """Cut everything to the budgets: PASSAGES_MAX_TOKENS for passages, CONTEXT_MAX_TOKENS for the whole, or less where
    a model that may be asked for this tier has no room for that and an answer.

    Parts are dropped in this order: the weakest passages, the end of the summary, the oldest of the recent messages.
    The instructions and the question always stay. `vector` is that of `searched_text`, the stand-alone question; both
    are used to recall older messages. A prompt whose answer is for everyone has nothing of the conversation.
    """
    count = registry.counter(tier, question.workspace.id)
    room, instructions = room_of(question, tier), prompts.reply_instructions(question.workspace, question.guidance)
    files, fixed = files_that_fit(question.files, count), count(instructions)
    asked_tokens = count(question.text) + sum(count(file.says) for file in files)
    left, background = room.prompt - fixed - asked_tokens, Background()
    if not question.for_everyone:
        tail_most = _tail_most_tokens(left, passages, count)
        epoch = _epoch(question, tier, fixed, tail_most, count)
        background = _background(question, epoch, (searched_text or question.text, vector), left, tail_most, count)
    left -= sum(background.tokens.values())
    fitting = _passages_that_fit(passages, left, count)
    dropped = tuple(f"passage {n}: no room" for n in range(len(fitting) + 1, len(passages) + 1))
    tokens = {"instructions": fixed, "passages": _total(fitting, count), "question": asked_tokens}
    return Context(
        instructions=instructions,
        summary=background.summary,
        recent=background.recent,
        passages=fitting,
        question=question.text,
        tokens=tokens | background.tokens,
        dropped=background.dropped + dropped,
        remembered=background.remembered,
        max_tokens=room.answer,
        files=files,
        said=_said_before(question),
    )


def _said_before(question: Question) -> tuple[str, ...]:
    return tuple(text for message in question.history for text in (message.text, words_on_files(message)))


def room_of(question: Question, tier: str) -> Room:
    """Return how long prompt and answer may be: half of a context is for the prompt, however long answers may be."""
    answer, most = question.guidance.max_tokens, int(settings.CONTEXT_MAX_TOKENS)
    context = tiers.context_tokens(tier, question.workspace.id)
    if context is None:
        return Room(most, answer)
    return Room(min(most, max(context - answer, context // 2) - MARKUP_TOKENS), min(answer, context // 2))


def _epoch(question: Question, tier: str, fixed_tokens: int, most_tokens: int, count: Count) -> Epoch:
    """Return the epoch of this prompt. That of another tier than the large one is not kept: it has less room."""
    whole = {"fixed_tokens": fixed_tokens, "most_tokens": most_tokens}
    is_kept = tier == tiers.LARGE
    return prefix_cache.epoch(question.conversation, question.history, count, is_kept=is_kept, **whole)


def _background(
    question: Question,
    epoch: Epoch,
    searched: tuple[str, np.ndarray | None],
    left_tokens: int,
    tail_most_tokens: int,
    count: Count,
) -> Background:
    recent, dropped = _newest_that_fit(epoch.tail(question.history), tail_most_tokens, count)
    left_tokens -= (recent_tokens := _total(recent, count))
    summary = _summary(epoch.summary, left_tokens // 3, count)
    left_tokens -= (summary_tokens := count(summary))
    text, vector = searched
    remembered = memory.recall(
        question.conversation,
        text,
        vector,
        before_seq=recent[0].seq if recent else question.message.seq,
        budget_tokens=min(settings.MEMORY_MAX_TOKENS, left_tokens // 3),
        count=count,
        ledger=epoch.ledger,
        bare=question.text,
    )
    tokens = {"summary": summary_tokens, "memory": _total(remembered, count), "recent": recent_tokens}
    return Background(summary, recent, remembered, tokens, dropped)


def full_history_tokens(question: Question, passages: tuple[Passage, ...]) -> int:
    """Return the tokens of the same prompt with all messages instead of summary and recent ones."""
    count = registry.counter("large", question.workspace.id)
    instructions = prompts.reply_instructions(question.workspace, question.guidance)
    history_tokens = sum(count(with_files(message)) for message in question.history)
    passage_tokens = sum(count(passage.text) for passage in passages)
    file_tokens = sum(count(file.says) for file in files_that_fit(question.files, count))
    return count(instructions) + history_tokens + passage_tokens + file_tokens + count(question.text)


def _tail_most_tokens(left: int, passages: Sequence[Passage], count: Count) -> int:
    """Return the budget that other parts leave for verbatim messages; at least half."""
    wanted = min(_total(passages[: settings.PASSAGES_MAX], count), settings.PASSAGES_MAX_TOKENS)
    return max(left - wanted - SUMMARY_MOST_TOKENS - settings.MEMORY_MAX_TOKENS, left // 2)


def _total(parts: Sequence[Message | Passage | Remembered], count: Count) -> int:
    return sum(count(_words(one)) for one in parts)


def _words(one: Message | Passage | Remembered) -> str:
    return with_files(one) if isinstance(one, Message) else one.text


def _summary(summary: Summary | None, budget_tokens: int, count: Count) -> str:
    lines = summary.text.splitlines() if summary else []
    while lines and count("\n".join(lines)) > budget_tokens:
        lines.pop()
    return "\n".join(lines)


def _newest_that_fit(
    messages: tuple[Message, ...], budget_tokens: int, count: Count
) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    fitting: list[Message] = []
    for message in reversed(messages):
        budget_tokens -= count(with_files(message))
        if budget_tokens < 0:
            break
        fitting.insert(0, message)
    dropped = messages[: len(messages) - len(fitting)]
    return tuple(fitting), tuple(f"message {message.seq}: no room" for message in dropped)


def _passages_that_fit(passages: tuple[Passage, ...], left_tokens: int, count: Count) -> tuple[Passage, ...]:
    """Return the first ones whose text has PASSAGES_MAX_TOKENS, and which fit as they stand in the prompt, with titles
    and field names."""
    fitting: list[Passage] = []
    text_tokens = settings.PASSAGES_MAX_TOKENS
    for number, passage in enumerate(passages[: settings.PASSAGES_MAX], start=1):
        text_tokens -= count(passage.text)
        left_tokens -= count(_data(_as_data(number, passage)))
        if min(text_tokens, left_tokens) < 0:
            break
        fitting.append(passage)
    return tuple(fitting)


def _as_data(number: int, passage: Passage) -> dict[str, object]:
    return {"n": number, "title": passage.title, "section": passage.heading_path, "text": passage.text}


def _speaker(message: Message) -> str:
    return "user" if message.role == Message.Role.CUSTOMER else "assistant"


def _data(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False)


aassemble = database_sync_to_async(assemble, thread_sensitive=False)
