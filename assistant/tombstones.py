"""Ids erased recently, so that background work that ends after an erasure stores nothing.

Redis keeps a digest of each erased id for a day: enough to recognise an id that one has, and not to learn one. A writer
that holds no lock on the erased rows writes, commits, and then asks here. The digests are there before the erasure
sweeps, so whatever the sweep was too early for, its writer takes back.
"""

import uuid
from collections.abc import Iterable
from hashlib import sha256

from assistant.redis.client import redis_client

KEPT_S = 86_400  # far longer than any work may take
TRIED_S = 300  # while an erasure is under way: one that fails, and Redis with it, blocks nobody for longer


def key(erased: uuid.UUID | str) -> str:
    return f"erased:{sha256(str(erased).encode()).hexdigest()}"


def lay(ids: Iterable[uuid.UUID | str], for_s: int = KEPT_S) -> None:
    """Mark these as erased.

    Raises:
        RedisError, OSError
    """
    with redis_client().pipeline(transaction=True) as commands:
        for each in ids:
            commands.set(key(each), 1, ex=for_s)
        commands.execute()


def lift(ids: Iterable[uuid.UUID | str]) -> None:
    """Take the marks back: nothing was erased after all.

    Raises:
        RedisError, OSError
    """
    if keys := [key(each) for each in ids]:
        redis_client().delete(*keys)


def is_any_erased(ids: Iterable[uuid.UUID | str]) -> bool:
    """
    Raises:
        RedisError, OSError
    """
    keys = [key(each) for each in ids]
    return bool(keys) and bool(redis_client().exists(*keys))
