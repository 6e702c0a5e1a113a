"""A shop to measure, and the application as in production: a process of its own, and beside it a model server."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import httpx
from django.db import connection

from assistant.workspaces.models import ApiKey, Widget, Workspace
from conversations.models import Contact, Conversation
from knowledge.articles import publishing

ORIGIN = "http://bench.test"
CONVERSATIONS = 500
RETURNS = "You may send back anything within 30 days of delivery. Keep the box it came in."
# One visitor asks far more than a visitor may, all come from one address, and idle ones stay while others ask.
LIMITS = (
    "ANONYMOUS_REPLIES_PER_DAY",
    "ANONYMOUS_REPLIES_PER_IP_DAY",
    "ANONYMOUS_REPLIES_PER_IP_HOUR",
    "API_REQUESTS_PER_MINUTE",
    "FRAMES_PER_IP_10_S",
    "FRAMES_PER_VISITOR_10_S",
    "MESSAGES_PER_10_S",
    "MESSAGES_PER_IP_MINUTE",
    "MESSAGES_PER_MINUTE",
    "NEW_CONVERSATIONS_PER_IP_12_H",
    "NEW_CONVERSATIONS_PER_VISITOR_HOUR",
    "NEW_SESSIONS_PER_IP_MINUTE",
    "REPLIES_PER_VISITOR_HOUR",
    "REQUESTS_PER_IP_MINUTE",
    "REQUESTS_PER_VISITOR_MINUTE",
    "SESSIONS_PER_VISITOR_MINUTE",
    "SOCKETS_MAX",
)
UNLIMITED = dict.fromkeys(LIMITS, "10000000")


@dataclass(frozen=True, slots=True)
class Bench:
    workspace: Workspace
    widget_key: str
    secret: str
    port: int
    model_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


def bench_shop(slug: str) -> Bench:
    """A workspace with CONVERSATIONS conversations and one article."""
    workspace = Workspace.objects.create(slug=slug, name="Benchmark")
    widget = Widget.objects.create(workspace=workspace, origins=[ORIGIN])
    _, secret = ApiKey.issue(workspace, "benchmark", list(ApiKey.SCOPES))
    people = Contact.objects.bulk_create(
        [Contact(workspace=workspace, name=f"Customer {number}") for number in range(CONVERSATIONS)]
    )
    Conversation.objects.bulk_create([Conversation(workspace=workspace, contact=person) for person in people])
    with connection.cursor() as cursor:  # as Postgres does it by itself within a minute
        cursor.execute("ANALYZE")
    publishing.publish(publishing.save_draft(workspace, title="Returns", body=RETURNS))
    return Bench(workspace, widget.public_key, secret, free_port(), free_port())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def serving(bench: Bench, processes: int = 1) -> Iterator[tuple[int, ...]]:
    """So many web processes and the model server, until the block ends; gives the pids of the first."""
    model = {
        "LARGE_MODEL_URL": f"http://127.0.0.1:{bench.model_port}/v1",
        "LARGE_MODEL": "fake",
        "SMALL_MODEL_PATH": "",
    }
    with ExitStack() as running:
        running.enter_context(process(["tools.fake_openai", "--port", str(bench.model_port)], {}))
        web = {"PORT": str(bench.port), "PUBLIC_URL": bench.url, "LOG_LEVEL": "WARNING", **model, **UNLIMITED}
        web["WEB_PROCESSES"] = str(processes)
        pids = tuple(running.enter_context(process(["assistant.server.serve"], web)) for _ in range(processes))
        until_answered(f"http://127.0.0.1:{bench.model_port}/v1/models")
        until_answered(f"{bench.url}/healthz")
        yield pids


def process(module: list[str], environment: dict[str, str]) -> AbstractContextManager[int]:
    return program([sys.executable, "-m", *module], os.environ | environment)


@contextmanager
def program(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    """A program until the block ends; gives its pid."""
    started = subprocess.Popen(command, env=environment)
    try:
        yield started.pid
    finally:
        started.terminate()
        started.wait(30)


def until_answered(url: str, at_most_s: float = 60) -> None:
    """
    Raises:
        TimeoutError
    """
    deadline = time.monotonic() + at_most_s
    while time.monotonic() < deadline:
        try:
            httpx.get(url, timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"{url} did not answer within {at_most_s:.0f} s")
