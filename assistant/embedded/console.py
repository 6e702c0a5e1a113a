"""Output of `make run` on the terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def tell(text: str, end: str = "\n") -> None:
    """Print a text. A closed terminal is ignored, so that stopping still works."""
    with suppress(OSError, ValueError):
        sys.stdout.write(text + end)
        sys.stdout.flush()


@contextmanager
def step(sentence: str) -> Iterator[None]:
    """Print what is being done, then how long it took."""
    tell(f"  {sentence} ", end="")
    started = time.monotonic()
    try:
        yield
    except BaseException:
        tell("")
        raise
    tell(f"... {time.monotonic() - started:.1f} s")
