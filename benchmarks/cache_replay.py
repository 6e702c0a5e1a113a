"""A replay of mixed traffic: 18 % to the letter, 47 % the same in other words, 35 % new; and what aliases add.

The mix is the one published for a support log of 100,000 queries. Questions are stackfaq's: each thread's
own question is answered and kept; people ask it again, one of its human rephrasings, or another thread.
"""

import random
from collections import defaultdict

import numpy as np

from benchmarks.cache_data import FOLDER, rows
from benchmarks.cache_pairs import vector
from caching import pairs as judging
from caching.evaluation import share

SEED, REQUESTS, KNOWN = 20261122, 600, 40
EXACT, SAME = 0.18, 0.47


def threads() -> dict[str, list[str]]:
    """Each thread's texts, its own question first."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows(FOLDER / "stackfaq" / "dev.jsonl"):
        found[row["faq_id"]].insert(0 if row["role"] == "original" else len(found[row["faq_id"]]), row["text"])
    return found


def traffic(known: list[list[str]], new: list[list[str]]) -> list[tuple[str, int]]:
    """(question, number of the known thread, or -1 for a new one)."""
    chance = random.Random(SEED)
    asked = []
    for _ in range(REQUESTS):
        kind, number = chance.random(), chance.randrange(len(known))
        if kind < EXACT:
            asked.append((known[number][0], number))
        elif kind < EXACT + SAME:
            asked.append((chance.choice(known[number][6:]), number))
        else:
            asked.append((chance.choice(chance.choice(new)), -1))
    return asked


def replay(known: list[list[str]], asked: list[tuple[str, int]], aliases: int) -> None:
    wordings = [(text, number) for number, texts in enumerate(known) for text in texts[: 1 + aliases]]
    vectors = np.stack([vector(text) for text, _ in wordings])
    served = wrong = 0
    for text, right in asked:
        for place in np.argsort(-(vectors @ vector(text)))[:5]:
            if judging.judge(wordings[place][0], text).served:
                served, wrong = served + 1, wrong + (wordings[place][1] != right)
                break
    print(
        f"  {aliases} aliases an entry: model calls avoided {share(served, len(asked))}; wrong {share(wrong, served)}"
    )


def main() -> None:
    found = list(threads().values())
    known, new = found[:KNOWN], found[KNOWN:]
    asked = traffic(known, new)
    print(f"\nReplay of {REQUESTS} requests, 18 % exact, 47 % same intent, 35 % new (65 % at most), seed {SEED}")
    for aliases in (0, 2, 5):
        replay(known, asked, aliases)


if __name__ == "__main__":
    main()
