"""A model that repeats its prompt, to show what it was given."""

import json

from assistant.llm.engines.base import Prompt


def answers(text: str) -> str:
    """A structured reply."""
    return json.dumps({"text": text, "action": None})


def repeats(first: str) -> object:
    """Say `first`, then everything in the prompt but the instructions and the passages."""

    def said(prompt: Prompt) -> str:
        *before, last = [message for message in prompt.messages if message.role != "system"]
        read = json.loads(last.content)
        memory = [str(value) for name, value in read.items() if name not in ("passages", "question")]
        return answers("\n".join([first, *(message.content for message in before), *memory]))

    return said
