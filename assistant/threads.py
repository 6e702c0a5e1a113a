"""Django over ASGI, with threads that are lent to one request after the other.

As it comes, Django begins a thread for every request that needs one, and a second to end the first: on a
small machine that costs more than a short view does.
"""

from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from asgiref.sync import ThreadSensitiveContext
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from django.core.handlers.asgi import ASGIHandler


class Handler(ASGIHandler):
    """As Django's own, but for where the threads come from. A request still has one thread, and nobody else in it."""

    def __init__(self) -> None:
        super().__init__()
        self.idle: deque[ThreadPoolExecutor] = deque()

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        async with self.thread():
            await self.handle(scope, receive, send)

    @asynccontextmanager
    async def thread(self) -> AsyncIterator[None]:
        """One for the time of a request, whose last act is done in it too: after that nothing waits there."""
        lent = self.idle.pop() if self.idle else ThreadPoolExecutor(max_workers=1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=lent):
                yield
        except BaseException:
            lent.shutdown(wait=False)  # something may still run in it
            raise
        self.idle.append(lent)
