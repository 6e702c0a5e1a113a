"""Django over ASGI, with threads that are lent to one request after the other.

As it comes, Django begins a thread for every request that needs one, and a second to end the first: on a
small machine that costs more than a short view does. And what a request has asked the database holds a
connection until the request has ended, however long it waits meanwhile for a model or for a slow reader:
here it goes back to the pool at the end of every step that is taken in the thread.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections


class RequestThread(ThreadPoolExecutor):
    """One thread, which holds a database connection only while it does something."""

    def __init__(self) -> None:
        super().__init__(max_workers=1, thread_name_prefix="request")

    def submit(self, step: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        return super().submit(_and_let_go, step, *args, **named)


def _and_let_go(step: Callable[..., Any], *args: Any, **named: Any) -> Any:
    try:
        return step(*args, **named)
    finally:
        close_old_connections()  # all of them, for CONN_MAX_AGE is 0


class Handler(ASGIHandler):
    """As Django's own, but for where the threads come from. A request still has one thread, and nobody else in it."""

    def __init__(self) -> None:
        super().__init__()
        self.idle: deque[RequestThread] = deque()

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        async with self.thread():
            await self.handle(scope, receive, send)

    @asynccontextmanager
    async def thread(self) -> AsyncIterator[None]:
        """One for the time of a request, whose last act is done in it too: after that nothing waits there."""
        lent = self.idle.pop() if self.idle else RequestThread()
        try:
            async with ThreadSensitiveContext(executor=lent):
                yield
        except BaseException:
            lent.shutdown(wait=False)  # something may still run in it
            raise
        self.idle.append(lent)
