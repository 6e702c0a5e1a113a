"""Work for one customer does not queue behind work for another (row B17)."""

import ast
import asyncio
import contextvars
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db.models import Model, QuerySet

from assistant.llm import embeddings
from knowledge.models import Article
from knowledge.search.extractive_answers import abest_quotes
from tests.slow_writes.interleaving import transaction_beside, until_waiting

ROOT = Path(__file__).resolve().parents[2]
# Here a request has a thread of its own (assistant/server/request_threads.py), or nobody waits: a terminal's command.
WITHIN_A_REQUEST = {
    "assistant/accounts/middleware.py",
    "assistant/server/middleware.py",
    "assistant/rest/async_views.py",
    "assistant/rest/middleware.py",
    "assistant/server/static_files.py",
    "conversations/management/commands/ask.py",
    "conversations/api/openai/views.py",
    "conversations/api/rest/messages.py",
}
ASYNC_QUERIES = {name for rows in (QuerySet, Model) for name in dir(rows) if name[:1] == "a" and name[1:] in dir(rows)}


@pytest.mark.django_db(transaction=True)
async def test_two_quoted_replies_are_written_at_once(shop: dict[str, Article], find: Any) -> None:
    """B17: neither waits for the thread that the other one is in."""
    question = "What does express cost?"
    found = await sync_to_async(find)(question)
    vector = (await sync_to_async(embeddings.embed)([question]))[0]

    def quoting() -> "asyncio.Task[Any]":  # as a reply runs: in a context of its own, outside any request
        return asyncio.create_task(abest_quotes(question, found, vector), context=contextvars.Context())

    with transaction_beside("LOCK TABLE knowledge_sentence IN ACCESS EXCLUSIVE MODE"):
        both = [quoting(), quoting()]
        await sync_to_async(until_waiting, thread_sensitive=False)("knowledge_sentence", sessions=2)

    assert ["Express costs" in (await each)[0].text for each in both] == [True, True]


def test_what_replies_await_is_never_bound_to_one_thread() -> None:
    """B17: asgiref's default is one thread for the whole process; only code that runs within a request may use it."""
    bound = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for room in ("assistant", "caching", "knowledge", "conversations")
        for path in sorted((ROOT / room).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in WITHIN_A_REQUEST
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and (is_bound_twin(call) or is_query_of_django_s(call))
    ]

    assert bound == []


def is_bound_twin(call: ast.Call) -> bool:
    """`sync_to_async(...)` that does not say thread_sensitive=False."""
    free = any(named.arg == "thread_sensitive" and ast.unparse(named.value) == "False" for named in call.keywords)
    return isinstance(call.func, ast.Name) and call.func.id in ("sync_to_async", "database_sync_to_async") and not free


def is_query_of_django_s(call: ast.Call) -> bool:
    """`await rows.aget()` and its like go to the same thread."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in ASYNC_QUERIES
