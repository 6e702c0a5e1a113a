"""The interface of engines and embedders: prompts in, text deltas or vectors out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np


class EngineError(Exception):
    """A failed model call. `reason` is a short code for logs and counters."""

    def __init__(self, sentence: str = "", *, reason: str = "engine_error", retry_after_s: float | None = None) -> None:
        super().__init__(sentence or reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class EngineUnavailable(EngineError):
    """Another engine or a later attempt may work. `retry_after_s` is the delay the server asked for, if any."""


class EngineInterrupted(EngineUnavailable):
    """The stream ended before the answer was complete, so the text yielded so far is only a part of it."""


class EngineRefused(EngineError):
    """The engine refused the request, and would refuse it again."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a prompt. The role is system, user or assistant.

    `public` is None for plain text. Otherwise the content is a JSON object built by Brevity, and `public` has the names
    of its fields with public text, such as passages of articles; see `assistant.llm.masking`.
    """

    role: str
    content: str
    public: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG, and the maximum number of tokens that a model counts for it."""

    jpeg: bytes
    tokens: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request to a model.

    `schema` is a JSON schema for the answer, if the engine supports one. `pictures` belong to the last message and go
    only to engines with vision. `said` is earlier text of the conversation that is not sent: personal data found in it
    is also masked in the messages.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    schema: Mapping[str, Any] | None = None
    pictures: tuple[Picture, ...] = ()
    said: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `prompt_tokens` includes those read from and written to the provider's cache.

    `completion_tokens` is all billed output, including the `reasoning_tokens`, which are not shown.
    """

    prompt_tokens: int = 0
    prompt_cached_tokens: int = 0
    completion_tokens: int = 0
    counted_locally: bool = False  # an estimate by our own tokenizer, because the server reported nothing
    prompt_cache_written_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer as it arrives. The last one has the usage and finish reason.

    Earlier ones have the usage reported so far, which is all there is if the answer breaks off. `hidden` is the model's
    reasoning: billed, but never shown. `structured` means that the server accepted the prompt's schema, so prose before
    the JSON is not part of the answer.
    """

    text: str = ""
    hidden: str = ""
    structured: bool = False
    usage: Usage | None = None
    finish_reason: str | None = None  # stop, length, content_filter


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The wordpieces of one text, without [CLS] and [SEP], and the last layer's vector for each."""

    tokens: list[str]
    vectors: np.ndarray  # (tokens, dimensions), float32, not normalised


def counted(
    told: Usage | None, prompt: Prompt, written: str, count: Callable[[str], int], *, is_whole: bool = True
) -> Usage:
    """Return the usage that the server reported; missing and zero values are replaced by our own count.

    `written` is all text of the model, including reasoning. For an incomplete answer the reported usage is too low.
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
    thinking_tokens: int  # reasoning tokens the model may write in addition to `Prompt.max_tokens`

    def count_tokens(self, text: str) -> int: ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """Yield the answer piece by piece; closing the generator stops the model.

        Raises:
            EngineUnavailable: another engine or a later attempt may work.
            EngineInterrupted: the answer broke off.
            EngineRefused: the engine would refuse it again.
        """
        ...


class Embedder(Protocol):
    name: str  # stored with every vector; only vectors with the same name are compared
    dimensions: int
    languages: frozenset[str] | None  # ISO 639-1 codes of supported languages; None: unknown, so all

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return vectors of unit norm, float32, shape (texts, dimensions). Raises EngineUnavailable."""
        ...

    def count_tokens(self, text: str) -> int: ...

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]: ...


def prompt_tokens(prompt: Prompt, count: Callable[[str], int]) -> int:
    """Return the tokens of a prompt by our own count."""
    return count(prompt_text(prompt)) + sum(picture.tokens for picture in prompt.pictures)


def prompt_text(prompt: Prompt) -> str:
    """Return everything that is sent as one string, for counting tokens if the server does not report them."""
    return "\n".join(f"{message.role}\n{message.content}" for message in prompt.messages)
