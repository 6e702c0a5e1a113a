"""A replay of mixed traffic: 18 % to the letter, 47 % the same in other words, 35 % new; and what aliases add.

The mix is the one published for a support log of 100,000 queries. First with a fixed stock: questions are stackfaq's,
each thread's own is answered and kept, and people ask it again, one of its human rephrasings, or another thread.
Then as the product runs, from an empty cache: what was missed is answered and kept, and no rephrasing comes twice
but as one to the letter; the threads are joined by emanual's sections, so that there is enough that is new.
"""

import random
from collections import defaultdict

import numpy as np

from benchmarks.cache_data import FOLDER, rows, stream
from benchmarks.cache_pairs import NEAREST, SYSTEMS, Chooses, one_by_one, vector, with_agreement
from caching.evaluation import share
from caching.matching import equivalence as judging
from caching.matching.cacheability import classify

SEED, REQUESTS, KNOWN = 20261122, 600, 40
RUNNING_REQUESTS = 500  # more would need more than there is that is new
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


def intents() -> list[list[str]]:
    """What is asked for, each with its wordings in the order in which they come."""
    sections: dict[str, list[str]] = defaultdict(list)
    for text, section in stream("emanual", SEED, 0, 1000):
        sections[section].append(text)
    found = [*threads().values(), *sections.values()]
    random.Random(SEED).shuffle(found)
    return found


def running_traffic() -> list[tuple[str, str]]:
    """(question, intent) in time: a new intent, a new wording of one asked before, or an earlier request again."""
    chance = random.Random(SEED)
    unasked, known, asked = intents(), [], []
    for _ in range(RUNNING_REQUESTS):
        kind = chance.random()
        rephrased = [number for number, texts in known if texts]
        if asked and kind < EXACT:
            asked.append(chance.choice(asked))
        elif rephrased and kind < EXACT + SAME:
            number = chance.choice(rephrased)
            asked.append((known[number][1].pop(0), str(number)))
        else:
            texts = list(unasked.pop())
            asked.append((texts.pop(0), str(len(known))))
            known.append((len(known), texts))
    return asked


def run(asked: list[tuple[str, str]], chooses: Chooses, *, learns: bool) -> tuple[int, int]:
    """Model calls avoided, and how many of them wrongly. Without `learns` only an intent's first asking is kept."""
    kept: list[tuple[str, str]] = []
    served = wrong = 0
    for text, intent in asked:
        if not classify(text).may_be_kept:
            continue
        likeness = [float(vector(other) @ vector(text)) for other, _ in kept]
        nearest = [kept[place] for place in np.argsort(likeness)[::-1][:NEAREST]]
        place = chooses(nearest, text)
        if place is not None:
            served, wrong = served + 1, wrong + (nearest[place][1] != intent)
        elif learns or intent not in {known for _, known in kept}:
            kept.append((text, intent))
    return served, wrong


def run_all() -> None:
    asked = running_traffic()
    known = len(asked) - len({intent for _, intent in asked})
    print(f"\nThe same mix from an empty cache, {len(asked)} requests, of them asked before {share(known, len(asked))}")
    pairwise = one_by_one(SYSTEMS["Brevity"])
    for name, chooses, learns in (
        ("kept: the first asking", pairwise, False),
        ("kept: every miss", pairwise, True),
        ("and two may vouch for a third", with_agreement, True),
    ):
        served, wrong = run(asked, chooses, learns=learns)
        print(f"  {name:30} model calls avoided {share(served, len(asked))}; wrong {share(wrong, served)}")


def main() -> None:
    found = list(threads().values())
    known, new = found[:KNOWN], found[KNOWN:]
    asked = traffic(known, new)
    print(f"\nReplay of {REQUESTS} requests, 18 % exact, 47 % same intent, 35 % new (65 % at most), seed {SEED}")
    for aliases in (0, 2, 5):
        replay(known, asked, aliases)
    run_all()


if __name__ == "__main__":
    main()
