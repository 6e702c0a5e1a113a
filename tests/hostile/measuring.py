"""Measure the CPU time of a step, independently of the machine's load."""

import gc
from collections.abc import Callable
from functools import cache
from time import perf_counter, process_time

TRIES = 3
USUAL_MS = 40.0  # for the work of `slowness`, on the machine on which limits were chosen


def cpu_ms(step: Callable[[], object], enough_ms: float = 0.0, tries: int = TRIES) -> float:
    """Processor time of the quickest of a few tries; one below `enough_ms` is not repeated.

    Where the clock of the processor is coarse, the wall's clock tells what is quicker than it can see.
    """
    quickest = float("inf")
    for _ in range(tries):
        gc.collect(0)
        gc.disable()
        wall, cpu = perf_counter(), process_time()
        try:
            step()
        finally:
            gc.enable()
        quickest = min(quickest, (process_time() - cpu) * 1000, (perf_counter() - wall) * 1000)
        if quickest <= enough_ms:
            break
    return quickest


@cache
def slowness() -> float:
    """How many times as long this machine takes as the one on which limits were chosen; at least 1."""
    return max(1.0, cpu_ms(lambda: sorted(f"{number:x}" for number in range(240_000))) / USUAL_MS)
