"""Would the pair head verify better for the cache, or do without its rules? `python -m benchmarks.cache_reader`.

Public pairs, of which the pair head saw banking77's intents alone, in other questions; and the generated traps of
`cache_swaps`. The customer's own case, this moment, and other languages are left out: they are never compared.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.llm import registry
from benchmarks.cache_data import Pair, pairs
from benchmarks.cache_swaps import KINDS, generated

SETS = ("banking77", "stackfaq", "emanual", "nlupp")
THRESHOLDS = (0.9, 0.95, 0.98, 0.99, 0.995)
PAIRS_EACH, TRAPS_EACH = 1200, 500
NOT_COMPARED = frozenset({"exact", "own_case", "moment", "language", "says_nothing"})


@dataclass(frozen=True, slots=True)
class Judged:
    same: bool
    served: bool  # by the cache as it is
    is_open: bool  # the rules left it to the verifier
    reader: float


def judged(found: Sequence[Pair]) -> list[Judged]:
    from caching.matching.equivalence import judge  # needs Django, as the reader does

    reader = registry.reader()
    if reader is None:
        raise SystemExit("the reader is off: READER=on")
    both = [(pair, judge(pair.a, pair.b)) for pair in found]
    return [
        Judged(pair.same, told.served, told.probability is not None, reader.same_answer(pair.a, pair.b))
        for pair, told in both
        if told.reason not in NOT_COMPARED
    ]


def counted(found: Sequence[Judged], threshold: float) -> str:
    served = [each for each in found if each.reader >= threshold]
    same, of_same = sum(each.same for each in served), sum(each.same for each in found)
    return f"{same} of {of_same} same, {len(served) - same} of {len(found) - of_same} different"


def report(name: str, found: Sequence[Judged]) -> None:
    left = [each for each in found if each.is_open]
    own = [each for each in left if each.served]
    print(f"{name}: {len(found)} compared, {len(left)} of them left to the verifier")
    print(f"  verifier            {sum(e.same for e in own)} same, {sum(not e.same for e in own)} different")
    for threshold in THRESHOLDS:
        print(
            f"  pair head at {threshold:<5}  {counted(left, threshold)}; without the rules {counted(found, threshold)}"
        )


def main() -> None:
    for name in SETS:
        found = pairs(name)
        random.Random(1).shuffle(found)
        report(name, judged(found[:PAIRS_EACH]))
    for kind in KINDS:
        report(kind, judged([Pair(a, b, False, kind) for a, b in generated(kind)[:TRAPS_EACH]]))


if __name__ == "__main__":
    main()
