"""How long the reader takes for eight passages, and how large it is: `python -m benchmarks.reader_time`.

By the processor time of this process, so that who else works on the machine hardly counts. Each passage is as long as
the reader reads.
"""

from __future__ import annotations

import time

import numpy as np

from assistant.llm.engines.reader import MAX_TOKENS, WEIGHTS, Excerpt, Reader

PASSAGES, ROUNDS = 8, 100
QUESTION = "how long do I have to send something back, and who pays for the parcel?"
UNIT = "You can send back most items within 30 days of delivery, unused and in their packaging."


def main() -> None:
    reader = Reader()
    began = time.perf_counter()
    reader.load()
    print(f"{reader.name}: {WEIGHTS.stat().st_size / 1e6:.1f} MB, loaded in {time.perf_counter() - began:.1f} s")
    for words, excerpt in (
        ("about 60 word pieces", Excerpt((UNIT,) * 2, "Returns")),
        ("96, the most", Excerpt((UNIT,) * 9)),
    ):
        pieces = len(reader.tokenizer.encode(QUESTION, excerpt.prefix, excerpt.units).ids)
        spent = [timed(reader, excerpt) for _ in range(ROUNDS)]
        told = ", ".join(f"p{share} {np.percentile(spent, share) * 1000:.0f} ms" for share in (50, 95))
        print(f"{PASSAGES} passages of {words} ({pieces} of {MAX_TOKENS}): {told}")


def timed(reader: Reader, excerpt: Excerpt) -> float:
    began = time.process_time()
    reader.read(QUESTION, [excerpt] * PASSAGES)
    return time.process_time() - began


if __name__ == "__main__":
    main()
