"""T6 and T7: one call for a hundred, how long a hit takes, and whether chance strings can steal an answer."""

import asyncio
import random
import statistics
import string
import time
import uuid

from django.db import transaction

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from benchmarks.cache_regimes import SEED, Shop
from caching import answers, single_flight
from caching.answers import Evidence
from caching.evaluation import share
from caching.matching import equivalence as judging
from caching.scope import Scope


async def flight(count: int = 100) -> None:
    """Whoever leads asks the model for a second, unless the answer is there by then, as a reply looks once more."""
    scope = Scope(uuid.uuid4(), "en", "public", "bench")
    calls, answered = 0, False

    async def ask(number: int) -> None:
        nonlocal calls, answered
        async with single_flight.lead(scope, "What is your returns policy?", str(number)) as lease:
            if lease.leader and not answered:
                calls += 1
                await asyncio.sleep(1.0)
                answered = True

    await asyncio.gather(*(ask(number) for number in range(count)))
    print(f"\nT6 {count} identical questions at once: upstream calls: {calls}")


def latencies(count: int = 200) -> None:
    """Inside the server: the exact hit; the hit in other words with its embedding, without the search."""
    with transaction.atomic():
        workspace = Workspace.objects.create(slug=f"bench-{uuid.uuid4()}", name="Bench")
        shop = Shop(Scope(workspace.pk, "en", "public", "bench"))
        shop.remember_all()
        exact, exact_cpu, alike, alike_cpu = [], [], [], []
        for article in shop.articles[:count]:
            began, began_cpu = time.perf_counter(), time.process_time()
            answers.find_exact(shop.scope, article.asked(1), terms=shop.terms)
            exact.append(1000 * (time.perf_counter() - began))
            exact_cpu.append(1000 * (time.process_time() - began_cpu))
            began, began_cpu = time.perf_counter(), time.process_time()
            vector = embeddings.embed([article.asked(2)])[0]
            evidence = Evidence((article.source(),))
            answers.find_similar(shop.scope, article.asked(2), vector, evidence, terms=shop.terms)
            alike.append(1000 * (time.perf_counter() - began))
            alike_cpu.append(1000 * (time.process_time() - began_cpu))
        transaction.set_rollback(True)
    print(f"T6 of {len(shop.articles)} entries, {count} lookups each; in brackets our own computing, without waiting")
    print(f"   exact {spread(exact)} ({spread(exact_cpu)})")
    print(f"   in other words {spread(alike)} ({spread(alike_cpu)})")


def spread(found_ms: list[float]) -> str:
    return f"p50 {statistics.median(found_ms):.1f} ms, p95 {statistics.quantiles(found_ms, n=20)[-1]:.1f} ms"


def collisions(tries: int = 1000) -> None:
    """A foreign question with a random suffix, looking for a cached question's answer."""
    chance = random.Random(SEED)
    target, foreign = "How do I reset my password?", "How do I get a refund for a damaged parcel?"
    letters = string.ascii_lowercase + "   " + string.punctuation
    taken = 0
    for _ in range(tries):
        suffix = "".join(chance.choices(letters, k=chance.randint(5, 40)))
        lure = chance.choice(["", "reset password ", "password reset "])
        taken += judging.judge(target, f"{foreign} {lure}{suffix}").served
    print(f"T7 random-suffix collisions accepted: {share(taken, tries)}")


def main() -> None:
    asyncio.run(flight())
    latencies()
    collisions()


if __name__ == "__main__":
    main()
