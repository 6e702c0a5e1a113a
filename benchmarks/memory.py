"""What a prompt of ours still knows at message 50, against the whole history: SupportMem-50, and LoCoMo as the check.

Run: python -m benchmarks memory [--sessions 200] [--seed 7] [--skip-locomo]. Deterministic but for the
clock: gold values are looked for in the prompt, and a reader without a model picks a value of the
asked kind from the sentence that shares most words with the question.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from django.conf import settings
from django.core.cache import cache

from assistant.confidence_intervals import bootstrap
from assistant.llm import embeddings, prompts, registry
from assistant.workspaces.models import Workspace
from benchmarks import locomo, reader
from benchmarks.supportmem import MESSAGES, Probe, Session, paragraphs, session
from conversations.context import assembly, memory, prefix_cache, summaries
from conversations.context.entity_patterns import numbers_in
from conversations.messaging.question import Question
from conversations.models import Contact, Conversation, Message, MessageVector
from knowledge.search import search

RECENT = 3
KINDS = ("single", "corrected", "distractor", "follow_up", "never")
SLUG = "supportmem-50"
Vectors = dict[str, np.ndarray]


def stored(workspace: Workspace, made: Session) -> Conversation:
    """The session as if it had been held: messages written, folded as the worker does after each reply."""
    ana = Contact.objects.create(workspace=workspace, name="Ana")
    conversation = Conversation.objects.create(workspace=workspace, contact=ana, last_seq=MESSAGES)
    rows = [
        Message(conversation=conversation, seq=seq, role=role, text=text)
        for seq, (role, text) in enumerate(made.said, start=1)
    ]
    messages = Message.objects.bulk_create(rows)
    for reply in range(2, MESSAGES + 1, 2):
        if reply > RECENT:
            summaries.fold_in(conversation, messages[reply - RECENT - 1])
    return conversation


def indexed(conversation: Conversation, vectors: Vectors) -> None:
    name = embeddings.embedder_name()
    messages = Message.objects.filter(conversation=conversation, seq__lte=MESSAGES - RECENT)
    MessageVector.objects.bulk_create(
        [MessageVector(message=each, embedding=vectors[each.text], embedder=name) for each in messages]
    )


def embedded(texts: Sequence[str]) -> Vectors:
    """One vector for each different text: the fillers come again and again."""
    different = sorted(set(texts))
    started = time.monotonic()
    vectors = embeddings.embed(different)
    print(f"{len(different)} texts embedded in {time.monotonic() - started:.0f} s", flush=True)
    return dict(zip(different, vectors, strict=True))


def asked(conversation: Conversation, history: Sequence[Message], probe: Probe) -> Question:
    """The probe as the next question; what leads up to a follow-up was said after the session."""
    told = [*probe.lead, ("customer", probe.question)]
    *lead, message = (
        Message(conversation=conversation, seq=MESSAGES + at, role=role, text=text)
        for at, (role, text) in enumerate(told, start=1)
    )
    said = (*history, *lead)
    return Question(
        text=probe.question,
        message=message,
        conversation=conversation,
        workspace=conversation.workspace,
        contact=conversation.contact,
        history=said,
        audience="public",
    )


def arms(question: Question, vector: np.ndarray) -> tuple[dict[str, list[str]], float]:
    """What each way of building the prompt would tell of the conversation, line by line; and ours in seconds."""
    count = registry.counter("large")
    searched = search.search_text(question.text, question.turns)
    last = list(question.history[-RECENT:])
    epoch = summaries.text_for(question.conversation)
    summary = epoch.text.splitlines() if epoch else []
    ledger = epoch.ledger if epoch else None
    found = memory.recall(
        question.conversation,
        searched,
        vector,
        before_seq=last[0].seq,
        budget_tokens=settings.MEMORY_MAX_TOKENS,
        count=count,
        ledger=ledger,
        bare=question.text,
    )
    started = time.perf_counter()
    ours = assembly.assemble(question, (), vector, searched)
    seconds = time.perf_counter() - started
    recalled, recent = [each.text for each in found], [message.text for message in last]
    told = {
        "full history": [message.text for message in question.history],
        "last 3": recent,
        "last 3 + summary": summary + recent,
        "last 3 + retrieval": recalled + recent,
        "ours": [
            *ours.summary.splitlines(),
            *(message.text for message in ours.recent),
            *(each.text for each in ours.remembered),
        ],
    }
    return told, seconds


def searched_of(made: Session, probe: Probe) -> str:
    """The probe as search reads it: a follow-up with what it leans on."""
    return search.search_text(probe.question, (*made.said, *probe.lead))


def judged(probe: Probe, asked_in_full: str, lines: list[str]) -> dict[str, float]:
    """One probe in one prompt: is the value there, is a stale one there unmarked, does the reader find it?"""
    sufficient = any(reader.holds(line, probe.gold) for line in lines) if probe.gold else True
    stale = bool(probe.stale) and any(
        reader.holds(line, probe.stale) and not reader.marked(line, probe.gold) for line in lines
    )
    answer = reader.answer(asked_in_full, probe.value_kind, lines)
    return {"sufficient": sufficient, "stale": stale, "read": reader.same(answer, probe.gold)}


def supportmem(sessions: int, seed: int) -> None:
    pool = paragraphs()
    made = [session(number, seed, pool) for number in range(sessions)]
    texts = [text for each in made for _, text in each.said]
    vectors = embedded(texts + [searched_of(each, probe) for each in made for probe in each.probes])
    workspace = Workspace.objects.create(slug=SLUG, name="SupportMem")
    count = registry.counter("large")
    fixed = count(prompts.reply_instructions(workspace))
    scores: dict[str, list[dict[str, float]]] = defaultdict(list)
    kinds: list[str] = []
    seconds: list[float] = []
    for number, each in enumerate(made, start=1):
        conversation = stored(workspace, each)
        indexed(conversation, vectors)
        history = Message.objects.filter(conversation=conversation).newest(50)
        for probe in each.probes:
            spoken = numbers_in("\n".join(text for _, text in (*each.said, *probe.lead)))
            cache.delete(prefix_cache.epoch_key(conversation.id))  # every probe is the first question after a pause
            searched = searched_of(each, probe)
            told, took = arms(asked(conversation, history, probe), vectors[searched])
            invented = len(numbers_in("\n".join(told["last 3 + summary"])) - spoken)
            seconds.append(took)
            kinds.append(probe.kind)
            for arm, lines in told.items():
                tokens = count("\n".join(lines))
                whole = fixed + tokens + count(probe.question)
                row = {"tokens": tokens, "whole": whole, "session": number, "invented": invented}
                scores[arm].append(judged(probe, searched, lines) | row)
        if number % 10 == 0:
            print(f"{number} of {sessions} sessions", flush=True)
    report(scores, kinds, seconds)


def report(scores: dict[str, list[dict[str, float]]], kinds: list[str], seconds: list[float]) -> None:
    full, ours = scores["full history"], scores["ours"]
    asked_for = {kind: kinds.count(kind) for kind in KINDS}
    told = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in asked_for.items())
    print(f"\nSupportMem-50: {len({row['session'] for row in ours})} sessions, {len(kinds)} probes ({told}).")
    print("A prompt is instructions + what is told + the question.\n")
    print(f"| arm | sufficient | {' | '.join(each.replace('_', ' ') for each in KINDS[:-1])} | stale unmarked", end="")
    print(" | read right | tokens told | whole prompt | smaller |\n|" + "---|" * (len(KINDS) + 6))
    for arm, rows in scores.items():
        of = {kind: [row for row, k in zip(rows, kinds, strict=True) if k == kind] for kind in KINDS}
        said = [row for row, kind in zip(rows, kinds, strict=True) if kind != "never"]
        whole = mean(rows, "whole")
        by_kind = " | ".join(f"{mean(of[kind], 'sufficient'):.1%}" for kind in KINDS[:-1])
        print(
            f"| {arm} | {mean(said, 'sufficient'):.1%} | {by_kind} | {mean(of['corrected'], 'stale'):.1%} "
            f"| {mean(rows, 'read'):.1%} | {mean(rows, 'tokens'):.0f} | {whole:.0f} "
            f"| {mean(full, 'whole') / whole:.1f}x |"
        )
    differences(scores, kinds)
    print(f"numbers in summaries that nobody said: {sum(row['invented'] for row in ours):.0f}")
    print(f"assembly at message 50: median {statistics.median(seconds) * 1000:.1f} ms by the clock")


def differences(scores: dict[str, list[dict[str, float]]], kinds: list[str]) -> None:
    """Ours with its interval, and paired against the whole history; sessions are drawn whole."""
    full, ours = scores["full history"], scores["ours"]
    nothing = [{**row, "sufficient": 0.0} for row in ours]
    said = [place for place, kind in enumerate(kinds) if kind != "never"]
    low, high = paired([ours[place] for place in said], [nothing[place] for place in said], "sufficient")
    print(f"\nours, sufficient: 95 % interval {low:.1%} to {high:.1%}")
    low, high = paired(ours, full, "read")
    difference = mean(ours, "read") - mean(full, "read")
    print(f"read right, ours - full history: {difference:+.1%} (95 % interval {low:+.1%} to {high:+.1%})")


def mean(rows: Sequence[dict[str, float]], key: str) -> float:
    return statistics.fmean(float(row[key]) for row in rows) if rows else 0.0


def paired(ours: list[dict[str, float]], theirs: list[dict[str, float]], key: str) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean difference, sessions drawn whole."""
    by_session: dict[float, list[float]] = defaultdict(list)
    for one, other in zip(ours, theirs, strict=True):
        by_session[one["session"]].append(float(one[key]) - float(other[key]))
    return bootstrap([statistics.fmean(each) for each in by_session.values()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--skip-locomo", action="store_true")
    chosen = parser.parse_args()
    settings.TIERS = {"large": [], "small": []}  # tokens are counted o200k's way, summaries are extractive
    try:
        supportmem(chosen.sessions, chosen.seed)
    finally:
        Workspace.objects.filter(slug=SLUG).delete()
    if not chosen.skip_locomo:
        locomo.main()


if __name__ == "__main__":
    main()
