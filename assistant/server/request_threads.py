"""Django over ASGI with threads that are reused by later requests.

By default Django starts a thread for every request that needs one, and a second to end it: on a small machine that
costs more than a short view. And a request that has queried the database keeps a connection until it ends, even while
it waits for a model or a slow client: here the connection returns to the pool at the end of every step in the thread.
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
    """One thread, which holds a database connection only while it runs a step."""

    def __init__(self) -> None:
        super().__init__(max_workers=1, thread_name_prefix="request")

    def submit(self, step: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(_run_and_close_connections, step, *args, **kwargs)


def _run_and_close_connections(step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return step(*args, **kwargs)
    finally:
        close_old_connections()  # all of them, because CONN_MAX_AGE is 0


class Handler(ASGIHandler):
    """Django's handler with reused threads. A request still has one thread of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.idle: deque[RequestThread] = deque()

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        async with self.thread():
            await self.handle(scope, receive, send)

    @asynccontextmanager
    async def thread(self) -> AsyncIterator[None]:
        """Lend a thread for one request, which also runs the request's last step in it."""
        thread = self.idle.pop() if self.idle else RequestThread()
        try:
            async with ThreadSensitiveContext(executor=thread):
                yield
        except BaseException:
            thread.shutdown(wait=False)  # a step may still be running
            raise
        self.idle.append(thread)
