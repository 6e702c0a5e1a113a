"""P6: what is masked before a text goes to a model on another machine, by kind, and how long it takes.

`presidio_pii` are 690 sentences made from templates. A labelled value is masked if at least half of its characters lie
in masked places; a masked place is right if at least half of it lies in labelled ones of any personal kind. Companies,
dates, ages, job titles, nationalities, countries, towns outside addresses and web sites are not masked, so nobody
counts them as missed. Two sets of our own, seeded: personal values in ten languages, and what belongs to a shop.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from assistant.confidence_intervals import wilson
from benchmarks import masking_items
from benchmarks.cache_data import FOLDER
from language.identifiers import find

MASKED = {
    "EMAIL_ADDRESS": "id",
    "PHONE_NUMBER": "id",
    "CREDIT_CARD": "id",
    "US_SSN": "id",
    "IBAN_CODE": "id",
    "IP_ADDRESS": "id",
    "STREET_ADDRESS": "address",
    "ZIP_CODE": "address",
    "PERSON": "name",
}
PLURAL = {"id": "ids", "address": "addresses", "name": "names"}
PERSONAL = (*MASKED, "GPE", "TITLE", "DOMAIN_NAME")  # a masked address includes its town, a masked name its title
Span = tuple[int, int]
Finder = Callable[[str], Iterable[tuple[int, int, str]]]
TIMED_CHARS = 2_000


def ours(text: str) -> Iterable[tuple[int, int, str]]:
    return [(found.start, found.end, found.kind.value) for found in find(text)]


def covered(span: Span, spans: Iterable[Span]) -> bool:
    letters = {at for start, end in spans for at in range(max(start, span[0]), min(end, span[1]))}
    return 2 * len(letters) >= span[1] - span[0]


def measure(finder: Finder) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """Return recall by labelled type and by group, and precision by kind found."""
    recall: dict[str, Counter[str]] = {}
    precision: dict[str, Counter[str]] = {}
    with (FOLDER / "presidio_pii" / "dev.jsonl").open() as lines:
        for text, labels in masking_items.labelled(json.loads(line) for line in lines):
            found = list(finder(text))
            for start, end, kind in labels:
                if kind in MASKED:
                    hit = "hit" if covered((start, end), [(s, e) for s, e, _ in found]) else "missed"
                    for name in (kind, f"all of {PLURAL[MASKED[kind]]}"):
                        recall.setdefault(name, Counter())[hit] += 1
            personal = [(start, end) for start, end, kind in labels if kind in PERSONAL]
            for start, end, kind in found:
                hit = "hit" if covered((start, end), personal) else "wrong"
                for name in (kind, "all"):
                    precision.setdefault(name, Counter())[hit] += 1
    return recall, precision


def row(name: str, counts: Counter[str]) -> str:
    hits, total = counts["hit"], counts.total()
    low, high = wilson(hits, total)
    return f"| {name} | {hits} of {total} | {hits / total:.1%} | {low:.1%} to {high:.1%} |"


def print_table(title: str, counts: dict[str, Counter[str]]) -> None:
    print(f"\n{title}\n\n| kind | | share | 95 % interval |\n|---|---|---|---|")
    for name in sorted(counts, key=lambda each: (each.startswith("all"), each)):
        print(row(name, counts[name]))


def seeded(count: int = 440) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for item in masking_items.personal(count):
        start = item.text.index(item.value)
        spans = [(found.start, found.end) for found in find(item.text)]
        hit = "hit" if covered((start, start + len(item.value)), spans) else "missed"
        for name in (item.kind, "all"):
            counts.setdefault(name, Counter())[hit] += 1
    return counts


def shop(count: int = 500) -> Counter[str]:
    return Counter("hit" if find(text) else "left alone" for text in masking_items.of_a_shop(count))


def ms_for_2000_chars(finder: Finder) -> float:
    text = " ".join(item.text for item in masking_items.personal(200))[:TIMED_CHARS]
    finder(text)
    took = []
    for number in range(30):
        began = time.perf_counter()
        finder(f"{number} {text}"[:TIMED_CHARS])
        took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2] * 1000


def main() -> None:
    if not Path(FOLDER).exists():
        print("needs ../shared/data/presidio_pii")
        return
    recall, precision = measure(ours)
    print_table("Recall on presidio_pii", recall)
    print_table("Precision on presidio_pii", precision)
    print_table("Recall on 440 seeded values in ten languages", seeded())
    print_table("False positives on 500 sentences with numbers of a shop", {"any": shop()})
    print(f"\n{ms_for_2000_chars(ours):.1f} ms for 2,000 characters (median of 30)")


if __name__ == "__main__":
    main()
