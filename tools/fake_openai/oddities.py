"""What real servers put into an answer, or between its chunks, that is no part of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


class Cut(Exception):
    """The connection is to be dropped here."""


THOUGHTS = "The customer asks. PRIVATE-THOUGHT: I should cite the first article."
# Modes that change the content of an answer.
CONTENTS = {
    "think": f"<think>\n{THOUGHTS}\n</think>\n\n{{}}",
    "think_unopened": f"{THOUGHTS}\n</think>\n\n{{}}",
    "think_and_fence": f"<think>{THOUGHTS}</think>```json\n{{}}\n```",
    "fence": "Sure, here is the answer:\n```json\n{}\n```",
    "list": "[{}]",
    "end_marker": "{}<|im_end|>\n<|im_start|>user\nAnd then?",
}
# Modes that put something between the chunks.
KEPT_ALIVE = (
    b": keep-alive comment\n\n",
    b"data: : keepalive\n\n",
    b"data:\n\n",
    b"data: \n\n",
    b"event: ping\ndata: {}\n\n",
    b"id: 7\n: a comment after an id\n\n",
    b"retry: 3000\n\n",
)


def dressed(content: str, mode: str) -> str:
    """The content of an answer as a server of this mode sends it."""
    if mode == "bare_newlines":
        return content.replace("\\n", "\n")
    before, _, after = CONTENTS.get(mode, "{}").partition("{}")
    return before + content + after


def thoughts(mode: str) -> list[dict[str, Any]]:
    """The deltas ahead of the answer of a server that tells reasoning in a field of its own."""
    if mode != "reasoning_field":
        return []
    words = THOUGHTS.split(" ")
    return [{"content": None, "reasoning_content": f"{word} ", "reasoning": f"{word} "} for word in words]


def usage(counted: dict[str, Any], mode: str) -> dict[str, Any]:
    """What is told of the tokens."""
    if mode == "zero_usage":
        return dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), 0)
    if mode == "no_completion_tokens":
        return {"prompt_tokens": counted["prompt_tokens"]}
    return counted


def between(place: int, mode: str) -> Iterator[bytes]:
    if mode == "keep_alive":
        yield KEPT_ALIVE[place % len(KEPT_ALIVE)]


def event(content: Any) -> bytes:
    return b"data: " + json.dumps(content, ensure_ascii=False).encode() + b"\n\n"


# Modes that put something wrong into the midst of a stream.
FAULTS = {
    "error_in_stream": event({"error": {"message": "the model crashed", "type": "server_error", "code": 500}}),
    "bad_json": b'data: {"choices": [{"delta": {"cont\n\n',
    "odd_shapes": event({"choices": [{"delta": "text"}, None], "usage": "many"}),
    "bad_utf8": b'data: {"choices": [{"index": 0, "delta": {"content": "\xff\xfe"}}]}\n\n',
}


def packets(written: bytes, mode: str) -> Iterator[bytes]:
    """What a server wrote, as the network hands it on."""
    if mode == "crlf":
        written = written.replace(b"\n", b"\r\n")
    if mode in ("split_utf8", "crlf"):
        yield from (bytes([byte]) for byte in written)
    else:
        yield written
