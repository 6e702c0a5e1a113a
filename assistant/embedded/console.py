"""What the foreground program says to the person before it."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def tell(text: str, end: str = "\n") -> None:
    """Say it, if anybody still listens: a closed terminal must not keep us from stopping in order."""
    with suppress(OSError, ValueError):
        sys.stdout.write(text + end)
        sys.stdout.flush()


@contextmanager
def step(sentence: str) -> Iterator[None]:
    """Tell what is being done, and when it is done how long it took."""
    tell(f"  {sentence} ", end="")
    started = time.monotonic()
    try:
        yield
    except BaseException:
        tell("")
        raise
    tell(f"... {time.monotonic() - started:.1f} s")
