"""One interface for two bindings of llama.cpp: llama-cpp-python, or xllamacpp if the first is not built."""

from __future__ import annotations

import importlib.util
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from assistant.llm.engines.base import EngineError, EngineRefused, EngineUnavailable, Prompt, Usage


@dataclass(frozen=True, slots=True)
class Ending:
    finish_reason: str
    usage: Usage | None  # None: the binding does not count tokens


Say = Callable[[str | Ending | EngineError], None]


class Runtime(Protocol):
    offloads: bool  # to a GPU

    def count_tokens(self, text: str) -> int | None:
        """Return the token count; None if the binding has no tokenizer."""
        ...

    def chat(self, prompt: Prompt, say: Say, stopped: threading.Event) -> Ending:
        """Pass the answer to `say` piece by piece until it ends or `stopped` is set."""
        ...


def load(path: Path, context_tokens: int, gpu_layers: int, threads: int) -> Runtime:
    """Load the weights with the installed binding. Raises EngineUnavailable if there is none."""
    # By default each waiting OpenMP thread spins on a core, which cuts decoding speed under load to a third. The
    # variable is read at import.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if importlib.util.find_spec("llama_cpp"):
        return LlamaCppPython(path, context_tokens, gpu_layers, threads)
    if importlib.util.find_spec("xllamacpp"):
        return Xllamacpp(path, context_tokens, gpu_layers, threads)
    raise EngineUnavailable("neither llama_cpp nor xllamacpp is installed", reason="llama_missing")


def request(prompt: Prompt) -> dict[str, Any]:
    return {
        "messages": [{"role": message.role, "content": message.content} for message in prompt.messages],
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "stream": True,
    }


class LlamaCppPython:
    def __init__(self, path: Path, context_tokens: int, gpu_layers: int, threads: int) -> None:
        import llama_cpp

        self.offloads = bool(llama_cpp.llama_supports_gpu_offload()) and gpu_layers != 0
        self.llama = llama_cpp.Llama(
            model_path=str(path), n_ctx=context_tokens, n_gpu_layers=gpu_layers, n_threads=threads, verbose=False
        )

    def count_tokens(self, text: str) -> int:
        return len(self.llama.tokenize(text.encode(), add_bos=False))

    def chat(self, prompt: Prompt, say: Say, stopped: threading.Event) -> Ending:
        body = request(prompt)
        if prompt.schema is not None:
            body["response_format"] = {"type": "json_object", "schema": dict(prompt.schema)}
        finish_reason = "stop"
        try:
            for chunk in self.llama.create_chat_completion(**body):
                choice = chunk["choices"][0]
                finish_reason = choice["finish_reason"] or finish_reason
                if text := choice["delta"].get("content"):
                    say(text)
                if stopped.is_set():
                    break
        except ValueError as error:  # the prompt does not fit into the window
            raise EngineRefused(str(error), reason="too_long") from error
        return Ending(finish_reason, None)


class Xllamacpp:
    def __init__(self, path: Path, context_tokens: int, gpu_layers: int, threads: int) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = context_tokens
        params.n_gpu_layers = gpu_layers
        params.n_parallel = 1
        params.cpuparams.n_threads = threads
        params.verbosity = 0
        params.warmup = False
        # The server always listens on a port of 127.0.0.1, so protect it with a key that nobody else has.
        params.api_keys = [secrets.token_urlsafe(24)]
        kinds = {device["type"] for device in xllamacpp.get_device_info()}
        self.offloads = kinds != {xllamacpp.ggml_backend_dev_type.GGML_BACKEND_DEVICE_TYPE_CPU} and gpu_layers != 0
        self.server = xllamacpp.Server(params)

    def count_tokens(self, text: str) -> None:
        return None

    def chat(self, prompt: Prompt, say: Say, stopped: threading.Event) -> Ending:
        body = request(prompt) | {"stream_options": {"include_usage": True}}
        if prompt.schema is not None:
            schema = {"name": "answer", "schema": dict(prompt.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        heard = Heard(say, stopped)
        answer = self.server.handle_chat_completions(body, heard.take)
        error = heard.error or (answer or {}).get("error")
        if error:
            sentence = str(error.get("message", error))
            refused = error.get("code", 500) < 500
            raise EngineRefused(sentence) if refused else EngineUnavailable(sentence, reason="llama_failed")
        return Ending(heard.finish_reason, heard.usage)


class Heard:
    """Collects the chunks of an answer from xllamacpp's server."""

    def __init__(self, say: Say, stopped: threading.Event) -> None:
        self.say = say
        self.stopped = stopped
        self.finish_reason = "stop"
        self.usage: Usage | None = None
        self.error: dict[str, Any] | None = None

    def take(self, chunk: dict[str, Any]) -> bool:
        """Process one chunk; return True to make the server stop."""
        self.error = chunk.get("error") or self.error
        if told := chunk.get("usage"):
            cached = (told.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
            self.usage = Usage(told["prompt_tokens"], cached, told["completion_tokens"])
        for choice in chunk.get("choices", []):
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            if text := choice["delta"].get("content"):
                self.say(text)
        return self.stopped.is_set()
