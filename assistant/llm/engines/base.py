"""The interface of engines and embedders: prompts in, text deltas or vectors out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np


class EngineError(Exception):
    """A model call that did not end well. `reason` is a short word for logs and counters."""

    def __init__(self, sentence: str = "", *, reason: str = "engine_error", retry_after_s: float | None = None) -> None:
        super().__init__(sentence or reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class EngineUnavailable(EngineError):
    """Another engine, or a later try, may work. `retry_after_s` is what the server asked for, if it did."""


class EngineInterrupted(EngineUnavailable):
    """The stream ended before the answer was complete. What was yielded before is not a whole answer."""


class EngineRefused(EngineError):
    """Asking the same engine again will end the same way."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a prompt. The role is system, user or assistant.

    `public` is None for plain words. Otherwise the content is a JSON object of ours, and `public` names its fields
    whose text everybody may read, such as passages of articles; see `assistant.llm.masking`.
    """

    role: str
    content: str
    public: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG, and the most tokens that a model counts for it."""

    jpeg: bytes
    tokens: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to a model.

    `schema` is a JSON schema that the answer should follow, where the engine can. `pictures` come with the last
    message; only engines that can see get any. `said` is what was said before and is not sent: what identifies a person
    there is masked in the messages, too.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    schema: Mapping[str, Any] | None = None
    pictures: tuple[Picture, ...] = ()
    said: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. Those read from a cache and written to it are part of `prompt_tokens`, not beside them.

    `completion_tokens` is all output that is billed, with the `reasoning_tokens` that nobody reads.
    """

    prompt_tokens: int = 0
    prompt_cached_tokens: int = 0
    completion_tokens: int = 0
    counted_locally: bool = False  # an estimate: the server said nothing, so we counted with our own tokenizer
    prompt_cache_written_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer as it arrives. The last one carries usage and finish reason.

    The usage of those before is what the server has said so far: all there is of an answer that breaks off. `hidden` is
    what the model wrote for itself: billed, and never shown. `structured` says that the server took the schema of the
    prompt, so that prose ahead of the JSON is no part of the answer.
    """

    text: str = ""
    hidden: str = ""
    structured: bool = False
    usage: Usage | None = None
    finish_reason: str | None = None  # stop, length, content_filter


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The wordpieces of one text, without [CLS] and [SEP], and one vector of the last layer for each."""

    tokens: list[str]
    vectors: np.ndarray  # (tokens, dimensions), float32, not normalised


def counted(
    told: Usage | None, prompt: Prompt, written: str, count: Callable[[str], int], *, is_whole: bool = True
) -> Usage:
    """The usage as the server told it; what it did not tell, or told as zero, is counted here.

    `written` is all that the model wrote, for itself too. Of an answer that is not whole a server has told too little.
    """
    told = told or Usage()
    if is_whole and told.prompt_tokens and (told.completion_tokens or not written):
        return told
    completion_tokens = told.completion_tokens
    if written and not (is_whole and completion_tokens):
        completion_tokens = max(completion_tokens, count(written))
    return replace(
        told,
        prompt_tokens=told.prompt_tokens or prompt_tokens(prompt, count),
        completion_tokens=completion_tokens,
        counted_locally=True,
    )


class Engine(Protocol):
    name: str  # the entry of settings.ENGINES
    model: str  # the name that price rules know
    context_tokens: int  # prompt and answer together
    thinking_tokens: int  # that the model may write for itself beside `Prompt.max_tokens`

    def count_tokens(self, text: str) -> int: ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """Yield the answer piece by piece; closing the generator stops the model.

        Raises:
            EngineUnavailable: another engine, or a later try, may work.
            EngineInterrupted: it ended in the middle.
            EngineRefused: asking again will end the same way.
        """
        ...


class Embedder(Protocol):
    name: str  # stored with every vector: vectors of two names are never compared
    dimensions: int
    languages: frozenset[str] | None  # ISO 639-1 codes of those it reads; None: not known, so all

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of unit norm, float32, shape (texts, dimensions). Raises EngineUnavailable."""
        ...

    def count_tokens(self, text: str) -> int: ...

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]: ...


def prompt_tokens(prompt: Prompt, count: Callable[[str], int]) -> int:
    """Return the tokens of a prompt by our own count."""
    return count(prompt_text(prompt)) + sum(picture.tokens for picture in prompt.pictures)


def prompt_text(prompt: Prompt) -> str:
    """All that is sent, as one string: what is counted when a server does not count for us."""
    return "\n".join(f"{message.role}\n{message.content}" for message in prompt.messages)
