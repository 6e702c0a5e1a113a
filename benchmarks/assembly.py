"""How long it takes to put a prompt together at message 50 and at message 500, without model call and embedding.

Run: python -m benchmarks assembly [--questions 60]. Conversations are those of SupportMem-50, one after the
other, folded as the worker does; vectors are random, as many and as long as real ones; five passages of
about a hundred tokens each. "New" is the first prompt of a conversation in a process, which has read nothing of
it yet, "cold" the first of an epoch, "hot" one that follows it at once.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
import uuid
from collections.abc import Iterator

import numpy as np
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from benchmarks import machine
from benchmarks.supportmem import paragraphs, session
from conversations.context import assembly, memory_index, prefix_cache, summaries
from conversations.messaging.question import Question
from conversations.models import Contact, Conversation, Message, MessageVector
from knowledge.search.types import Passage

SLUG = "assembly-benchmark"
LENGTHS = (50, 500)
PASSAGE_WORDS = 75
DIMENSIONS = 384


def said(length: int) -> list[tuple[str, str]]:
    sessions = (session(number, 7, paragraphs()).said for number in itertools.count())
    return list(itertools.islice(itertools.chain.from_iterable(sessions), length))


def stored(workspace: Workspace, length: int) -> Conversation:
    """A conversation of so many messages, folded and indexed."""
    ana = Contact.objects.create(workspace=workspace)
    conversation = Conversation.objects.create(workspace=workspace, contact=ana, last_seq=length)
    messages = Message.objects.bulk_create(
        Message(conversation=conversation, seq=seq, role=role, text=text)
        for seq, (role, text) in enumerate(said(length), start=1)
    )
    for reply in range(4, length + 1, 2):
        summaries.fold_in(conversation, messages[reply - settings.RECENT_MESSAGES - 1])
    vectors = np.random.default_rng(0).normal(size=(length, DIMENSIONS))
    MessageVector.objects.bulk_create(
        MessageVector(message=message, embedding=vector, embedder=embeddings.embedder_name())
        for message, vector in zip(messages, vectors, strict=True)
    )
    return conversation


def passages() -> tuple[Passage, ...]:
    return tuple(
        Passage(
            chunk_id=number,
            article_id=uuid.uuid4(),
            external_id="",
            title=title,
            url="",
            heading_path="",
            text=" ".join(text.split()[:PASSAGE_WORDS]),
            revision=1,
            score=1.0,
            found_by=("vector",),
            tokens=PASSAGE_WORDS,
            source_key=f"article:{number}",
            content_hash="",
        )
        for number, (title, text) in enumerate(paragraphs()[: settings.PASSAGES_MAX], start=1)
    )


def timed(conversation: Conversation, questions: int, prompt: str) -> Iterator[tuple[float, float]]:
    """Milliseconds of each assembly by the clock, and those of this thread's own work."""
    found = passages()
    history = tuple(Message.objects.filter(conversation=conversation).newest(50))
    probes = [probe.question for number in range(10) for probe in session(number, 7, paragraphs()).probes]
    vectors = np.random.default_rng(1).normal(size=(questions, DIMENSIONS)).astype(np.float32)
    for text, vector in zip(itertools.cycle(probes), vectors, strict=False):
        if prompt != "hot":
            cache.delete(prefix_cache.epoch_key(conversation.id))
        if prompt == "new":
            memory_index.shelf = memory_index.Shelf()
            summaries.of_version.cache_clear()
        question = Question(
            text=text,
            message=Message(conversation=conversation, seq=conversation.last_seq + 1, role="customer", text=text),
            conversation=conversation,
            workspace=conversation.workspace,
            contact=conversation.contact,
            history=history,
        )
        started, worked = time.perf_counter(), time.thread_time()
        assembly.assemble(question, found, vector, text)
        yield (time.perf_counter() - started) * 1000, (time.thread_time() - worked) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=60)
    chosen = parser.parse_args()
    settings.TIERS = {"large": [], "small": []}
    Workspace.objects.filter(slug=SLUG).delete()
    workspace = Workspace.objects.create(slug=SLUG, name="Assembly")
    print(machine.described())
    print("\n| at message | prompt | n | median ms | 95 % ms | median ms of our own work |\n|---|---|---|---|---|---|")
    try:
        for length in LENGTHS:
            conversation = stored(workspace, length)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            for prompt in ("new", "cold", "hot"):
                taken, worked = zip(*timed(conversation, chosen.questions, prompt), strict=True)
                ms = (statistics.median(taken), sorted(taken)[int(len(taken) * 0.95)], statistics.median(worked))
                cells = " | ".join(f"{each:.1f}" for each in ms)
                print(f"| {length} | {prompt} | {len(taken)} | {cells} |")
    finally:
        workspace.delete()


if __name__ == "__main__":
    main()
