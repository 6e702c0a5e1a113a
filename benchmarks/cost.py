"""What a conversation costs to answer: the whole history, cached or not, the last 50, the last 3, and ours.

Run: python -m benchmarks.cost [--sessions 10]. Every reply's prompt is built, ours by the product's own
code; what a provider would have cached is the common beginning with the prompt before, from
PREFIX_CACHE_LEAST_TOKENS on. In a paused chat every third question comes after the provider forgot it.
Prices are those of assistant/usage/prices.json; surcharges for writing a cache are not in them.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.settings")
django.setup()

from django.conf import settings  # noqa: E402 - after setup
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402

from assistant import lineup, prompts  # noqa: E402
from assistant.workspaces.models import Workspace  # noqa: E402
from benchmarks.supportmem import paragraphs, session  # noqa: E402
from conversations import context, summaries  # noqa: E402
from conversations.messages import Question  # noqa: E402
from conversations.models import Contact, Conversation, Message  # noqa: E402

PRICES = Path(__file__).resolve().parents[1] / "assistant" / "usage" / "prices.json"
MODELS = ("gpt-6-sol", "gpt-5.4-mini", "gpt-4o")
PASSAGE_TOKENS = 450  # the same passages in every arm, never cached
PAUSED_EVERY = 3
LENGTHS = (25, 50, 100)
AFTER = 1_000  # the number of the session that a conversation of 100 messages goes on with
SLUG = "cost-benchmark"


@dataclass
class Spent:
    """Tokens of all prompts of one session."""

    fresh: int = 0
    cached: int = 0
    before: str = ""

    def add(self, prompt: str, count: Callable[[str], int], *, caches: bool, warm: bool) -> None:
        total = count(prompt) + PASSAGE_TOKENS
        shared = count(prompt[: common(self.before, prompt)]) if caches and warm and self.before else 0
        shared = shared if shared >= settings.PREFIX_CACHE_LEAST_TOKENS else 0
        self.fresh, self.cached, self.before = self.fresh + total - shared, self.cached + shared, prompt


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
    return written(context.assemble(asked, ()))


def theirs(fixed: str, shown: Sequence[Message], question: Message) -> str:
    """The same prompt with these messages word for word, and nothing else of the conversation."""
    return written(context.Context(fixed, "", tuple(shown), (), question.text, {}))


def written(made: context.Context) -> str:
    return "\n".join(f"<{message.role}>{message.content}" for message in made.as_prompt().messages)


def run(
    said: list[tuple[str, str]], workspace: Workspace, length: int, *, paused: bool
) -> tuple[dict[str, Spent], int]:
    """One session of `length` messages, reply by reply; the spending of each arm, and the tokens of the replies."""
    count = lineup.counter("large")
    fixed = prompts.reply_instructions(workspace)
    ana = Contact.objects.create(workspace=workspace)
    conversation = Conversation.objects.create(workspace=workspace, contact=ana)
    spent: dict[str, Spent] = defaultdict(Spent)
    history: list[Message] = []
    answered = 0
    for seq in range(1, length, 2):
        warm = not (paused and (seq // 2) % PAUSED_EVERY == PAUSED_EVERY - 1)
        if not warm:
            cache.delete(f"epoch:{conversation.id}")
        question = Message.objects.create(conversation=conversation, seq=seq, role="customer", text=said[seq - 1][1])
        for arm, shown, caches in (
            ("full history, uncached", history, False),
            ("full history, prefix-cached", history, True),
            ("last 50, prefix-cached", history[-50:], True),
            ("last 3 only", history[-3:], True),
        ):
            spent[arm].add(theirs(fixed, shown, question), count, caches=caches, warm=warm)
        spent["ours"].add(ours(conversation, question, tuple(history[-50:])), count, caches=True, warm=warm)
        reply = Message.objects.create(conversation=conversation, seq=seq + 1, role="assistant", text=said[seq][1])
        answered += count(reply.text)
        history += [question, reply]
        if len(history) > settings.RECENT_MESSAGES:
            summaries.fold_in(conversation, history[-settings.RECENT_MESSAGES - 1])
    return spent, answered


def prices() -> dict[str, tuple[str, list[Decimal]]]:
    """Of each model the newest rule: its date, and dollars per million tokens of input, cached input and output."""
    rules = json.loads(PRICES.read_text())["rules"]
    newest = {rule["model"]: rule for rule in sorted(rules, key=lambda rule: rule["valid_from"])}
    return {name: (newest[name]["valid_from"], [Decimal(each) for each in newest[name]["usd"]]) for name in MODELS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10)
    chosen = parser.parse_args()
    call_command("migrate", verbosity=0)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # nobody flushes it
    settings.TIERS = {"large": [], "small": []}
    settings.LARGE_MODEL = MODELS[0]  # so that ours knows that cached input is cheap
    lists, pool = prices(), paragraphs()
    dated = ", ".join(f"{name} ({date})" for name, (date, _) in lists.items())
    print(f"Input of all replies of a session; US cents a session with the replies, by {dated}.\n")
    print(f"| messages | chat | arm | tokens in | of them cached | {' | '.join(MODELS)} |")
    print("|---|---|---|---|---|" + "---|" * len(MODELS))
    workspace = Workspace.objects.create(slug=SLUG, name="Cost")
    try:
        for length in LENGTHS:
            for paused in (False, True):
                said = [session(n, 7, pool).said + session(n + AFTER, 7, pool).said for n in range(chosen.sessions)]
                ran = [run(each, workspace, length, paused=paused) for each in said]
                table(length, "paused" if paused else "hot", ran, lists)
    finally:
        workspace.delete()


def table(
    length: int, chat: str, ran: list[tuple[dict[str, Spent], int]], lists: dict[str, tuple[str, list[Decimal]]]
) -> None:
    sessions = len(ran)
    answered = sum(tokens for _, tokens in ran)
    for arm in ran[0][0]:
        fresh, cached = sum(spent[arm].fresh for spent, _ in ran), sum(spent[arm].cached for spent, _ in ran)
        cents = []
        for _, (fresh_usd, cached_usd, out_usd) in lists.values():
            usd = (fresh * fresh_usd + cached * cached_usd + answered * out_usd) / 1_000_000 / sessions
            cents.append(f"{usd * 100:.2f}")
        total = fresh + cached
        cells = f"{total / sessions:,.0f} | {cached / total:.0%} | {' | '.join(cents)}"
        print(f"| {length} | {chat} | {arm} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
