"""The checks of `manage.py doctor`: one function per dependency, with a hint how to fix it."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import redis
from django.conf import settings
from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError
from psycopg_pool import PoolTimeout
from redis.backoff import NoBackoff
from redis.retry import Retry

from assistant.celery import app
from assistant.embedded import local_model
from assistant.embedded.paths import Home
from assistant.health import missing_migrations
from assistant.llm import embedding_status, registry
from assistant.llm.engines.base import EngineError
from assistant.llm.engines.openai_transport import address
from assistant.redis import task_age

LIMIT_S = 5.0
MIN_FREE_GIB = 2
SECRET_KEY_MIN_CHARS = 20
START = "Start it with make run, or use your own server: set "


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `cure` is empty if it passed; Brevity works without checks that are not `needed`."""

    name: str
    result: str
    cure: str = ""
    needed: bool = True


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    supported = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Finding("Python", version, "" if supported else "Use Python 3.11, 3.12 or 3.13: make PYTHON=python3.12 run")


def data_folder() -> Finding:
    folder = settings.DATA_DIR
    if not os.access(folder, os.W_OK):
        return Finding("data folder", f"{folder} is not writable", "Run make run once, or set DATA_DIR.")
    free_gib = shutil.disk_usage(folder).free / 2**30
    cure = (
        "" if free_gib > MIN_FREE_GIB else f"Free some space, or set DATA_DIR to a disk with {MIN_FREE_GIB} GiB free."
    )
    return Finding("data folder", f"{folder}, {free_gib:.0f} GiB free", cure)


def postgres() -> Finding:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            (version,) = cursor.fetchone()
            cursor.execute("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
            vector = cursor.fetchone()
    except (DatabaseError, PoolTimeout) as error:
        return Finding("Postgres", f"can't be reached: {first_line(error)}", f"{START}DATABASE_URL.")
    if vector is None:
        return Finding("Postgres", f"{version} without pgvector", "Install pgvector on that server.")
    return Finding("Postgres", f"{version} with pgvector {vector[0]}")


def migrations() -> Finding:
    try:
        missing = missing_migrations()
    except (DatabaseError, PoolTimeout):
        return Finding("migrations", "unknown without Postgres", "Fix Postgres first.")
    cure = "Run manage.py migrate" if missing else ""
    return Finding("migrations", f"{missing} missing" if missing else "all applied", cure)


def redis_server() -> Finding:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=LIMIT_S, retry=Retry(NoBackoff(), 0)) as client:
            server = client.info("server")
            policy = client.info("memory").get("maxmemory_policy", "unknown")
    except redis.RedisError as error:
        return Finding("Redis", f"can't be reached: {first_line(error)}", f"{START}REDIS_URL.")
    version = server.get("valkey_version") or server.get("redis_version")
    if policy != "noeviction":
        text = f"{version}, maxmemory-policy {policy}"
        return Finding(
            "Redis", text, "Set maxmemory-policy noeviction, so that queued tasks are not lost.", needed=False
        )
    return Finding("Redis", f"{version}, maxmemory-policy {policy}")


def workers() -> Finding:
    cure = "Start them with make run, or with the celery commands in docs/operate.md. Logs: DATA_DIR/logs."
    try:
        with app.connection_for_read(connect_timeout=LIMIT_S) as broker:
            serving = app.control.inspect(timeout=2, connection=broker).active_queues() or {}
    except (OperationalError, OSError) as error:
        return Finding("workers", f"not checked: {first_line(error)}", "Fix Redis first.")
    missing = set(task_age.NAMES) - {queue["name"] for of_worker in serving.values() for queue in of_worker}
    if missing:
        return Finding("workers", f"no worker for the queue {' and '.join(sorted(missing))}", cure)
    return Finding("workers", f"{len(serving)} running")


def web() -> Finding:
    url = f"http://127.0.0.1:{settings.PORT}/readyz"
    try:
        answer = httpx.get(url, timeout=LIMIT_S, trust_env=False)
    except httpx.HTTPError as error:
        return Finding("web", f"{url}: {first_line(error)}", "Start it with make run", needed=False)
    if answer.status_code != 200:
        return Finding("web", f"{url}: {answer.text[:300]}", "Fix what it reports. Log: DATA_DIR/logs/web.log")
    if answer.json()["degraded"]:
        return Finding("web", f"{url} is degraded: {answer.text[:300]}", "Fix what it reports", needed=False)
    return Finding("web", f"{url} is ready")


def large_model() -> Finding:
    if not settings.LARGE_MODEL_URL:
        cure = "To let a model write answers, add one in the admin under Models, or set LARGE_MODEL_URL."
        return Finding("large model", "none in the environment", cure, needed=False)
    return server_of("large model", settings.LARGE_MODEL_URL, settings.LARGE_MODEL_KEY, "LARGE_MODEL")


def small_model() -> Finding:
    if settings.SMALL_MODEL_URL:
        return server_of("small model", settings.SMALL_MODEL_URL, settings.SMALL_MODEL_KEY, "SMALL_MODEL")
    runtime, home = local_model.runtime(), Home(settings.DATA_DIR)
    cure = f"make run installs it. By hand: {local_model.RETRY}"
    if not os.path.exists(settings.SMALL_MODEL_PATH):
        return Finding("small model", "not downloaded yet: summaries are extractive", cure, needed=False)
    if runtime is None:
        log = home.logs / "llama_build.log"
        return Finding("small model", f"llama.cpp is not installed yet ({log})", cure, needed=False)
    if (home.models / "build-failed").exists() and local_model.compiler():
        return Finding("small model", f"{runtime}; llama.cpp could not be compiled", cure, needed=False)
    return Finding("small model", f"{os.path.basename(settings.SMALL_MODEL_PATH)} with {runtime}")


def server_of(name: str, url: str, key: str, prefix: str) -> Finding:
    """Check that the OpenAI-compatible server lists its models, with the same request as the engines."""
    url_and_key = address(url, key)
    headers = {"Authorization": f"Bearer {key}", **url_and_key.get("default_headers", {})} if key else {}
    way = {"proxy": settings.MODEL_PROXY_URL or None, "trust_env": False}
    models = f"{url_and_key['base_url'].rstrip('/')}/models"
    try:
        answer = httpx.get(models, params=url_and_key.get("default_query"), headers=headers, timeout=LIMIT_S, **way)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Finding(name, f"{url} can't be reached: {first_line(error)}", f"Check {prefix}_URL and the network.")
    if answer.status_code in (401, 403):
        return Finding(name, f"{url} rejects the key", f"Check {prefix}_KEY.")
    if answer.status_code != 200:
        text = f"{models} returns status {answer.status_code}"
        return Finding(name, text, f"{prefix}_URL should end before /models, often in /v1.", needed=False)
    return Finding(name, f"{url} responds")


def embedder() -> Finding:
    if settings.EMBEDDING_URL:
        return embeddings_server()
    missing = [name for name in ("onnxruntime", "torch", "transformers") if importlib.util.find_spec(name) is None]
    cure = "Remove .venv and start make run, or set EMBEDDING_URL." if missing else ""
    return Finding("embeddings", f"{' and '.join(missing)} missing" if missing else "in this process", cure)


def embeddings_server() -> Finding:
    """Check that the server returns vectors. It can list its models and still refuse to embed."""
    try:
        registry.embedder().embed(["How long does delivery take?"])
    except EngineError as error:
        text = f"{settings.EMBEDDING_URL} {embedding_status.meaning(error.reason)}: search uses keywords only"
        return Finding("embeddings", text, embedding_status.cure(error.reason))
    return Finding("embeddings", f"{settings.EMBEDDING_URL} works")


def reader() -> Finding:
    """Check that the reader, which decides whether a passage answers the question, is available."""
    own = registry.reader()
    if own is None:
        return Finding("reader", "off: search works without it")
    try:
        own.load()
    except EngineError as error:
        cure = "Restore the file with git, or set READER=off."
        return Finding("reader", f"{first_line(error)}: search works without it", cure, needed=False)
    return Finding("reader", f"{own.name}, in this process")


def secret_key() -> Finding:
    if len(settings.SECRET_KEY) < SECRET_KEY_MIN_CHARS:
        return Finding("SECRET_KEY", "too short", "Set SECRET_KEY to 50 random characters.")
    return Finding("SECRET_KEY", "set")


def first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


ALL: list[Callable[[], Finding]] = [
    python,
    data_folder,
    secret_key,
    postgres,
    migrations,
    redis_server,
    workers,
    web,
    embedder,
    reader,
    large_model,
    small_model,
]
