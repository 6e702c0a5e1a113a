"""What a conversation costs to answer: the whole history, cached or not, the last 50, the last 3, and ours.

Run: python -m benchmarks cost [--sessions 10]. Every reply's prompt is built, ours by the product's own
code; what a provider would have cached is the common beginning with the prompt before, from
PREFIX_CACHE_MIN_TOKENS on. In a paused chat every third question comes after the provider forgot it. Ours goes by
the price of cached input, so it is run once for each share of the full price that the lists ask for it.
Prices are those of assistant/usage/prices.json; surcharges for writing a cache are not in them.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.cache import cache

from assistant.llm import prompts, registry
from assistant.workspaces.models import Workspace
from benchmarks.supportmem import paragraphs, session
from conversations.context import assembly, prefix_cache, summaries
from conversations.messaging.question import Question
from conversations.models import Contact, Conversation, Message

PRICES = Path(__file__).resolve().parents[1] / "assistant" / "usage" / "prices.json"
MODELS = ("gpt-6-sol", "gpt-5.4-mini", "gpt-4o")
PASSAGE_TOKENS = 450  # the same passages in every arm, never cached
PAUSED_EVERY = 3
LENGTHS = (25, 50, 100)
AFTER = 1_000  # the number of the session that a conversation of 100 messages goes on with
SLUG = "cost-benchmark"
CACHED = "full history, prefix-cached"
Price = list[float]  # US dollars for a million tokens of input, cached input, output


@dataclass
class Spent:
    """Tokens of the prompts of one session, and of its replies, one by one."""

    fresh: list[int] = field(default_factory=list)
    cached: list[int] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    before: str = ""

    def add(self, prompt: str, reply_tokens: int, *, caches: bool, warm: bool) -> None:
        count = registry.counter("large")
        total = count(prompt) + PASSAGE_TOKENS
        shared = count(prompt[: common(self.before, prompt)]) if caches and warm and self.before else 0
        shared = shared if shared >= settings.PREFIX_CACHE_MIN_TOKENS else 0
        self.fresh.append(total - shared)
        self.cached.append(shared)
        self.answered.append(reply_tokens)
        self.before = prompt

    def usd(self, price: Price) -> np.ndarray:
        """What was spent by each reply."""
        tokens = np.array([self.fresh, self.cached, self.answered], dtype=float)
        return np.cumsum(np.array(price, dtype=float) @ tokens) / 1_000_000


def common(one: str, other: str) -> int:
    """How many characters the two begin with alike."""
    alike = (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(alike, min(len(one), len(other)))


def ours(conversation: Conversation, question: Message, history: tuple[Message, ...]) -> str:
    asked = Question(
        text=question.text,
        message=question,
        conversation=conversation,
        workspace=conversation.workspace,
        contact=conversation.contact,
        history=history,
        audience="public",
    )
    return written(assembly.assemble(asked, ()))


def theirs(fixed: str, shown: Sequence[Message], question: Message) -> str:
    """The same prompt with these messages word for word, and nothing else of the conversation."""
    return written(assembly.Context(fixed, "", tuple(shown), (), question.text, {}))


def written(made: assembly.Context) -> str:
    return "\n".join(f"<{message.role}>{message.content}" for message in made.as_prompt().messages)


def run(
    said: list[tuple[str, str]], workspace: Workspace, length: int, models: dict[str, str], *, paused: bool
) -> dict[str, Spent]:
    """One session of `length` messages, reply by reply: the spending of each arm. `models`: by which ours goes."""
    count = registry.counter("large")
    fixed = prompts.reply_instructions(workspace)
    ana = Contact.objects.create(workspace=workspace)
    conversation = Conversation.objects.create(workspace=workspace, contact=ana)
    spent: dict[str, Spent] = defaultdict(Spent)
    history: list[Message] = []
    key, epochs = prefix_cache.epoch_key(conversation.id), dict[str, Any]()
    for seq in range(1, length, 2):
        warm = not (paused and (seq // 2) % PAUSED_EVERY == PAUSED_EVERY - 1)
        replied = count(said[seq][1])
        question = Message.objects.create(conversation=conversation, seq=seq, role="customer", text=said[seq - 1][1])
        for arm, shown, caches in (
            ("full history, uncached", history, False),
            (CACHED, history, True),
            ("last 50, prefix-cached", history[-50:], True),
            ("last 3 only", history[-3:], True),
        ):
            spent[arm].add(theirs(fixed, shown, question), replied, caches=caches, warm=warm)
        for arm, settings.LARGE_MODEL in models.items():
            cache.set(key, epochs.get(arm) if warm else None)
            spent[arm].add(ours(conversation, question, tuple(history[-50:])), replied, caches=True, warm=warm)
            epochs[arm] = cache.get(key)
        reply = Message.objects.create(conversation=conversation, seq=seq + 1, role="assistant", text=said[seq][1])
        history += [question, reply]
        if len(history) > settings.RECENT_MESSAGES:
            summaries.fold_in(conversation, history[-settings.RECENT_MESSAGES - 1])
    return spent


def prices() -> dict[str, tuple[str, Price]]:
    """Of each model the newest rule: its date, and dollars per million tokens of input, cached input and output."""
    rules = json.loads(PRICES.read_text())["rules"]
    newest = {rule["model"]: rule for rule in sorted(rules, key=lambda rule: rule["valid_from"])}
    return {name: (newest[name]["valid_from"], [float(each) for each in newest[name]["usd"]]) for name in MODELS}


def arm_of(price: Price) -> str:
    return f"ours, cached input at {price[1] / price[0]:.0%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10)
    chosen = parser.parse_args()
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # nobody flushes it
    settings.TIERS = {"large": [], "small": []}
    lists, pool = prices(), paragraphs()
    models = {arm_of(price): name for name, (_, price) in lists.items()}
    dated = ", ".join(f"{name} ({date})" for name, (date, _) in lists.items())
    print(f"Input of all replies of a session; US cents a session with the replies, by {dated}.\n")
    print(f"| messages | chat | arm | tokens in | of them cached | last prompt | {' | '.join(MODELS)} |")
    print("|---|---|---|---|---|---|" + "---|" * len(MODELS))
    workspace = Workspace.objects.create(slug=SLUG, name="Cost")
    moments = []
    try:
        for length in LENGTHS:
            for paused in (False, True):
                said = [session(n, 7, pool).said + session(n + AFTER, 7, pool).said for n in range(chosen.sessions)]
                ran = [run(each, workspace, length, models, paused=paused) for each in said]
                table(length, "paused" if paused else "hot", ran, lists)
                moments.append((f"| {length} | {'paused' if paused else 'hot'}", ran))
    finally:
        workspace.delete()
    print(f"\nOurs against the cached full history at its dearest moment: what was spent so far, of {chosen.sessions}")
    print(f"sessions the worst.\n\n| messages | chat | {' | '.join(MODELS)} |\n|---|---|" + "---|" * len(MODELS))
    for told, ran in moments:
        print(f"{told} | {' | '.join(dearest(ran, price) for _, price in lists.values())} |")


def table(length: int, chat: str, ran: list[dict[str, Spent]], lists: dict[str, tuple[str, Price]]) -> None:
    for arm in ran[0]:
        spent = [each[arm] for each in ran]
        fresh, cached = sum(sum(each.fresh) for each in spent), sum(sum(each.cached) for each in spent)
        last = sum(each.fresh[-1] + each.cached[-1] - PASSAGE_TOKENS for each in spent) / len(spent)
        cents = [
            f"{sum(each.usd(price)[-1] for each in spent) / len(spent) * 100:.2f}"
            if not arm.startswith("ours") or arm == arm_of(price)
            else ""
            for _, price in lists.values()
        ]
        total = fresh + cached
        cells = f"{total / len(ran):,.0f} | {cached / total:.0%} | {last:,.0f} | {' | '.join(cents)}"
        print(f"| {length} | {chat} | {arm} | {cells} |", flush=True)


def dearest(ran: list[dict[str, Spent]], price: Price) -> str:
    """By how much ours was dearer, or cheaper, when it compared worst, and at which message."""
    worst = []
    for spent in ran:
        more = spent[arm_of(price)].usd(price) / spent[CACHED].usd(price) - 1
        worst.append((more.max(), 2 * int(more.argmax()) + 1))
    more, message = max(worst)
    return f"{more:+.1%} (message {message})" if more > 0 else "never dearer"


if __name__ == "__main__":
    main()
