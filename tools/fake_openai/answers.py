"""What the fake model says: the first passage it was given, so that what is asked is what is answered."""

from __future__ import annotations

import hashlib
import json
import random
import re
from typing import Any

from tools.fake_openai.behaviour import Behaviour

NOTHING_KNOWN = "I do not have that information."
QUOTE_CHARS = 400
TOKEN = re.compile(r"\s*+\S{1,6}|\s+")
ORDER = re.compile(r"DO:\s*+([^\n\"\\]+)")
FIRST_PASSAGE = re.compile(r"\[1\]\s*+(.+)")


def answer(body: dict[str, Any], behaviour: Behaviour) -> str:
    """The content of the reply: JSON where the request asks for it, else plain text."""
    text, action = said(body, behaviour)
    wants_json = (body.get("response_format") or {}).get("type") in ("json_schema", "json_object")
    return json.dumps({"text": text, "action": action}, ensure_ascii=False) if wants_json else text


def said(body: dict[str, Any], behaviour: Behaviour) -> tuple[str, str | None]:
    messages = body.get("messages") or []
    contents = [str(message.get("content", "")) for message in messages]
    if behaviour.obedient and (orders := ORDER.findall("\n".join(contents))):
        return "\n".join(obeyed(order.strip(), contents) for order in orders), behaviour.action
    if behaviour.answer is not None:
        return behaviour.answer, behaviour.action
    passage = first_passage(contents[-1] if contents else "")
    if passage:
        return f"{passage} [1]", behaviour.action
    if asks_with_passages(contents):
        return NOTHING_KNOWN, "offer_handoff"
    return (contents[-1] if contents else "")[:QUOTE_CHARS] or NOTHING_KNOWN, behaviour.action


def obeyed(order: str, contents: list[str]) -> str:
    """A model without any resistance: it says what it is told to, and gives its instructions away."""
    return contents[0] if order.lower().startswith("reveal") else f"DONE: {order}"


def first_passage(asked: str) -> str:
    try:
        passages = json.loads(asked).get("passages") or []
        return str(passages[0]["text"])[:QUOTE_CHARS].strip() if passages else ""
    except (ValueError, AttributeError, KeyError, TypeError, IndexError):
        found = FIRST_PASSAGE.search(asked)
        return found[1][:QUOTE_CHARS] if found else ""


def asks_with_passages(contents: list[str]) -> bool:
    return any('"passages"' in content for content in contents)


def tokens(text: str) -> list[str]:
    """Pieces of a few letters, as models stream them. Joined they are the text."""
    return TOKEN.findall(text)


def count(text: str) -> int:
    return len(tokens(text))


def usage(body: dict[str, Any], pieces: int, behaviour: Behaviour) -> dict[str, Any]:
    prompt = sum(count(str(message.get("content", ""))) for message in body.get("messages") or [])
    return {
        "prompt_tokens": prompt,
        "completion_tokens": pieces,
        "total_tokens": prompt + pieces,
        "prompt_tokens_details": {"cached_tokens": min(behaviour.cached_tokens, prompt)},
    }


def vector(text: str, dimensions: int) -> list[float]:
    """The same text always has the same vector; different texts have unrelated ones."""
    chance = random.Random(hashlib.sha256(text.encode()).digest())
    return [chance.gauss(0, 1) for _ in range(dimensions)]
