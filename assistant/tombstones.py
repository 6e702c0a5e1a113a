"""Recently erased ids, so that background work that ends after an erasure stores nothing.

Redis stores a digest of each erased id for a day, from which the id cannot be recovered. A writer that holds no lock on
the erased rows writes, commits, and then checks here. Because the digests are stored before the erasure deletes rows, a
writer that commits after the deletion finds them and deletes its rows itself.
"""

import uuid
from collections.abc import Iterable
from hashlib import sha256

from assistant.redis.client import redis_client

KEPT_S = 86_400  # far longer than any background work
TRIED_S = 300  # during an erasure; if it fails and Redis is down, the marks expire after this time


def key(erased: uuid.UUID | str) -> str:
    return f"erased:{sha256(str(erased).encode()).hexdigest()}"


def lay(ids: Iterable[uuid.UUID | str], for_s: int = KEPT_S) -> None:
    """Mark ids as erased for `for_s` seconds.

    Raises:
        RedisError, OSError: Redis is down.
    """
    with redis_client().pipeline(transaction=True) as commands:
        for each in ids:
            commands.set(key(each), 1, ex=for_s)
        commands.execute()


def lift(ids: Iterable[uuid.UUID | str]) -> None:
    """Remove the marks after an erasure failed.

    Raises:
        RedisError, OSError: Redis is down.
    """
    if keys := [key(each) for each in ids]:
        redis_client().delete(*keys)


def is_any_erased(ids: Iterable[uuid.UUID | str]) -> bool:
    """Return whether any of these ids was erased recently.

    Raises:
        RedisError, OSError: Redis is down.
    """
    keys = [key(each) for each in ids]
    return bool(keys) and bool(redis_client().exists(*keys))
