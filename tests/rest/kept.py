"""Everything that is stored: each row of each table, each value in Redis, each file."""

import base64
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connection

_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = %s"


def found(words: Collection[str], media: Path) -> list[str]:
    """Return every place with one of these words: a column of any type, a key or value of Redis, a file or its name."""
    wanted = {word.casefold() for word in words}
    places = (*_rows(), *_redis(), *_files(media))
    return [f"{place}: {word}" for place, text in places for word in wanted if word in text.casefold()]


def _rows() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SET bytea_output = 'escape'")
        cursor.execute(_TABLES, ["BASE TABLE"])
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT row_of::text FROM "{table}" AS row_of')
            yield from ((table, text) for (text,) in cursor.fetchall())
        cursor.execute("RESET bytea_output")


def _redis() -> Iterator[tuple[str, str]]:
    with redis.Redis.from_url(settings.REDIS_URL) as raw:
        for key in raw.scan_iter(count=1_000):
            values = (key, *_values(raw, key))
            yield f"redis {key!r}", " ".join(value.decode("utf-8", "replace") for value in values)


def _values(raw: Any, key: bytes) -> list[bytes]:
    reads: dict[str, Callable[[], Iterable[bytes]]] = {
        "string": lambda: [raw.get(key) or b""],
        "list": lambda: chain.from_iterable((item, _body_of(item)) for item in raw.lrange(key, 0, -1)),
        "hash": lambda: chain.from_iterable(raw.hgetall(key).items()),
        "set": lambda: raw.smembers(key),
        "zset": lambda: raw.zrange(key, 0, -1),
        "stream": lambda: chain.from_iterable((n, *chain(*fields.items())) for n, fields in raw.xrange(key)),
        "none": list,  # it ran out just now
    }
    return list(reads[raw.type(key).decode()]())


def _body_of(item: bytes) -> bytes:
    """Return the arguments of a queued Celery task."""
    try:
        return base64.b64decode(json.loads(item)["body"])
    except (ValueError, TypeError, KeyError):
        return b""


def _files(media: Path) -> Iterator[tuple[str, str]]:
    for path in media.rglob("*"):
        name = str(path.relative_to(media))
        yield f"file {name}", name + (path.read_bytes().decode("utf-8", "replace") if path.is_file() else "")
